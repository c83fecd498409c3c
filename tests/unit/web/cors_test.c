/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/web/web_testing.h"

/* clang-format off */
#define ROW(method, path, flags_) \
    { method, path, &web_anybody, NULL, "login", PROBLEM, NULL, NULL, web_done, "A row", .flags = flags_ }
static const struct route rows[] = {
    ROW("GET",  "/auth/me",          0),
    ROW("PUT",  "/auth/me",          0),
    ROW("GET",  "/jwks.json",        CORS_ANY),
    ROW("GET",  "/oauth2/authorize", CORS_NEVER),
    ROW("POST", "/mixed",            CORS_NEVER),
    ROW("GET",  "/mixed",            0),
};
/* clang-format on */
enum { ROWS = sizeof rows / sizeof *rows };

static void open_with(struct web *w, const char *allowed)
{
    w->config.public_url = "https://auth.example.com/";
    w->config.allowed_origins = web_texts(w, allowed);
    web_open(w, rows, ROWS);
}

/* What the answer to `origin` allows, or NULL. */
static const char *allowed(struct web *w, const char *path, const char *origin)
{
    struct req *r = web_request(w, HTTP_GET, path);
    web_header(w, "origin", origin);
    cors_headers(r);
    return web_answer(w, "Access-Control-Allow-Origin");
}

/* WB-04, SD-22: origins are compared whole. */
static void only_our_own_and_listed_origins_may_read(void **state)
{
    struct web *w = *state;
    open_with(w, "https://app.example.com http://localhost:3000");
    static const char *const good[] = { "https://auth.example.com", "https://app.example.com",
                                        "http://localhost:3000" };
    static const char *const bad[] = {
        "https://evil.example",          "https://app.example.com.evil.example",
        "http://app.example.com",        "https://app.example.com:444",
        "https://xapp.example.com",      "null",
        "https://app.example.com/",      "HTTPS://APP.EXAMPLE.COM",
        "https://app.example.com:443",   "",
        "https://a.app.example.com",     "http://localhost:3001",
        "https://app.example.com https", "https://auth.example.com:8443",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_string_equal(allowed(w, "/auth/me", good[i]), good[i]);
        assert_string_equal(web_answer(w, "Access-Control-Allow-Credentials"), "true");
        assert_non_null(strstr(web_answer(w, "Access-Control-Expose-Headers"), "RateLimit"));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(allowed(w, "/auth/me", bad[i]));
        assert_null(web_answer(w, "Access-Control-Allow-Credentials"));
    }
}

/* WB-16: a cache keeps the answers of two origins apart. */
static void an_answer_that_depends_on_the_origin_says_so(void **state)
{
    struct web *w = *state;
    open_with(w, "https://app.example.com");
    (void)allowed(w, "/auth/me", "https://app.example.com");
    assert_string_equal(web_answer(w, "Vary"), "Origin");
    (void)allowed(w, "/auth/me", "https://evil.example");
    assert_string_equal(web_answer(w, "Vary"), "Origin");
    (void)allowed(w, "/auth/me", NULL);
    assert_string_equal(web_answer(w, "Vary"), "Origin");
}

static void key_sets_may_be_read_by_all_without_credentials(void **state)
{
    struct web *w = *state;
    open_with(w, "");
    assert_string_equal(allowed(w, "/jwks.json", "https://evil.example"), "*");
    assert_null(web_answer(w, "Access-Control-Allow-Credentials"));
    assert_null(web_answer(w, "Vary"));
    assert_string_equal(allowed(w, "/jwks.json", NULL), "*");
}

/* RFC 9700 2.6: no script reads the authorization endpoint. */
static void a_row_may_be_closed_to_every_origin(void **state)
{
    struct web *w = *state;
    open_with(w, "https://app.example.com");
    assert_null(allowed(w, "/oauth2/authorize", "https://app.example.com"));
    assert_null(allowed(w, "/oauth2/authorize", "https://auth.example.com"));
}

static void preflight(struct web *w, const char *path, const char *origin, const char *method)
{
    struct req *r = web_request(w, HTTP_OPTIONS, path);
    web_header(w, "origin", origin);
    web_header(w, "access-control-request-method", method);
    cors_preflight(r);
    assert_int_equal(w->reply.status, 204);
}

static void a_preflight_of_an_allowed_origin_names_methods_and_fields(void **state)
{
    struct web *w = *state;
    open_with(w, "https://app.example.com");
    preflight(w, "/auth/me", "https://app.example.com", "PUT");
    assert_string_equal(web_answer(w, "Access-Control-Allow-Origin"), "https://app.example.com");
    assert_string_equal(web_answer(w, "Access-Control-Allow-Methods"), "GET, HEAD, PUT, OPTIONS");
    assert_non_null(strstr(web_answer(w, "Access-Control-Allow-Headers"), "X-CSRF-Token"));
    assert_non_null(strstr(web_answer(w, "Access-Control-Allow-Headers"), "Authorization"));
    assert_string_equal(web_answer(w, "Access-Control-Max-Age"), "600");
    assert_string_equal(web_answer(w, "Allow"), "GET, HEAD, PUT, OPTIONS");
}

static void a_preflight_of_another_origin_is_told_nothing(void **state)
{
    struct web *w = *state;
    open_with(w, "https://app.example.com");
    preflight(w, "/auth/me", "https://evil.example", "GET");
    assert_null(web_answer(w, "Access-Control-Allow-Origin"));
    assert_null(web_answer(w, "Access-Control-Allow-Methods"));
    assert_null(web_answer(w, "Access-Control-Allow-Headers"));
    assert_string_equal(web_answer(w, "Vary"), "Origin");
}

static void a_preflight_is_about_the_row_of_its_method(void **state)
{
    struct web *w = *state;
    open_with(w, "https://app.example.com");
    preflight(w, "/mixed", "https://app.example.com", "POST");
    assert_null(web_answer(w, "Access-Control-Allow-Origin"));
    preflight(w, "/mixed", "https://app.example.com", "GET");
    assert_string_equal(web_answer(w, "Access-Control-Allow-Origin"), "https://app.example.com");
    preflight(w, "/mixed", "https://evil.example", "BREW");
    assert_null(web_answer(w, "Access-Control-Allow-Origin"));
    preflight(w, "/mixed", "https://app.example.com", "BREW");
    assert_null(strstr(web_answer(w, "Access-Control-Allow-Methods"), "BREW"));
    preflight(w, "/jwks.json", "https://evil.example", "GET");
    assert_string_equal(web_answer(w, "Access-Control-Allow-Origin"), "*");
}

static void options_without_a_method_asked_for_tell_what_is_offered(void **state)
{
    struct web *w = *state;
    open_with(w, "https://app.example.com");
    preflight(w, "/auth/me", NULL, NULL);
    assert_string_equal(web_answer(w, "Allow"), "GET, HEAD, PUT, OPTIONS");
    assert_null(web_answer(w, "Access-Control-Allow-Methods"));
}

/* A pattern, or what browsers never write, would be equal to nothing and seem to work. */
static void an_origin_that_no_browser_writes_is_refused(void **state)
{
    struct web *w = *state;
    struct cors cors = { 0 };
    static const char *const bad[] = { "*",
                                       "null",
                                       "app.example.com",
                                       "https://*.example.com",
                                       "https://app.example.com/",
                                       "https://App.example.com",
                                       "https://app.example.com:443",
                                       "http://a.b:80",
                                       "com.example.app://a",
                                       "https://a.b/c",
                                       "https://u@a.b" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err refused = cors_new(w->c, "https://a.example", web_texts(w, bad[i]), &cors);
        assert_string_equal(w->c->fault.field, "allowed_origins");
        REFUSES(refused, INVALID_FIELD);
        assert_null(cors.own);
    }
    REFUSES(cors_new(w->c, "localhost", (struct texts){ 0 }, &cors), INVALID_FIELD);
}

static void an_origin_is_written_as_browsers_do(void **state)
{
    struct web *w = *state;
    struct arena *a = w->c->arena;
    assert_string_equal(cors_origin(a, "HTTPS://App.Example.com:443/x?y#z"),
                        "https://app.example.com");
    assert_string_equal(cors_origin(a, "http://[::1]:3000/"), "http://[::1]:3000");
    assert_null(cors_origin(a, "about:blank"));
    assert_null(cors_origin(a, "com.example.app:/callback"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_TEST(only_our_own_and_listed_origins_may_read),
        WEB_TEST(an_answer_that_depends_on_the_origin_says_so),
        WEB_TEST(key_sets_may_be_read_by_all_without_credentials),
        WEB_TEST(a_row_may_be_closed_to_every_origin),
        WEB_TEST(a_preflight_of_an_allowed_origin_names_methods_and_fields),
        WEB_TEST(a_preflight_of_another_origin_is_told_nothing),
        WEB_TEST(a_preflight_is_about_the_row_of_its_method),
        WEB_TEST(options_without_a_method_asked_for_tell_what_is_offered),
        WEB_TEST(an_origin_that_no_browser_writes_is_refused),
        WEB_TEST(an_origin_is_written_as_browsers_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
