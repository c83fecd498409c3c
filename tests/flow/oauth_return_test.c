/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whoever comes for an application and has no account, or has forgotten the password, gets back to
 * it: through the pages by a parameter, past the mail by a cookie of the same browser.
 */
#include "oauth_story.h"
#include "page_story.h"

#define REGISTER_FORM "full_name=Ada&email=ada@example.com&password=" STORY_PASSWORD
#define NEW_PASSWORD  "Another-horse-8-battery"

static const char *const unverified[] = { "AUTH_REQUIRE_VERIFIED_EMAIL=off", NULL };

/* A browser that an application has sent to `page`, and the request that waits there. */
static struct client arrive(struct world *w, const char *changes, const char *page,
                            const char **request)
{
    struct client b = browser_new(w);
    struct answer a = oauth_authorize(&b, changes);
    assert_status(a, 303);
    *request = oauth_param(&a, "request");
    assert_string_equal(answer_header(&a, "location"),
                        text_printf(w->arena, "%s?request=%s", page, *request));
    return b;
}

static const char *at(struct world *w, const char *path, const char *request)
{
    return text_printf(w->arena, "%s%crequest=%s", path, strchr(path, '?') == NULL ? '?' : '&',
                       request);
}

/* The form of a page with the request that stands in it. */
static struct answer fill(struct client *b, const char *path, const char *action, const char *form)
{
    struct answer page = client_get(b, path);
    assert_status(page, 200);
    const char *request = page_hidden(&page, "request");
    if (request != NULL)
        form = text_printf(b->w->arena, "%s&request=%s", form, request);
    return page_post(b, action, page_hidden(&page, "csrf_token"), form);
}

/* Signs in on the page at `path`, and has the code then. */
static void assert_ends_with_code(struct client *b, const char *path, const char *password)
{
    const char *form = text_printf(b->w->arena, "email=ada@example.com&password=%s", password);
    struct answer a = fill(b, path, "/sign-in", form);
    assert_status(a, 303);
    a = client_get(b, answer_header(&a, "location"));
    assert_status(a, 303);
    assert_true(text_starts(answer_header(&a, "location"), APP_CALLBACK));
    assert_non_null(oauth_param(&a, "code"));
    assert_status(oauth_exchange(b->w, oauth_param(&a, "code"), ""), 200);
}

/* The form of the page that the newest mail's link leads to. */
static struct answer follow(struct client *b, const char *page, const char *more)
{
    struct world *w = b->w;
    const char *token = world_link_token(w, ADA);
    return fill(b, text_printf(w->arena, "%s?token=%s", page, token), page,
                text_printf(w->arena, "token=%s%s", token, more));
}

/* ---- an account is made ---- */

/* As the cookie has it. */
static const char *kept(const struct world *w, const char *request)
{
    return text_printf(w->arena, "request=%s", request);
}

static void whoever_registers_gets_back_to_the_application(void **state)
{
    struct world *w = *state;
    const char *request = NULL;
    oauth_app(w);
    struct client b = arrive(w, "", "/sign-in", &request);
    struct answer page = client_get(&b, at(w, "/sign-in", request));
    assert_page(page, 200, at(w, "/register", request));
    struct answer led = fill(&b, at(w, "/register", request), "/register", REGISTER_FORM);
    assert_leads(led, text_printf(w->arena, "/check-mail?about=verify&request=%s", request));
    assert_string_equal(client_cookie(&b, "waiting"), kept(w, request));
    page = client_get(&b, answer_header(&led, "location"));
    assert_page(page, 200, text_printf(w->arena, "href=\"%s\"", at(w, "/sign-in", request)));
    led = follow(&b, "/verify-email", "");
    assert_leads(led, text_printf(w->arena, "/sign-in?request=%s&done=verified", request));
    assert_null(client_cookie(&b, "waiting"));
    assert_ends_with_code(&b, answer_header(&led, "location"), STORY_PASSWORD);
}

/* Initiating User Registration via OpenID Connect 1.0, 4. */
static void prompt_create_ends_with_the_code(void **state)
{
    struct world *w = *state;
    const char *request = NULL;
    oauth_app(w);
    struct client b = arrive(w, "prompt=create", "/register", &request);
    (void)fill(&b, at(w, "/register", request), "/register", REGISTER_FORM);
    struct answer led = follow(&b, "/verify-email", "");
    assert_ends_with_code(&b, answer_header(&led, "location"), STORY_PASSWORD);
}

/* Where no address has to be confirmed the page of the mail leads on by itself. */
static void no_mail_is_waited_for_where_none_is_needed(void **state)
{
    struct world *w = *state;
    const char *request = NULL;
    oauth_app(w);
    struct client b = arrive(w, "prompt=create", "/register", &request);
    struct answer led = fill(&b, at(w, "/register", request), "/register", REGISTER_FORM);
    struct answer page = client_get(&b, answer_header(&led, "location"));
    const char *back = at(w, "/sign-in", request);
    assert_page(page, 200, text_printf(w->arena, "href=\"%s\"", back));
    assert_ends_with_code(&b, back, STORY_PASSWORD);
}

/* Also by the link of the second mail, and from the page itself once it was followed elsewhere. */
static void a_further_mail_leads_back_too(void **state)
{
    struct world *w = *state;
    const char *request = NULL;
    oauth_app(w);
    struct client b = arrive(w, "", "/sign-in", &request);
    struct client phone = browser_new(w);
    struct answer led = fill(&b, at(w, "/register", request), "/register", REGISTER_FORM);
    led =
        fill(&b, answer_header(&led, "location"), "/verify-email/resend", "email=ada@example.com");
    assert_leads(led,
                 text_printf(w->arena, "/check-mail?about=verify&done=resent&request=%s", request));
    /* The other browser has nothing that waits. */
    assert_leads(follow(&phone, "/verify-email", ""), "/sign-in?done=verified");
    assert_ends_with_code(&b, at(w, "/sign-in", request), STORY_PASSWORD);
}

/* ---- a password is forgotten ---- */

static void a_forgotten_password_does_not_lose_the_application(void **state)
{
    struct world *w = *state;
    const char *request = NULL;
    (void)story_person(w, ADA);
    oauth_app(w);
    struct client b = arrive(w, "", "/sign-in", &request);
    struct answer led =
        fill(&b, at(w, "/forgot-password", request), "/forgot-password", "email=ada@example.com");
    assert_leads(led, text_printf(w->arena, "/check-mail?about=reset&request=%s", request));
    /* A mistake on the way costs nothing. */
    assert_status(follow(&b, "/reset-password", "&password=short"), 422);
    assert_string_equal(client_cookie(&b, "waiting"), kept(w, request));
    led = follow(&b, "/reset-password", "&password=" NEW_PASSWORD);
    assert_leads(led, text_printf(w->arena, "/sign-in?request=%s&done=reset", request));
    assert_null(client_cookie(&b, "waiting"));
    assert_ends_with_code(&b, answer_header(&led, "location"), NEW_PASSWORD);
}

/* ---- a cookie that is no good ---- */

static void plant(struct client *b, const char *value)
{
    const struct http_header header = {
        "set-cookie", text_printf(b->w->arena, "waiting=%s; Path=/; HttpOnly", value)
    };
    client_keep_cookies(b, &(struct answer){ .w = b->w, .headers = &header, .headers_n = 1 });
}

/* WB-01, URI-12: another browser's, a made-up one, an address: the sign-in without an application.
 */
static void a_cookie_of_somebody_else_leads_nowhere(void **state)
{
    struct world *w = *state;
    const char *hers = NULL;
    (void)story_person(w, ADA);
    oauth_app(w);
    (void)arrive(w, "", "/sign-in", &hers);
    const char *const planted[] = { kept(w, hers),
                                    "request=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                    "request=x",
                                    "request=https%3A%2F%2Fevil.test%2F",
                                    "then=https%3A%2F%2Fevil.test%2F",
                                    "then=%2F%2Fevil.test",
                                    "then=account&then=device",
                                    hers,
                                    "https://evil.test/" };
    for (size_t i = 0; i < sizeof planted / sizeof planted[0]; i++) {
        struct client b = browser_new(w);
        (void)page_send(&b, "/forgot-password", "/forgot-password", "email=ada@example.com");
        assert_null(client_cookie(&b, "waiting"));
        plant(&b, planted[i]);
        assert_leads(follow(&b, "/reset-password", "&password=" NEW_PASSWORD),
                     "/sign-in?done=reset");
        assert_null(client_cookie(&b, "waiting"));
        world_pass(w, HOURS);
    }
}

/* The request is over after an hour, and what was used waits no longer. */
static void a_cookie_outlives_no_request(void **state)
{
    struct world *w = *state;
    const char *request = NULL;
    oauth_app(w);
    struct client b = arrive(w, "", "/sign-in", &request);
    (void)fill(&b, at(w, "/register", request), "/register", REGISTER_FORM);
    world_pass(w, HOURS);
    assert_leads(follow(&b, "/verify-email", ""), "/sign-in?done=verified");
    b = arrive(w, "", "/sign-in", &request);
    (void)fill(&b, at(w, "/forgot-password", request), "/forgot-password", "email=ada@example.com");
    assert_ends_with_code(&b, at(w, "/sign-in", request), STORY_PASSWORD);
    assert_leads(follow(&b, "/reset-password", "&password=" NEW_PASSWORD), "/sign-in?done=reset");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(whoever_registers_gets_back_to_the_application),
        STORY(prompt_create_ends_with_the_code),
        STORY_WITH(no_mail_is_waited_for_where_none_is_needed, unverified),
        STORY(a_further_mail_leads_back_too),
        STORY(a_forgotten_password_does_not_lose_the_application),
        STORY(a_cookie_of_somebody_else_leads_nowhere),
        STORY(a_cookie_outlives_no_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
