/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Token exchange where certificates hold tokens (RFC 8693, RFC 8705).
 */
#include "certificate_story.h"
#include "exchange_story.h"

static const char *const settings[] = { "AUTH_TLS_CLIENT_CERTS=optional", authority.own_cert,
                                        authority.own_key, authority.setting, NULL };

static const struct certificates nothing;

/* DP-12: what a certificate held never becomes what anybody could use. */
static void a_bound_token_is_exchanged_for_a_bound_one(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    struct certificates phone =
        story_certificate(w, (struct certificate_plan){ .subject = "CN=a" });
    struct certificates server = story_certificate(
        w, (struct certificate_plan){ .subject = "CN=orders", .issuer = &authority.root });
    const char *secret = orders(w, FOR_STOCK);
    (void)oauth_client(w, "bound",
                       "{'token_endpoint_auth_method':'tls_client_auth',"
                       "'tls_client_auth_subject_dn':'CN=orders',"
                       "'tls_client_certificate_bound_access_tokens':true," ORDERS_POLICY FOR_STOCK
                       "}");
    (void)oauth_client(w, APP,
                       "{'token_endpoint_auth_method':'none','first_party':true,"
                       "'tls_client_certificate_bound_access_tokens':true,"
                       "'redirect_uris':['" APP_CALLBACK "']}");
    struct answer t =
        shown_post(w, "/oauth2/token", phone, exchange_form(w, oauth_code(&b, "resource=" ORDERS)));
    assert_status(t, 200);
    const char *token = answer_text(&t, "access_token");
    assert_oauth_error(exchanges(w, secret, token, ""), 400, "invalid_request");
    const char *form =
        text_printf(w->arena,
                    EXCHANGE "&client_id=bound&subject_token=%s&subject_token_type=" TYPE
                             "access_token&audience=" STOCK,
                    token);
    assert_oauth_error(shown_post(w, "/oauth2/token", nothing, form), 401, "invalid_client");
    struct answer next = shown_post(w, "/oauth2/token", server, form);
    assert_status(next, 200);
    struct answer claims = story_claims(w, answer_text(&next, "access_token"));
    assert_string_equal(answer_text(&claims, "cnf.x5t#S256"),
                        certificate_thumbprint(w->arena, server.at[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_WITH(a_bound_token_is_exchanged_for_a_bound_one, settings),
    };
    return cmocka_run_group_tests(tests, authority_begin, authority_end);
}
