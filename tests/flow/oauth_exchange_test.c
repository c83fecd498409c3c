/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Token exchange (RFC 8693): what is given for what, and when it ends.
 */
#include "exchange_story.h"

#include "oauth/client_change.h"
#include "store/tenants.h"
#include "token/revoke.h"

enum { LONG_UP = 300 /* seconds: the memory of proofs is older than any */ };

/* RFC 8693 4.1: the API acts, the user stays, and the scopes are what both may. */
static void an_api_gets_a_token_by_which_it_acts(void **state)
{
    struct world *w = *state;
    const char *secret = orders(w, FOR_STOCK);
    const char *token = shown(w);
    struct answer before = story_claims(w, token);
    struct answer t = exchanges(w, secret, token, "");
    assert_status(t, 200);
    assert_string_equal(answer_text(&t, "issued_token_type"), TYPE "access_token");
    assert_string_equal(answer_text(&t, "token_type"), "Bearer");
    assert_string_equal(answer_text(&t, "scope"), "profile email");
    assert_null(answer_text(&t, "refresh_token"));
    assert_null(answer_text(&t, "id_token"));
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&claims, "sub"), answer_text(&before, "sub"));
    assert_string_equal(answer_text(&claims, "sid"), answer_text(&before, "sid"));
    assert_string_equal(answer_text(&claims, "client_id"), "orders");
    assert_string_equal(answer_text(&claims, "aud"), STOCK);
    assert_string_equal(answer_text(&claims, "act.sub"), "orders");
    assert_null(answer_text(&claims, "act.act.sub"));
    t = exchanges(w, secret, token, "requested_token_type=" TYPE "jwt&audience=" STOCK);
    assert_string_equal(answer_text(&t, "issued_token_type"), TYPE "jwt");
}

/* TX-05: the new token ends with the old one. */
static void it_lives_no_longer_than_what_was_shown(void **state)
{
    struct world *w = *state;
    const char *secret = orders(w, FOR_STOCK);
    const char *token = shown(w);
    struct answer before = story_claims(w, token);
    world_pass(w, 10 * MINUTES);
    struct answer t = exchanges(w, secret, token, "");
    assert_status(t, 200);
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&claims, "exp"), answer_text(&before, "exp"));
    assert_string_equal(answer_text(&t, "expires_in"), "300");
    world_pass(w, 5 * MINUTES);
    assert_no_exchange(exchanges(w, secret, token, ""));
}

/* RT-06: neither more than the token has, nor more than the client is registered for. */
static void scopes_only_become_fewer(void **state)
{
    struct world *w = *state;
    const char *secret = orders(w, FOR_STOCK);
    const char *token = shown(w);
    struct answer t = exchanges(w, secret, token, "scope=email");
    assert_string_equal(answer_text(&t, "scope"), "email");
    assert_oauth_error(exchanges(w, secret, token, "scope=email+stock"), 400, "invalid_scope");
    assert_oauth_error(exchanges(w, secret, token, "scope=email+roles"), 400, "invalid_scope");
    t = exchanges(w, secret, token, "scope=openid+email");
    assert_string_equal(answer_text(&t, "scope"), "openid email");
    assert_null(answer_text(&t, "id_token"));
}

/* TX-01: a good token of somebody else's is no reason to give one. */
static void a_token_that_is_not_for_the_client_is_refused(void **state)
{
    struct world *w = *state;
    const char *secret = orders(w, FOR_STOCK);
    struct client b = oauth_ada(w);
    oauth_app(w);
    struct answer for_stock = oauth_exchange(w, oauth_code(&b, "resource=" STOCK), "");
    struct answer for_us = oauth_exchange(w, oauth_code(&b, ""), "");
    const char *bad[] = { answer_text(&for_stock, "access_token"),
                          answer_text(&for_us, "access_token"),
                          answer_text(&for_us, "refresh_token"), "x.y.z" };
    for (size_t i = 0; i < 4; i++)
        assert_no_exchange(exchanges(w, secret, bad[i], ""));
    assert_no_exchange(exchanges(w, secret, answer_text(&for_us, "id_token"),
                                 "subject_token_type=" TYPE "id_token"));
    assert_no_exchange(exchanges(w, secret, answer_text(&for_us, "id_token"), ""));
    assert_no_exchange(exchanges(w, secret, bad[1], "subject_token_type=" TYPE "id_token"));
    assert_no_exchange(exchanges(w, secret, bad[1], "subject_token_type=" TYPE "saml2"));
    assert_no_exchange(exchanges(w, secret, "", ""));
}

/* TX-01: the policy may name the client whose tokens are taken. */
static void the_policy_names_whose_tokens_are_taken(void **state)
{
    struct world *w = *state;
    const char *secret = orders(w, FOR_STOCK ",'token_exchange_subjects':['app']");
    struct answer t = oauth_tokens(w, "");
    struct answer got = exchanges(w, secret, answer_text(&t, "access_token"), "");
    assert_status(got, 200);
    got = exchanges(w, secret, answer_text(&t, "id_token"),
                    "subject_token_type=" TYPE "id_token&scope=openid+email");
    assert_status(got, 200);
    assert_string_equal(answer_text(&got, "scope"), "openid email");
    assert_string_equal(answer_text(&got, "expires_in"), "900");
}

/* RFC 8693 2.2.2, RT-06: an audience that the policy does not name. */
static void the_policy_names_what_it_may_be_for(void **state)
{
    struct world *w = *state;
    const char *secret = orders(w, ",'token_exchange_audiences':['" STOCK "','logical']");
    const char *token = shown(w);
    assert_oauth_error(exchanges(w, secret, token, ""), 400, "invalid_target");
    assert_oauth_error(exchanges(w, secret, token, "audience=" ISSUER), 400, "invalid_target");
    assert_oauth_error(exchanges(w, secret, token, "resource=" ORDERS), 400, "invalid_target");
    assert_oauth_error(exchanges(w, secret, token, "resource=logical"), 400, "invalid_target");
    assert_oauth_error(exchanges(w, secret, token, "audience=logical&resource=" STOCK), 400,
                       "invalid_target");
    assert_status(exchanges(w, secret, token, "audience=logical"), 200);
    assert_status(exchanges(w, secret, token, "audience=" STOCK "&resource=" STOCK), 200);
    assert_oauth_error(exchanges_as(w, "orders", "wrong", token, ""), 401, "invalid_client");
}

static void who_is_not_registered_for_it_gets_nothing(void **state)
{
    struct world *w = *state;
    const char *secret = oauth_client(w, "other",
                                      "{'grant_types':['client_credentials'],'scope':'a',"
                                      "'audiences':['" ORDERS "']" FOR_STOCK "}");
    (void)orders(w, FOR_STOCK);
    assert_oauth_error(exchanges_as(w, "other", secret, shown(w), ""), 400, "unauthorized_client");
}

static void only_an_access_token_is_given(void **state)
{
    struct world *w = *state;
    const char *secret = orders(w, FOR_STOCK);
    const char *token = shown(w);
    assert_no_exchange(exchanges(w, secret, token, "requested_token_type=" TYPE "refresh_token"));
    assert_no_exchange(exchanges(w, secret, token, "requested_token_type=" TYPE "id_token"));
    assert_no_exchange(exchanges(w, secret, token, "actor_token_type=" TYPE "access_token"));
    assert_no_exchange(exchanges(w, secret, token, "actor_token=x"));
}

static void tells_inactive(struct world *w, const char *secret, const char *token)
{
    struct answer t = oauth_post(w, "/oauth2/introspect", "orders", secret,
                                 text_printf(w->arena, "token=%s", token));
    assert_string_equal(answer_text(&t, "active"), "false");
}

/* What ends the user's authorization ends what came of it, at once. */
static void it_ends_with_what_it_came_from(void **state)
{
    struct world *w = *state;
    const char *secret = orders(w, FOR_STOCK);
    struct client b = oauth_ada(w);
    oauth_app(w);
    struct answer app = oauth_exchange(w, oauth_code(&b, "resource=" ORDERS), "");
    struct answer t = exchanges(w, secret, answer_text(&app, "access_token"), "");
    const char *got = answer_text(&t, "access_token");
    t = oauth_post(w, "/oauth2/introspect", "orders", secret,
                   text_printf(w->arena, "token=%s", got));
    assert_string_equal(answer_text(&t, "active"), "true");
    assert_string_equal(answer_text(&t, "act.sub"), "orders");
    t = oauth_post(
        w, "/oauth2/revoke", APP, NULL,
        text_printf(w->arena, "client_id=" APP "&token=%s", answer_text(&app, "refresh_token")));
    assert_status(t, 200);
    tells_inactive(w, secret, got);
    assert_no_exchange(exchanges(w, secret, answer_text(&app, "access_token"), ""));
    app = oauth_exchange(w, oauth_code(&b, "resource=" ORDERS), "");
    t = exchanges(w, secret, answer_text(&app, "access_token"), "");
    assert_status(client_post(&b, "/auth/logout", "{}"), 204);
    tells_inactive(w, secret, answer_text(&t, "access_token"));
}

/* C8: the client that the subject's token was given to is asked for, too, and not only the one that
 * acts. */
static void it_ends_with_the_client_of_its_subject(void **state)
{
    struct world *w = *state;
    const char *secret = orders(w, FOR_STOCK);
    struct answer got = exchanges(w, secret, shown(w), "");
    const char *token = answer_text(&got, "access_token");
    struct answer claims = story_claims(w, token);
    assert_string_equal(answer_text(&claims, "grant_client_id"), APP);
    const char *form = text_printf(w->arena, "token=%s", token);
    got = oauth_post(w, "/oauth2/introspect", "orders", secret, form);
    assert_string_equal(answer_text(&got, "active"), "true");
    story_does(w, client_switch(world_ctx(w), APP, CLIENT_DISABLED, NULL));
    story_does(w, revocations_read(world_ctx(w), world_ctx(w)->revoked));
    tells_inactive(w, secret, token);
}

/* TX-04: a client of one tenant has no part in what is bound to another, or to none. */
static void a_client_of_a_tenant_stays_in_it(void **state)
{
    struct world *w = *state;
    struct ctx *c = world_ctx(w);
    (void)orders(w, FOR_STOCK);
    const char *token = shown(w);
    const char *tenant = NULL;
    struct client_made made;
    struct client_new client = { .id = "bound" };
    const char *policy = "{" ORDERS_POLICY FOR_STOCK "}";
    story_does(w, tenant_add(c, "acme", "Acme", &tenant));
    client.tenant_id = tenant;
    story_does(w, client_metadata_read(c, bytes_of(story_json(w, "%s", policy)), &client.metadata));
    story_does(w, client_create(c, &client, &made));
    assert_no_exchange(exchanges_as(w, "bound", made.secret, token, ""));
    client.id = "free";
    client.tenant_id = NULL;
    story_does(w, client_create(c, &client, &made));
    assert_status(exchanges_as(w, "free", made.secret, token, "audience=" STOCK), 200);
}

/* DP-04: a bound token gives only a bound one; the app's own key stays, an API brings its own. */
static void a_bound_token_gives_a_bound_one(void **state)
{
    struct world *w = *state;
    const char *secret = orders(w, FOR_STOCK);
    world_pass(w, LONG_UP);
    struct holder app = holder_new(w);
    struct holder api = holder_new(w);
    struct client b = oauth_ada(w);
    oauth_app(w);
    struct answer t = holder_token(&app, exchange_form(w, oauth_code(&b, "resource=" ORDERS)));
    assert_status(t, 200);
    const char *token = answer_text(&t, "access_token");
    assert_oauth_error(exchanges(w, secret, token, ""), 400, "invalid_dpop_proof");
    const char *form = text_printf(
        w->arena, EXCHANGE "&subject_token_type=" TYPE "access_token&subject_token=%s", token);
    t = proof_post(w, "/oauth2/token", holder_proof(&api, "POST", "/oauth2/token", NULL),
                   text_printf(w->arena, "orders:%s", secret), form);
    assert_status(t, 200);
    assert_string_equal(answer_text(&t, "token_type"), "DPoP");
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&claims, "cnf.jkt"), api.jkt);
}

/* ... and who has its own bound token stolen loses nothing by an exchange. */
static void a_client_exchanges_its_own_token_with_its_own_key(void **state)
{
    struct world *w = *state;
    world_pass(w, LONG_UP);
    struct holder right = holder_new(w);
    struct holder wrong = holder_new(w);
    struct client b = oauth_ada(w);
    const char *secret = oauth_client(
        w, WEB,
        "{'first_party':true,'redirect_uris':['" APP_CALLBACK "'],'grant_types':"
        "['authorization_code','urn:ietf:params:oauth:grant-type:token-exchange']" FOR_STOCK "}");
    const char *basic = text_printf(w->arena, "web:%s", secret);
    const char *form =
        oauth_form(w, exchange_form(w, oauth_code(&b, "client_id=web")), "client_id=web");
    struct answer t = proof_post(w, "/oauth2/token",
                                 holder_proof(&right, "POST", "/oauth2/token", NULL), basic, form);
    assert_status(t, 200);
    form =
        text_printf(w->arena, EXCHANGE "&subject_token_type=" TYPE "access_token&subject_token=%s",
                    answer_text(&t, "access_token"));
    assert_no_exchange(proof_post(
        w, "/oauth2/token", holder_proof(&wrong, "POST", "/oauth2/token", NULL), basic, form));
    t = proof_post(w, "/oauth2/token", holder_proof(&right, "POST", "/oauth2/token", NULL), basic,
                   form);
    assert_status(t, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(an_api_gets_a_token_by_which_it_acts),
        STORY(it_lives_no_longer_than_what_was_shown),
        STORY(scopes_only_become_fewer),
        STORY(a_token_that_is_not_for_the_client_is_refused),
        STORY(the_policy_names_whose_tokens_are_taken),
        STORY(the_policy_names_what_it_may_be_for),
        STORY(who_is_not_registered_for_it_gets_nothing),
        STORY(only_an_access_token_is_given),
        STORY(it_ends_with_what_it_came_from),
        STORY(it_ends_with_the_client_of_its_subject),
        STORY(a_client_of_a_tenant_stays_in_it),
        STORY(a_bound_token_gives_a_bound_one),
        STORY(a_client_exchanges_its_own_token_with_its_own_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
