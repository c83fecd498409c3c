/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/jwe.h"

#include "jwe_testing.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>

/* A pair, what takes all that is for it, and a content key with its encrypted form. */
struct world {
    const struct encryption_key *key;
    struct jwe_policy policy;
    enum jwe_alg alg;
    struct jwe_cek cek;
};

static struct world world_of(struct ctx *c, enum jwe_alg alg, enum jwe_enc enc)
{
    struct world w = { .key = new_encryption_key(c, alg), .alg = alg };
    w.policy = jwe_policy_of(c, w.key);
    assert_int_equal(jwe_cek_make(c, w.key, alg, enc, &w.cek).code, ERR_OK);
    return w;
}

static const char *good_header(struct ctx *c, const struct world *w, enum jwe_enc enc,
                               const char *more)
{
    return text_printf(
        c->arena, "{\"alg\":\"%s\",\"enc\":\"%s\"%s%s%s}", jwe_alg_name(w->alg), jwe_enc_name(enc),
        w->cek.epk == NULL ? "" : ",\"epk\":", w->cek.epk == NULL ? "" : w->cek.epk, more);
}

/* A token of `w` that is right but for what the caller changes. */
static struct jwe_hand hand_of(struct ctx *c, const struct world *w, enum jwe_enc enc,
                               const char *header)
{
    struct jwe_hand hand = { .header = header, .encrypted_key = w->cek.encrypted };
    fill_hand(c, &hand, enc, w->cek.key, bytes_of("what is said"));
    return hand;
}

/* Whether `header`, over what it truly protects, is good for an RSA key and A256GCM. */
static bool header_taken(struct ctx *c, const struct world *w, const char *header)
{
    struct jwe_hand hand = hand_of(c, w, JWE_A256GCM, header);
    return opens(c, by_hand(c, &hand), &w->policy);
}

#define RSA_GCM "\"alg\":\"RSA-OAEP-256\",\"enc\":\"A256GCM\""

/* JOSE-15: zip is not understood, so that nothing is ever inflated.  JOSE-05, JOSE-09 */
static void a_header_is_one_strict_object_without_what_is_forbidden(void **state)
{
    struct ctx *c = *state;
    struct world w = world_of(c, JWE_RSA_OAEP_256, JWE_A256GCM);
    static const char *const right[] = {
        "{" RSA_GCM "}",
        " {" RSA_GCM ",\"typ\":\"JWT\",\"cty\":\"JWT\",\"x5t\":\"AA\",\"anything\":[{}]}",
        "{" RSA_GCM ",\"p2c\":1,\"iv\":\"AA\",\"tag\":\"AA\"}",
    };
    static const char *const wrong[] = {
        "",
        "[]",
        "{}",
        "{" RSA_GCM,
        "{" RSA_GCM "}}",
        "{" RSA_GCM ",\"enc\":\"A256GCM\"}",
        "{" RSA_GCM ",\"alg\":\"RSA-OAEP-256\"}",
        "{" RSA_GCM ",\"x\":1,\"x\":1}",
        "{" RSA_GCM ",\"crit\":[]}",
        "{" RSA_GCM ",\"crit\":[\"exp\"],\"exp\":1}",
        "{" RSA_GCM ",\"b64\":true}",
        "{" RSA_GCM ",\"zip\":\"DEF\"}",
        "{" RSA_GCM ",\"zip\":null}",
        "{" RSA_GCM ",\"jku\":\"https://trap.example\"}",
        "{" RSA_GCM ",\"x5u\":\"https://trap.example\"}",
        "{" RSA_GCM ",\"x5c\":[]}",
        "{" RSA_GCM ",\"jwk\":{}}",
        "{" RSA_GCM ",\"kid\":7}",
        "{" RSA_GCM ",\"kid\":\"\"}",
        "{" RSA_GCM ",\"kid\":\"another\"}",
        "{" RSA_GCM ",\"typ\":7}",
        "{" RSA_GCM ",\"cty\":[\"JWT\"]}",
        "{" RSA_GCM ",\"apu\":null}",
        "{\"alg\":\"RSA-OAEP-256\"}",
        "{\"enc\":\"A256GCM\"}",
        "{\"alg\":7,\"enc\":\"A256GCM\"}",
        "{\"alg\":\"RSA-OAEP-256\",\"enc\":null}",
        "{\"alg\":[\"RSA-OAEP-256\"],\"enc\":\"A256GCM\"}",
    };
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
        assert_true(header_taken(c, &w, right[i]));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(header_taken(c, &w, wrong[i]));
}

/* JOSE-14: PBES2 is not there, whatever its count.  JOSE-17: nor is RSA1_5 */
static void algorithms_that_are_not_ours_are_refused_unread(void **state)
{
    struct ctx *c = *state;
    struct world w = world_of(c, JWE_RSA_OAEP_256, JWE_A256GCM);
    static const char *const algs[] = {
        "RSA1_5",
        "RSA-OAEP",
        "RSA-OAEP-384",
        "RSA-OAEP-512",
        "dir",
        "A128KW",
        "A256KW",
        "A128GCMKW",
        "A256GCMKW",
        "ECDH-ES+A128KW",
        "PBES2-HS256+A128KW",
        "PBES2-HS512+A256KW",
        "none",
        "None",
        "",
        "rsa-oaep-256",
        "RSA-OAEP-256 ",
        "RS256",
        "HS256",
    };
    static const char *const encs[] = {
        "A128GCM",  "A192GCM", "A192CBC-HS384", "A256CBC-HS512", "a256gcm",
        "A256GCM ", "",        "none",          "A256KW"
    };
    for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++) {
        struct jwe_hand hand = hand_of(
            c, &w, JWE_A256GCM,
            text_printf(c->arena,
                        "{\"alg\":\"%s\",\"enc\":\"A256GCM\",\"p2c\":2147483647,\"p2s\":\"AAAA\"}",
                        algs[i]));
        assert_non_null(strstr(refusal_of(c, by_hand(c, &hand), &w.policy), "alg is not accepted"));
    }
    for (size_t i = 0; i < sizeof encs / sizeof encs[0]; i++)
        assert_false(header_taken(
            c, &w, text_printf(c->arena, "{\"alg\":\"RSA-OAEP-256\",\"enc\":\"%s\"}", encs[i])));
}

/* Claim I4: the caller and the key allow, the header chooses among that */
static void what_the_policy_or_the_key_does_not_allow_is_refused(void **state)
{
    struct ctx *c = *state;
    for (size_t i = 0; i < ALGS_OF_JWE * ENCS_OF_JWE; i++) {
        enum jwe_enc enc = jwe_encs[i % ENCS_OF_JWE];
        struct world w = world_of(c, jwe_algs[i / ENCS_OF_JWE], enc);
        struct jwe_hand hand = hand_of(c, &w, enc, good_header(c, &w, enc, ""));
        const char *token = by_hand(c, &hand);
        assert_true(opens(c, token, &w.policy));
        struct jwe_policy policy = w.policy;
        policy.algs &= ~(unsigned)w.alg;
        assert_false(opens(c, token, &policy));
        policy = w.policy;
        policy.encs &= ~(unsigned)enc;
        assert_false(opens(c, token, &policy));
        struct encryption_key pinned = *w.key;
        pinned.algs = JWE_ALGS & ~(unsigned)w.alg;
        policy = jwe_policy_of(c, &pinned);
        assert_false(opens(c, token, &policy));
    }
}

static void a_kid_chooses_the_key_and_without_one_there_is_one(void **state)
{
    struct ctx *c = *state;
    struct world w = world_of(c, JWE_ECDH_ES, JWE_A256GCM);
    const struct encryption_key *other = new_encryption_key(c, JWE_ECDH_ES);
    const struct encryption_key *const both[] = { other, w.key };
    struct encryption_keys keys = { both, 2, 0 };
    const char *kid = text_printf(c->arena, ",\"kid\":\"%s\"", w.key->kid);
    const char *wrong_kid = text_printf(c->arena, ",\"kid\":\"%s\"", other->kid);
    struct jwe_hand hand = hand_of(c, &w, JWE_A256GCM, good_header(c, &w, JWE_A256GCM, kid));
    w.policy.keys = &keys;
    assert_true(opens(c, by_hand(c, &hand), &w.policy));
    hand = hand_of(c, &w, JWE_A256GCM, good_header(c, &w, JWE_A256GCM, ""));
    assert_false(opens(c, by_hand(c, &hand), &w.policy));
    hand = hand_of(c, &w, JWE_A256GCM, good_header(c, &w, JWE_A256GCM, wrong_kid));
    assert_false(opens(c, by_hand(c, &hand), &w.policy));
}

static struct bytes cut(struct ctx *c, struct bytes in, size_t n)
{
    uint8_t *out = arena_alloc(c->arena, n);
    for (size_t i = 0; i < n; i++)
        out[i] = in.at[i % in.n];
    return (struct bytes){ out, n };
}

/* JOSE-16: a shorter tag takes fewer guesses */
static void a_tag_has_sixteen_bytes_and_an_iv_its_length(void **state)
{
    struct ctx *c = *state;
    static const size_t lengths[] = { 0, 1, 4, 8, 11, 12, 13, 15, 16, 17, 32 };
    for (size_t i = 0; i < ENCS_OF_JWE; i++) {
        struct world w = world_of(c, JWE_ECDH_ES, jwe_encs[i]);
        struct jwe_hand hand = hand_of(c, &w, jwe_encs[i], good_header(c, &w, jwe_encs[i], ""));
        for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++) {
            struct jwe_hand changed = hand;
            changed.tag = cut(c, hand.tag, lengths[k]);
            assert_int_equal(opens(c, by_hand(c, &changed), &w.policy), lengths[k] == 16);
            changed = hand;
            changed.iv = cut(c, hand.iv, lengths[k]);
            assert_int_equal(opens(c, by_hand(c, &changed), &w.policy), lengths[k] == hand.iv.n);
        }
    }
}

static void an_encrypted_key_has_the_length_that_is_due(void **state)
{
    struct ctx *c = *state;
    static const size_t lengths[] = { 0, 1, 32, 39, 40, 41, 48, 255, 256, 257, 512 };
    static const size_t due[] = { 256, 0, 40 };
    for (size_t i = 0; i < ALGS_OF_JWE; i++) {
        struct world w = world_of(c, jwe_algs[i], JWE_A256GCM);
        struct jwe_hand hand = hand_of(c, &w, JWE_A256GCM, good_header(c, &w, JWE_A256GCM, ""));
        assert_int_equal(hand.encrypted_key.n, due[i]);
        struct bytes some = due[i] == 0 ? hand.tag : hand.encrypted_key;
        for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++) {
            hand.encrypted_key = cut(c, some, lengths[k]);
            assert_int_equal(opens(c, by_hand(c, &hand), &w.policy), lengths[k] == due[i]);
        }
    }
}

/* JOSE-19: every combination of empty parts; an empty encrypted key is right for ECDH-ES alone */
static void a_token_with_an_empty_part_is_refused(void **state)
{
    struct ctx *c = *state;
    for (size_t i = 0; i < ALGS_OF_JWE * ENCS_OF_JWE; i++) {
        enum jwe_enc enc = jwe_encs[i % ENCS_OF_JWE];
        struct world w = world_of(c, jwe_algs[i / ENCS_OF_JWE], enc);
        struct jwe_hand hand = hand_of(c, &w, enc, good_header(c, &w, enc, ""));
        for (unsigned empty = 0; empty < 32; empty++) {
            struct jwe_hand some = {
                .header = (empty & 1) != 0 ? "" : hand.header,
                .encrypted_key = (empty & 2) != 0 ? NOTHING : hand.encrypted_key,
                .iv = (empty & 4) != 0 ? NOTHING : hand.iv,
                .ciphertext = (empty & 8) != 0 ? NOTHING : hand.ciphertext,
                .tag = (empty & 16) != 0 ? NOTHING : hand.tag,
            };
            bool whole = empty == 0 || (empty == 2 && w.alg == JWE_ECDH_ES);
            assert_int_equal(opens(c, by_hand(c, &some), &w.policy), whole);
        }
    }
}

/* JOSE-21, JOSE-22, JOSE-32 */
static void a_token_is_five_parts_of_plain_base64url(void **state)
{
    struct ctx *c = *state;
    struct world w = world_of(c, JWE_ECDH_ES_A256KW, JWE_A128CBC_HS256);
    struct jwe_hand hand =
        hand_of(c, &w, JWE_A128CBC_HS256, good_header(c, &w, JWE_A128CBC_HS256, ""));
    const char *token = by_hand(c, &hand);
    size_t n = strlen(token);
    static const char *const behind[] = { ".", "=", "A", " ", "\n", ".A", "..", "%3D" };
    static const char *const dots[] = { "", ".", "...", "....", ".....", "a.b.c", "a.b.c.d.e" };
    for (size_t i = 0; i < sizeof behind / sizeof behind[0]; i++) {
        assert_false(opens(c, text_printf(c->arena, "%s%s", token, behind[i]), &w.policy));
        assert_false(opens(c, text_printf(c->arena, "%s%s", behind[i], token), &w.policy));
    }
    for (size_t i = 0; i < sizeof dots / sizeof dots[0]; i++)
        assert_false(opens(c, dots[i], &w.policy));
    for (size_t i = 1; i < n; i += 7)
        assert_false(opens(c, text_copy(c->arena, token, n - i), &w.policy));
    /* The last letter of a tag of 16 bytes carries two bits and four that have to be zero. */
    char *odd = arena_copy(c->arena, token, n + 1);
    odd[n - 1]++;
    assert_false(opens(c, odd, &w.policy));
}

static void a_token_has_a_bounded_length(void **state)
{
    struct ctx *c = *state;
    struct world w = world_of(c, JWE_ECDH_ES, JWE_A256GCM);
    struct jwe_plan plan = { .key = w.key, .alg = w.alg, .enc = JWE_A256GCM };
    const char *token = NULL;
    uint8_t *plain = arena_alloc(c->arena, 12300);
    struct bytes in = { plain, 11000 };
    size_t n = 0;
    while (n <= JWE_BYTES_MAX) {
        assert_int_equal(jwe_encrypt(c, &plan, in, &token).code, ERR_OK);
        n = strlen(token);
        struct jwe out = { 0 };
        err e = jwe_decrypt(c, token, &w.policy, &out);
        assert_int_equal(e.code, n <= JWE_BYTES_MAX ? ERR_OK : ERR_INVALID_TOKEN);
        fault_clear(c);
        in.n += JWE_BYTES_MAX - n < 40 ? 1 : 400;
    }
    char *all_dots = arena_alloc(c->arena, 100001);
    memset(all_dots, '.', 100000);
    assert_false(opens(c, all_dots, &w.policy));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(a_header_is_one_strict_object_without_what_is_forbidden),
        CRYPTO_TEST(algorithms_that_are_not_ours_are_refused_unread),
        CRYPTO_TEST(what_the_policy_or_the_key_does_not_allow_is_refused),
        CRYPTO_TEST(a_kid_chooses_the_key_and_without_one_there_is_one),
        CRYPTO_TEST(a_tag_has_sixteen_bytes_and_an_iv_its_length),
        CRYPTO_TEST(an_encrypted_key_has_the_length_that_is_due),
        CRYPTO_TEST(a_token_with_an_empty_part_is_refused),
        CRYPTO_TEST(a_token_is_five_parts_of_plain_base64url),
        CRYPTO_TEST(a_token_has_a_bounded_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
