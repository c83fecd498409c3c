/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every hosted page and every form of the table, called by whoever may not: what walk_test.c is for
 * the API.
 */
#include "page_story.h"

#include "app/routes.h"
#include "identity/people.h"
#include "web/guard.h"

/* Open to everybody, all of it: a row that is added here was meant to be. */
static const char *const open_rows[] = {
    "GET /",
    "GET /sign-in",
    "POST /sign-in",
    "GET /sign-in/code",
    "POST /sign-in/code",
    "GET /signed-out",
    "GET /setup",
    "POST /setup",
    "GET /register",
    "POST /register",
    "GET /check-mail",
    "GET /verify-email",
    "POST /verify-email",
    "GET /join",
    "POST /join",
    "POST /verify-email/resend",
    "GET /forgot-password",
    "POST /forgot-password",
    "GET /reset-password",
    "POST /reset-password",
    "POST /oauth2/logout/confirm",
};

/* Each hosted row. */
#define EACH_HOSTED(row)                                                                           \
    for (const struct route *row = first_hosted(); row != NULL; row = next_hosted(row))

static const struct route *hosted_from(size_t i)
{
    size_t n = 0;
    const struct route *rows = routes(&n);
    while (i < n && (rows[i].flags & HOSTED) == 0)
        i++;
    return i < n ? &rows[i] : NULL;
}

static const struct route *first_hosted(void)
{
    return hosted_from(0);
}

static const struct route *next_hosted(const struct route *row)
{
    size_t n = 0;
    return hosted_from((size_t)(row - routes(&n)) + 1);
}

static bool is_form(const struct route *row)
{
    return text_equal(row->method, "POST");
}

static struct answer call(struct client *client, const struct route *row, const char *token)
{
    struct world *w = client->w;
    struct sent sent = { .method = story_method(row->method), .target = row->path };
    if (is_form(row))
        sent.form = token == NULL ? "" : text_printf(w->arena, "csrf_token=%s", token);
    return client_send(client, &sent);
}

static void fail_row(const struct route *row, const char *what, struct answer answer)
{
    fail_msg("%s %s by %s answers %d: %s", row->method, row->path, what, answer.status,
             answer.body);
}

static bool leads_to(const struct answer *answer, const char *path)
{
    const char *location = answer_header(answer, "location");
    return answer->status == 303 && location != NULL && text_starts(location, path);
}

/* AZ-02: the pages that anybody may open are known by name. */
static void what_is_open_is_on_the_list(void **state)
{
    struct world *w = *state;
    size_t open = 0;
    EACH_HOSTED(row)
    {
        const char *name = text_printf(w->arena, "%s %s", row->method, row->path);
        bool listed = false;
        if (row->guard != &guard_open)
            continue;
        open++;
        for (size_t i = 0; i < sizeof open_rows / sizeof open_rows[0]; i++)
            listed = listed || text_equal(open_rows[i], name);
        if (!listed)
            fail_msg("%s is open to everybody and not on the list of this test", name);
    }
    assert_int_equal(open, sizeof open_rows / sizeof open_rows[0]);
}

/* AZ-02: who is not signed in is sent to where they can. */
static void strangers_are_sent_to_sign_in(void **state)
{
    struct world *w = *state;
    struct client b = browser_new(w);
    size_t asked = 0;
    EACH_HOSTED(row)
    {
        if (row->guard != &guard_session)
            continue;
        asked++;
        struct answer a = call(&b, row, NULL);
        if (!leads_to(&a, "/sign-in"))
            fail_row(row, "a stranger", a);
    }
    assert_true(asked > 10);
}

/* WB-01, WB-02: a form counts only with the token of the session, or browser, that sends it. */
static void a_form_without_its_token_does_nothing(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    (void)story_person(w, EVE);
    struct client b = page_browser(w, ADA);
    struct client e = page_browser(w, EVE);
    struct client stranger = browser_new(w);
    const char *const wrong[] = { NULL, "x", page_token(&e, "/account"),
                                  page_token(&stranger, "/sign-in"), client_cookie(&b, "browser") };
    EACH_HOSTED(row)
    {
        for (size_t i = 0; is_form(row) && i < sizeof wrong / sizeof wrong[0]; i++) {
            struct answer a = call(&b, row, wrong[i]);
            if (a.status != 403 || strstr(a.body, "csrf-failed") == NULL)
                fail_row(row, "a form with a wrong token", a);
        }
    }
    assert_status(client_get(&b, "/account"), 200);
}

/* WB-02: a pair of cookie and field that somebody else made up is worth nothing. */
static void a_planted_cookie_makes_no_token(void **state)
{
    struct world *w = *state;
    struct client b = browser_new(w);
    b.cookies[b.cookies_n++] = (struct cookie){ "browser", "planted", "" };
    assert_page(page_post(&b, "/sign-in", "planted", "email=a@b.example&password=x"), 403,
                "This page is out of date");
    /* One of the right form is taken over, which lets nobody in: its token is ours to make. */
    b.cookies[0].value = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_page(page_post(&b, "/sign-in", b.cookies[0].value, "email=a@b.example&password=x"), 403,
                "This page is out of date");
}

/* WB-04: a form of another site gets nowhere, however much it looks like ours. */
static void a_form_of_another_site_does_nothing(void **state)
{
    struct world *w = *state;
    static const struct http_header from[][2] = {
        { { "origin", "https://evil.example" }, { "sec-fetch-site", "cross-site" } },
        { { "origin", "https://localhost:8080" }, { "sec-fetch-site", "" } },
        { { "origin", "http://localhost:8081" }, { "sec-fetch-site", "" } },
        { { "origin", "http://localhost.evil.example:8080" }, { "sec-fetch-site", "" } },
        { { "origin", "null" }, { "sec-fetch-site", "" } },
        { { "origin", "null" }, { "sec-fetch-site", "cross-site" } },
        { { "origin", "null" }, { "sec-fetch-site", "none" } },
        { { "origin", "http://localhost:8080" }, { "sec-fetch-site", "same-site" } },
        { { "referer", "https://evil.example/" }, { "sec-fetch-site", "" } },
    };
    struct client b = browser_new(w);
    const char *token = page_token(&b, "/sign-in");
    b.keeps_cookies = false;
    struct sent sent = { .method = HTTP_POST, .target = "/sign-in" };
    sent.form = text_printf(w->arena, "csrf_token=%s&email=x&password=y", token);
    sent.headers[2] = (struct http_header){ "cookie", text_printf(w->arena, "browser=%s",
                                                                  client_cookie(&b, "browser")) };
    for (size_t i = 0; i < sizeof from / sizeof from[0]; i++) {
        memcpy(sent.headers, from[i], sizeof from[i]);
        assert_page(client_send(&b, &sent), 403, "This page is out of date");
    }
    /* What a page without referrer sends. */
    sent.headers[0] = (struct http_header){ "origin", "null" };
    sent.headers[1] = (struct http_header){ "sec-fetch-site", "same-origin" };
    assert_status(client_send(&b, &sent), 422);
}

/* WB-06: what changes something is a form, whatever a request says it would rather be. */
static void forms_are_sent_by_post_alone(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = page_browser(w, ADA);
    EACH_HOSTED(row)
    {
        struct sent sent = { .method = HTTP_PUT, .target = row->path, .form = "_method=POST" };
        sent.headers[0] = (struct http_header){ "x-http-method-override", "POST" };
        assert_status(client_send(&b, &sent), 405);
    }
    assert_page(client_get(&b, "/sign-out?_method=POST"), 200, "Sign out?");
    assert_status(client_get(&b, "/account"), 200);
}

/* Whoever has a password that an administrator has set changes it before anything else. */
static void a_password_to_be_changed_comes_first(void **state)
{
    struct world *w = *state;
    const char *id = story_person(w, ADA);
    struct client b = browser_new(w);
    story_does(w, people_set_password(world_ctx(w), id, "Given-by-admin-7", true, NULL));
    assert_leads(
        page_send(&b, "/sign-in", "/sign-in", "email=ada@example.com&password=Given-by-admin-7"),
        "/account/password");
    const char *token = page_token(&b, "/account/password");
    EACH_HOSTED(row)
    {
        struct answer a = call(&b, row, token);
        bool held = leads_to(&a, "/account/password");
        if (row->guard == &guard_session && !text_equal(row->path, "/sign-out") &&
            held == ((row->flags & CHANGING) != 0))
            fail_row(row, "somebody with a password to change", a);
        if (leads_to(&a, "/signed-out"))
            break;
    }
}

/* Rows that ask for a recent sign-in send to where it can be renewed. */
static void an_old_sign_in_is_confirmed_first(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = page_browser(w, ADA);
    const char *token = page_token(&b, "/account");
    world_pass(w, RECENT_SECONDS + 1);
    EACH_HOSTED(row)
    {
        if (row->guard != &guard_session || text_equal(row->path, "/sign-out"))
            continue;
        struct answer a = call(&b, row, token);
        if (leads_to(&a, "/account/confirm?then=") != ((row->flags & RECENT) != 0))
            fail_row(row, "somebody who signed in a while ago", a);
    }
}

/* WB-09, WB-16, WB-17: no page may be framed, kept or opened by another, and none follows a header
 * that a caller may set. */
static void every_page_is_kept_apart(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = page_browser(w, ADA);
    EACH_HOSTED(row)
    {
        struct sent sent = { .method = story_method(row->method), .target = row->path };
        sent.form = is_form(row) ? "" : NULL;
        struct answer plain = client_send(&b, &sent);
        sent.headers[0] = (struct http_header){ "x-forwarded-host", "evil.example" };
        sent.headers[1] = (struct http_header){ "x-original-url", "/evil" };
        sent.headers[2] = (struct http_header){ "forwarded", "host=evil.example" };
        struct answer odd = client_send(&b, &sent);
        const char *policy = answer_header(&plain, "content-security-policy");
        assert_non_null(strstr(policy, "frame-ancestors 'none'"));
        assert_non_null(strstr(policy, "default-src 'none'"));
        assert_null(strstr(policy, "unsafe"));
        assert_null(strstr(policy, "script-src"));
        assert_string_equal(answer_header(&plain, "x-frame-options"), "DENY");
        assert_string_equal(answer_header(&plain, "cache-control"), "no-store");
        assert_string_equal(answer_header(&plain, "cross-origin-opener-policy"), "same-origin");
        assert_int_equal(plain.status, odd.status);
        assert_null(strstr(odd.body, "evil"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(what_is_open_is_on_the_list),
        STORY(strangers_are_sent_to_sign_in),
        STORY(a_form_without_its_token_does_nothing),
        STORY(a_planted_cookie_makes_no_token),
        STORY(a_form_of_another_site_does_nothing),
        STORY(forms_are_sent_by_post_alone),
        STORY(a_password_to_be_changed_comes_first),
        STORY(an_old_sign_in_is_confirmed_first),
        STORY(every_page_is_kept_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
