/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens that are bound to a key, where they are used (RFC 9449 7), and nonces (RFC 9449 8, 9).
 */
#include "proof_story.h"

enum { LONG_UP = 100 /* seconds after which this node remembers all proofs */ };

static const char *bound_token(const struct holder *h)
{
    struct world *w = h->w;
    struct client b = oauth_ada(w);
    oauth_app(w);
    world_pass(w, LONG_UP);
    struct answer t = holder_token(h, exchange_form(w, oauth_code(&b, "")));
    assert_status(t, 200);
    return answer_text(&t, "access_token");
}

static const char *const resources[] = { "/oauth2/userinfo", "/auth/verify", "/auth/me" };
enum { RESOURCES = sizeof resources / sizeof resources[0] };

static void assert_challenged(struct answer a, const char *scheme, const char *error)
{
    const char *challenge = answer_header(&a, "www-authenticate");
    assert_status(a, 401);
    assert_non_null(challenge);
    assert_true(text_starts(challenge, scheme));
    assert_non_null(strstr(challenge, text_printf(a.w->arena, "error=\"%s\"", error)));
    assert_non_null(strstr(challenge, "algs=\"RS256 PS256 ES256 ES384 EdDSA Ed25519\""));
}

/* DP-04: what is bound to a key is not taken from whoever merely has it. */
static void a_bound_token_is_no_bearer_token(void **state)
{
    struct world *w = *state;
    struct holder h = holder_new(w);
    const char *token = bound_token(&h);
    for (size_t i = 0; i < RESOURCES; i++) {
        const char *at = resources[i];
        assert_challenged(token_get(w, at, "Bearer", token, NULL), "Bearer", "invalid_token");
        assert_challenged(token_get(w, at, "Bearer", token, holder_proof(&h, "GET", at, token)),
                          "Bearer", "invalid_token");
        assert_challenged(token_get(w, at, "DPoP", token, NULL), "DPoP", "invalid_dpop_proof");
    }
    struct client c = client_new(w);
    const struct sent form = { .method = HTTP_POST,
                               .target = "/oauth2/userinfo",
                               .form = text_printf(w->arena, "access_token=%s", token) };
    assert_oauth_error(client_send(&c, &form), 401, "invalid_token");
}

/* DP-04: and a bearer token, which names no key, gains nothing by a proof of some key. */
static void a_bearer_token_comes_without_a_proof(void **state)
{
    struct world *w = *state;
    struct holder h = holder_new(w);
    struct answer t = oauth_tokens(w, "");
    const char *token = answer_text(&t, "access_token");
    world_pass(w, LONG_UP);
    const char *at = "/oauth2/userinfo";
    assert_challenged(holder_get(&h, at, token), "DPoP", "invalid_token");
    assert_challenged(token_get(w, at, "Bearer", token, holder_proof(&h, "GET", at, token)),
                      "Bearer", "invalid_token");
    assert_status(token_get(w, at, "Bearer", token, NULL), 200);
}

/* RFC 9449 4.3 (12), 7.1: the proof is of the token's key, and for this token. */
static void another_key_or_token_does_not_do(void **state)
{
    struct world *w = *state;
    struct holder h = holder_new(w), thief = holder_new(w);
    const char *token = bound_token(&h);
    const char *at = "/oauth2/userinfo";
    assert_challenged(holder_get(&thief, at, token), "DPoP", "invalid_dpop_proof");
    assert_challenged(token_get(w, at, "DPoP", token, holder_proof(&h, "GET", at, NULL)), "DPoP",
                      "invalid_dpop_proof");
    assert_challenged(token_get(w, at, "DPoP", token, holder_proof(&h, "GET", at, "other")), "DPoP",
                      "invalid_dpop_proof");
    assert_status(holder_get(&h, at, token), 200);
}

/* RFC 9449 7.2: who brings nothing learns that both schemes are known. */
static void who_brings_nothing_is_offered_both(void **state)
{
    struct world *w = *state;
    struct answer a = token_get(w, "/oauth2/userinfo", NULL, NULL, NULL);
    assert_status(a, 401);
    assert_string_equal(answer_header(&a, "www-authenticate"),
                        "Bearer realm=\"uauth\", resource_metadata="
                        "\"http://localhost:8080/.well-known/oauth-protected-resource\", "
                        "DPoP realm=\"uauth\", "
                        "algs=\"RS256 PS256 ES256 ES384 EdDSA Ed25519\"");
}

/* RFC 9449 6.2. */
static void introspection_tells_the_key(void **state)
{
    struct world *w = *state;
    struct holder h = holder_new(w);
    const char *api = oauth_client(
        w, "api", "{'grant_types':['client_credentials'],'audiences':['http://localhost:8080']}");
    struct answer a = oauth_post(w, "/oauth2/introspect", "api", api,
                                 text_printf(w->arena, "token=%s", bound_token(&h)));
    assert_string_equal(answer_text(&a, "token_type"), "DPoP");
    assert_string_equal(answer_text(&a, "cnf.jkt"), h.jkt);
}

static void discovery_names_the_algorithms_of_proofs(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    struct answer a = client_get(&c, "/.well-known/oauth-authorization-server");
    assert_non_null(strstr(a.body, "\"dpop_signing_alg_values_supported\":[\"RS256\",\"PS256\","
                                   "\"ES256\",\"ES384\",\"EdDSA\",\"Ed25519\"]"));
}

/* ---- nonces ---- */

static const char *const with_nonce[] = { "AUTH_DPOP_NONCE=required", NULL };

/* DP-09: nothing is spent until the proof has a nonce of ours; it is 401 where a token is used. */
static void a_nonce_is_asked_for_and_taken(void **state)
{
    struct world *w = *state;
    struct holder h = holder_new(w);
    struct client b = oauth_ada(w);
    oauth_app(w);
    world_pass(w, LONG_UP);
    const char *form = exchange_form(w, oauth_code(&b, ""));
    struct answer a = holder_token(&h, form);
    assert_oauth_error(a, 400, "use_dpop_nonce");
    h.nonce = answer_header(&a, "dpop-nonce");
    assert_non_null(h.nonce);
    struct answer t = holder_token(&h, form);
    assert_status(t, 200);
    assert_non_null(answer_header(&t, "dpop-nonce"));
    const char *token = answer_text(&t, "access_token");
    assert_status(holder_get(&h, "/oauth2/userinfo", token), 200);
    world_pass(w, 301);
    a = holder_get(&h, "/oauth2/userinfo", token);
    assert_challenged(a, "DPoP", "use_dpop_nonce");
    h.nonce = answer_header(&a, "dpop-nonce");
    assert_status(holder_get(&h, "/oauth2/userinfo", token), 200);
    h.nonce = "1795529167.AAAA";
    assert_challenged(holder_get(&h, "/oauth2/userinfo", token), "DPoP", "use_dpop_nonce");
}

/* Decision 10, DP-01 (restart): what may have been seen before this memory began needs a nonce. */
static void a_proof_from_before_the_memory_needs_a_nonce(void **state)
{
    struct world *w = *state;
    struct holder h = holder_new(w);
    struct client b = oauth_ada(w);
    oauth_app(w);
    world_pass(w, 5);
    const char *form = exchange_form(w, oauth_code(&b, ""));
    struct answer a = holder_token(&h, form);
    assert_oauth_error(a, 400, "use_dpop_nonce");
    h.nonce = answer_header(&a, "dpop-nonce");
    assert_status(holder_token(&h, form), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_bound_token_is_no_bearer_token),
        STORY(a_bearer_token_comes_without_a_proof),
        STORY(another_key_or_token_does_not_do),
        STORY(who_brings_nothing_is_offered_both),
        STORY(introspection_tells_the_key),
        STORY(discovery_names_the_algorithms_of_proofs),
        STORY_WITH(a_nonce_is_asked_for_and_taken, with_nonce),
        STORY(a_proof_from_before_the_memory_needs_a_nonce),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
