/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include "base/codec.h"
#include "base/json.h"
#include "statements.h"

enum { HEADERS_MAX = 24 };

static const char own_origin[] = "http://localhost:8080";

struct client client_new(struct world *w)
{
    return (struct client){ .w = w, .address = "192.0.2.7", .agent = "story" };
}

struct client browser_new(struct world *w)
{
    struct client browser = client_new(w);
    browser.keeps_cookies = true;
    return browser;
}

/* ---- cookies ---- */

const char *client_cookie(const struct client *client, const char *name)
{
    for (size_t i = 0; i < client->cookies_n; i++)
        if (text_equal(client->cookies[i].name, name) && client->cookies[i].value[0] != '\0')
            return client->cookies[i].value;
    return NULL;
}

static const char *cookie_line(const struct client *client)
{
    struct text_buffer out = text_buffer(client->w->arena);
    for (size_t i = 0; i < client->cookies_n; i++)
        if (client->cookies[i].value[0] != '\0')
            text_addf(&out, "%s%s=%s", out.n == 0 ? "" : "; ", client->cookies[i].name,
                      client->cookies[i].value);
    return text_of(&out);
}

static void keep_cookie(struct client *client, const char *line)
{
    struct arena *a = client->w->arena;
    size_t name_n = strcspn(line, "=");
    size_t value_n = strcspn(line + name_n + 1, ";");
    struct cookie cookie = { .name = text_copy(a, line, name_n),
                             .value = text_copy(a, line + name_n + 1, value_n),
                             .attributes = line + name_n + 1 + value_n };
    if (strstr(cookie.attributes, "Max-Age=0") != NULL)
        cookie.value = "";
    for (size_t i = 0; i < client->cookies_n; i++) {
        if (!text_equal(client->cookies[i].name, cookie.name))
            continue;
        client->cookies[i] = cookie;
        return;
    }
    assert_true(client->cookies_n < STORY_COOKIES_MAX);
    client->cookies[client->cookies_n++] = cookie;
}

/* ---- sending ---- */

struct building {
    struct http_request request;
    struct http_header headers[HEADERS_MAX];
};

static void add_header(struct building *b, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    assert_true(b->request.headers_n < HEADERS_MAX);
    b->headers[b->request.headers_n++] = (struct http_header){ name, value };
}

static void add_body(struct building *b, const struct sent *sent)
{
    b->request.body = sent->body;
    if (sent->json != NULL)
        b->request.body = bytes_of(sent->json);
    if (sent->form != NULL)
        b->request.body = bytes_of(sent->form);
    add_header(b, "content-type",
               sent->json != NULL   ? "application/json"
               : sent->form != NULL ? "application/x-www-form-urlencoded"
                                    : sent->type);
}

static void add_headers(struct building *b, const struct client *client, const struct sent *sent)
{
    add_header(b, "user-agent", client->agent);
    add_header(b, "x-csrf-token", client->csrf);
    if (client->token != NULL)
        add_header(b, "authorization", text_printf(client->w->arena, "Bearer %s", client->token));
    if (client->keeps_cookies) {
        add_header(b, "cookie", cookie_line(client));
        add_header(b, "origin", own_origin);
        add_header(b, "sec-fetch-site", "same-origin");
    }
    for (size_t i = 0; i < 8 && sent->headers[i].name != NULL; i++)
        add_header(b, sent->headers[i].name, sent->headers[i].value);
}

static struct building *build(const struct client *client, const struct sent *sent)
{
    struct arena *a = client->w->arena;
    struct building *b = ARENA_NEW(a, struct building);
    size_t path_n = strcspn(sent->target, "?");
    b->request = (struct http_request){
        .method = sent->method,
        .query = sent->target[path_n] == '?' ? sent->target + path_n + 1 : "",
        .host = sent->host == NULL ? "localhost" : sent->host,
        .headers = b->headers,
        .peer = client->address,
        .tls = sent->tls,
        .minor_1 = true,
        .listener = sent->listener,
        .shown = sent->shown,
        .by_proxy = sent->by_proxy,
    };
    assert_true(percent_decode(a, (struct bytes){ (const uint8_t *)sent->target, path_n },
                               &b->request.path));
    add_body(b, sent);
    add_headers(b, client, sent);
    return b;
}

void client_keep_cookies(struct client *client, const struct answer *answer)
{
    for (size_t i = 0; i < answer->headers_n; i++)
        if (text_equal(answer->headers[i].name, "set-cookie"))
            keep_cookie(client, answer->headers[i].value);
}

/* A text, or a picture with a NUL behind it. */
static const char *body_of(struct arena *a, struct bytes body)
{
    char *copy = arena_alloc(a, body.n + 1);
    if (body.n > 0)
        memcpy(copy, body.at, body.n);
    copy[body.n] = '\0';
    return copy;
}

/* What the request's arena holds is copied before that ends. */
static struct answer keep(struct client *client, const struct http_response *response)
{
    struct arena *a = client->w->arena;
    struct http_header *headers = ARENA_NEWS(a, struct http_header, response->headers_n);
    for (size_t i = 0; i < response->headers_n; i++) {
        const struct http_header *from = &response->headers[i];
        headers[i].name = text_lower(a, from->name);
        headers[i].value = text_copy(a, from->value, strlen(from->value));
    }
    return (struct answer){ .w = client->w,
                            .status = response->status,
                            .headers = headers,
                            .headers_n = response->headers_n,
                            .body = body_of(a, response->body) };
}

/* Beginnings of what is a person's or a secret, as answers of stories hold it. */
static const char *const own_things[] = {
    "@example.com",         "\"access_token\":\"", "\"refresh_token\":\"", "\"id_token\":\"",
    "\"client_secret\":\"", "\"device_code\":\"",  "\"request_uri\":\"",   "\"secret\":\"",
    "\"csrf_token\":\"",    "\"active\":true",     "\"sub\":\"",
};

static bool is_somebodys(const struct answer *answer)
{
    const char *location = answer_header(answer, "location");
    for (size_t i = 0; i < sizeof own_things / sizeof own_things[0]; i++)
        if (strstr(answer->body, own_things[i]) != NULL)
            return true;
    return answer_header(answer, "set-cookie") != NULL ||
           (location != NULL &&
            (strstr(location, "code=") != NULL || strstr(location, "response=") != NULL));
}

/* INV-5, in every story: what is somebody's is kept by nobody on the way (RFC 6749 5.1). */
static void assert_not_stored(const struct sent *sent, const struct answer *answer)
{
    const char *control = answer_header(answer, "cache-control");
    if (is_somebodys(answer) && !text_equal(control, "no-store"))
        fail_msg("%s may be stored (%s): %s", sent->target, control == NULL ? "" : control,
                 answer->body);
}

/* A failure, or an error that goes on to an application (RFC 6749 4.1.2.1, 5.2). */
static bool is_not_now(const struct answer *answer)
{
    const char *location = answer_header(answer, "location");
    return answer->status == 500 || answer->status == 503 ||
           (location != NULL && (strstr(location, "error=server_error") != NULL ||
                                 strstr(location, "error=temporarily_unavailable") != NULL));
}

static struct answer handle(struct client *client, const struct building *b)
{
    struct world *w = client->w;
    struct http_response response = { .status = 200 };
    const struct http_work work = {
        .worker = w->worker, .arena = w->within, .request = &b->request, .given_up = w->given_up
    };
    app_handle(w->app, &work, &response);
    struct answer answer = keep(client, &response);
    arena_reset(w->within);
    return answer;
}

/*
 * With each of its statements failing in turn: that is told as "not now" and leaves nothing behind,
 * so that the story goes on as if there had been none of it.  What is not needed for the answer may
 * fail without a word; who only reads is answered in the same way then, and asks again.
 */
static struct answer insist(struct client *client, const struct building *b)
{
    enum { FIRST = 48 }; /* what is read row by row is the same from then on */
    int without = 0;
    for (size_t n = 1;; n++) {
        statements_fail(n <= FIRST ? n : SIZE_MAX);
        struct answer answer = handle(client, b);
        bool failed = statements_have_failed();
        if (failed && is_not_now(&answer))
            continue;
        bool reads = b->request.method == HTTP_GET && answer.status == 200;
        if (without != 0 && answer.status != without)
            fail_msg("%d, and %d while a statement failed: %s", answer.status, without,
                     answer.body);
        if (!failed || !reads)
            return answer;
        without = answer.status;
    }
}

/* A proof or an assertion is good once, whatever becomes of the request: who comes again brings
 * another one. */
static bool comes_once(const struct building *b)
{
    static const char *const proofs[] = { "assertion=", "request=ey" };
    for (size_t i = 0; i < b->request.headers_n; i++)
        if (text_equal(b->headers[i].name, "dpop"))
            return true;
    for (size_t i = 0; i < sizeof proofs / sizeof proofs[0]; i++)
        if (strstr(b->request.query, proofs[i]) != NULL ||
            memmem(b->request.body.at, b->request.body.n, proofs[i], strlen(proofs[i])) != NULL)
            return true;
    return false;
}

static bool insists(const struct client *client, const struct building *b)
{
    const struct world *w = client->w;
    return statements_should_fail() && !w->counts && !w->config->rate_limit && !comes_once(b);
}

struct answer client_send(struct client *client, const struct sent *sent)
{
    const struct building *b = build(client, sent);
    struct answer answer = insists(client, b) ? insist(client, b) : handle(client, b);
    assert_not_stored(sent, &answer);
    if (client->keeps_cookies)
        client_keep_cookies(client, &answer);
    return answer;
}

struct answer client_unread(struct client *client, const struct http_refusal *refusal)
{
    struct world *w = client->w;
    struct http_response response = { .status = refusal->status };
    const struct http_application application = app_application(w->app);
    const struct http_work work = { .worker = w->worker, .arena = w->within };
    application.refuse(application.it, &work, refusal, &response);
    struct answer answer = keep(client, &response);
    arena_reset(w->within);
    return answer;
}

struct answer client_get(struct client *client, const char *target)
{
    return client_send(client, &(struct sent){ .method = HTTP_GET, .target = target });
}

struct answer client_post(struct client *client, const char *target, const char *json)
{
    return client_send(client,
                       &(struct sent){ .method = HTTP_POST, .target = target, .json = json });
}

struct answer client_put(struct client *client, const char *target, const char *json)
{
    return client_send(client,
                       &(struct sent){ .method = HTTP_PUT, .target = target, .json = json });
}

struct answer client_delete(struct client *client, const char *target)
{
    return client_send(client, &(struct sent){ .method = HTTP_DELETE, .target = target });
}

/* ---- reading ---- */

const char *answer_header(const struct answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->headers_n; i++)
        if (text_equal(answer->headers[i].name, name))
            return answer->headers[i].value;
    return NULL;
}

/* The member `name` of the object that the reader stands in. */
static bool find_member(struct json *j, const char *name, struct json_value *out)
{
    const char *found = NULL;
    while (json_member(j, &found, out)) {
        if (text_equal(found, name))
            return true;
        if (!json_skip(j, out))
            return false;
    }
    return false;
}

const char *answer_text(const struct answer *answer, const char *path)
{
    struct arena *a = answer->w->arena;
    struct texts names = text_split(a, path, '.');
    struct json j = json_open(a, bytes_of(answer->body));
    struct json_value v;
    if (!json_value(&j, &v))
        return NULL;
    for (size_t i = 0; i < names.n; i++)
        if (v.kind != JSON_OBJECT || !find_member(&j, names.at[i], &v))
            return NULL;
    if (v.kind == JSON_BOOL)
        return v.truth ? "true" : "false";
    return v.kind == JSON_TEXT || v.kind == JSON_NUMBER ? v.text : NULL;
}

void assert_status_at(struct answer answer, int expected, const char *file, int line)
{
    if (answer.status != expected) {
        print_error("%d instead of %d: %s\n", answer.status, expected, answer.body);
        _fail(file, line);
    }
}

void assert_problem_at(struct answer answer, int expected, const char *slug, const char *file,
                       int line)
{
    const char *type = answer_text(&answer, "type");
    const char *media = answer_header(&answer, "content-type");
    assert_status_at(answer, expected, file, line);
    if (type == NULL || !text_ends(type, text_printf(answer.w->arena, "/problems/%s", slug)) ||
        media == NULL || !text_starts(media, "application/problem+json")) {
        print_error("not the problem %s: %s\n", slug, answer.body);
        _fail(file, line);
    }
}

/* ---- what most stories begin with ---- */

const char *story_person(struct world *w, const char *email)
{
    struct client c = client_new(w);
    struct answer registered =
        client_post(&c, "/auth/register",
                    text_printf(w->arena,
                                "{\"email\":\"%s\",\"password\":\"" STORY_PASSWORD
                                "\",\"full_name\":\"Story Person\"}",
                                email));
    assert_status(registered, 201);
    assert_status(
        client_post(&c, "/auth/verify-email",
                    text_printf(w->arena, "{\"token\":\"%s\"}", world_link_token(w, email))),
        204);
    return answer_text(&registered, "id");
}

const char *story_sign_in(struct client *client, const char *email)
{
    struct world *w = client->w;
    struct answer a = client_post(
        client, "/auth/login",
        text_printf(w->arena, "{\"email\":\"%s\",\"password\":\"" STORY_PASSWORD "\"}", email));
    assert_status(a, 200);
    client->token = answer_text(&a, "access_token");
    assert_non_null(client->token);
    return answer_text(&a, "refresh_token");
}
