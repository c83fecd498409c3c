/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Token exchange (RFC 8693): who acts for whom, and what says so.
 */
#include "exchange_story.h"

#include "store/events.h"
#include "store/tenants.h"

enum { LONG_UP = 300 /* seconds: the memory of proofs is older than any */ };

/* The token of a client on its own behalf. */
static const char *own_token(struct world *w, const char *id, const char *secret)
{
    struct answer t = oauth_post(w, "/oauth2/token", id, secret, "grant_type=client_credentials");
    assert_status(t, 200);
    return answer_text(&t, "access_token");
}

static void a_client_alone_is_nobody_to_act_for(void **state)
{
    struct world *w = *state;
    const char *secret = orders(w, FOR_STOCK);
    assert_no_exchange(exchanges(w, secret, own_token(w, "orders", secret), ""));
}

/* RFC 8693 2.1: the actor is whose token is shown as such, and it is the client's own. */
static void an_actor_is_shown_by_its_token(void **state)
{
    struct world *w = *state;
    const char *secret = orders(w, FOR_STOCK ",'token_exchange_impersonation':true");
    const char *other =
        oauth_client(w, "other", "{'grant_types':['client_credentials'],'scope':'a'}");
    const char *token = shown(w);
    const char *form = text_printf(w->arena, "actor_token_type=" TYPE "access_token&actor_token=%s",
                                   own_token(w, "orders", secret));
    struct answer t = exchanges(w, secret, token, form);
    assert_status(t, 200);
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&claims, "act.sub"), "orders");
    form = text_printf(w->arena, "actor_token_type=" TYPE "access_token&actor_token=%s",
                       own_token(w, "other", other));
    assert_no_exchange(exchanges(w, secret, token, form));
    form = text_printf(w->arena, "actor_token_type=" TYPE "id_token&actor_token=%s",
                       own_token(w, "orders", secret));
    assert_no_exchange(exchanges(w, secret, token, form));
}

/* TX-06: nobody acts by a token that says itself that another one acts. */
static void an_actor_that_is_acted_for_is_refused(void **state)
{
    struct world *w = *state;
    const char *secret = orders(w, FOR_STOCK);
    const char *token = shown(w);
    struct answer acted = exchanges(w, secret, token, "");
    assert_status(acted, 200);
    const char *form = text_printf(w->arena, "actor_token_type=" TYPE "access_token&actor_token=%s",
                                   answer_text(&acted, "access_token"));
    assert_no_exchange(exchanges(w, secret, token, form));
}

/* DP-04, TX-06: who acts by a bound token has its key. */
static void an_actor_by_a_bound_token_has_its_key(void **state)
{
    struct world *w = *state;
    const char *secret = orders(w, FOR_STOCK);
    const char *basic = text_printf(w->arena, "orders:%s", secret);
    world_pass(w, LONG_UP);
    struct holder right = holder_new(w);
    struct holder wrong = holder_new(w);
    struct answer own =
        proof_post(w, "/oauth2/token", holder_proof(&right, "POST", "/oauth2/token", NULL), basic,
                   "grant_type=client_credentials");
    assert_status(own, 200);
    const char *form = text_printf(w->arena,
                                   EXCHANGE "&subject_token_type=" TYPE
                                            "access_token&subject_token=%s&actor_token_type=" TYPE
                                            "access_token&actor_token=%s",
                                   shown(w), answer_text(&own, "access_token"));
    assert_no_exchange(proof_post(w, "/oauth2/token", NULL, basic, form));
    assert_no_exchange(proof_post(
        w, "/oauth2/token", holder_proof(&wrong, "POST", "/oauth2/token", NULL), basic, form));
    assert_status(proof_post(w, "/oauth2/token",
                             holder_proof(&right, "POST", "/oauth2/token", NULL), basic, form),
                  200);
}

/* RFC 8693 2.1, 3: what is shown is named as what it is, and an actor with both or neither. */
static void what_is_shown_is_named_as_what_it_is(void **state)
{
    struct world *w = *state;
    const char *secret = orders(w, FOR_STOCK);
    const char *token = shown(w);
    static const char *const wrong[] = {
        "subject_token=",
        "subject_token_type=" TYPE "saml2",
        "subject_token_type=" TYPE "refresh_token",
        "subject_token_type=" TYPE "id_token",
        "subject_token=ua_at_nobodys&subject_token_type=" TYPE "jwt",
        "actor_token_type=" TYPE "access_token",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_no_exchange(exchanges(w, secret, token, wrong[i]));
    assert_status(exchanges(w, secret, token, "subject_token_type=" TYPE "jwt"), 200);
}

/* Signs the member `email` of the tenant "acme" in there, at the client "deputy": their token. */
static const char *token_in_a_tenant(struct world *w, const char *secret, const char *email)
{
    const char *tenant = NULL;
    bool added = false;
    struct client b = browser_new(w);
    story_does(w, tenant_add(world_ctx(w), "acme", "Acme", &tenant));
    story_does(w, membership_add(world_ctx(w), tenant, story_person(w, email), &added));
    const char *more = text_printf(w->arena, "'mode':'session','tenant_id':'%s'", tenant);
    assert_status(story_login(&b, email, more), 200);
    const char *form = text_printf(w->arena,
                                   "grant_type=authorization_code&code=%s&code_verifier=" VERIFIER
                                   "&redirect_uri=https%%3A%%2F%%2Fapp.test%%2Fcb",
                                   oauth_code(&b, "client_id=deputy"));
    struct answer t = oauth_post(w, "/oauth2/token", "deputy", secret, form);
    assert_status(t, 200);
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&claims, "tenant_id"), tenant);
    return answer_text(&t, "access_token");
}

/* TX-04: whoever acts is of the tenant of whom they act for. */
static void an_actor_of_another_tenant_is_refused(void **state)
{
    struct world *w = *state;
    (void)orders(w, FOR_STOCK);
    const char *secret =
        oauth_client(w, "deputy",
                     "{'grant_types':['authorization_code','client_credentials',"
                     "'urn:ietf:params:oauth:grant-type:token-exchange'],'first_party':true,"
                     "'redirect_uris':['" APP_CALLBACK "'],'audiences':['" ORDERS "'],"
                     "'scope':'openid profile email'" FOR_STOCK "}");
    const char *token = shown(w);
    const char *actors[] = { own_token(w, "deputy", secret), token_in_a_tenant(w, secret, BOB) };
    for (size_t i = 0; i < 2; i++) {
        const char *form = text_printf(
            w->arena, "actor_token_type=" TYPE "access_token&actor_token=%s", actors[i]);
        struct answer got = exchanges_as(w, "deputy", secret, token, form);
        assert_int_equal(got.status, i == 0 ? 200 : 400);
    }
}

/* TX-06: without a name only who has the right, and the audit has both all the same. */
static void impersonation_is_a_right_and_leaves_a_trace(void **state)
{
    struct world *w = *state;
    w->counts = true;
    const char *secret = orders(w, FOR_STOCK ",'token_exchange_impersonation':true");
    const char *token = shown(w);
    struct answer before = story_claims(w, token);
    struct answer t = exchanges(w, secret, token, "");
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    assert_null(answer_text(&claims, "act.sub"));
    struct event_rows events;
    const struct event_filter filter = { .user_id = answer_text(&before, "sub"),
                                         .name = "token.exchanged" };
    story_does(w, events_page(world_ctx(w), &filter, (struct page){ .limit = 2 }, &events));
    assert_int_equal(events.n, 1);
    const struct event_row *found = &events.at[0];
    assert_non_null(strstr(found->detail, "\"actor\":\"orders\""));
    assert_non_null(strstr(found->detail, "\"subject_client_id\":\"app\""));
    assert_non_null(strstr(found->detail, "\"impersonation\":\"true\""));
}

/* TX-06: the chain says who acted before, and has an end. */
static void a_chain_of_actors_is_told_and_bounded(void **state)
{
    struct world *w = *state;
    const char *secret = orders(w, ",'token_exchange_audiences':['a1']");
    struct answer t = exchanges(w, secret, shown(w), "");
    for (int i = 1; i < 4; i++) {
        const char *id = text_printf(w->arena, "c%d", i);
        const char *own = link_of_chain(w, id, text_printf(w->arena, "a%d", i),
                                        text_printf(w->arena, "a%d", i + 1));
        t = exchanges_as(w, id, own, answer_text(&t, "access_token"), "");
        assert_status(t, 200);
    }
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&claims, "act.sub"), "c3");
    assert_string_equal(answer_text(&claims, "act.act.sub"), "c2");
    assert_string_equal(answer_text(&claims, "act.act.act.act.sub"), "orders");
    const char *own = link_of_chain(w, "c4", "a4", "a5");
    assert_no_exchange(exchanges_as(w, "c4", own, answer_text(&t, "access_token"), ""));
}

/* RFC 8693 4.4, TX-01: the token itself may say who may act, and then nobody else may. */
static void may_act_lets_one_in_and_nobody_else(void **state)
{
    struct world *w = *state;
    const char *secret = orders(w, FOR_STOCK);
    const char *other = link_of_chain(w, "other", ORDERS, STOCK);
    struct client b = oauth_ada(w);
    (void)oauth_client(w, APP,
                       "{'token_endpoint_auth_method':'none','first_party':true,"
                       "'redirect_uris':['" APP_CALLBACK "'],'may_act':'orders',"
                       "'grant_types':['authorization_code','refresh_token']}");
    struct answer t = oauth_exchange(w, oauth_code(&b, ""), "");
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&claims, "may_act.sub"), "orders");
    assert_status(exchanges(w, secret, answer_text(&t, "access_token"), ""), 200);
    t = oauth_exchange(w, oauth_code(&b, "resource=" ORDERS), "");
    assert_status(exchanges(w, secret, answer_text(&t, "access_token"), ""), 200);
    assert_no_exchange(exchanges_as(w, "other", other, answer_text(&t, "access_token"), ""));
    t = oauth_post(w, "/oauth2/token", APP, NULL,
                   text_printf(w->arena,
                               "grant_type=refresh_token&client_id=" APP "&refresh_token=%s",
                               answer_text(&t, "refresh_token")));
    claims = story_claims(w, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&claims, "may_act.sub"), "orders");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_client_alone_is_nobody_to_act_for),
        STORY(an_actor_is_shown_by_its_token),
        STORY(an_actor_that_is_acted_for_is_refused),
        STORY(an_actor_by_a_bound_token_has_its_key),
        STORY(what_is_shown_is_named_as_what_it_is),
        STORY(an_actor_of_another_tenant_is_refused),
        STORY(impersonation_is_a_right_and_leaves_a_trace),
        STORY(a_chain_of_actors_is_told_and_bounded),
        STORY(may_act_lets_one_in_and_nobody_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
