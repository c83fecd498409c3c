/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A proxy sends somebody to sign in, and they go back to where they wanted to be: to a host that
 * the operator has named, and to no other (decision 22).
 */
#include "page_story.h"

#include "base/codec.h"

#define ADA_FORM "email=ada@example.com&password=" STORY_PASSWORD

static const char *const hosts[] = {
    "AUTH_RETURN_HOSTS=app.example.com,*.apps.example.com,localhost", NULL
};

/* Where a sign-in ends that was begun with `url`. */
static struct answer sign_in_for(struct world *w, const char *url)
{
    struct client b = browser_new(w);
    const char *encoded = page_field(w, url);
    struct answer page = client_get(&b, text_printf(w->arena, "/sign-in?return_to=%s", encoded));
    assert_status(page, 200);
    const char *then = page_hidden(&page, "then");
    const char *form = text_printf(w->arena, ADA_FORM "&then=%s", encoded);
    struct answer a = page_post(&b, "/sign-in", page_hidden(&page, "csrf_token"), form);
    assert_status(a, 303);
    /* The page carries on what the form would be taken for, and nothing else. */
    if (text_equal(answer_header(&a, "location"), "/account"))
        assert_null(then);
    else
        assert_non_null(then);
    return a;
}

static void who_was_sent_to_sign_in_goes_back(void **state)
{
    struct world *w = *state;
    static const char *const good[] = {
        "https://app.example.com/",       "https://app.example.com/a/b?c=d&e=f%20g",
        "https://app.example.com",        "https://x.apps.example.com/",
        "https://app.example.com:8443/x", "http://localhost:3000/x",
    };
    (void)story_person(w, ADA);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_leads(sign_in_for(w, good[i]), good[i]);
}

/* URI-12, URI-14, URI-15: nobody is sent anywhere else. */
static const char *const evil[] = {
    "https://evil.test/",
    "//evil.test",
    "///evil.test",
    "////evil.test",
    "\\\\evil.test",
    "/\\evil.test",
    "\\/evil.test",
    "/%5cevil.test",
    "/%09/evil.test",
    "https:/evil.test",
    "https:evil.test",
    "https:///evil.test",
    "https:\\\\evil.test",
    "HTTPS://evil.test",
    "http://app.example.com/",
    "ftp://app.example.com/",
    "javascript:alert(1)",
    "javascript://app.example.com/%0aalert(1)",
    "data:text/html,app.example.com",
    "com.example.app://app.example.com/",
    ".evil.test",
    "@evil.test",
    "app.example.com",
    "app.example.com.evil.test",
    "https://app.example.com@evil.test/",
    "https://app.example.com:443@evil.test/",
    "https://app.example.com%40evil.test/",
    "https://app.example.com\\@evil.test/",
    "https://app.example.com\\.evil.test/",
    "https://app.example.com.evil.test/",
    "https://app.example.comevil.test/",
    "https://evilapp.example.com/",
    "https://evil-app.example.com/",
    "https://apps.example.com/",
    "https://evilapps.example.com/",
    "https://x.apps.example.com.evil.test/",
    "https://example.com/",
    "https://app.example.com./",
    ("https://app\xef\xbc\x8e"
     "example.com/"),
    "https://app.example.com/../x",
    "https://app.example.com/%2e%2e/x",
    "https://app.example.com/#x",
    "https://app.example.com/#@evil.test",
    "https://app.example.com:0/",
    "https://app.example.com:/",
    "https://app.example.com:99999/",
    "https://[app.example.com]/",
    "https://evil.test/https://app.example.com/",
    "https://evil.test?https://app.example.com/",
    "https://evil.test#https://app.example.com/",
    " https://app.example.com/",
    "https://app.example.com/%0d%0aX:1",
    "http://127.0.0.1/",
    "http://localhost.evil.test/",
    "http://0x7f000001/",
    "http://2130706433/",
    "https://evil.test\\app.example.com/",
    "https://evil.test;app.example.com/",
    "https://evil.test&app.example.com/",
};

static void nobody_is_sent_to_another_host(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    for (size_t i = 0; i < sizeof evil / sizeof evil[0]; i++)
        assert_leads(sign_in_for(w, evil[i]), "/account");
    struct client c = browser_new(w);
    const char *token = page_token(&c, "/sign-in?return_to=%2F%09%2Fevil.test");
    assert_status(page_post(&c, "/sign-in", token, ADA_FORM "&then=%2F%09%2Fevil.test"), 400);
    /* URI-15: what is too long counts as not there, and is not cut to fit. */
    char *longer = arena_alloc(w->arena, 600);
    memset(longer, 'a', 600);
    const char *path =
        text_printf(w->arena, "/sign-in?return_to=https://app.example.com/%.*s", 520, longer);
    struct client b = browser_new(w);
    struct answer page = client_get(&b, path);
    assert_null(page_hidden(&page, "then"));
}

/* Without the setting there is nowhere to go back to. */
static void without_hosts_nobody_is_sent_back(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    assert_leads(sign_in_for(w, "https://app.example.com/"), "/account");
    assert_leads(sign_in_for(w, "http://localhost:8080/"), "/account");
}

/* The way back outlives a second factor and the choice of a language. */
static void the_way_back_is_carried_on(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = browser_new(w);
    struct answer page =
        client_get(&b, "/sign-in?return_to=https%3A%2F%2Fapp.example.com%2F%3Fa%3D1%26b");
    assert_page(page, 200, "name=\"then\" value=\"https://app.example.com/?a=1&amp;b\"");
    assert_page(page, 200,
                "href=\"/sign-in?then=https%3A%2F%2Fapp.example.com%2F%3Fa%3D1%26b&amp;lang=de\"");
    /* Decision 21: the form may end at another origin. */
    assert_null(strstr(answer_header(&page, "content-security-policy"), "form-action"));
    page = client_get(&b, "/sign-in/code?then=https%3A%2F%2Fapp.example.com%2F");
    assert_leads(page, "/sign-in?then=https%3A%2F%2Fapp.example.com%2F&done=expired");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_WITH(who_was_sent_to_sign_in_goes_back, hosts),
        STORY_WITH(nobody_is_sent_to_another_host, hosts),
        STORY(without_hosts_nobody_is_sent_back),
        STORY_WITH(the_way_back_is_carried_on, hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
