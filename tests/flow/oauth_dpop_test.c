/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens that are bound to a key (RFC 9449): how they are given, and what they are good for.
 */
#include "proof_story.h"

enum { LONG_UP = 100 /* seconds after which this node remembers all proofs */ };

/* Ada's code for APP, and a service that has been up for a while. */
static const char *a_code(struct world *w, const char *changes)
{
    struct client b = oauth_ada(w);
    oauth_app(w);
    world_pass(w, LONG_UP);
    return oauth_code(&b, changes);
}

/* What Ada's application, a holder, gets. */
static struct answer bound_tokens(const struct holder *h)
{
    struct answer t = holder_token(h, exchange_form(h->w, a_code(h->w, "")));
    assert_status(t, 200);
    return t;
}

static const char *refresh_form(struct world *w, const struct answer *t)
{
    return text_printf(w->arena, "grant_type=refresh_token&client_id=" APP "&refresh_token=%s",
                       answer_text(t, "refresh_token"));
}

/* ---- what is given ---- */

/* RFC 9449 5, 6.1: with a proof the token is bound to its key, and says so. */
static void a_proof_binds_the_token(void **state)
{
    struct world *w = *state;
    struct holder h = holder_new(w);
    struct answer t = bound_tokens(&h);
    assert_string_equal(answer_text(&t, "token_type"), "DPoP");
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&claims, "cnf.jkt"), h.jkt);
    assert_null(answer_header(&t, "dpop-nonce"));
    assert_status(holder_get(&h, "/oauth2/userinfo", answer_text(&t, "access_token")), 200);
}

static void without_a_proof_it_is_a_bearer_token(void **state)
{
    struct world *w = *state;
    struct answer t = oauth_tokens(w, "");
    assert_string_equal(answer_text(&t, "token_type"), "Bearer");
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    assert_null(answer_text(&claims, "cnf.jkt"));
}

/* DP-12: who has promised to bind its tokens gets no other, by any grant, and spends nothing. */
static void a_client_that_binds_gets_no_unbound_token(void **state)
{
    struct world *w = *state;
    struct holder h = holder_new(w);
    struct client b = oauth_ada(w);
    (void)oauth_client(w, APP,
                       "{'token_endpoint_auth_method':'none','dpop_bound_access_tokens':true,"
                       "'first_party':true,'redirect_uris':['" APP_CALLBACK "'],"
                       "'grant_types':['authorization_code','refresh_token']}");
    const char *secret = oauth_client(
        w, "job", "{'grant_types':['client_credentials'],'dpop_bound_access_tokens':true}");
    world_pass(w, LONG_UP);
    const char *form = exchange_form(w, oauth_code(&b, ""));
    assert_oauth_error(proof_post(w, "/oauth2/token", NULL, NULL, form), 400, "invalid_dpop_proof");
    struct answer t = holder_token(&h, form);
    assert_status(t, 200);
    form = refresh_form(w, &t);
    assert_oauth_error(proof_post(w, "/oauth2/token", NULL, NULL, form), 400, "invalid_dpop_proof");
    assert_status(holder_token(&h, form), 200);
    assert_oauth_error(
        oauth_post(w, "/oauth2/token", "job", secret, "grant_type=client_credentials"), 400,
        "invalid_dpop_proof");
}

static void a_client_on_its_own_behalf_binds_its_token_too(void **state)
{
    struct world *w = *state;
    struct holder h = holder_new(w);
    const char *secret = oauth_client(w, "job", "{'grant_types':['client_credentials']}");
    world_pass(w, LONG_UP);
    struct answer t =
        proof_post(w, "/oauth2/token", holder_proof(&h, "POST", "/oauth2/token", NULL),
                   text_printf(w->arena, "job:%s", secret), "grant_type=client_credentials");
    assert_status(t, 200);
    assert_string_equal(answer_text(&t, "token_type"), "DPoP");
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&claims, "cnf.jkt"), h.jkt);
}

/* ---- refreshing ---- */

/* RFC 9449 5: the refresh tokens of a public client are their key's. */
static void a_public_client_refreshes_with_its_key_alone(void **state)
{
    struct world *w = *state;
    struct holder h = holder_new(w), thief = holder_new(w);
    struct answer t = bound_tokens(&h);
    const char *form = refresh_form(w, &t);
    assert_oauth_error(holder_token(&thief, form), 400, "invalid_grant");
    assert_oauth_error(proof_post(w, "/oauth2/token", NULL, NULL, form), 400, "invalid_grant");
    struct answer next = holder_token(&h, form);
    assert_status(next, 200);
    assert_string_equal(answer_text(&next, "token_type"), "DPoP");
    /* An answer that was lost is its holder's, too. */
    assert_status(holder_token(&h, form), 200);
    assert_oauth_error(holder_token(&thief, form), 400, "invalid_grant");
    assert_oauth_error(holder_token(&h, refresh_form(w, &next)), 400, "invalid_grant");
}

/* ... and of another by its credentials, so that it may change keys. */
static void a_confidential_client_may_change_its_key(void **state)
{
    struct world *w = *state;
    struct holder h = holder_new(w), other = holder_new(w);
    struct client b = oauth_ada(w);
    const char *basic = text_printf(w->arena, WEB ":%s", oauth_web(w));
    world_pass(w, LONG_UP);
    const char *code = oauth_code(&b, "client_id=" WEB);
    struct answer t =
        proof_post(w, "/oauth2/token", holder_proof(&h, "POST", "/oauth2/token", NULL), basic,
                   oauth_form(w, exchange_form(w, code), "client_id="));
    assert_status(t, 200);
    t = proof_post(w, "/oauth2/token", holder_proof(&other, "POST", "/oauth2/token", NULL), basic,
                   oauth_form(w, refresh_form(w, &t), "client_id="));
    assert_status(t, 200);
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&claims, "cnf.jkt"), other.jkt);
}

/* ---- codes ---- */

static const char *with_jkt(struct world *w, const char *jkt)
{
    return text_printf(w->arena, "dpop_jkt=%s", jkt);
}

/* RFC 9449 10: whoever has stolen the code and its verifier has no key. */
static void a_code_that_names_a_key_is_that_keys(void **state)
{
    struct world *w = *state;
    struct holder h = holder_new(w), thief = holder_new(w);
    struct client b = oauth_ada(w);
    oauth_app(w);
    world_pass(w, LONG_UP);
    const char *form = exchange_form(w, oauth_code(&b, with_jkt(w, h.jkt)));
    assert_oauth_error(holder_token(&thief, form), 400, "invalid_grant");
    form = exchange_form(w, oauth_code(&b, with_jkt(w, h.jkt)));
    assert_oauth_error(proof_post(w, "/oauth2/token", NULL, NULL, form), 400, "invalid_grant");
    form = exchange_form(w, oauth_code(&b, with_jkt(w, h.jkt)));
    assert_status(holder_token(&h, form), 200);
    assert_redirected_error(oauth_authorize(&b, "dpop_jkt=short"), APP_CALLBACK, "invalid_request");
}

/* RFC 9449 10.1: a proof beside a pushed request stands for dpop_jkt, and must not contradict it.
 */
static void a_pushed_request_takes_the_key_of_its_proof(void **state)
{
    struct world *w = *state;
    struct holder h = holder_new(w), thief = holder_new(w);
    struct client b = oauth_ada(w);
    oauth_app(w);
    world_pass(w, LONG_UP);
    const char *other = oauth_request(w, with_jkt(w, thief.jkt));
    assert_oauth_error(
        proof_post(w, "/oauth2/par", holder_proof(&h, "POST", "/oauth2/par", NULL), NULL, other),
        400, "invalid_dpop_proof");
    struct answer pushed =
        proof_post(w, "/oauth2/par", holder_proof(&h, "POST", "/oauth2/par", NULL), NULL,
                   oauth_request(w, ""));
    assert_status(pushed, 201);
    struct answer a =
        client_get(&b, text_printf(w->arena, "/oauth2/authorize?client_id=" APP "&request_uri=%s",
                                   answer_text(&pushed, "request_uri")));
    const char *form = exchange_form(w, oauth_param(&a, "code"));
    assert_oauth_error(holder_token(&thief, form), 400, "invalid_grant");
}

/* ---- proofs ---- */

/* DP-01: a proof is good once, for whatever it is used. */
static void a_proof_is_taken_once(void **state)
{
    struct world *w = *state;
    struct holder h = holder_new(w);
    struct answer t = bound_tokens(&h);
    const char *token = answer_text(&t, "access_token");
    const char *proof = holder_proof(&h, "GET", "/oauth2/userinfo", token);
    assert_status(token_get(w, "/oauth2/userinfo", "DPoP", token, proof), 200);
    struct answer again = token_get(w, "/oauth2/userinfo", "DPoP", token, proof);
    assert_oauth_error(again, 401, "invalid_dpop_proof");
    world_pass(w, 299);
    again = token_get(w, "/oauth2/userinfo", "DPoP", token, proof);
    assert_oauth_error(again, 401, "invalid_dpop_proof");
}

/* DP-02, DP-10: for another method or path, or by the names that a proxy gives, it is refused. */
static void a_proof_is_for_one_request_at_our_public_url(void **state)
{
    struct world *w = *state;
    struct holder h = holder_new(w);
    struct client c = client_new(w);
    const char *form = exchange_form(w, a_code(w, ""));
    assert_oauth_error(
        proof_post(w, "/oauth2/token", holder_proof(&h, "GET", "/oauth2/token", NULL), NULL, form),
        400, "invalid_dpop_proof");
    assert_oauth_error(
        proof_post(w, "/oauth2/token", holder_proof(&h, "POST", "/oauth2/par", NULL), NULL, form),
        400, "invalid_dpop_proof");
    const struct sent forged = {
        .method = HTTP_POST,
        .target = "/oauth2/token",
        .form = form,
        .host = "127.0.0.1",
        .headers = { { "x-forwarded-host", "evil.test" },
                     { "dpop", holder_proof(&h, "POST", "/oauth2/token", NULL) } }
    };
    assert_status(client_send(&c, &forged), 200);
}

/* DP-05: what is no proof at all. */
static void what_is_no_proof_spends_no_code(void **state)
{
    struct world *w = *state;
    struct holder h = holder_new(w);
    const char *form = exchange_form(w, a_code(w, ""));
    assert_oauth_error(proof_post(w, "/oauth2/token", "x", NULL, form), 400, "invalid_dpop_proof");
    assert_status(holder_token(&h, form), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_proof_binds_the_token),
        STORY(without_a_proof_it_is_a_bearer_token),
        STORY(a_client_that_binds_gets_no_unbound_token),
        STORY(a_client_on_its_own_behalf_binds_its_token_too),
        STORY(a_public_client_refreshes_with_its_key_alone),
        STORY(a_confidential_client_may_change_its_key),
        STORY(a_code_that_names_a_key_is_that_keys),
        STORY(a_pushed_request_takes_the_key_of_its_proof),
        STORY(a_proof_is_taken_once),
        STORY(a_proof_is_for_one_request_at_our_public_url),
        STORY(what_is_no_proof_spends_no_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
