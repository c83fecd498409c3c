/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/web/web_testing.h"

#include "web/csrf.h"

#define OURS "https://auth.example.com"

static struct req *request(struct web *w)
{
    w->config.public_url = OURS;
    w->config.allowed_origins = web_texts(w, "https://app.example.com");
    web_open(w, NULL, 0);
    return web_request(w, HTTP_POST, "/");
}

/* Checks the token `given` for the session `binding`. */
static err check(struct web *w, const char *given, const char *binding)
{
    struct req *r = request(w);
    web_header(w, "x-csrf-token", given);
    return csrf_check(r, binding);
}

static void a_token_is_good_for_what_it_is_bound_to(void **state)
{
    struct web *w = *state;
    const char *token = csrf_token(request(w), "session-1");
    assert_int_equal(strlen(token), 43);
    assert_string_equal(csrf_token(request(w), "session-1"), token);
    PASSES(check(w, token, "session-1"));
}

/* WB-02, SD-10: a planted pair of cookie and field, or the token of another session, is worth
 * nothing. */
static void the_token_of_another_session_is_refused(void **state)
{
    struct web *w = *state;
    const char *token = csrf_token(request(w), "session-1");
    REFUSES(check(w, token, "session-2"), CSRF_FAILED);
    REFUSES(check(w, token, "session-"), CSRF_FAILED);
    REFUSES(check(w, token, ""), CSRF_FAILED);
    struct req *r = request(w);
    web_header(w, "cookie", text_printf(w->c->arena, "__Host-csrf=planted"));
    web_header(w, "x-csrf-token", "planted");
    REFUSES(csrf_check(r, "session-1"), CSRF_FAILED);
}

static void a_token_of_another_key_is_refused(void **state)
{
    struct web *w = *state;
    const char *token = csrf_token(request(w), "session-1");
    struct req *r = request(w);
    w->door.csrf_key[0] ^= 1;
    web_header(w, "x-csrf-token", token);
    REFUSES(csrf_check(r, "session-1"), CSRF_FAILED);
}

static void a_missing_or_changed_token_is_refused(void **state)
{
    struct web *w = *state;
    REFUSES(check(w, NULL, "session-1"), CSRF_FAILED);
    REFUSES(check(w, "", "session-1"), CSRF_FAILED);
    const char *token = csrf_token(request(w), "session-1");
    for (size_t i = 0; i < 43; i++) {
        char *changed = arena_copy(w->c->arena, token, 44);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        REFUSES(check(w, changed, "session-1"), CSRF_FAILED);
    }
    REFUSES(check(w, text_printf(w->c->arena, "%s=", token), "session-1"), CSRF_FAILED);
}

struct seen {
    const char *origin, *site, *referer;
};

static err check_site(struct web *w, const struct seen *seen)
{
    struct req *r = request(w);
    web_header(w, "origin", seen->origin);
    web_header(w, "sec-fetch-site", seen->site);
    web_header(w, "referer", seen->referer);
    return csrf_check_site(r);
}

/* WB-01, WB-04: what a browser says of another site is believed. */
static void a_request_of_another_site_is_refused(void **state)
{
    struct web *w = *state;
    static const struct seen foreign[] = {
        { .origin = "http://auth.example.com" },
        { .origin = "null" },
        { .origin = "" },
        { .origin = "https://auth.example.com.evil" },
        { .origin = "https://auth.example.com:444" },
        { .origin = "https://auth.example.com:443" },
        { .origin = "https://evil.example", .site = "same-origin" },
        { .origin = "https://evil.example", .site = "none", .referer = OURS "/" },
        { .site = "cross-site" },
        { .site = "same-site" },
        { .site = "Same-Origin" },
        { .site = "" },
        { .site = "cross-site", .referer = OURS "/" },
        { .origin = OURS, .site = "cross-site" },
        { .origin = OURS, .site = "same-site" },
        { .referer = "https://evil.example/" OURS },
        { .referer = "http://auth.example.com/" },
        { .referer = "https://auth.example.com@evil.example/" },
        { .referer = "https://auth.example.com.evil.example/" },
        { .referer = "about:blank" },
        { .referer = "" },
    };
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        REFUSES(check_site(w, &foreign[i]), CSRF_FAILED);
}

static void a_request_of_ours_or_of_an_allowed_origin_passes(void **state)
{
    struct web *w = *state;
    static const struct seen good[] = {
        { 0 }, /* not a browser */
        { .origin = OURS },
        { .origin = OURS, .site = "same-origin" },
        { .origin = "https://app.example.com", .site = "cross-site" },
        { .origin = "https://app.example.com", .site = "same-site" },
        { .origin = "https://app.example.com" },
        { .site = "same-origin" },
        { .site = "none" },
        { .site = "same-origin", .referer = "https://evil.example/" },
        { .referer = OURS "/sign-in?x=y" },
        { .referer = "https://app.example.com" },
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        PASSES(check_site(w, &good[i]));
}

/* A form of an older browser, which tells no more than where it comes from. */
static void a_form_may_come_with_its_referer_alone(void **state)
{
    struct web *w = *state;
    struct req *r = request(w);
    web_header(w, "referer", "https://evil.example/sign-in");
    assert_int_equal(csrf_check_form(r).code, ERR_CSRF_FAILED);
    assert_non_null(strstr(w->c->fault.text, "referer"));
    fault_clear(w->c);
    r = request(w);
    web_header(w, "referer", OURS "/sign-in");
    assert_int_equal(csrf_check_form(r).code, ERR_CSRF_FAILED);
    assert_null(strstr(w->c->fault.text, "referer")); /* that is not what it lacks */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_TEST(a_form_may_come_with_its_referer_alone),
        WEB_TEST(a_token_is_good_for_what_it_is_bound_to),
        WEB_TEST(the_token_of_another_session_is_refused),
        WEB_TEST(a_token_of_another_key_is_refused),
        WEB_TEST(a_missing_or_changed_token_is_refused),
        WEB_TEST(a_request_of_another_site_is_refused),
        WEB_TEST(a_request_of_ours_or_of_an_allowed_origin_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
