/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing in and out on hosted pages, in every language.
 */
#include "page_story.h"

#define ADA_FORM   "email=ada@example.com&password=" STORY_PASSWORD
#define WRONG_FORM "email=ada@example.com&password=wrong"

static void a_person_signs_in_and_out(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = browser_new(w);
    assert_leads(client_get(&b, "/account"), "/sign-in?then=account");
    assert_leads(page_send(&b, "/sign-in?then=account", "/sign-in", ADA_FORM "&then=account"),
                 "/account");
    assert_non_null(client_cookie(&b, "session"));
    assert_non_null(client_cookie(&b, "device"));
    struct answer page = client_get(&b, "/account");
    assert_page(page, 200, ADA);
    /* A page that sends no referrer sends `Origin: null`, too: only those with a secret do. */
    assert_string_equal(answer_header(&page, "referrer-policy"), "same-origin");
    assert_null(strstr(page.body, "name=\"referrer\""));
    struct client stolen = b;
    assert_page(client_get(&b, "/sign-out"), 200, "Sign out?");
    assert_status(client_get(&b, "/account"), 200);
    assert_leads(page_send(&b, "/sign-out", "/sign-out", ""), "/signed-out");
    assert_page(client_get(&b, "/signed-out"), 200, "You are signed out");
    assert_null(client_cookie(&b, "session"));
    assert_non_null(client_cookie(&b, "device"));
    assert_leads(client_get(&stolen, "/account"), "/sign-in?then=account");
}

/* EN-01, EN-04: whoever is unknown, and whoever types a wrong password, meet the same page. */
static void a_wrong_password_is_told_without_saying_what_was_wrong(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = browser_new(w);
    struct answer wrong = page_send(&b, "/sign-in", "/sign-in", WRONG_FORM);
    struct answer unknown =
        page_send(&b, "/sign-in", "/sign-in", "email=eve@example.com&password=x");
    assert_page(wrong, 422, "Address or password is wrong.");
    assert_page(wrong, 422, "role=\"alert\"");
    assert_page(wrong, 422, "value=\"" ADA "\"");
    assert_null(client_cookie(&b, "session"));
    const char *in_wrong = strstr(wrong.body, "role=\"alert\"");
    const char *in_unknown = strstr(unknown.body, "role=\"alert\"");
    assert_memory_equal(in_wrong, in_unknown, strcspn(in_wrong, "<"));
    assert_int_equal(unknown.status, 422);
}

/* What was typed is kept but for passwords, and what is missing is said beside its field. */
static void what_is_missing_is_said_beside_its_field(void **state)
{
    struct world *w = *state;
    struct client b = browser_new(w);
    struct answer a = page_send(&b, "/sign-in", "/sign-in", "email=&password=CANARY-secret");
    assert_page(a, 422, "id=\"email-mistake\">This is needed.</p>");
    assert_page(a, 422, "aria-invalid=\"true\" aria-describedby=\"email-mistake\"");
    assert_page(a, 422, "<title>Error: Sign in");
    assert_null(strstr(a.body, "CANARY"));
    assert_null(strstr(a.body, "password-mistake"));
}

/* SS-01, SS-10: a sign-in on a page is a new session, and the one before is over. */
static void a_sign_in_on_a_page_replaces_the_one_before(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    (void)story_person(w, EVE);
    struct client b = page_browser(w, ADA);
    struct client old = b;
    assert_leads(
        page_send(&b, "/sign-in", "/sign-in", "email=eve@example.com&password=" STORY_PASSWORD),
        "/account");
    assert_leads(client_get(&old, "/account"), "/sign-in?then=account");
    assert_page(client_get(&b, "/account"), 200, EVE);
}

/* SS-07, EN-05: with the right password alone nothing opens, and only then is a code asked for. */
static void a_second_factor_is_asked_for(void **state)
{
    struct world *w = *state;
    w->counts = true;
    (void)story_person(w, ADA);
    struct client c = client_new(w);
    struct answer codes;
    (void)story_sign_in(&c, ADA);
    const char *secret = story_enrol(&c, &codes);
    struct client b = browser_new(w);
    assert_leads(client_get(&b, "/sign-in/code"), "/sign-in?done=expired");
    assert_status(page_send(&b, "/sign-in", "/sign-in", WRONG_FORM), 422);
    assert_null(client_cookie(&b, "second"));
    assert_leads(page_send(&b, "/sign-in", "/sign-in", ADA_FORM), "/sign-in/code");
    assert_null(client_cookie(&b, "session"));
    assert_leads(client_get(&b, "/account"), "/sign-in?then=account");
    assert_page(page_send(&b, "/sign-in/code", "/sign-in/code", "code="), 422, "This is needed.");
    assert_page(page_send(&b, "/sign-in/code", "/sign-in/code", "code=000000"), 422,
                "This code is not right.");
    world_pass(w, 60);
    const char *form = text_printf(w->arena, "code=%s", story_code(w, secret));
    assert_leads(page_send(&b, "/sign-in/code", "/sign-in/code", form), "/account");
    assert_null(client_cookie(&b, "second"));
    assert_page(client_get(&b, "/account"), 200, "recovery codes left");
}

/* RL-09: a page that refuses says when to try again, and so does the field. */
static const char *const limited[] = { "AUTH_RATE_LIMIT=on", "AUTH_LOGIN_PER_MINUTE=2", NULL };
static void too_many_attempts_are_told_how_long_to_wait(void **state)
{
    struct world *w = *state;
    struct client b = browser_new(w);
    for (int i = 0; i < 2; i++)
        assert_status(page_send(&b, "/sign-in", "/sign-in", WRONG_FORM), 422);
    struct answer a = page_send(&b, "/sign-in", "/sign-in", WRONG_FORM);
    assert_page(a, 429, "A little slower, please");
    assert_non_null(strstr(a.body, "Try again in"));
    assert_non_null(answer_header(&a, "retry-after"));
    /* From elsewhere the account's own allowance counts, and the form stays. */
    b.address = "198.51.100.9";
    a = page_send(&b, "/sign-in", "/sign-in", WRONG_FORM);
    assert_page(a, 429, "Try again in");
    assert_non_null(strstr(a.body, "name=\"password\""));
    assert_non_null(answer_header(&a, "retry-after"));
}

/* URI-01, WB-14: nobody chooses where a sign-in ends, nor what a page says, by its address. */
static void an_address_chooses_neither_the_way_on_nor_the_words(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    static const char *const evil[] = {
        "https://evil.example/", "//evil.example", "%2Fevil",
        "javascript:alert(1)",   "..%2F..%2Fevil", "/account%2Fevil",
    };
    for (size_t i = 0; i < sizeof evil / sizeof evil[0]; i++) {
        struct client b = browser_new(w);
        const char *path = text_printf(w->arena, "/sign-in?then=%s&request=%s&done=%s&return_to=%s",
                                       evil[i], evil[i], evil[i], evil[i]);
        struct answer page = client_get(&b, path);
        assert_status(page, 200);
        assert_null(strstr(page.body, "evil"));
        assert_null(strstr(page.body, "alert"));
        const char *form = text_printf(w->arena, ADA_FORM "&then=%s&request=%s", evil[i], evil[i]);
        assert_leads(page_post(&b, "/sign-in", page_hidden(&page, "csrf_token"), form), "/account");
    }
}

/* ---- languages ---- */

static void assert_speaks(struct client *b, const char *path, const char *accept, const char *tag,
                          const char *words)
{
    struct sent sent = { .target = path, .headers = { { "accept-language", accept } } };
    struct answer a = client_send(b, &sent);
    assert_page(a, 200, text_printf(b->w->arena, "<html lang=\"%s\">", tag));
    assert_page(a, 200, words);
}

static void a_page_speaks_the_language_of_its_reader(void **state)
{
    struct world *w = *state;
    struct client b = browser_new(w);
    assert_speaks(&b, "/sign-in", "", "en", "Sign in");
    assert_speaks(&b, "/sign-in", "fi, de-AT;q=0.7, en;q=0.3", "de", "Anmelden");
    assert_speaks(&b, "/sign-in", "ja", "ja", "サインイン");
    assert_speaks(&b, "/sign-in?ui_locales=fr-CA%20fr%20en", "ja", "fr", "Connexion");
    /* What a person chose counts from then on, whatever application they come from. */
    assert_speaks(&b, "/sign-in?lang=es&ui_locales=fr", "ja", "es", "Iniciar sesión");
    assert_speaks(&b, "/sign-in?ui_locales=fr", "ja", "es", "Iniciar sesión");
    assert_speaks(&b, "/forgot-password?lang=xx", "ja", "es", "Restablecer");
    assert_speaks(&b, "/register?lang=zh", "ja", "zh-Hans", "创建账户");
}

/* Mistakes and failures are told in the same language. */
static void mistakes_are_told_in_the_language_of_the_page(void **state)
{
    struct world *w = *state;
    struct client b = browser_new(w);
    assert_speaks(&b, "/register?lang=de", "", "de", "Konto anlegen");
    const char *form = "full_name=Ada&email=ada@example.com&password=kleinbuchstaben7";
    assert_page(page_send(&b, "/register", "/register", form), 422,
                "Das Passwort muss einen Großbuchstaben enthalten.");
    assert_page(page_post(&b, "/register", "x", form), 403, "Diese Seite ist nicht mehr aktuell");
    struct sent sent = { .target = "/nowhere", .headers = { { "accept", "text/html" } } };
    assert_page(client_send(&b, &sent), 404, "Hier ist nichts");
}

/* ---- the brand ---- */

static const char *const branded[] = { "AUTH_BRAND_NAME=Ada & Sons", "AUTH_BRAND_ACCENT=#ffcc00",
                                       "AUTH_BRAND_LOGO=" SOURCE_ROOT "/src/web/assets/mail.svg",
                                       NULL };

/* The address of the asset in the page that begins with `begin`. */
static const char *asset_in(const struct answer *page, const char *begin)
{
    const char *at = strstr(page->body, begin);
    assert_non_null(at);
    return text_copy(page->w->arena, at, strcspn(at, "\""));
}

static void a_page_has_the_name_the_logo_and_the_colour_of_the_settings(void **state)
{
    struct world *w = *state;
    struct client b = browser_new(w);
    struct answer page = client_get(&b, "/sign-in");
    assert_page(page, 200, "<title>Sign in · Ada &amp; Sons</title>");
    struct answer logo = client_get(&b, asset_in(&page, "/assets/logo."));
    assert_status(logo, 200);
    assert_string_equal(answer_header(&logo, "content-type"), "image/svg+xml; charset=utf-8");
    /* WB-12: a picture that is opened by itself runs nothing. */
    assert_non_null(strstr(answer_header(&logo, "content-security-policy"), "default-src 'none'"));
    struct answer colour = client_get(&b, asset_in(&page, "/assets/accent."));
    assert_status(colour, 200);
    assert_non_null(strstr(colour.body, ":root{--accent:#"));
    /* Nobody could read that on white. */
    assert_false(text_starts(colour.body, ":root{--accent:#ffcc00"));
    assert_status(client_get(&b, "/assets/logo.0000000000000000.svg"), 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_person_signs_in_and_out),
        STORY(a_wrong_password_is_told_without_saying_what_was_wrong),
        STORY(what_is_missing_is_said_beside_its_field),
        STORY(a_sign_in_on_a_page_replaces_the_one_before),
        STORY(a_second_factor_is_asked_for),
        STORY_WITH(too_many_attempts_are_told_how_long_to_wait, limited),
        STORY(an_address_chooses_neither_the_way_on_nor_the_words),
        STORY(a_page_speaks_the_language_of_its_reader),
        STORY(mistakes_are_told_in_the_language_of_the_page),
        STORY_WITH(a_page_has_the_name_the_logo_and_the_colour_of_the_settings, branded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
