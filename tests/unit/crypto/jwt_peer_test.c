/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens go to PyJWT and come from it (jwt_peer.py). */
#include "jwt_testing.h"
#include "peer_testing.h"

static const enum jws_alg algs[] = { ALG_RS256, ALG_PS256, ALG_ES256,
                                     ALG_ES384, ALG_EDDSA, ALG_HS256 };
enum { ALGS = sizeof algs / sizeof algs[0] };

static const char secret[] = "0123456789abcdef0123456789abcdef";
static const char claims[] =
    "{\"iss\":\"" ISSUER "\",\"aud\":\"" AUDIENCE "\",\"sub\":\"Zo\xC3\xAB\",\"exp\":4102444800}";

static void write_token(struct ctx *c, struct json_writer *w, enum jws_alg alg)
{
    const char *token = NULL;
    json_object(w, NULL);
    json_text(w, "alg", alg_name(alg));
    if (alg == ALG_HS256) {
        json_text(w, "secret", secret);
        assert_int_equal(
            jws_sign_secret(c, secret_of(c, bytes_of(secret)), "JWT", bytes_of(claims), &token)
                .code,
            ERR_OK);
    } else {
        const struct key *key = new_key(c, alg);
        struct json_writer jwk = json_writer(c->arena);
        key_write_jwk(&jwk, key);
        json_raw(w, "jwk", json_written(&jwk));
        assert_int_equal(jwt_sign(c, key, "JWT", claims, &token).code, ERR_OK);
    }
    json_text(w, "token", token);
    json_object_end(w);
}

static const char *our_tokens(struct ctx *c)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_array(&w, "tokens");
    for (size_t i = 0; i < ALGS; i++)
        write_token(c, &w, algs[i]);
    json_array_end(&w);
    json_object_end(&w);
    return json_written(&w);
}

/* A token of the peer's verifies here, and not once a letter of it is another. */
static void check_made(struct ctx *c, const struct vector *made, enum jws_alg alg)
{
    const char **aud = ARENA_NEW(c->arena, const char *);
    aud[0] = AUDIENCE;
    struct jwt_policy policy = {
        .typ = "at+jwt", .open = JWT_TYP_OPTIONAL, .iss = ISSUER, .aud = { aud, 1 }
    };
    const struct hmac_secret *theirs = NULL;
    if (alg == ALG_HS256) {
        theirs = secret_of(c, bytes_of(vector_text(made, "secret")));
        policy.signature = (struct jws_policy){ .algs = alg, .secrets = &theirs, .secrets_n = 1 };
    } else {
        const struct key *key = read_jwk(c, vector_json(c, vector_get(made, "jwk")), false);
        assert_non_null(key);
        policy.signature = policy_of(c, key);
    }
    const char *token = vector_text(made, "token");
    struct jwt jwt = { 0 };
    struct texts roles = { 0 };
    assert_int_equal(jwt_verify(c, token, &policy, &jwt).code, ERR_OK);
    assert_string_equal(jwt.sub, "Zo\xC3\xAB");
    assert_int_equal(jwt_texts(c, &jwt, "roles", &roles).code, ERR_OK);
    assert_int_equal(roles.n, 2);
    char *changed = arena_copy(c->arena, token, strlen(token) + 1);
    char *at = changed + strlen(changed) - 10;
    *at = *at == 'A' ? 'B' : 'A';
    assert_int_equal(jwt_verify(c, changed, &policy, &jwt).code, ERR_INVALID_TOKEN);
    fault_clear(c);
}

static void pyjwt_takes_our_tokens_and_we_take_its(void **state)
{
    struct ctx *c = *state;
    struct vector *answer = ask_peer(c, "/usr/bin/python3", "jwt_peer.py", our_tokens(c));
    if (answer == NULL)
        skip();
    const struct vector *verified = vector_get(answer, "verified"),
                        *made = vector_get(answer, "made");
    assert_int_equal(vector_n(verified), ALGS);
    assert_int_equal(vector_n(made), ALGS);
    for (size_t i = 0; i < ALGS; i++) {
        assert_string_equal(vector_text(vector_at(verified, i), "alg"), alg_name(algs[i]));
        assert_string_equal(vector_text(vector_at(verified, i), "sub"), "Zo\xC3\xAB");
        check_made(c, vector_at(made, i), algs[i]);
    }
    vectors_close(answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(pyjwt_takes_our_tokens_and_we_take_its),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
