/* SPDX-License-Identifier: Apache-2.0 */
/* What a client gets tokens for beside codes, how they are bound to its key, and what it hears of
 * refusals. */
#include "client/oauth_client.h"

#include "base/random.h"
#include "crypto/digest.h"
#include "crypto/jwt.h"
#include "peer_testing.h"

#define BEARER "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"expires_in\":300}"
#define BOUND  "{\"access_token\":\"at\",\"token_type\":\"DPoP\",\"expires_in\":300}"

static const struct oauth_client public_client = { .client_id = "us" };

static struct oauth_endpoint at(struct world *w, const char *path)
{
    fault_clear(&w->c);
    return (struct oauth_endpoint){ text_printf(w->arena, "%s%s", w->url, path),
                                    OUTBOUND_CONFIGURED, "peer" };
}

/* The proof that came with the last request, verified; NULL: there was none. */
static const struct jwt *proof_of(struct world *w)
{
    const char *header = strstr(peer_last(w), "\r\nDPoP: ");
    if (header == NULL)
        return NULL;
    const char *proof = text_copy(w->arena, header + 8, strcspn(header + 8, "\r"));
    const struct jwt_policy policy = {
        .signature = { .algs = ALG_ES256, .key_in_header = true },
        .typ = "dpop+jwt",
        .required = JWT_JTI | JWT_IAT,
        .open = JWT_ANY_ISSUER | JWT_ANY_AUDIENCE | JWT_NO_EXPIRY,
        .max_age = 60,
    };
    struct jwt *jwt = ARENA_NEW(w->arena, struct jwt);
    assert_int_equal(jwt_verify(&w->c, proof, &policy, jwt).code, ERR_OK);
    return jwt;
}

static const char *claim(struct world *w, const struct jwt *jwt, const char *name)
{
    const char *text = NULL;
    assert_int_equal(jwt_text(&w->c, jwt, name, &text).code, ERR_OK);
    return text;
}

/* CL-14: what is secret is in the body, never in the URL. */
static void each_grant_says_what_it_wants(void **state)
{
    struct world *w = *state;
    struct oauth_tokens tokens;
    struct oauth_answer answer;
    const char *resources[] = { "https://a.example", "https://b.example" };
    const struct oauth_wanted wanted = { .scope = "a b", .resources = { resources, 2 } };
    const struct oauth_endpoint token = at(w, "/token");
    peer_says(w, "/token", FINE, BEARER);
    assert_int_equal(
        oauth_client_credentials(&w->c, &public_client, &token, &wanted, &tokens, &answer).code,
        ERR_OK);
    assert_true(text_starts(peer_last(w), "POST /token HTTP/1.1\r\n"));
    assert_non_null(strstr(peer_last(w), "\r\n\r\ngrant_type=client_credentials&scope=a%20b&"
                                         "resource=https%3A%2F%2Fa.example&resource=https%3A%2F%2F"
                                         "b.example&client_id=us"));
    assert_int_equal(tokens.expires_in, 300);
    assert_int_equal(answer.status, 200);
    const struct token_exchange exchange = { .subject_token = "st",
                                             .subject_token_type = "urn:x",
                                             .wanted = { .scope = "s" } };
    assert_int_equal(
        oauth_token_exchange(&w->c, &public_client, &token, &exchange, &tokens, &answer).code,
        ERR_OK);
    assert_non_null(strstr(peer_last(w),
                           "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3A"
                           "token-exchange&subject_token=st&subject_token_type=urn%3Ax&"
                           "scope=s&client_id=us"));
    peer_says(w, "/revoke", "200 OK\r\n", "");
    const struct token_asked shown = { "rt", "refresh_token" };
    const struct oauth_endpoint revoke = at(w, "/revoke");
    assert_int_equal(oauth_revoke(&w->c, &public_client, &revoke, &shown, &answer).code, ERR_OK);
    assert_non_null(strstr(peer_last(w), "token=rt&token_type_hint=refresh_token&client_id=us"));
}

/* A rotated refresh token is handed out; the old one where there is no new one. */
static void a_refresh_hands_out_the_token_to_use_next(void **state)
{
    struct world *w = *state;
    struct oauth_tokens tokens;
    struct oauth_answer answer;
    const struct token_refresh old = { .refresh_token = "old" };
    const struct oauth_endpoint token = at(w, "/token");
    peer_says(w, "/token", FINE, BEARER);
    assert_int_equal(oauth_refresh(&w->c, &public_client, &token, &old, &tokens, &answer).code,
                     ERR_OK);
    assert_string_equal(tokens.refresh_token, "old");
    peer_says(w, "/token", FINE, "{\"access_token\":\"at\",\"refresh_token\":\"new\"}");
    assert_int_equal(oauth_refresh(&w->c, &public_client, &token, &old, &tokens, &answer).code,
                     ERR_OK);
    assert_string_equal(tokens.refresh_token, "new");
    peer_says(w, "/token", "400 Bad\r\n", "{\"error\":\"invalid_grant\"}");
    assert_int_equal(oauth_refresh(&w->c, &public_client, &token, &old, &tokens, &answer).code,
                     ERR_INVALID_GRANT);
    assert_null(tokens.access_token);
    assert_null(tokens.refresh_token);
}

static void what_the_server_said_is_handed_out(void **state)
{
    struct world *w = *state;
    struct oauth_tokens tokens;
    struct oauth_answer answer;
    const struct oauth_wanted wanted = { 0 };
    const struct oauth_endpoint token = at(w, "/token");
    peer_says(w, "/token", "400 Bad\r\n",
              "{\"error\":\"invalid_scope\",\"error_description\":\"no\\r\\nsuch\","
              "\"error_uri\":\"https://op.example/e\"}");
    assert_int_equal(
        oauth_client_credentials(&w->c, &public_client, &token, &wanted, &tokens, &answer).code,
        ERR_UPSTREAM);
    assert_int_equal(answer.status, 400);
    assert_string_equal(answer.error, "invalid_scope");
    assert_string_equal(answer.description, "no\r\nsuch");
    assert_string_equal(answer.uri, "https://op.example/e");
    assert_null(tokens.access_token);
    fault_clear(&w->c);
    peer_says(w, "/token", "503 Busy\r\nRetry-After: 9\r\n",
              "{\"error\":\"temporarily_unavailable\"}");
    assert_int_equal(
        oauth_client_credentials(&w->c, &public_client, &token, &wanted, &tokens, &answer).code,
        ERR_UNAVAILABLE);
    assert_int_equal(w->c.fault.retry_after, 9);
    assert_int_equal(answer.retry_after, 9);
    assert_string_equal(answer.error, "temporarily_unavailable");
}

static void a_number_of_seconds_is_read_as_it_comes(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *json;
        int64_t seconds;
    } cases[] = { { "3599", 3599 }, { "\"3599\"", 3599 }, { "1e300", 315360000 },
                  { "-1", 0 },      { "\"-1\"", 0 },      { "\"1e3\"", 0 },
                  { "null", 0 },    { "[]", 0 },          { "{\"x\":[1]}", 0 },
                  { "true", 0 },    { "3.9", 3 } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct oauth_tokens tokens;
        struct oauth_answer answer;
        const struct oauth_wanted wanted = { 0 };
        const struct oauth_endpoint token = at(w, "/token");
        peer_says(
            w, "/token", FINE,
            text_printf(w->arena, "{\"expires_in\":%s,\"access_token\":\"at\"}", cases[i].json));
        assert_int_equal(
            oauth_client_credentials(&w->c, &public_client, &token, &wanted, &tokens, &answer).code,
            ERR_OK);
        assert_int_equal(tokens.expires_in, cases[i].seconds);
    }
}

/* ---- DPoP ---- */

static struct oauth_client bound_client(struct world *w, struct dpop_key **dpop)
{
    const struct key *key = NULL;
    w->c.random = random_system(w->arena);
    assert_int_equal(key_generate(&w->c, w->arena, ALG_ES256, 0, &key).code, ERR_OK);
    *dpop = dpop_key_new(key);
    return (struct oauth_client){ .client_id = "us", .dpop = *dpop };
}

static void a_request_is_proven_and_tried_once_more_with_a_nonce(void **state)
{
    struct world *w = *state;
    struct dpop_key *dpop = NULL;
    struct oauth_tokens tokens;
    struct oauth_answer answer;
    const struct oauth_wanted wanted = { 0 };
    const struct oauth_endpoint token = at(w, "/token?x=y");
    const struct oauth_client client = bound_client(w, &dpop);
    peer_says(w, "/token?x=y", FINE, BOUND);
    assert_int_equal(
        oauth_client_credentials(&w->c, &client, &token, &wanted, &tokens, &answer).code, ERR_OK);
    const struct jwt *proof = proof_of(w);
    assert_non_null(proof);
    assert_string_equal(claim(w, proof, "htm"), "POST");
    assert_string_equal(claim(w, proof, "htu"), text_printf(w->arena, "%s/token", w->url));
    assert_null(claim(w, proof, "nonce"));
    assert_null(claim(w, proof, "ath"));
    assert_string_equal(key_thumbprint(w->arena, proof->signature.key->pkey),
                        dpop_key_thumbprint(&w->c, dpop));
    const char *first = proof->jti;
    /* RFC 9449 8: once, not for ever. */
    peer_says(w, "/token?x=y", "400 Bad\r\nDPoP-Nonce: n-1\r\n", "{\"error\":\"use_dpop_nonce\"}");
    assert_int_equal(
        oauth_client_credentials(&w->c, &client, &token, &wanted, &tokens, &answer).code,
        ERR_UPSTREAM);
    assert_int_equal(peer_calls(w, "/token?x=y"), 3);
    proof = proof_of(w);
    assert_string_equal(claim(w, proof, "nonce"), "n-1");
    assert_string_not_equal(proof->jti, first);
    /* RFC 9449 8.2: the newest, also of a good answer. */
    fault_clear(&w->c);
    peer_says(w, "/token?x=y", "200 OK\r\nDPoP-Nonce: n-2\r\n", BOUND);
    for (int i = 0; i < 2; i++)
        assert_int_equal(
            oauth_client_credentials(&w->c, &client, &token, &wanted, &tokens, &answer).code,
            ERR_OK);
    assert_string_equal(claim(w, proof_of(w), "nonce"), "n-2");
    dpop_key_free(dpop);
}

/* DP-12, RFC 9449 5: a bearer token is not what was asked for. */
static void a_token_that_is_not_bound_is_refused(void **state)
{
    struct world *w = *state;
    struct dpop_key *dpop = NULL;
    struct oauth_tokens tokens;
    struct oauth_answer answer;
    const struct oauth_wanted wanted = { 0 };
    const struct oauth_endpoint token = at(w, "/token");
    const struct oauth_client client = bound_client(w, &dpop);
    peer_says(w, "/token", FINE, BEARER);
    assert_int_equal(
        oauth_client_credentials(&w->c, &client, &token, &wanted, &tokens, &answer).code,
        ERR_UPSTREAM);
    dpop_key_free(dpop);
}

static void nonces_are_kept_by_origin(void **state)
{
    struct world *w = *state;
    struct dpop_key *dpop = NULL;
    const char *proof = NULL;
    (void)bound_client(w, &dpop);
    dpop_heard(&w->c, dpop, "https://a.example/token", "of-a");
    dpop_heard(&w->c, dpop, "https://b.example/token", "bad\nnonce");
    dpop_heard(&w->c, dpop, "https://b.example/token", "");
    dpop_heard(&w->c, dpop, "https://b.example/token", NULL);
    dpop_heard(&w->c, dpop, "no url", "of-nobody");
    static const struct {
        const char *url, *nonce;
    } cases[] = { { "https://a.example:443/other", "of-a" }, { "https://b.example/token", NULL } };
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(dpop_prove(&w->c, dpop, "GET", cases[i].url, "at", &proof).code, ERR_OK);
        (void)snprintf(w->last, sizeof w->last, "\r\nDPoP: %s\r\n", proof);
        const struct jwt *jwt = proof_of(w);
        const char *nonce = claim(w, jwt, "nonce");
        assert_true(text_equal(nonce, cases[i].nonce));
        assert_string_equal(claim(w, jwt, "ath"), token_hash(w->arena, "at"));
    }
    for (int i = 0; i < 2 * DPOP_ORIGINS_MAX; i++)
        dpop_heard(&w->c, dpop, text_printf(w->arena, "https://h%d.example/", i), "n");
    dpop_key_free(dpop);
}

/* ---- about tokens ---- */

static void a_token_is_good_only_if_the_server_says_so(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *body;
        enum err_code code;
        bool active;
    } cases[] = { { "{\"active\":true,\"sub\":\"x\"}", ERR_OK, true },
                  { "{\"active\":false}", ERR_OK, false },
                  { "{\"active\":\"true\"}", ERR_UPSTREAM, false },
                  { "{\"active\":1}", ERR_UPSTREAM, false },
                  { "{}", ERR_UPSTREAM, false },
                  { "{\"active\":true,\"active\":false}", ERR_UPSTREAM, false },
                  { "{\"active\":true}x", ERR_UPSTREAM, false },
                  { "<html>", ERR_UPSTREAM, false },
                  { "{\"error\":\"invalid_client\"}", ERR_UPSTREAM, false } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool active = true;
        const struct token_asked shown = { "t", NULL };
        struct oauth_answer answer;
        const struct oauth_endpoint introspect = at(w, "/introspect");
        peer_says(w, "/introspect", FINE, cases[i].body);
        if (oauth_introspect(&w->c, &public_client, &introspect, &shown, &active, &answer).code !=
            cases[i].code)
            fail_msg("%s", cases[i].body);
        assert_true(active == cases[i].active);
    }
}

/* TX-07, Core 5.3.2: userinfo is of the one whose ID token it was, or of nobody. */
static void userinfo_is_about_whom_it_is_due(void **state)
{
    struct world *w = *state;
    struct bytes json;
    struct dpop_key *dpop = NULL;
    const struct oauth_client client = bound_client(w, &dpop);
    const struct oauth_endpoint userinfo = at(w, "/userinfo");
    peer_says(w, "/userinfo", FINE, "{\"sub\":\"alice\"}");
    assert_int_equal(oauth_userinfo(&w->c, &client, &userinfo, "at", "alice", &json).code, ERR_OK);
    assert_non_null(strstr(peer_last(w), "\r\nAuthorization: DPoP at\r\n"));
    assert_string_equal(claim(w, proof_of(w), "ath"), token_hash(w->arena, "at"));
    assert_int_equal(oauth_userinfo(&w->c, &client, &userinfo, "at", "bob", &json).code,
                     ERR_INVALID_TOKEN);
    fault_clear(&w->c);
    assert_int_equal(oauth_userinfo(&w->c, &public_client, &userinfo, "at", "alice", &json).code,
                     ERR_OK);
    assert_non_null(strstr(peer_last(w), "\r\nAuthorization: Bearer at\r\n"));
    /* RFC 9449 9 */
    peer_says(w, "/userinfo",
              "401 No\r\nWWW-Authenticate: DPoP error=\"use_dpop_nonce\"\r\nDPoP-Nonce: n-3\r\n",
              "");
    assert_int_equal(oauth_userinfo(&w->c, &client, &userinfo, "at", "alice", &json).code,
                     ERR_INVALID_TOKEN);
    assert_int_equal(peer_calls(w, "/userinfo"), 5);
    assert_string_equal(claim(w, proof_of(w), "nonce"), "n-3");
    static const char *const bad[] = { "{}", "{\"sub\":7}", "[]", "<html>", "{\"sub\":\"\"}" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        fault_clear(&w->c);
        peer_says(w, "/userinfo", FINE, bad[i]);
        assert_int_equal(oauth_userinfo(&w->c, &client, &userinfo, "at", "alice", &json).code,
                         ERR_UPSTREAM);
    }
    fault_clear(&w->c);
    assert_int_equal(oauth_userinfo(&w->c, &client, &userinfo, "a\r\nb", NULL, &json).code,
                     ERR_UPSTREAM);
    dpop_key_free(dpop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(each_grant_says_what_it_wants),
        WORLD_TEST(a_refresh_hands_out_the_token_to_use_next),
        WORLD_TEST(what_the_server_said_is_handed_out),
        WORLD_TEST(a_number_of_seconds_is_read_as_it_comes),
        WORLD_TEST(a_request_is_proven_and_tried_once_more_with_a_nonce),
        WORLD_TEST(a_token_that_is_not_bound_is_refused),
        WORLD_TEST(nonces_are_kept_by_origin),
        WORLD_TEST(a_token_is_good_only_if_the_server_says_so),
        WORLD_TEST(userinfo_is_about_whom_it_is_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
