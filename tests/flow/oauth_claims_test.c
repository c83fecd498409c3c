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

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_claim_is_registered_for_by_its_scope),
        STORY(a_claim_is_consented_to_by_its_scope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
