/* SPDX-License-Identifier: Apache-2.0 */
#include "web/reply.h"

#include "tests/unit/web/web_testing.h"
#include "web/reply_parts.h"

struct thing {
    const char *name, *secret;
};
LOCAL_SHAPE(thing, FIELD(thing, name, REQUIRED, 1, 10, "Name"));

/* clang-format off */
static const struct route rows[] = {
    { "GET",  "/thing",  &web_anybody, NULL, "login", PROBLEM, NULL, &thing_shape, web_done, "Read" },
    { "POST", "/thing",  &web_anybody, NULL, "login", PROBLEM, NULL, &thing_shape, web_done, "Make", .status = 201 },
    { "POST", "/void",   &web_anybody, NULL, "login", PROBLEM, NULL, NULL,         web_done, "Do" },
    { "GET",  "/public", &web_anybody, NULL, "login", PROBLEM, NULL, NULL,         web_done, "Read", .flags = CORS_ANY },
    { "GET",  "/old",    &web_anybody, NULL, "login", PROBLEM, NULL, NULL,         web_done, "Read", .deprecated = 1688169599, .sunset = 1795529167 },
};
/* clang-format on */

static int open_web(void **state)
{
    struct web *w = web_new();
    w->c->request_id = "01JD8KQ4M2V7XW3R9T5Y6Z1ABC";
    web_open(w, rows, sizeof rows / sizeof rows[0]);
    *state = w;
    return 0;
}

static int close_web(void **state)
{
    web_free(*state);
    return 0;
}

static void assert_body(struct web *w, int status, const char *media, const char *body)
{
    assert_int_equal(w->reply.status, status);
    assert_string_equal(web_answer(w, "Content-Type"), media);
    assert_int_equal(w->reply.body.n, strlen(body));
    assert_memory_equal(w->reply.body.at, body, strlen(body));
}

static void a_success_has_the_status_and_shape_of_its_route(void **state)
{
    struct web *w = *state;
    struct thing thing = { "chair", "hidden" };
    PASSES(reply(web_request(w, HTTP_GET, "/thing"), &thing));
    assert_body(w, 200, "application/json", "{\"name\":\"chair\"}");
    PASSES(reply(web_request(w, HTTP_POST, "/thing"), &thing));
    assert_int_equal(w->reply.status, 201);
    PASSES(reply_no_content(web_request(w, HTTP_POST, "/void")));
    assert_int_equal(w->reply.status, 204);
    assert_int_equal(w->reply.body.n, 0);
    PASSES(reply_html(web_request(w, HTTP_GET, "/thing"), 200, "<p>"));
    assert_body(w, 200, "text/html; charset=utf-8", "<p>");
    PASSES(reply_text(web_request(w, HTTP_GET, "/thing"), 200, "application/jwk-set+json", "{}"));
    assert_body(w, 200, "application/jwk-set+json", "{}");
}

/* INV-5, WB-09, WB-16, WB-17, SD-11: they stand on whatever is answered. */
static void security_headers_stand_on_every_answer(void **state)
{
    struct web *w = *state;
    struct req *r = web_request(w, HTTP_POST, "/void");
    PASSES(reply_no_content(r));
    reply_security_headers(r);
    assert_string_equal(web_answer(w, "X-Content-Type-Options"), "nosniff");
    assert_string_equal(web_answer(w, "Referrer-Policy"), "no-referrer");
    assert_string_equal(web_answer(w, "X-Frame-Options"), "DENY");
    assert_string_equal(web_answer(w, "Cache-Control"), "no-store");
    assert_string_equal(web_answer(w, "Cross-Origin-Opener-Policy"), "same-origin");
    assert_string_equal(web_answer(w, "Cross-Origin-Resource-Policy"), "same-origin");
    assert_string_equal(web_answer(w, "X-Request-Id"), w->c->request_id);
    const char *policy = web_answer(w, "Content-Security-Policy");
    assert_non_null(strstr(policy, "default-src 'none'"));
    assert_non_null(strstr(policy, "frame-ancestors 'none'"));
    assert_non_null(strstr(policy, "form-action 'none'"));
    assert_non_null(strstr(policy, "base-uri 'none'"));
    assert_null(web_answer(w, "Strict-Transport-Security"));
    assert_null(web_answer(w, "Server"));
    assert_null(web_answer(w, "X-XSS-Protection"));
}

static void a_handler_says_otherwise_only_of_what_is_its_own(void **state)
{
    struct web *w = *state;
    struct req *r = web_request(w, HTTP_GET, "/thing");
    static const char *const said[] = { "Cache-Control",
                                        "Content-Security-Policy",
                                        "Referrer-Policy",
                                        "X-Content-Type-Options",
                                        "x-frame-options",
                                        "Cross-Origin-Opener-Policy",
                                        "Cross-Origin-Resource-Policy",
                                        "X-Request-Id" };
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        reply_header(r, said[i], "a handler's");
    reply_security_headers(r);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(web_answer(w, said[i]), "a handler's");
    assert_string_equal(web_answer(w, "X-Content-Type-Options"), "nosniff");
    assert_string_equal(web_answer(w, "X-Frame-Options"), "DENY");
    assert_string_equal(web_answer(w, "Cross-Origin-Opener-Policy"), "same-origin");
    assert_string_equal(web_answer(w, "Cross-Origin-Resource-Policy"), "same-origin");
    assert_string_equal(web_answer(w, "X-Request-Id"), w->c->request_id);
    assert_int_equal(w->reply.headers_n, sizeof said / sizeof said[0]);
    r = web_request(w, HTTP_GET, "/thing");
    r->c->request_id = NULL;
    reply_header(r, "X-Request-Id", "a handler's");
    reply_security_headers(r);
    assert_string_equal(web_answer(w, "X-Request-Id"), "a handler's");
}

static void a_secure_door_asks_browsers_to_stay_secure(void **state)
{
    struct web *w = *state;
    struct req *r = web_request(w, HTTP_GET, "/nowhere");
    w->door.secure = true;
    reply_security_headers(r);
    assert_string_equal(web_answer(w, "Strict-Transport-Security"),
                        "max-age=63072000; includeSubDomains");
}

static void what_everybody_may_read_may_be_taken_in_by_other_sites(void **state)
{
    struct web *w = *state;
    struct req *r = web_request(w, HTTP_GET, "/public");
    reply_security_headers(r);
    assert_string_equal(web_answer(w, "Cross-Origin-Resource-Policy"), "cross-origin");
}

static void the_end_of_a_route_is_announced(void **state)
{
    struct web *w = *state;
    reply_security_headers(web_request(w, HTTP_GET, "/old"));
    assert_string_equal(web_answer(w, "Deprecation"), "@1688169599");
    assert_string_equal(web_answer(w, "Sunset"), "Tue, 24 Nov 2026 14:06:07 GMT");
    reply_security_headers(web_request(w, HTTP_GET, "/thing"));
    assert_null(web_answer(w, "Deprecation"));
    assert_null(web_answer(w, "Sunset"));
}

/* ---- what does not depend on who asks ---- */

static const struct reply_fixed *fixed_of(struct web *w)
{
    struct reply_fixed *fixed = ARENA_NEW(w->c->arena, struct reply_fixed);
    *fixed = (struct reply_fixed){ .media = "text/plain; charset=utf-8",
                                   .bytes = bytes_of("hello"),
                                   .etag = reply_etag(w->c->arena, bytes_of("hello")) };
    return fixed;
}

static void a_fixed_answer_says_how_long_it_may_be_kept(void **state)
{
    struct web *w = *state;
    struct reply_fixed fixed = *fixed_of(w);
    PASSES(reply_fixed(web_request(w, HTTP_GET, "/public"), &fixed));
    assert_body(w, 200, "text/plain; charset=utf-8", "hello");
    reply_security_headers(&w->r);
    assert_string_equal(web_answer(w, "Cache-Control"), "no-cache");
    assert_string_equal(web_answer(w, "ETag"), fixed.etag);
    fixed.max_age = 300;
    PASSES(reply_fixed(web_request(w, HTTP_GET, "/public"), &fixed));
    assert_string_equal(web_answer(w, "Cache-Control"), "public, max-age=300");
    fixed.immutable = true;
    fixed.etag = NULL;
    PASSES(reply_fixed(web_request(w, HTTP_GET, "/public"), &fixed));
    assert_string_equal(web_answer(w, "Cache-Control"), "public, max-age=31536000, immutable");
    assert_null(web_answer(w, "ETag"));
}

static void an_etag_is_strong_and_tells_contents_apart(void **state)
{
    struct web *w = *state;
    const char *tag = reply_etag(w->c->arena, bytes_of("hello"));
    assert_int_equal(strlen(tag), 24);
    assert_true(text_starts(tag, "\"") && text_ends(tag, "\""));
    assert_string_equal(tag, reply_etag(w->c->arena, bytes_of("hello")));
    assert_string_not_equal(tag, reply_etag(w->c->arena, bytes_of("hello ")));
}

static int status_for(struct web *w, const char *known)
{
    const struct reply_fixed *fixed = fixed_of(w);
    struct req *r = web_request(w, HTTP_GET, "/public");
    web_header(w, "if-none-match", known);
    PASSES(reply_fixed(r, fixed));
    if (w->reply.status == 304) {
        assert_int_equal(w->reply.body.n, 0);
        assert_string_equal(web_answer(w, "ETag"), fixed->etag);
        assert_string_equal(web_answer(w, "Cache-Control"), "no-cache");
    }
    return w->reply.status;
}

static void who_has_it_already_is_told_so(void **state)
{
    struct web *w = *state;
    struct arena *a = w->c->arena;
    const char *tag = fixed_of(w)->etag;
    assert_int_equal(status_for(w, tag), 304);
    assert_int_equal(status_for(w, "*"), 304);
    assert_int_equal(status_for(w, text_printf(a, "W/%s", tag)), 304);
    assert_int_equal(status_for(w, text_printf(a, "\"a,b\" , W/\"\",%s", tag)), 304);
    assert_int_equal(status_for(w, NULL), 200);
    assert_int_equal(status_for(w, "\"other\""), 200);
    assert_int_equal(status_for(w, ""), 200);
    assert_int_equal(status_for(w, "\""), 200);
    assert_int_equal(status_for(w, text_printf(a, "x %s", tag)), 200);
    assert_int_equal(status_for(w, text_printf(a, "%.*s", (int)strlen(tag) - 1, tag)), 200);
}

/* IN-04: a URL cannot end the field it stands in. */
static void a_redirect_is_one_field_of_visible_characters(void **state)
{
    struct web *w = *state;
    PASSES(reply_redirect(web_request(w, HTTP_GET, "/thing"), "https://app.example/cb?x=1&y=%20"));
    assert_int_equal(w->reply.status, 303);
    assert_string_equal(web_answer(w, "Location"), "https://app.example/cb?x=1&y=%20");
    PASSES(reply_redirect(web_request(w, HTTP_GET, "/thing"), "/a\r\nSet-Cookie: x\x7f\xC4\x8A"));
    assert_string_equal(web_answer(w, "Location"), "/a%0D%0ASet-Cookie:%20x%7F%C4%8A");
}

/* INV-3: what a handler wrote before it failed is taken back, above all new cookies. */
static void a_failure_takes_back_what_was_written(void **state)
{
    struct web *w = *state;
    struct req *r = web_request(w, HTTP_POST, "/void");
    reply_header(r, "Set-Cookie", "session=new; Path=/; HttpOnly");
    reply_header(r, "Set-Cookie", "refresh=; Path=/auth; Max-Age=0");
    reply_header(r, "Set-Cookie", "x=max-age=0; Path=/");
    reply_header(r, "Access-Control-Allow-Origin", "https://app.example");
    reply_header(r, "Vary", "Origin");
    reply_header(r, "X-Auth-User", "ada");
    PASSES(reply_text(r, 200, "application/json", "{\"token\":\"secret\"}"));
    reply_failure(r, fail_at(w->c, ERR_INTERNAL, __FILE__, __LINE__, "broken"));
    assert_int_equal(w->reply.status, 500);
    assert_string_equal(web_answer(w, "Set-Cookie"), "refresh=; Path=/auth; Max-Age=0");
    assert_string_equal(web_answer(w, "Access-Control-Allow-Origin"), "https://app.example");
    assert_string_equal(web_answer(w, "Vary"), "Origin");
    assert_null(web_answer(w, "X-Auth-User"));
    for (size_t i = 0; i < w->reply.headers_n; i++)
        assert_null(strstr(w->reply.headers[i].value, "session=new"));
    assert_null(memmem(w->reply.body.at, w->reply.body.n, "secret", 6));
}

#define WEB(name) cmocka_unit_test_setup_teardown(name, open_web, close_web)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB(a_success_has_the_status_and_shape_of_its_route),
        WEB(security_headers_stand_on_every_answer),
        WEB(a_handler_says_otherwise_only_of_what_is_its_own),
        WEB(a_secure_door_asks_browsers_to_stay_secure),
        WEB(what_everybody_may_read_may_be_taken_in_by_other_sites),
        WEB(the_end_of_a_route_is_announced),
        WEB(a_fixed_answer_says_how_long_it_may_be_kept),
        WEB(an_etag_is_strong_and_tells_contents_apart),
        WEB(who_has_it_already_is_told_so),
        WEB(a_redirect_is_one_field_of_visible_characters),
        WEB(a_failure_takes_back_what_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
