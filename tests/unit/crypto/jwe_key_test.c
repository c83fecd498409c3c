/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/jwe_key.h"

#include "jwe_testing.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>

/* RFC 7518 C: what Alice sends to Bob. */
#define ALICE                                                                                      \
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0\","     \
    "\"y\":\"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps\"}"
#define BOB                                                                                        \
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ\","     \
    "\"y\":\"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck\","                                       \
    "\"d\":\"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw\"}"

/* The secret that both agree upon, in RFC 7518 C. */
static const uint8_t z[] = { 158, 86,  217, 29,  129, 113, 53,  211, 114, 131, 66,
                             131, 191, 132, 38,  156, 251, 49,  110, 163, 218, 128,
                             106, 72,  246, 218, 167, 121, 140, 254, 144, 196 };

static void the_key_of_rfc_7518_c_is_derived(void **state)
{
    struct ctx *c = *state;
    struct jwe_agreed agreed = { .secret = { z, sizeof z },
                                 .algorithm = "A128GCM",
                                 .apu = bytes_of("Alice"),
                                 .apv = bytes_of("Bob") };
    uint8_t out[16];
    jwe_derive(c->arena, &agreed, out, sizeof out);
    assert_string_equal(base64url_encode(c->arena, (struct bytes){ out, sizeof out }),
                        "VqqN6vgjbSBcIijNcacQGg");
}

/* What the owner of `key` finds as the content key; false if that is refused. */
static bool find(struct ctx *c, const struct encryption_key *key, const struct jose_header *header,
                 struct bytes encrypted_key, uint8_t *cek)
{
    return jwe_cek_find(c, key, header, encrypted_key, cek) == NULL;
}

/* Bob finds what the secret of RFC 7518 C gives for an algorithm of ours. */
static void the_agreement_of_rfc_7518_c_is_found(void **state)
{
    struct ctx *c = *state;
    const struct encryption_key *bob = read_encryption_jwk(c, BOB, true);
    assert_non_null(bob);
    struct jose_header header = {
        .alg = "ECDH-ES", .enc = "A256GCM", .apu = "QWxpY2U", .apv = "Qm9i", .epk = bytes_of(ALICE)
    };
    struct jwe_agreed agreed = { .secret = { z, sizeof z },
                                 .algorithm = "A256GCM",
                                 .apu = bytes_of("Alice"),
                                 .apv = bytes_of("Bob") };
    uint8_t due[JWE_CEK_BYTES], found[JWE_CEK_BYTES];
    jwe_derive(c->arena, &agreed, due, sizeof due);
    assert_true(find(c, bob, &header, NOTHING, found));
    assert_memory_equal(found, due, sizeof due);
    header.apv = "QWxpY2U";
    assert_true(find(c, bob, &header, NOTHING, found));
    assert_memory_not_equal(found, due, sizeof due);
    header.apv = "Qm9";
    assert_false(find(c, bob, &header, NOTHING, found));
    header.apv = NULL;
    header.apu = "QWxpY2U=";
    assert_false(find(c, bob, &header, NOTHING, found));
}

/* Whether the agreement of one vector is the one that is due. */
static bool agrees(struct ctx *c, const struct vector *test)
{
    const char *private_jwk = vector_json(c, vector_get(test, "private"));
    const struct encryption_key *own = read_encryption_jwk(c, private_jwk, true);
    const char *epk = vector_json(c, vector_get(test, "public"));
    struct jose_header header = { .alg = "ECDH-ES", .enc = "A256GCM", .epk = bytes_of(epk) };
    uint8_t due[JWE_CEK_BYTES], found[JWE_CEK_BYTES];
    if (own == NULL || !find(c, own, &header, NOTHING, found))
        return false;
    struct jwe_agreed agreed = { .secret = vector_hex(c, test, "shared"), .algorithm = "A256GCM" };
    jwe_derive(c->arena, &agreed, due, sizeof due);
    return memcmp(due, found, sizeof due) == 0;
}

/* JOSE-20 */
static void wycheproofs_agreements_give_the_expected_result(void **state)
{
    struct ctx *c = *state;
    struct vector *file = vectors_open(c, "wycheproof/ecdh_secp256r1_webcrypto_test.json");
    const struct vector *group, *test;
    size_t tests = 0;
    if (file == NULL)
        skip();
    for (EACH(vector_get(file, "testGroups"), group))
        for (EACH(vector_get(group, "tests"), test)) {
            struct arena_mark mark = arena_mark(c->arena);
            if (agrees(c, test) != text_equal(vector_text(test, "result"), "valid"))
                fail_msg("test %lld, %s", vector_int(test, "tcId"), vector_text(test, "comment"));
            arena_rewind(c->arena, mark);
            tests++;
        }
    vectors_close(file);
    assert_int_equal(tests, 353);
}

/* A content key has 32 bytes, so that of the valid vectors one holds one; those with a label or
 * another length must give a random key, as the invalid ones. */
static void wycheproofs_oaep_vectors_give_a_key_or_a_random_one(void **state)
{
    struct ctx *c = *state;
    struct vector *file = vectors_open(c, "wycheproof/rsa_oaep_2048_sha256_mgf1sha256_test.json");
    const struct vector *group, *test;
    size_t right = 0, tests = 0;
    if (file == NULL)
        skip();
    struct jose_header header = { .alg = "RSA-OAEP-256", .enc = "A256GCM" };
    for (EACH(vector_get(file, "testGroups"), group)) {
        const char *jwk = vector_json(c, vector_get(group, "privateKeyJwk"));
        const struct encryption_key *key = read_encryption_jwk(c, jwk, true);
        assert_non_null(key);
        for (EACH(vector_get(group, "tests"), test)) {
            struct bytes ct = vector_hex(c, test, "ct"), msg = vector_hex(c, test, "msg");
            uint8_t once[JWE_CEK_BYTES], twice[JWE_CEK_BYTES];
            bool taken = find(c, key, &header, ct, once) && find(c, key, &header, ct, twice);
            assert_int_equal(taken, ct.n == 256);
            bool holds = taken && memcmp(once, twice, sizeof once) == 0;
            assert_int_equal(holds, msg.n == JWE_CEK_BYTES &&
                                        text_equal(vector_text(test, "result"), "valid"));
            right += holds;
            tests++;
        }
    }
    vectors_close(file);
    assert_int_equal(right, 1);
    assert_int_equal(tests, 37);
}

static void a_key_that_was_made_is_found(void **state)
{
    struct ctx *c = *state;
    for (size_t i = 0; i < ALGS_OF_JWE; i++) {
        const struct encryption_key *key = new_encryption_key(c, jwe_algs[i]);
        struct jwe_cek made, other;
        uint8_t found[JWE_CEK_BYTES];
        assert_int_equal(jwe_cek_make(c, key, jwe_algs[i], JWE_A256GCM, &made).code, ERR_OK);
        assert_int_equal(jwe_cek_make(c, key, jwe_algs[i], JWE_A256GCM, &other).code, ERR_OK);
        assert_memory_not_equal(made.key, other.key, sizeof made.key);
        struct jose_header header = { .alg = jwe_alg_name(jwe_algs[i]),
                                      .enc = "A256GCM",
                                      .epk = made.epk == NULL ? NOTHING : bytes_of(made.epk) };
        assert_true(find(c, key, &header, made.encrypted, found));
        assert_memory_equal(found, made.key, sizeof found);
        /* RFC 7518 4.6.2: what is agreed upon for one algorithm is not so for another. */
        header.enc = "A128CBC-HS256";
        assert_true(find(c, key, &header, made.encrypted, found));
        assert_int_equal(memcmp(found, made.key, sizeof found) == 0, jwe_algs[i] != JWE_ECDH_ES);
    }
}

/* Encrypts `in` for the owner of `key` with another padding or hash than ours. */
static struct bytes rsa_encrypt(struct ctx *c, const struct encryption_key *key, int padding,
                                const EVP_MD *md, struct bytes in)
{
    EVP_PKEY_CTX *x = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    size_t n = (size_t)EVP_PKEY_get_size(key->pkey);
    uint8_t *out = arena_alloc(c->arena, n);
    assert_int_equal(EVP_PKEY_encrypt_init(x), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(x, padding), 1);
    if (md != NULL)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_oaep_md(x, md), 1);
    assert_int_equal(EVP_PKEY_encrypt(x, out, &n, in.at, in.n), 1);
    EVP_PKEY_CTX_free(x);
    return (struct bytes){ out, n };
}

/* Whether the key found in `in` is not the 32 bytes of `held`, not zero, and another each time. */
static bool is_random(struct ctx *c, const struct encryption_key *key, struct bytes in,
                      const uint8_t *held)
{
    struct jose_header header = { .alg = "RSA-OAEP-256", .enc = "A256GCM" };
    static const uint8_t zero[JWE_CEK_BYTES];
    uint8_t once[JWE_CEK_BYTES], twice[JWE_CEK_BYTES];
    assert_true(find(c, key, &header, in, once));
    assert_true(find(c, key, &header, in, twice));
    return memcmp(once, twice, sizeof once) != 0 && memcmp(once, held, sizeof once) != 0 &&
           memcmp(once, zero, sizeof once) != 0;
}

/* JOSE-17: RFC 7516 11.5; a wrong padding, hash or length gives a key all the same, a random one */
static void an_encrypted_key_that_holds_none_gives_a_random_one(void **state)
{
    struct ctx *c = *state;
    const struct encryption_key *key = new_encryption_key(c, JWE_RSA_OAEP_256);
    uint8_t cek[64];
    random_fill(c->random, cek, sizeof cek);
    struct bytes in = { cek, JWE_CEK_BYTES }, shorter = { cek, 31 }, longer = { cek, 33 };
    const EVP_MD *sha256_md = EVP_sha256();
    struct bytes good = rsa_encrypt(c, key, RSA_PKCS1_OAEP_PADDING, sha256_md, in);
    assert_false(is_random(c, key, good, cek));
    assert_true(
        is_random(c, key, rsa_encrypt(c, key, RSA_PKCS1_OAEP_PADDING, EVP_sha1(), in), cek));
    assert_true(is_random(c, key, rsa_encrypt(c, key, RSA_PKCS1_PADDING, NULL, in), cek));
    assert_true(
        is_random(c, key, rsa_encrypt(c, key, RSA_PKCS1_OAEP_PADDING, sha256_md, shorter), cek));
    assert_true(
        is_random(c, key, rsa_encrypt(c, key, RSA_PKCS1_OAEP_PADDING, sha256_md, longer), cek));
    assert_true(
        is_random(c, key, rsa_encrypt(c, key, RSA_PKCS1_OAEP_PADDING, sha256_md, NOTHING), cek));
    uint8_t *changed = arena_copy(c->arena, good.at, good.n);
    changed[100] ^= 1;
    assert_true(is_random(c, key, (struct bytes){ changed, good.n }, cek));
    memset(changed, 0xff, good.n);
    assert_true(is_random(c, key, (struct bytes){ changed, good.n }, cek));
    memset(changed, 0, good.n);
    assert_true(is_random(c, key, (struct bytes){ changed, good.n }, cek));
}

/* JOSE-17: the same of a wrapped key */
static void a_wrapped_key_that_does_not_unwrap_gives_a_random_one(void **state)
{
    struct ctx *c = *state;
    const struct encryption_key *key = new_encryption_key(c, JWE_ECDH_ES_A256KW);
    struct jwe_cek made;
    uint8_t once[JWE_CEK_BYTES], twice[JWE_CEK_BYTES];
    assert_int_equal(jwe_cek_make(c, key, JWE_ECDH_ES_A256KW, JWE_A256GCM, &made).code, ERR_OK);
    struct jose_header header = { .alg = "ECDH-ES+A256KW",
                                  .enc = "A256GCM",
                                  .epk = bytes_of(made.epk) };
    assert_int_equal(made.encrypted.n, 40);
    uint8_t *changed = arena_copy(c->arena, made.encrypted.at, made.encrypted.n);
    for (size_t i = 0; i < made.encrypted.n; i++) {
        changed[i] ^= 0x80;
        assert_true(find(c, key, &header, (struct bytes){ changed, 40 }, once));
        assert_true(find(c, key, &header, (struct bytes){ changed, 40 }, twice));
        assert_memory_not_equal(once, twice, sizeof once);
        assert_memory_not_equal(once, made.key, sizeof once);
        changed[i] ^= 0x80;
    }
    assert_true(find(c, key, &header, (struct bytes){ changed, 40 }, once));
    assert_memory_equal(once, made.key, sizeof once);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(the_key_of_rfc_7518_c_is_derived),
        CRYPTO_TEST(the_agreement_of_rfc_7518_c_is_found),
        CRYPTO_TEST(wycheproofs_agreements_give_the_expected_result),
        CRYPTO_TEST(wycheproofs_oaep_vectors_give_a_key_or_a_random_one),
        CRYPTO_TEST(a_key_that_was_made_is_found),
        CRYPTO_TEST(an_encrypted_key_that_holds_none_gives_a_random_one),
        CRYPTO_TEST(a_wrapped_key_that_does_not_unwrap_gives_a_random_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
