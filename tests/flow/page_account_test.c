/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts on hosted pages, from the first administrator to erasure.
 */
#include "page_story.h"

#include "identity/first_admin.h"

#define OTHER "Another-horse-9-battery"
#define FORM  "full_name=Ada+Lovelace&email=ada@example.com&password="

/* ---- becoming somebody ---- */

/* EN-10: an address that is taken is told the same as any other. */
static void a_person_registers_and_verifies(void **state)
{
    struct world *w = *state;
    struct client b = browser_new(w);
    assert_leads(page_send(&b, "/register", "/register", FORM STORY_PASSWORD),
                 "/check-mail?about=verify");
    assert_page(client_get(&b, "/check-mail?about=verify"), 200, "Check your mail");
    const char *token = world_link_token(w, ADA);
    const char *path = text_printf(w->arena, "/verify-email?token=%s", token);
    const char *form = text_printf(w->arena, "token=%s", token);
    struct answer page = client_get(&b, path);
    assert_string_equal(answer_header(&page, "referrer-policy"), "no-referrer");
    /* Programs that look into mails open links as often as they like. */
    for (int i = 0; i < 3; i++)
        assert_page(client_get(&b, path), 200, "Confirm address");
    assert_leads(page_send(&b, path, "/verify-email", form), "/sign-in?done=verified");
    assert_page(client_get(&b, "/sign-in?done=verified"), 200, "Your address is confirmed.");
    assert_page(page_send(&b, path, "/verify-email", form), 400, "This link no longer works");
    (void)page_browser(w, ADA);
    assert_leads(page_send(&b, "/register", "/register", FORM OTHER), "/check-mail?about=verify");
}

static void what_is_wrong_with_a_registration_is_said_beside_it(void **state)
{
    struct world *w = *state;
    struct client b = browser_new(w);
    struct answer a = page_send(&b, "/register", "/register", "full_name=&email=&password=");
    assert_page(a, 422, "id=\"full_name-mistake\"");
    assert_page(a, 422, "id=\"email-mistake\"");
    assert_page(a, 422, "id=\"password-mistake\"");
    assert_page(a, 422, "Please look at what is marked.");
    a = page_send(&b, "/register", "/register", "full_name=Ada&email=ada@@x&password=" OTHER);
    assert_page(a, 422, "This does not look like an e-mail address.");
    assert_page(a, 422, "value=\"Ada\"");
    a = page_send(&b, "/register", "/register", FORM "Sh0rt");
    assert_page(a, 422, "The password needs 8 to 128 characters.");
    assert_int_equal(world_mails(w), 0);
}

static void the_link_is_sent_again(void **state)
{
    struct world *w = *state;
    struct client b = browser_new(w);
    (void)page_send(&b, "/register", "/register", FORM STORY_PASSWORD);
    const char *first = world_link_token(w, ADA);
    assert_leads(
        page_send(&b, "/check-mail?about=verify", "/verify-email/resend", "email=ada@example.com"),
        "/check-mail?about=verify&done=resent");
    assert_string_not_equal(world_link_token(w, ADA), first);
    assert_leads(page_send(&b, "/check-mail?about=verify", "/verify-email/resend",
                           "email=nobody@example.com"),
                 "/check-mail?about=verify&done=resent");
    assert_page(page_send(&b, "/check-mail?about=verify", "/verify-email/resend", "email="), 422,
                "This is needed.");
}

static const char *const closed[] = { "AUTH_REGISTRATION=closed", NULL };
static void where_registration_is_closed_the_page_says_so(void **state)
{
    struct world *w = *state;
    struct client b = browser_new(w);
    struct answer a = client_get(&b, "/sign-in");
    assert_null(strstr(a.body, "href=\"/register"));
    assert_page(page_send(&b, "/register", "/register", FORM STORY_PASSWORD), 403,
                "Registration is not open");
}

/* SU-01: the first administrator is made with the code, once. */
static void the_first_administrator_is_set_up(void **state)
{
    struct world *w = *state;
    struct client b = browser_new(w);
    const char *code = NULL;
    story_does(w, first_admin_code(world_ctx(w), &code));
    assert_leads(client_get(&b, "/"), "/setup");
    assert_page(page_send(&b, "/setup", "/setup", FORM STORY_PASSWORD "&setup_code=wrong"), 422,
                "The setup code is wrong or no longer good.");
    const char *path = text_printf(w->arena, "/setup?code=%s", code);
    assert_page(client_get(&b, path), 200, code);
    assert_leads(page_send(&b, path, "/setup",
                           text_printf(w->arena, FORM STORY_PASSWORD "&setup_code=%s", code)),
                 "/sign-in?done=setup");
    assert_status(client_get(&b, path), 404);
    assert_leads(client_get(&b, "/"), "/account");
    (void)page_browser(w, ADA);
}

/* ---- passwords ---- */

static void a_forgotten_password_is_replaced(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client elsewhere = page_browser(w, ADA);
    struct client b = browser_new(w);
    assert_leads(page_send(&b, "/forgot-password", "/forgot-password", "email=nobody@example.com"),
                 "/check-mail?about=reset");
    assert_leads(page_send(&b, "/forgot-password", "/forgot-password", "email=ada@example.com"),
                 "/check-mail?about=reset");
    const char *token = world_link_token(w, ADA);
    const char *path = text_printf(w->arena, "/reset-password?token=%s", token);
    const char *weak = text_printf(w->arena, "token=%s&password=Password1", token);
    const char *good = text_printf(w->arena, "token=%s&password=" OTHER, token);
    struct answer a = page_send(&b, path, "/reset-password", weak);
    assert_page(a, 422, "one of those that are tried first");
    assert_string_equal(page_hidden(&a, "token"), token);
    assert_leads(page_send(&b, path, "/reset-password", good), "/sign-in?done=reset");
    assert_page(page_send(&b, path, "/reset-password", good), 400, "This link no longer works");
    assert_leads(client_get(&elsewhere, "/account"), "/sign-in?then=account");
    assert_leads(page_send(&b, "/sign-in", "/sign-in", "email=ada@example.com&password=" OTHER),
                 "/account");
}

static void a_password_is_changed(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = page_browser(w, ADA);
    struct client elsewhere = page_browser(w, ADA);
    struct client before = b;
    assert_page(page_send(&b, "/account/password", "/account/password",
                          "current_password=wrong&new_password=" OTHER),
                422, "id=\"current_password-mistake\">The password is not right.");
    assert_page(page_send(&b, "/account/password", "/account/password",
                          "current_password=" STORY_PASSWORD "&new_password=" STORY_PASSWORD),
                422, "The new password is the present one.");
    assert_leads(page_send(&b, "/account/password", "/account/password",
                           "current_password=" STORY_PASSWORD "&new_password=" OTHER),
                 "/account?done=password");
    assert_page(client_get(&b, "/account?done=password"), 200, "Your password is changed");
    /* SS-01: the session goes on under another secret; the others are over. */
    assert_leads(client_get(&before, "/account"), "/sign-in?then=account");
    assert_leads(client_get(&elsewhere, "/account"), "/sign-in?then=account");
}

/* ---- the account ---- */

static void a_name_and_an_address_are_changed(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = page_browser(w, ADA);
    assert_leads(page_send(&b, "/account", "/account/profile", "full_name=Ada+King"),
                 "/account?done=profile");
    assert_page(client_get(&b, "/account"), 200, "value=\"Ada King\"");
    assert_page(page_send(&b, "/account", "/account/profile", "full_name="), 422,
                "This is needed.");
    assert_page(page_send(&b, "/account", "/account/profile", "full_name=Ada%E2%80%AEx"), 400, "");
    assert_page(
        page_send(&b, "/account/email", "/account/email", "email=new@example.com&password=wrong"),
        422, "id=\"password-mistake\">The password is not right.");
    assert_leads(page_send(&b, "/account/email", "/account/email",
                           "email=new@example.com&password=" STORY_PASSWORD),
                 "/check-mail?about=change");
    assert_non_null(world_link_token(w, "new@example.com"));
}

/* The language of the account is that of its mails, and the page is in it from now on. */
static void a_language_is_chosen(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = page_browser(w, ADA);
    assert_page(client_get(&b, "/account"), 200, "<option value=\"en\" lang=\"en\" selected>");
    assert_leads(page_send(&b, "/account", "/account/profile", "full_name=Ada&locale=zh-Hans"),
                 "/account?done=profile");
    assert_page(client_get(&b, "/account"), 200, "<html lang=\"zh-Hans\">");
    assert_page(client_get(&b, "/account"), 200, " lang=\"zh-Hans\" selected>");
    assert_page(page_send(&b, "/account", "/account/profile", "full_name=Ada&locale=tlh"), 422, "");
    assert_page(client_get(&b, "/account"), 200, " lang=\"zh-Hans\" selected>");
}

static void sessions_and_browsers_are_ended(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    (void)story_person(w, EVE);
    struct client b = page_browser(w, ADA);
    struct client other = page_browser(w, ADA);
    struct client eve = page_browser(w, EVE);
    struct answer page = client_get(&b, "/account");
    const char *sid = page_hidden(&page, "sid");
    const char *form = text_printf(w->arena, "sid=%s", sid);
    /* EN-07: somebody else's is as absent as one that never was. */
    assert_page(page_send(&eve, "/account", "/account/sessions/end", form), 404,
                "There is nothing here");
    assert_status(client_get(&other, "/account"), 200);
    assert_leads(page_send(&b, "/account", "/account/sessions/end", form), "/account?done=session");
    assert_leads(client_get(&other, "/account"), "/sign-in?then=account");
    assert_page(page_send(&b, "/account", "/account/sessions/end", form), 404,
                "There is nothing here");
    other = page_browser(w, ADA);
    assert_leads(page_send(&b, "/account", "/account/sessions/end", ""), "/account?done=session");
    assert_leads(client_get(&other, "/account"), "/sign-in?then=account");
    assert_status(client_get(&b, "/account"), 200);
    form = text_printf(w->arena, "id=%s", page_hidden(&page, "id"));
    assert_status(page_send(&eve, "/account", "/account/devices/forget", form), 404);
    assert_leads(page_send(&b, "/account", "/account/devices/forget", form),
                 "/account?done=device");
}

/* MF-04, MF-10: a factor is enrolled, shown once, and given up only by who has just shown it. */
static void a_second_factor_is_enrolled_and_removed(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = page_browser(w, ADA);
    struct answer a = page_send(&b, "/account/factor", "/account/factor", "");
    assert_page(a, 200, "<svg class=\"qr\"");
    const char *at = strstr(a.body, "<p class=\"secret\"><code>");
    assert_non_null(at);
    at += strlen("<p class=\"secret\"><code>");
    struct texts groups = text_split(w->arena, text_copy(w->arena, at, strcspn(at, "<")), ' ');
    const char *secret = text_join(w->arena, groups, "");
    a = page_send(&b, "/account/factor", "/account/factor/confirm", "code=000000");
    assert_page(a, 422, "This code is not right.");
    assert_null(strstr(a.body, "<svg"));
    const char *form = text_printf(w->arena, "code=%s", story_code(w, secret));
    a = page_send(&b, "/account/factor", "/account/factor/confirm", form);
    assert_page(a, 200, "They are not shown again.");
    a = client_get(&b, "/account/factor");
    assert_page(a, 200, "10 recovery codes left");
    assert_null(strstr(a.body, secret));
    /* In a minute, with another code: this sign-in has shown the factor. */
    b = browser_new(w);
    world_pass(w, 60);
    assert_leads(
        page_send(&b, "/sign-in", "/sign-in", "email=ada@example.com&password=" STORY_PASSWORD),
        "/sign-in/code");
    form = text_printf(w->arena, "code=%s", story_code(w, secret));
    assert_leads(page_send(&b, "/sign-in/code", "/sign-in/code", form), "/account");
    assert_page(page_send(&b, "/account/factor", "/account/recovery-codes", ""), 200,
                "Recovery codes");
    assert_leads(page_send(&b, "/account/factor", "/account/factor/remove", ""),
                 "/account?done=factor-off");
}

static void a_confirmation_leads_on(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = page_browser(w, ADA);
    world_pass(w, 301);
    assert_leads(client_get(&b, "/account/export"), "/account/confirm?then=export");
    struct client before = b;
    assert_page(page_send(&b, "/account/confirm?then=export", "/account/confirm",
                          "then=export&password=wrong"),
                422, "Password or code is not right.");
    assert_leads(page_send(&b, "/account/confirm?then=export", "/account/confirm",
                           "then=export&password=" STORY_PASSWORD),
                 "/account/export");
    assert_leads(client_get(&before, "/account"), "/sign-in?then=account");
    struct answer file = client_get(&b, "/account/export");
    assert_status(file, 200);
    assert_string_equal(answer_header(&file, "content-disposition"),
                        "attachment; filename=\"account.json\"");
    assert_non_null(strstr(file.body, ADA));
}

static void an_account_is_erased(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = page_browser(w, ADA);
    assert_page(page_send(&b, "/account/erase", "/account/erase", "password=wrong"), 422,
                "The password is not right.");
    assert_leads(page_send(&b, "/account/erase", "/account/erase", "password=" STORY_PASSWORD),
                 "/signed-out?done=erased");
    assert_page(client_get(&b, "/signed-out?done=erased"), 200, "Your account is erased");
    assert_null(client_cookie(&b, "session"));
    assert_page(
        page_send(&b, "/sign-in", "/sign-in", "email=ada@example.com&password=" STORY_PASSWORD),
        422, "Address or password is wrong.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_person_registers_and_verifies),
        STORY(what_is_wrong_with_a_registration_is_said_beside_it),
        STORY(the_link_is_sent_again),
        STORY_WITH(where_registration_is_closed_the_page_says_so, closed),
        STORY(the_first_administrator_is_set_up),
        STORY(a_forgotten_password_is_replaced),
        STORY(a_password_is_changed),
        STORY(a_name_and_an_address_are_changed),
        STORY(a_language_is_chosen),
        STORY(sessions_and_browsers_are_ended),
        STORY(a_second_factor_is_enrolled_and_removed),
        STORY(a_confirmation_leads_on),
        STORY(an_account_is_erased),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
