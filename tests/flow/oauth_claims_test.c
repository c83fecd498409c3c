/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Claims that are asked for one by one (OpenID Connect Core 5.5) are no way around scopes: neither
 * around what the client is registered for, nor around what its user sees.
 */
#include "oauth_story.h"
#include "page_story.h"

#define EMAIL "scope=openid&claims=%7B%22userinfo%22%3A%7B%22email%22%3Anull%7D%7D"
#define ROLES "scope=openid&claims=%7B%22id_token%22%3A%7B%22roles%22%3Anull%7D%7D"

static void client(struct world *w, const char *scope)
{
    (void)oauth_client(w, APP,
                       text_printf(w->arena,
                                   "{'token_endpoint_auth_method':'none',"
                                   "'redirect_uris':['" APP_CALLBACK "'],'scope':'%s'}",
                                   scope));
}

static void a_claim_is_registered_for_by_its_scope(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    client(w, "openid email");
    assert_redirected_error(oauth_authorize(&b, ROLES), APP_CALLBACK, "invalid_scope");
    assert_status(oauth_authorize(&b, EMAIL), 303);
}

/* Sends `answer` of the user to the page that `asked` leads to. */
static void answers(struct client *b, const struct answer *asked)
{
    const char *page = answer_header(asked, "location");
    assert_true(text_starts(page, "/consent?"));
    struct answer shown = client_get(b, page);
    const char *form =
        text_printf(b->w->arena, "request=%s&answer=allow", page_hidden(&shown, "request"));
    assert_status(page_send(b, page, "/consent", form), 303);
}

static void a_claim_is_consented_to_by_its_scope(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    client(w, "openid email profile");
    struct answer asked = oauth_authorize(&b, "scope=openid");
    answers(&b, &asked);
    asked = oauth_authorize(&b, "scope=openid");
    assert_true(text_starts(answer_header(&asked, "location"), APP_CALLBACK "?code="));
    asked = oauth_authorize(&b, EMAIL);
    answers(&b, &asked);
    asked = oauth_authorize(&b, EMAIL);
    assert_true(text_starts(answer_header(&asked, "location"), APP_CALLBACK "?code="));
    asked = oauth_authorize(&b, "scope=openid+email+profile");
    assert_true(text_starts(answer_header(&asked, "location"), "/consent?"));
}

/* The claim `name` of Ada's ID token and of userinfo, for those scopes, is `expected` (or NULL). */
static void assert_told(struct client *b, const char *scope, const char *name, const char *expected)
{
    struct world *w = b->w;
    const char *code = oauth_code(b, text_printf(w->arena, "scope=%s", scope));
    struct answer tokens = oauth_exchange(w, code, "");
    assert_status(tokens, 200);
    struct answer id = story_claims(w, answer_text(&tokens, "id_token"));
    struct client app = story_bearer(w, answer_text(&tokens, "access_token"));
    struct answer info = client_get(&app, "/oauth2/userinfo");
    assert_status(info, 200);
    const char *const told[] = { answer_text(&id, name), answer_text(&info, name) };
    for (size_t i = 0; i < 2; i++)
        if (!text_equal(told[i], expected))
            fail_msg("%s is %s", name, told[i] == NULL ? "nowhere" : told[i]);
}

/* OpenID Connect Core 5.1, 5.4: of the profile, and left out while nobody knows it. */
static void a_language_is_told_once_it_is_known(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    assert_told(&b, "openid+profile", "locale", NULL);
    assert_status(
        client_put(&b, "/auth/me", story_json(w, "{'full_name':'Ada','locale':'zh-Hans'}")), 200);
    assert_told(&b, "openid+profile", "locale", "zh-Hans");
    assert_told(&b, "openid+email", "locale", NULL);
    assert_told(&b,
                "openid&claims=%7B%22id_token%22%3A%7B%22locale%22%3Anull%7D%2C"
                "%22userinfo%22%3A%7B%22locale%22%3Anull%7D%7D",
                "locale", "zh-Hans");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_claim_is_registered_for_by_its_scope),
        STORY(a_claim_is_consented_to_by_its_scope),
        STORY(a_language_is_told_once_it_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
