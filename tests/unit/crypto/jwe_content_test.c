/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/jwe_content.h"

#include "jwe_testing.h"

/* A content with its key in the arena. */
static struct jwe_content content_of(struct bytes key, enum jwe_enc enc, struct bytes iv,
                                     struct bytes aad)
{
    assert_int_equal(key.n, JWE_CEK_BYTES);
    return (struct jwe_content){ .enc = enc, .key = key.at, .iv = iv, .aad = aad };
}

static void algorithms_are_called_what_the_standard_calls_them(void **state)
{
    (void)state;
    static const char *const not_ours[] = { "A128GCM",       "A192GCM",       "A192CBC-HS384",
                                            "A256CBC-HS512", "a256gcm",       "A256GCM ",
                                            "A128CBC+HS256", "A128CBC-HS512", "" };
    for (size_t i = 0; i < ENCS_OF_JWE; i++)
        assert_int_equal(jwe_enc_from_name(jwe_enc_name(jwe_encs[i])), jwe_encs[i]);
    for (size_t i = 0; i < sizeof not_ours / sizeof not_ours[0]; i++)
        assert_int_equal(jwe_enc_from_name(not_ours[i]), 0);
    assert_int_equal(jwe_enc_from_name(NULL), 0);
    assert_int_equal(jwe_iv_bytes(JWE_A256GCM), 12);
    assert_int_equal(jwe_iv_bytes(JWE_A128CBC_HS256), 16);
}

/* An example: its parts as they stand in the token, and the content key in hexadecimal. */
struct example {
    enum jwe_enc enc;
    const char *header, *iv, *ciphertext, *tag, *key, *plain;
};

static struct bytes decoded(struct ctx *c, const char *text)
{
    struct bytes out = { 0 };
    assert_true(base64url_decode(c->arena, bytes_of(text), &out));
    return out;
}

/* RFC 7516 A.1 and A.2, whose key management is not ours but whose contents are */
static void examples_of_rfc_7516_come_out_and_are_reproduced(void **state)
{
    struct ctx *c = *state;
    static const struct example examples[] = {
        { JWE_A256GCM, "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ", "48V1_ALb6US04U3b",
          "5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6jiSdiwkIr3ajwQzaBtQD_A",
          "XFBoMYUZodetZdvTiFvSkQ",
          "b1a1f480548fe1733fb403ff6b9ad4f68a076e5b702e22692f82cb2e7aea40fc",
          "The true sign of intelligence is not knowledge but imagination." },
        { JWE_A128CBC_HS256, "eyJhbGciOiJSU0ExXzUiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0",
          "AxY8DCtDaGlsbGljb3RoZQ", "KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY",
          "9hH0vgRfYgPnAHOd8stkvw",
          "04d31fc5549dfcfe0b649dfa3faa6ace6b7cd42d6f6b09dbc8b100f08f9c2ccf",
          "Live long and prosper." },
    };
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        const struct example *e = &examples[i];
        struct bytes key = { 0 }, plain = { 0 }, again = { 0 }, tag = decoded(c, e->tag);
        assert_true(hex_decode(c->arena, bytes_of(e->key), &key));
        struct jwe_content content =
            content_of(key, e->enc, decoded(c, e->iv), bytes_of(e->header));
        assert_true(
            jwe_content_decrypt(c->arena, &content, decoded(c, e->ciphertext), tag.at, &plain));
        assert_true(ct_equal(plain, bytes_of(e->plain)));
        uint8_t made[JWE_TAG_BYTES];
        assert_true(jwe_content_encrypt(c->arena, &content, plain, &again, made));
        assert_string_equal(base64url_encode(c->arena, again), e->ciphertext);
        assert_memory_equal(made, tag.at, sizeof made);
    }
}

/* One vector of Wycheproof's: it comes out if and only if it is valid, and is then reproduced. */
static void check_vector(struct ctx *c, const struct vector *test, enum jwe_enc enc)
{
    struct bytes plain = { 0 }, made = { 0 }, tag = vector_hex(c, test, "tag");
    uint8_t made_tag[JWE_TAG_BYTES];
    struct jwe_content content = content_of(vector_hex(c, test, "key"), enc,
                                            vector_hex(c, test, "iv"), vector_hex(c, test, "aad"));
    struct bytes ciphertext = vector_hex(c, test, "ct"), due = vector_hex(c, test, "msg");
    bool valid = text_equal(vector_text(test, "result"), "valid");
    if (jwe_content_decrypt(c->arena, &content, ciphertext, tag.at, &plain) != valid)
        fail_msg("test %lld, %s", vector_int(test, "tcId"), vector_text(test, "comment"));
    assert_true(jwe_content_encrypt(c->arena, &content, due, &made, made_tag));
    bool same = made.n == ciphertext.n && memcmp(made.at, ciphertext.at, made.n) == 0 &&
                memcmp(made_tag, tag.at, sizeof made_tag) == 0;
    assert_true(same || !valid);
    assert_true(!valid || (plain.n == due.n && memcmp(plain.at, due.at, due.n) == 0));
}

/* The groups with keys, ivs and tags of these lengths; the others are not ours. */
static void check_file(void **state, const char *name, enum jwe_enc enc, size_t due)
{
    struct ctx *c = *state;
    struct vector *file = vectors_open(c, name);
    const struct vector *group, *test;
    size_t tests = 0;
    if (file == NULL)
        skip();
    for (EACH(vector_get(file, "testGroups"), group)) {
        if (vector_int(group, "keySize") != 8 * JWE_CEK_BYTES ||
            vector_int(group, "ivSize") != 8 * (long long)jwe_iv_bytes(enc) ||
            vector_int(group, "tagSize") != 8 * JWE_TAG_BYTES)
            continue;
        for (EACH(vector_get(group, "tests"), test)) {
            struct arena_mark mark = arena_mark(c->arena);
            check_vector(c, test, enc);
            arena_rewind(c->arena, mark);
            tests++;
        }
    }
    vectors_close(file);
    assert_int_equal(tests, due);
}

static void wycheproofs_cbc_hmac_vectors_give_the_expected_result(void **state)
{
    check_file(state, "wycheproof/a128cbc_hs256_test.json", JWE_A128CBC_HS256, 94);
}

static void wycheproofs_gcm_vectors_give_the_expected_result(void **state)
{
    check_file(state, "wycheproof/aes_gcm_test.json", JWE_A256GCM, 66);
}

static void what_was_encrypted_comes_out_whatever_its_length(void **state)
{
    struct ctx *c = *state;
    uint8_t bytes[JWE_CEK_BYTES + 16 + 70], tag[JWE_TAG_BYTES];
    random_fill(c->random, bytes, sizeof bytes);
    struct bytes key = { bytes, JWE_CEK_BYTES }, out = { 0 }, ciphertext = { 0 };
    for (size_t i = 0; i < ENCS_OF_JWE; i++)
        for (size_t n = 0; n <= 70; n++) {
            struct bytes iv = { bytes + JWE_CEK_BYTES, jwe_iv_bytes(jwe_encs[i]) };
            struct bytes plain = { bytes + JWE_CEK_BYTES + 16, n };
            struct jwe_content content = content_of(key, jwe_encs[i], iv, bytes_of("header"));
            assert_true(jwe_content_encrypt(c->arena, &content, plain, &ciphertext, tag));
            bool opens = jwe_content_decrypt(c->arena, &content, ciphertext, tag, &out);
            assert_true(opens);
            assert_int_equal(out.n, n);
            assert_memory_equal(out.at, plain.at, n);
        }
}

/* Whether `blocks`, encrypted as they are with a right tag, are taken for padded. */
static bool padding_taken(struct ctx *c, struct bytes blocks)
{
    static const uint8_t key[JWE_CEK_BYTES] = { 1, 2, 3 }, iv[16] = { 4 };
    struct jwe_content content = content_of((struct bytes){ key, sizeof key }, JWE_A128CBC_HS256,
                                            (struct bytes){ iv, 16 }, bytes_of("header"));
    struct bytes padded = { 0 }, plain = { 0 };
    uint8_t tag[JWE_TAG_BYTES];
    /* The last block, which is padding, is cut off; the tag is that of what is left. */
    assert_true(jwe_content_encrypt(c->arena, &content, blocks, &padded, tag));
    padded.n -= 16;
    uint8_t input[6 + 16 + 64 + 8] = "header", mac[DIGEST_SHA256];
    assert_true(padded.n <= 64);
    memcpy(input + 6, iv, 16);
    memcpy(input + 22, padded.at, padded.n);
    memset(input + 22 + padded.n, 0, 8);
    input[22 + padded.n + 7] = 6 * 8;
    hmac_sha256((struct bytes){ key, 16 }, (struct bytes){ input, 22 + padded.n + 8 }, mac);
    bool taken = jwe_content_decrypt(c->arena, &content, padded, mac, &plain);
    assert_true(!taken || plain.n == blocks.n - blocks.at[blocks.n - 1]);
    return taken;
}

/* JOSE-17: every value of the last byte, and every byte of the padding being another */
static void only_whole_padding_is_taken_for_padding(void **state)
{
    struct ctx *c = *state;
    uint8_t blocks[32];
    for (unsigned last = 0; last < 256; last++) {
        memset(blocks, 0xee, sizeof blocks);
        for (unsigned i = 0; i < last && i < 32; i++)
            blocks[31 - i] = (uint8_t)last;
        blocks[31] = (uint8_t)last;
        assert_int_equal(padding_taken(c, (struct bytes){ blocks, 32 }), last >= 1 && last <= 16);
        for (unsigned i = 1; i < last && last <= 16; i++) {
            blocks[31 - i] ^= 1;
            assert_false(padding_taken(c, (struct bytes){ blocks, 32 }));
            blocks[31 - i] ^= 1;
        }
    }
    memset(blocks, 16, 16);
    assert_true(padding_taken(c, (struct bytes){ blocks, 16 }));
    memset(blocks, 17, 16);
    assert_false(padding_taken(c, (struct bytes){ blocks, 16 }));
}

static void a_ciphertext_that_is_not_whole_blocks_is_refused(void **state)
{
    struct ctx *c = *state;
    static const uint8_t key[JWE_CEK_BYTES] = { 1 }, iv[16] = { 2 }, tag[JWE_TAG_BYTES] = { 3 };
    struct jwe_content content = content_of((struct bytes){ key, sizeof key }, JWE_A128CBC_HS256,
                                            (struct bytes){ iv, 16 }, bytes_of("header"));
    struct bytes plain = { 0 };
    for (size_t n = 0; n < 16; n++)
        assert_false(
            jwe_content_decrypt(c->arena, &content, (struct bytes){ key, n }, tag, &plain));
    assert_null(plain.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(algorithms_are_called_what_the_standard_calls_them),
        CRYPTO_TEST(examples_of_rfc_7516_come_out_and_are_reproduced),
        CRYPTO_TEST(wycheproofs_cbc_hmac_vectors_give_the_expected_result),
        CRYPTO_TEST(wycheproofs_gcm_vectors_give_the_expected_result),
        CRYPTO_TEST(what_was_encrypted_comes_out_whatever_its_length),
        CRYPTO_TEST(only_whole_padding_is_taken_for_padding),
        CRYPTO_TEST(a_ciphertext_that_is_not_whole_blocks_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
