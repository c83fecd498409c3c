/* SPDX-License-Identifier: Apache-2.0 */
#include "app/admin_client.h"

#include "base/text.h"
#include "crypto/secret_file.h"
#include "net/http_client.h"
#include "net/url.h"

#include <string.h>
#include <time.h>

enum { TOKEN_MAX = 16384, CALL_MS = 30000, HEADERS_MAX = 8 };

/* ---- opening ---- */

static RESULT read_token(struct ctx *c, const char *path, const char **out)
{
    struct bytes file;
    TRY(secret_file_read(c, path, TOKEN_MAX, &file));
    size_t n = file.n;
    while (n > 0 && (file.at[n - 1] == '\n' || file.at[n - 1] == '\r'))
        n--;
    for (size_t i = 0; i < n; i++)
        if (file.at[i] <= ' ' || file.at[i] > '~')
            return fail_field(c, INVALID_FIELD, "--token-file", "This is no access token.");
    if (n == 0)
        return fail_field(c, INVALID_FIELD, "--token-file", "This file is empty.");
    *out = text_copy(c->arena, (const char *)file.at, n);
    return ok();
}

RESULT admin_client_open(struct ctx *c, const char *url, const char *token_file,
                         struct admin_server *out)
{
    struct url parsed;
    size_t n = strlen(url);
    n -= n > 0 && url[n - 1] == '/';
    /* Plain HTTP would show the token to the network. */
    if (!url_parse(c->arena, bytes_of(url), &parsed) || !url_is_private(&parsed))
        return fail_field(c, INVALID_FIELD, "--server",
                          "This is an https URL, or http on this machine.");
    TRY(read_token(c, token_file, &out->token));
    out->url = text_copy(c->arena, url, n);
    return ok();
}

/* ---- what is refused ---- */

struct problem_error {
    const char *field, *detail;
};
LOCAL_SHAPE(problem_error, FIELD(problem_error, field, OPTIONAL, 0, 4096, "The field"),
            FIELD(problem_error, detail, OPTIONAL, 0, 4096, "What is wrong with it"));

struct problem_answer {
    const char *type, *title, *detail, *request_id;
    struct items errors;
};
LOCAL_SHAPE(problem_answer, FIELD(problem_answer, type, REQUIRED, 1, 4096, "What kind of failure"),
            FIELD(problem_answer, title, OPTIONAL, 0, 4096, "Its title"),
            FIELD(problem_answer, detail, OPTIONAL, 0, 4096, "More of it"),
            FIELD(problem_answer, request_id, OPTIONAL, 0, 64, "Which request"),
            FIELD_OF(problem_answer, errors, OPTIONAL, 0, 8, &problem_error_shape,
                     "Of which fields"));

/* Which of our failures the last part of a problem's type names. */
static enum err_code code_of(const char *type)
{
    const char *slash = strrchr(type, '/');
    return err_from_slug(slash == NULL ? type : slash + 1);
}

/* The failure of the answer, which a person reads: nothing in it may drive a terminal. */
static RESULT refused(struct ctx *c, const struct admin_server *server,
                      const struct http_answer *answer)
{
    struct problem_answer problem = { 0 };
    err read = shape_read_answer(c, &problem_answer_shape, answer->body, &problem);
    fault_clear(c);
    enum err_code code = read.code == ERR_OK ? code_of(problem.type) : ERR_OK;
    if (code == ERR_OK)
        return fail(c, UPSTREAM, "%s answered with %d, which is not what uauth says", server->url,
                    answer->status);
    const char *say = problem.detail;
    const char *field = NULL;
    if (problem.errors.n > 0) {
        const struct problem_error *error = problem.errors.at;
        field = error->field;
        say = error->detail == NULL ? say : error->detail;
    }
    c->request_id = problem.request_id;
    if (say == NULL)
        return fail_at(c, code, __FILE__, __LINE__, "%s", err_row(code)->title);
    err failed = field == NULL ? fail_say_at(c, code, say, __FILE__, __LINE__, "%s", say)
                               : fail_field_at(c, code, field, say, __FILE__, __LINE__);
    return failed;
}

/* ---- calling ---- */

/* What somebody typed as a name must not lead to another place of the API (RFC 3986 5.2.4). */
static bool has_dots(const char *path)
{
    for (const char *at = strchr(path, '/'); at != NULL; at = strchr(at + 1, '/')) {
        size_t dots = strspn(at + 1, ".");
        if (dots > 0 && (at[1 + dots] == '/' || at[1 + dots] == '\0'))
            return true;
    }
    return false;
}

static const char *url_of(struct arena *a, const struct admin_server *server,
                          const struct admin_call *call)
{
    struct form_field *given = ARENA_NEWS(a, struct form_field, ADMIN_QUERY_MAX);
    size_t n = 0;
    for (size_t i = 0; i < ADMIN_QUERY_MAX; i++)
        if (call->query[i].value != NULL)
            given[n++] = call->query[i];
    const char *query = n == 0 ? "" : form_encode(a, &(struct form){ given, n });
    return text_printf(a, "%s%s%s%s", server->url, call->path, n == 0 ? "" : "?", query);
}

static struct bytes body_of(struct arena *a, const struct admin_call *call)
{
    if (call->in_shape == NULL)
        return call->json.n == 0 && text_equal(call->method, "POST") ? bytes_of("{}") : call->json;
    struct json_writer w = json_writer(a);
    shape_write_brief(&w, NULL, call->in_shape, call->in);
    return bytes_of(json_written(&w));
}

static size_t add_headers(struct arena *a, const struct admin_server *server,
                          const struct admin_call *call, const char **headers)
{
    size_t n = 0;
    headers[n++] = text_printf(a, "Authorization: Bearer %s", server->token);
    headers[n++] = text_printf(a, "User-Agent: %s", server->name);
    if (call->in_shape != NULL || call->json.n > 0 || text_equal(call->method, "POST"))
        headers[n++] = "Content-Type: application/json";
    if (call->tenant_id != NULL)
        headers[n++] = text_printf(a, "X-Tenant-Id: %s", call->tenant_id);
    if (call->if_match != NULL)
        headers[n++] = text_printf(a, "If-Match: %s", call->if_match);
    return n;
}

/* Seconds that we are asked to wait (RFC 9110 10.2.3); 0: we need not. */
static int64_t asked_to_wait(const struct http_answer *answer)
{
    const char *text = http_answer_header(answer, "retry-after");
    int64_t seconds = 0;
    if (answer->status != 429 || text == NULL || !text_int(text, 1, ADMIN_WAIT_MAX, &seconds))
        return 0;
    return seconds;
}

static RESULT call_patiently(struct ctx *c, const struct admin_server *server,
                             const struct http_call *call, struct http_answer *answer)
{
    int64_t left = ADMIN_WAIT_MAX;
    for (;;) {
        TRY(http_call(c, server->resolver, call, answer));
        int64_t wait = asked_to_wait(answer);
        if (wait == 0 || wait > left)
            return ok();
        left -= wait;
        (void)nanosleep(&(struct timespec){ .tv_sec = (time_t)wait }, NULL);
    }
}

static RESULT read_answer(struct ctx *c, const struct admin_server *server,
                          const struct admin_call *call, const struct http_answer *answer)
{
    if (call->out_shape == NULL)
        return ok();
    if (shape_read_answer(c, call->out_shape, answer->body, call->out).code == ERR_OK)
        return ok();
    const char *why = c->fault.say == NULL ? "" : c->fault.say;
    const char *field = c->fault.field == NULL ? "its answer" : c->fault.field;
    fault_clear(c);
    return fail(c, UPSTREAM, "%s does not answer as uauth does: %s: %s", server->url, field, why);
}

RESULT admin_send(struct ctx *c, const struct admin_server *server, const struct admin_call *call,
                  struct admin_reply *reply)
{
    const char *headers[HEADERS_MAX];
    if (has_dots(call->path))
        return fail(c, NOT_FOUND, "there is no such thing: %s", call->path);
    struct http_answer *answer = ARENA_NEW(c->arena, struct http_answer);
    const struct http_call request = {
        .method = call->method,
        .url = url_of(c->arena, server, call),
        .origin = OUTBOUND_CONFIGURED,
        .headers = headers,
        .headers_n = add_headers(c->arena, server, call, headers),
        .body = body_of(c->arena, call),
        .answer_max = ADMIN_BODY_MAX,
        .limit_ms = CALL_MS,
    };
    TRY(call_patiently(c, server, &request, answer));
    if (answer->status / 100 != 2)
        return refused(c, server, answer);
    if (reply != NULL)
        *reply = (struct admin_reply){ .etag = http_answer_header(answer, "etag"),
                                       .link = http_answer_header(answer, "link"),
                                       .body = answer->body };
    return read_answer(c, server, call, answer);
}

void admin_refusal_clear(struct ctx *c)
{
    fault_clear(c);
    c->request_id = NULL;
}

/* ---- lists ---- */

struct gathered {
    uint8_t *at;
    size_t n, room, size;
};

static void gather(struct arena *a, struct gathered *all, const struct items *more)
{
    if (all->n + more->n > all->room) {
        size_t room = (all->n + more->n) * 2;
        uint8_t *wider = arena_array(a, room, all->size);
        if (all->n > 0)
            memcpy(wider, all->at, all->n * all->size);
        all->at = wider;
        all->room = room;
    }
    if (more->n > 0)
        memcpy(all->at + all->n * all->size, more->at, more->n * all->size);
    all->n += more->n;
}

/* The list in `page` is its first member that is one. */
static const struct shape_field *list_of(const struct shape *page)
{
    size_t i = 0;
    while (i < page->n && page->fields[i].kind != SHAPE_ITEMS)
        i++;
    must(i < page->n);
    return &page->fields[i];
}

/* NULL: there is no further page, or such a list has one page only. */
static const char *next_of(const struct shape *page, const uint8_t *read)
{
    const char *next = NULL;
    for (size_t i = 0; i < page->n; i++)
        if (text_equal(page->fields[i].name, "next"))
            memcpy(&next, read + page->fields[i].offset, sizeof next);
    return next;
}

RESULT admin_list(struct ctx *c, const struct admin_server *server, const struct admin_call *call,
                  const struct shape *page, struct items *out)
{
    const struct shape_field *list = list_of(page);
    struct gathered all = { .size = list->of->size };
    struct admin_call next = *call;
    next.method = "GET";
    next.out_shape = page;
    next.out = arena_alloc(c->arena, page->size);
    struct form_field *after = &next.query[ADMIN_QUERY_MAX - 1];
    must(after->name == NULL);
    after->name = "after";
    do {
        struct items items;
        TRY(admin_send(c, server, &next, NULL));
        memcpy(&items, (const uint8_t *)next.out + list->offset, sizeof items);
        gather(c->arena, &all, &items);
        after->value = next_of(page, next.out);
        TRY(ctx_check_memory(c));
    } while (after->value != NULL && (call->most == 0 || all.n < call->most));
    *out = (struct items){ all.at, all.n };
    return ok();
}

const char *admin_path(struct arena *a, const char *list, const char *id, const char *rest)
{
    return text_printf(a, "%s/%s%s", list, percent_encode(a, id), rest);
}
