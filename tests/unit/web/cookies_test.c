/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/web/web_testing.h"

#include "web/cookies.h"

/* A request by https whose Cookie field is `field`. */
static struct req *with(struct web *w, const char *url, const char *field)
{
    w->config.public_url = url;
    web_open(w, NULL, 0);
    struct req *r = web_request(w, HTTP_GET, "/");
    web_header(w, "cookie", field);
    return r;
}

static const char *session_in(struct web *w, const char *field)
{
    const char *value = "not written";
    PASSES(cookie_get(with(w, "https://a.example", field), COOKIE_SESSION, &value));
    return value;
}

static void our_cookie_is_found_among_those_of_others(void **state)
{
    struct web *w = *state;
    assert_string_equal(session_in(w, "__Host-session=abc"), "abc");
    assert_string_equal(session_in(w, "a=b; __Host-session=abc; c=d"), "abc");
    assert_string_equal(session_in(w, "a=b;__Host-session=abc;c=d"), "abc");
    assert_string_equal(
        session_in(w, "a=\"x y\"; =; ;;\t; noequals; \xFF=\xFE;  __Host-session=a=b"), "a=b");
    assert_string_equal(session_in(w, "__Host-session-2=x; __Host-session=abc \t"), "abc");
}

static void a_cookie_that_is_not_there_is_nothing(void **state)
{
    struct web *w = *state;
    static const char *const fields[] = { NULL,
                                          "",
                                          ";",
                                          "__Host-session",
                                          "__Host-session=",
                                          "__Host-sessions=a",
                                          "x__Host-session=a",
                                          "__host-session=a",
                                          "a=__Host-session=b" };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        assert_null(session_in(w, fields[i]));
}

/* SS-05, SD-09: a sibling's name is not ours, also where a prefix is missing. */
static void a_twin_without_the_prefix_is_another_cookie(void **state)
{
    struct web *w = *state;
    assert_null(session_in(w, "session=planted; __Secure-session=planted"));
    assert_string_equal(session_in(w, "session=planted; __Host-session=ours"), "ours");
}

/* SS-05, WB-02: nobody can tell which of two is ours. */
static void a_cookie_that_comes_twice_is_refused(void **state)
{
    struct web *w = *state;
    const char *value = NULL;
    static const char *const fields[] = { "__Host-session=a; __Host-session=b",
                                          "__Host-session=a;__Host-session=a",
                                          "__Host-session=; __Host-session=a; x=y" };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        struct req *r = with(w, "https://a.example", fields[i]);
        REFUSES(cookie_get(r, COOKIE_SESSION, &value), INVALID_REQUEST);
        assert_null(value);
        /* Other kinds are not touched by it. */
        PASSES(cookie_get(r, COOKIE_CSRF, &value));
    }
}

static void a_value_that_we_never_wrote_counts_as_none(void **state)
{
    struct web *w = *state;
    static const char *const values[] = { "\"quoted\"", "a b", "a,b", "a\\b", "\xC3\xA9", "a\tb" };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        assert_null(session_in(w, text_printf(w->c->arena, "__Host-session=%s", values[i])));
    char *longest = arena_alloc(w->c->arena, COOKIE_VALUE_MAX + 2);
    memset(longest, 'x', COOKIE_VALUE_MAX);
    assert_string_equal(session_in(w, text_printf(w->c->arena, "__Host-session=%s", longest)),
                        longest);
    longest[COOKIE_VALUE_MAX] = 'x';
    assert_null(session_in(w, text_printf(w->c->arena, "__Host-session=%s", longest)));
}

/* SS-04: each attribute of each kind, as browsers read them. */
static void cookies_are_set_with_the_attributes_of_their_kind(void **state)
{
    struct web *w = *state;
    struct req *r = with(w, "https://a.example", NULL);
    cookie_set(r, COOKIE_SESSION, "v", 0);
    cookie_set(r, COOKIE_CSRF, "v", 60);
    cookie_set(r, COOKIE_REFRESH, "v", 604800);
    cookie_set(r, COOKIE_DEVICE, "v", 1);
    static const char *const lines[] = {
        "__Host-session=v; Path=/; HttpOnly; Secure; SameSite=Lax",
        "__Host-csrf=v; Path=/; Max-Age=60; Secure; SameSite=Lax",
        "__Secure-refresh=v; Path=/auth; Max-Age=604800; HttpOnly; Secure; SameSite=Strict",
        "__Host-device=v; Path=/; Max-Age=1; HttpOnly; Secure; SameSite=Lax",
    };
    assert_int_equal(w->reply.headers_n, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(w->reply.headers[i].name, "Set-Cookie");
        assert_string_equal(w->reply.headers[i].value, lines[i]);
    }
}

static void on_plain_http_the_names_are_plain(void **state)
{
    struct web *w = *state;
    const char *value = NULL;
    struct req *r = with(w, "http://localhost:8080", "session=abc; __Host-session=x");
    PASSES(cookie_get(r, COOKIE_SESSION, &value));
    assert_string_equal(value, "abc");
    cookie_set(r, COOKIE_REFRESH, "v", 0);
    assert_string_equal(web_answer(w, "set-cookie"),
                        "refresh=v; Path=/auth; HttpOnly; SameSite=Strict");
    assert_string_equal(cookie_name(&w->door, COOKIE_DEVICE), "device");
    assert_string_equal(cookie_name(&w->door, COOKIE_CSRF), "csrf");
}

/* A domain is for the session alone; a __Host- cookie could not have one. */
static void a_domain_widens_the_session_alone(void **state)
{
    struct web *w = *state;
    w->config.cookie_domain = "example.com";
    struct req *r = with(w, "https://auth.example.com", NULL);
    cookie_set(r, COOKIE_SESSION, "v", 0);
    assert_string_equal(web_answer(w, "set-cookie"),
                        "__Secure-session=v; Path=/; Domain=example.com; HttpOnly; Secure; "
                        "SameSite=Lax");
    assert_string_equal(cookie_name(&w->door, COOKIE_CSRF), "__Host-csrf");
}

static void the_last_word_about_a_cookie_counts(void **state)
{
    struct web *w = *state;
    struct req *r = with(w, "https://a.example", NULL);
    cookie_set(r, COOKIE_SESSION, "v", 0);
    cookie_set(r, COOKIE_CSRF, "c", 0);
    cookie_clear(r, COOKIE_SESSION);
    assert_int_equal(w->reply.headers_n, 2);
    assert_string_equal(w->reply.headers[1].value,
                        "__Host-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax");
}

static void set_bad_value(void *arg)
{
    struct web *w = web_new();
    cookie_set(with(w, "https://a.example", NULL), COOKIE_SESSION, arg, 0);
}

/* IN-04: no value ends a header, or its own attribute, early. */
static void a_value_with_other_characters_is_a_bug(void **state)
{
    (void)state;
    static const char *const bad[] = { "a;b", "a\r\nb", "a b", "" };
    char value[8] = "ab";
    assert_false(aborts(set_bad_value, value));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        (void)snprintf(value, sizeof value, "%s", bad[i]);
        assert_true(aborts(set_bad_value, value));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_TEST(our_cookie_is_found_among_those_of_others),
        WEB_TEST(a_cookie_that_is_not_there_is_nothing),
        WEB_TEST(a_twin_without_the_prefix_is_another_cookie),
        WEB_TEST(a_cookie_that_comes_twice_is_refused),
        WEB_TEST(a_value_that_we_never_wrote_counts_as_none),
        WEB_TEST(cookies_are_set_with_the_attributes_of_their_kind),
        WEB_TEST(on_plain_http_the_names_are_plain),
        WEB_TEST(a_domain_widens_the_session_alone),
        WEB_TEST(the_last_word_about_a_cookie_counts),
        WEB_TEST(a_value_with_other_characters_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
