/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An application's user on the pages that stand in its way: signing in, choosing, consenting, a
 * password to be changed; and what it can do to them.
 */
#include "oauth_story.h"
#include "page_story.h"

#include "identity/people.h"
#include "store/resources.h"

#define EVIL_NAME "<b>Bank</b>"

/* A client whose users are asked for consent. */
static void asking_app(struct world *w)
{
    (void)oauth_client(w, APP,
                       "{'client_name':'" EVIL_NAME "','token_endpoint_auth_method':'none',"
                       "'redirect_uris':['" APP_CALLBACK "'],'policy_uri':'https://app.test/p',"
                       "'grant_types':['authorization_code','refresh_token']}");
}

/* The path and query of where the answer leads, which begins with `path`. */
static const char *led(struct answer a, const char *path)
{
    const char *location = answer_header(&a, "location");
    assert_status(a, 303);
    if (location == NULL || !text_starts(location, path))
        fail_msg("it leads to %s instead of %s", location, path);
    return location;
}

/* Sends the form of the page at `from` with the request that it carries. */
static struct answer go_on(struct client *b, const char *from, const char *action,
                           const char *fields)
{
    struct answer page = client_get(b, from);
    assert_status(page, 200);
    const char *request = page_hidden(&page, "request");
    assert_non_null(request);
    return page_post(b, action, page_hidden(&page, "csrf_token"),
                     text_printf(b->w->arena, "request=%s&%s", request, fields));
}

static const char *sign_in_for(struct client *b, const char *changes)
{
    const char *page = led(oauth_authorize(b, changes), "/sign-in?request=");
    return led(go_on(b, page, "/sign-in", "email=" ADA "&password=" STORY_PASSWORD),
               "/oauth2/authorize/continue?request=");
}

static void a_user_signs_in_and_allows(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    asking_app(w);
    struct client b = browser_new(w);
    const char *page =
        led(oauth_authorize(&b, "ui_locales=de&login_hint=" ADA), "/sign-in?request=");
    struct answer a = client_get(&b, page);
    assert_page(a, 200, "weiter zu &lt;b&gt;Bank&lt;/b&gt;");
    assert_page(a, 200, "value=\"" ADA "\"");
    /* Decision 21: the way on ends at another origin. */
    assert_null(strstr(answer_header(&a, "content-security-policy"), "form-action"));
    assert_status(go_on(&b, page, "/sign-in", "email=" ADA "&password=wrong"), 422);
    const char *next = led(go_on(&b, page, "/sign-in", "email=" ADA "&password=" STORY_PASSWORD),
                           "/oauth2/authorize/continue?request=");
    page = led(client_get(&b, next), "/consent?request=");
    a = client_get(&b, page);
    assert_page(a, 200, "&lt;b&gt;Bank&lt;/b&gt; möchte:");
    assert_page(a, 200, "Ihre E-Mail-Adresse sehen");
    assert_page(a, 200, "Danach geht es weiter zu app.test.");
    assert_page(a, 200, "href=\"https://app.test/p\"");
    next = led(go_on(&b, page, "/consent", "answer=allow"), "/oauth2/authorize/continue?request=");
    a = client_get(&b, next);
    (void)led(a, APP_CALLBACK "?");
    assert_non_null(oauth_param(&a, "code"));
    /* Once is enough; and what was allowed can be taken back. */
    a = oauth_authorize(&b, "");
    assert_non_null(oauth_param(&a, "code"));
    assert_leads(page_send(&b, "/account", "/account/applications/revoke", "client_id=" APP),
                 "/account?done=application");
    (void)led(oauth_authorize(&b, ""), "/consent?request=");
    assert_status(page_send(&b, "/account", "/account/applications/revoke", "client_id=" APP), 404);
}

/* RFC 8707 3: whoever allows it sees for which APIs. */
static void the_apis_are_named(void **state)
{
    struct world *w = *state;
    static const struct resource_row apis[] = { { .uri = "https://a.test", .name = "<i>Orders" },
                                                { .uri = "https://b.test/v1", .name = "" } };
    (void)story_person(w, ADA);
    asking_app(w);
    for (size_t i = 0; i < 2; i++)
        story_does(w, resource_set(world_ctx(w), &apis[i]));
    struct client b = browser_new(w);
    const char *on =
        sign_in_for(&b, "resource=https%3A%2F%2Fa.test&resource=https%3A%2F%2Fb.test%2Fv1");
    assert_page(client_get(&b, led(client_get(&b, on), "/consent?request=")), 200,
                "Applies to: &lt;i&gt;Orders, b.test");
    on = led(oauth_authorize(&b, ""), "/consent?request=");
    struct answer plain = client_get(&b, on);
    assert_page(plain, 200, "would like to:");
    assert_false(answer_holds(&plain, "Applies to"));
}

static void a_refusal_goes_to_the_application(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    asking_app(w);
    struct client b = browser_new(w);
    const char *page = led(client_get(&b, sign_in_for(&b, "")), "/consent?request=");
    struct answer a = go_on(&b, page, "/consent", "answer=refuse");
    (void)led(a, APP_CALLBACK "?");
    assert_string_equal(oauth_param(&a, "error"), "access_denied");
    assert_page(client_get(&b, page), 400, "This sign-in is over");
}

/* CD-17: nobody answers for another: not without the token, not in another browser, not without
 * having signed in. */
static void nobody_answers_for_another(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    (void)story_person(w, EVE);
    asking_app(w);
    struct client b = browser_new(w);
    const char *page = led(client_get(&b, sign_in_for(&b, "")), "/consent?request=");
    const char *request = strchr(page, '=') + 1;
    const char *form = text_printf(w->arena, "request=%s&answer=allow", request);
    assert_page(page_post(&b, "/consent", NULL, form), 403, "This page is out of date");
    struct client eve = page_browser(w, EVE);
    assert_page(client_get(&eve, page), 400, "This sign-in is over");
    assert_page(page_send(&eve, "/account", "/consent", form), 400, "This sign-in is over");
    struct client stranger = browser_new(w);
    assert_leads(client_get(&stranger, page),
                 text_printf(w->arena, "/sign-in?request=%s", request));
    /* The name is told to the browser in which the request waits, and to no other. */
    struct answer a = client_get(&stranger, text_printf(w->arena, "/sign-in?request=%s", request));
    assert_page(a, 200, "Sign in");
    assert_null(strstr(a.body, "Bank"));
    assert_null(page_hidden(&a, "request"));
}

/* CD-19: a form holds the name of what waits, and nothing else that counts. */
static void what_a_form_holds_changes_nothing(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    (void)story_person(w, EVE);
    asking_app(w);
    struct client b = browser_new(w);
    const char *at = led(client_get(&b, sign_in_for(&b, "")), "/consent?request=");
    struct answer page = client_get(&b, at);
    const char *csrf = page_hidden(&page, "csrf_token");
    const char *request = page_hidden(&page, "request");
    for (size_t i = 0; i < strlen(request); i++) {
        char *other = arena_copy(w->arena, request, strlen(request) + 1);
        other[i] = other[i] == 'A' ? 'B' : 'A';
        const char *form = text_printf(w->arena, "request=%s&answer=allow", other);
        assert_page(page_post(&b, "/consent", csrf, form), 400, "This sign-in is over");
    }
    static const char *const fields[] = { "client_id=web",  "scope=admin", "redirect_uri=https:",
                                          "user_id=" EVE,   "acr=2",       "step=2",
                                          "session_id=eve", "email=" EVE };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const char *form = text_printf(w->arena, "request=%s&answer=allow&%s", request, fields[i]);
        assert_status(page_post(&b, "/consent", csrf, form), 400);
    }
    const char *form = text_printf(w->arena, "request=%s&answer=allow", request);
    struct answer a = page_post(&b, "/consent", csrf, form);
    a = client_get(&b, led(a, "/oauth2/authorize/continue?request="));
    struct answer t = oauth_exchange(w, oauth_param(&a, "code"), "");
    assert_string_equal(answer_text(&t, "scope"), "openid profile email");
}

static void an_account_is_chosen(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    oauth_app(w);
    struct client b = page_browser(w, ADA);
    world_pass(w, 1);
    const char *page =
        led(oauth_authorize(&b, "prompt=select_account"), "/select-account?request=");
    struct answer a = client_get(&b, page);
    assert_page(a, 200, ADA);
    assert_page(a, 200, "href=\"/sign-in?request=");
    const char *next =
        led(go_on(&b, page, "/select-account", ""), "/oauth2/authorize/continue?request=");
    a = client_get(&b, next);
    assert_non_null(oauth_param(&a, "code"));
}

/* A password that an administrator has set is changed on the way, and the way goes on. */
static void a_password_is_changed_on_the_way(void **state)
{
    struct world *w = *state;
    const char *id = story_person(w, ADA);
    oauth_app(w);
    story_does(w, people_set_password(world_ctx(w), id, "Given-by-admin-7", true, NULL));
    struct client b = browser_new(w);
    const char *page = led(oauth_authorize(&b, ""), "/sign-in?request=");
    page = led(go_on(&b, page, "/sign-in", "email=" ADA "&password=Given-by-admin-7"),
               "/account/password?request=");
    const char *next =
        led(go_on(&b, page, "/account/password",
                  "current_password=Given-by-admin-7&new_password=Chosen-by-myself-7"),
            "/oauth2/authorize/continue?request=");
    struct answer a = client_get(&b, next);
    assert_non_null(oauth_param(&a, "code"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_user_signs_in_and_allows),
        STORY(a_refusal_goes_to_the_application),
        STORY(the_apis_are_named),
        STORY(what_a_form_holds_changes_nothing),
        STORY(nobody_answers_for_another),
        STORY(an_account_is_chosen),
        STORY(a_password_is_changed_on_the_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
