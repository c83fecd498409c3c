/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/web/web_testing.h"

#include "base/log.h"
#include "store/clients.h"
#include "web/csrf.h"
#include "web/trace.h"

#include <fcntl.h>

/* What the stages refuse at the door: names, bodies, other sites; and what they leave in the log.
 */

struct small {
    const char *a;
};
LOCAL_SHAPE(small, FIELD(small, a, OPTIONAL, 1, 10, "Some text"));

static err fail_late(struct req *r)
{
    r->reply->status = 200;
    r->reply->body = bytes_of("half an answer");
    return fail_at(r->c, ERR_CONFLICT, __FILE__, __LINE__, "the secret reason");
}

static err forget_to_answer(struct req *r)
{
    (void)r;
    return ok();
}

/* clang-format off */
#define ROW(method, path, guard, in, handler, flags_) \
    { method, path, guard, NULL, LIMIT_ALL, PROBLEM, in, NULL, handler, "A row", .status = 200, .flags = flags_ }
static const struct route rows[] = {
    ROW("GET",    "/healthz",    &web_anybody,  NULL,         web_done,         ANY_HOST | QUIET),
    ROW("GET",    "/page",       &web_anybody,  NULL,         web_done,         0),
    ROW("POST",   "/json",       &web_anybody,  &small_shape, web_done,         0),
    ROW("POST",   "/form",       &web_anybody,  &small_shape, web_done,         FORM),
    ROW("POST",   "/loose",      &web_anybody,  &small_shape, web_done,         BODY_OPTIONAL),
    ROW("DELETE", "/body",       &web_anybody,  &small_shape, web_done,         BODY),
    ROW("POST",   "/bare",       &web_anybody,  NULL,         web_done,         0),
    ROW("POST",   "/any-origin", &web_anybody,  NULL,         web_done,         ANY_ORIGIN),
    ROW("GET",    "/mine",       &web_somebody, NULL,         web_done,         0),
    ROW("PUT",    "/mine",       &web_somebody, NULL,         web_done,         0),
    ROW("*",      "/verify/*",   &web_somebody, NULL,         web_done,         READ_ONLY),
    ROW("GET",    "/late",       &web_anybody,  NULL,         fail_late,        0),
    ROW("GET",    "/dumb",       &web_anybody,  NULL,         forget_to_answer, 0),
};
/* clang-format on */
enum { ROWS = sizeof rows / sizeof *rows };

/* HH-02, HT-07: another name is refused before anything else is looked at. */
static void a_host_that_is_not_ours_is_misdirected(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    (void)web_request(w, HTTP_GET, "/page");
    w->http.host = "evil.example";
    assert_int_equal(web_walk(w), ERR_WRONG_HOST);
    assert_int_equal(w->reply.status, 421);
    (void)web_request(w, HTTP_GET, "/nowhere");
    w->http.host = "evil.example";
    assert_int_equal(web_walk(w), ERR_WRONG_HOST);
}

/* HH-06: signs of life answer under any name; nothing else does, however it is asked for. */
static void signs_of_life_answer_under_any_name(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    (void)web_request(w, HTTP_GET, "/healthz");
    w->http.host = "10.1.2.3";
    assert_int_equal(web_walk(w), ERR_OK);
    static const char *const tricks[] = { "/page", "/healthz/", "/healthz/../page", "/healthz/page",
                                          "//healthz" };
    for (size_t i = 0; i < sizeof tricks / sizeof *tricks; i++) {
        (void)web_request(w, HTTP_GET, tricks[i]);
        web_header(w, "user-agent", "GoogleHC/1.0");
        w->http.host = "10.1.2.3";
        assert_int_equal(web_walk(w), ERR_WRONG_HOST);
    }
}

/* HH-07: a service that is reached by https does not take passwords by plain HTTP. */
static void plain_http_is_refused_where_the_service_is_https(void **state)
{
    struct web *w = *state;
    w->config.public_url = "https://auth.example.com";
    web_open(w, rows, ROWS);
    (void)web_request(w, HTTP_GET, "/page");
    w->http.host = "auth.example.com";
    web_header(w, "x-forwarded-proto", "https");
    assert_int_equal(web_walk(w), ERR_WRONG_HOST);
    assert_non_null(strstr((const char *)w->reply.body.at, "https only"));
    (void)web_request(w, HTTP_GET, "/page");
    w->http.host = "auth.example.com";
    w->http.tls = true;
    assert_int_equal(web_walk(w), ERR_OK);
    assert_non_null(web_answer(w, "Strict-Transport-Security"));
    (void)web_request(w, HTTP_GET, "/healthz");
    assert_int_equal(web_walk(w), ERR_OK);
}

/* HH-04, HH-05: what proxies and others say of another path or person is not read. */
static void fields_that_name_another_path_or_person_change_nothing(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    w->refusal = ERR_INVALID_TOKEN;
    (void)web_request(w, HTTP_GET, "/mine");
    static const char *const names[] = { "x-original-url",     "x-rewrite-url",
                                         "x-forwarded-uri",    "x-forwarded-prefix",
                                         "x-forwarded-host",   "forwarded",
                                         "x-forwarded-method", "x-user",
                                         "remote-user" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        web_header(w, names[i], "/page");
    assert_int_equal(web_walk(w), ERR_INVALID_TOKEN);
}

static enum err_code walk_body(struct web *w, const char *path, const char *type, const char *body)
{
    (void)web_request(w, HTTP_POST, path);
    w->http.body = bytes_of(body);
    web_header(w, "content-type", type);
    return web_walk(w);
}

/* WB-05, HT-12: a browser can send the others without asking. */
static void only_the_content_type_of_the_row_is_taken(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    static const char *const good[] = { "application/json", "Application/JSON",
                                        "application/json; charset=utf-8",
                                        "application/json;charset=UTF-8",
                                        "application/json ;\tcharset=\"utf-8\"" };
    static const char *const bad[] = {
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "application/jsonx",
        "application/json;x=y",
        "application/json; charset=utf-16",
        "application/json;",
        "application/json; charset=utf-8; x=y",
        "application/json, text/plain",
        "text/plain; application/json",
        "application",
        "",
        "application/problem+json",
        "application/json charset=utf-8",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(walk_body(w, "/json", good[i], "{\"a\":\"b\"}"), ERR_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(walk_body(w, "/json", bad[i], "{\"a\":\"b\"}"),
                         ERR_UNSUPPORTED_MEDIA_TYPE);
    assert_int_equal(walk_body(w, "/json", NULL, "{\"a\":\"b\"}"), ERR_UNSUPPORTED_MEDIA_TYPE);
    assert_int_equal(walk_body(w, "/form", "application/json", "{}"), ERR_UNSUPPORTED_MEDIA_TYPE);
    assert_int_equal(walk_body(w, "/form", "application/x-www-form-urlencoded", "a=b"), ERR_OK);
}

/* DO-07: what is too long is refused before it is read. */
static void a_body_longer_than_the_row_takes_is_refused(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    char *longest = arena_alloc(w->c->arena, ROUTE_BODY_MAX + 2);
    memset(longest, ' ', ROUTE_BODY_MAX);
    memcpy(longest, "{}", 2);
    assert_int_equal(walk_body(w, "/json", "application/json", longest), ERR_OK);
    longest[ROUTE_BODY_MAX] = ' ';
    assert_int_equal(walk_body(w, "/json", "application/json", longest), ERR_BODY_TOO_LARGE);
    assert_int_equal(walk_body(w, "/bare", "application/json", "{"), ERR_BODY_TOO_LARGE);
    assert_int_equal(walk_body(w, "/bare", NULL, ""), ERR_OK);
}

static void only_a_row_that_says_so_takes_no_body_for_an_empty_one(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    assert_int_equal(walk_body(w, "/json", NULL, ""), ERR_INVALID_JSON);
    assert_int_equal(walk_body(w, "/loose", NULL, ""), ERR_OK);
    assert_int_equal(walk_body(w, "/loose", "application/json", ""), ERR_INVALID_JSON);
    assert_int_equal(walk_body(w, "/loose", "application/json", "{\"b\":1}"), ERR_INVALID_FIELD);
    (void)web_request(w, HTTP_DELETE, "/body");
    w->http.body = bytes_of("{\"a\":\"b\"}");
    web_header(w, "content-type", "application/json");
    assert_int_equal(web_walk(w), ERR_OK);
}

static enum err_code as(struct web *w, enum principal_kind kind, enum http_method method,
                        const char *path)
{
    w->who = (struct principal){
        .kind = kind, .user_id = "ada", .client_id = CLIENT_FIRST_PARTY, .csrf_binding = "session-1"
    };
    (void)web_request(w, method, path);
    return web_walk(w);
}

/* WB-02: a cookie alone changes nothing. */
static void a_caller_by_cookie_shows_the_token_to_change_something(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    assert_int_equal(as(w, PRINCIPAL_SESSION, HTTP_GET, "/mine"), ERR_OK);
    assert_int_equal(as(w, PRINCIPAL_SESSION, HTTP_HEAD, "/mine"), ERR_OK);
    assert_int_equal(as(w, PRINCIPAL_SESSION, HTTP_PUT, "/mine"), ERR_CSRF_FAILED);
    assert_int_equal(as(w, PRINCIPAL_BEARER, HTTP_PUT, "/mine"), ERR_OK);
    assert_int_equal(as(w, PRINCIPAL_CLIENT, HTTP_PUT, "/mine"), ERR_OK);
    assert_int_equal(as(w, PRINCIPAL_SESSION, HTTP_POST, "/verify/x"), ERR_OK);
    struct req *r = web_request(w, HTTP_PUT, "/mine");
    w->who.kind = PRINCIPAL_SESSION;
    web_header(w, "x-csrf-token", csrf_token(r, "session-1"));
    assert_int_equal(web_walk(w), ERR_OK);
    web_header(w, "sec-fetch-site", "cross-site");
    assert_int_equal(web_walk(w), ERR_CSRF_FAILED);
}

/* WB-01: a sign-in comes from no other site. */
static void another_site_cannot_call_what_is_open(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    (void)web_request(w, HTTP_POST, "/bare");
    web_header(w, "origin", "https://evil.example");
    assert_int_equal(web_walk(w), ERR_CSRF_FAILED);
    assert_string_equal(text_of(&w->trail), "");
    assert_null(web_answer(w, "Access-Control-Allow-Origin"));
    (void)web_request(w, HTTP_GET, "/page");
    web_header(w, "origin", "https://evil.example");
    assert_int_equal(web_walk(w), ERR_OK);
    (void)web_request(w, HTTP_POST, "/any-origin");
    web_header(w, "origin", "https://evil.example");
    assert_int_equal(web_walk(w), ERR_OK);
}

static void a_failure_replaces_what_was_written(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    (void)web_request(w, HTTP_GET, "/late");
    assert_int_equal(web_walk(w), ERR_CONFLICT);
    assert_int_equal(w->reply.status, 409);
    const char *body = text_copy(w->c->arena, (const char *)w->reply.body.at, w->reply.body.n);
    assert_null(strstr(body, "half an answer"));
    assert_null(strstr(body, "the secret reason"));
    assert_non_null(strstr(body, w->c->request_id));
    (void)web_request(w, HTTP_GET, "/dumb");
    assert_int_equal(web_walk(w), ERR_INTERNAL);
    assert_int_equal(w->reply.status, 500);
}

static void a_request_is_named_and_knows_where_it_comes_from(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    (void)web_request(w, HTTP_GET, "/page");
    web_header(w, "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    web_header(w, "user-agent", text_printf(w->c->arena, "%0254d\xC3\xA9\xC3\xA9", 7));
    assert_int_equal(web_walk(w), ERR_OK);
    assert_int_equal(strlen(w->c->request_id), REQUEST_ID_CHARS);
    assert_string_equal(web_answer(w, "X-Request-Id"), w->c->request_id);
    assert_string_equal(w->c->origin.address, "203.0.113.7");
    assert_string_equal(w->c->origin.correlation_id, "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_int_equal(strlen(w->c->origin.user_agent), 256);
    /* No character is cut in two. */
    (void)web_request(w, HTTP_GET, "/page");
    web_header(w, "user-agent", text_printf(w->c->arena, "%0255d\xC3\xA9\xC3\xA9", 7));
    assert_int_equal(web_walk(w), ERR_OK);
    assert_int_equal(strlen(w->c->origin.user_agent), 255);
    (void)web_request(w, HTTP_GET, "/page");
    web_header(w, "user-agent", "\xFF");
    assert_int_equal(web_walk(w), ERR_OK);
    assert_null(w->c->origin.user_agent);
}

/* What was logged since the file was opened. */
static const char *logged(struct web *w, int fd)
{
    char *text = arena_alloc(w->c->arena, 16384);
    assert_true(pread(fd, text, 16383, 0) >= 0);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return text;
}

/* INV-2: the log tells the reason and the row, never what stood in the path or query. */
static void the_log_tells_the_row_and_the_reason(void **state)
{
    struct web *w = *state;
    int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
    assert_true(fd >= 0);
    const struct log log = { .fd = fd, .level = LOG_INFO };
    w->c->log = &log;
    web_open(w, rows, ROWS);
    (void)web_request(w, HTTP_GET, "/verify/CANARY-path");
    w->http.query = "token=CANARY-query";
    w->refusal = ERR_FORBIDDEN;
    assert_int_equal(web_walk(w), ERR_FORBIDDEN);
    const char *line = logged(w, fd);
    assert_null(strstr(line, "CANARY"));
    assert_non_null(strstr(line, "\"route\":\"/verify/*\""));
    assert_non_null(strstr(line, "\"why\":\"the guard refuses\""));
    assert_non_null(strstr(line, "\"error\":\"forbidden\""));
    assert_non_null(strstr(line, w->c->request_id));
    (void)web_request(w, HTTP_GET, "/healthz");
    assert_int_equal(web_walk(w), ERR_OK);
    assert_string_equal(logged(w, fd), "");
    (void)web_request(w, HTTP_GET, "/nowhere/CANARY");
    assert_int_equal(web_walk(w), ERR_NOT_FOUND);
    assert_null(strstr(logged(w, fd), "CANARY"));
    w->c->log = NULL;
    assert_int_equal(close(fd), 0);
    const char *text = metrics_text(w->c, w->door.metrics, rows, NULL, 0);
    assert_non_null(strstr(text, "route=\"/verify/*\",status=\"4xx\"} 1\n"));
    assert_non_null(strstr(text, "route=\"\",status=\"4xx\"} 1\n"));
}

/* RL-14: a refusal says how long to wait, and what the limit is. */
static void a_limited_request_is_told_how_long_to_wait(void **state)
{
    struct web *w = *state;
    w->config.address_per_minute = 1;
    web_open(w, rows, ROWS);
    (void)web_request(w, HTTP_GET, "/page");
    assert_int_equal(web_walk(w), ERR_OK);
    assert_string_equal(web_answer(w, "RateLimit"), "\"address\";r=0;t=60");
    (void)web_request(w, HTTP_GET, "/page");
    assert_int_equal(web_walk(w), ERR_RATE_LIMITED);
    assert_int_equal(w->reply.status, 429);
    assert_string_equal(web_answer(w, "Retry-After"), "60");
    assert_string_equal(web_answer(w, "RateLimit-Policy"), "\"address\";q=1;w=60");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_TEST(a_host_that_is_not_ours_is_misdirected),
        WEB_TEST(signs_of_life_answer_under_any_name),
        WEB_TEST(plain_http_is_refused_where_the_service_is_https),
        WEB_TEST(fields_that_name_another_path_or_person_change_nothing),
        WEB_TEST(only_the_content_type_of_the_row_is_taken),
        WEB_TEST(a_body_longer_than_the_row_takes_is_refused),
        WEB_TEST(only_a_row_that_says_so_takes_no_body_for_an_empty_one),
        WEB_TEST(a_caller_by_cookie_shows_the_token_to_change_something),
        WEB_TEST(another_site_cannot_call_what_is_open),
        WEB_TEST(a_failure_replaces_what_was_written),
        WEB_TEST(a_request_is_named_and_knows_where_it_comes_from),
        WEB_TEST(the_log_tells_the_row_and_the_reason),
        WEB_TEST(a_limited_request_is_told_how_long_to_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
