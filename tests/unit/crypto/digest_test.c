/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/digest.h"

#include "vectors.h"

static void a_digest_is_that_of_the_standard(void **state)
{
    struct ctx *c = *state;
    uint8_t out[DIGEST_SHA512];
    /* FIPS 180-2 B.1, C.1 and its SHA-384 of "abc". */
    sha256(bytes_of("abc"), out);
    assert_string_equal(hex_encode(c->arena, (struct bytes){ out, DIGEST_SHA256 }),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha384(bytes_of("abc"), out);
    assert_string_equal(hex_encode(c->arena, (struct bytes){ out, DIGEST_SHA384 }),
                        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                        "8086072ba1e7cc2358baeca134c825a7");
    sha512(bytes_of("abc"), out);
    assert_string_equal(hex_encode(c->arena, (struct bytes){ out, DIGEST_SHA512 }),
                        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
    sha256((struct bytes){ NULL, 0 }, out);
    assert_string_equal(hex_encode(c->arena, (struct bytes){ out, DIGEST_SHA256 }),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

struct hmac {
    const char *file;
    void (*make)(struct bytes key, struct bytes in, uint8_t *out);
};

static void make_sha256(struct bytes key, struct bytes in, uint8_t *out)
{
    hmac_sha256(key, in, out);
}

static void make_sha512(struct bytes key, struct bytes in, uint8_t *out)
{
    hmac_sha512(key, in, out);
}

static void make_sha1(struct bytes key, struct bytes in, uint8_t *out)
{
    hmac_sha1(key, in, out);
}

/* Returns how many vectors there were. */
static size_t check_hmac(struct ctx *c, const struct hmac *hmac, const struct vector *file)
{
    size_t n = 0;
    const struct vector *group, *test;
    for (EACH(vector_get(file, "testGroups"), group)) {
        size_t bytes = (size_t)vector_int(group, "tagSize") / 8;
        for (EACH(vector_get(group, "tests"), test)) {
            struct arena_mark mark = arena_mark(c->arena);
            uint8_t out[DIGEST_SHA512];
            hmac->make(vector_hex(c, test, "key"), vector_hex(c, test, "msg"), out);
            bool same = ct_equal((struct bytes){ out, bytes }, vector_hex(c, test, "tag"));
            assert_int_equal(same, text_equal(vector_text(test, "result"), "valid"));
            arena_rewind(c->arena, mark);
            n++;
        }
    }
    return n;
}

static void hmac_gives_what_wycheproof_expects(void **state)
{
    struct ctx *c = *state;
    static const struct hmac hmacs[] = { { "wycheproof/hmac_sha256_test.json", make_sha256 },
                                         { "wycheproof/hmac_sha512_test.json", make_sha512 },
                                         { "wycheproof/hmac_sha1_test.json", make_sha1 } };
    for (size_t i = 0; i < sizeof hmacs / sizeof hmacs[0]; i++) {
        struct vector *file = vectors_open(c, hmacs[i].file);
        if (file == NULL)
            skip();
        assert_true(check_hmac(c, &hmacs[i], file) >= 100);
        vectors_close(file);
    }
}

/* Those whose info is text without NUL: our purposes are. */
static bool check_hkdf(struct ctx *c, const struct vector *test)
{
    struct bytes info = vector_hex(c, test, "info"), okm = vector_hex(c, test, "okm");
    if (!text_equal(vector_text(test, "result"), "valid") || okm.n < KEY_BYTES || info.n > 128 ||
        memchr(info.at, 0, info.n) != NULL)
        return false;
    uint8_t out[KEY_BYTES];
    hkdf_sha256(vector_hex(c, test, "ikm"), vector_hex(c, test, "salt"),
                text_copy(c->arena, (const char *)info.at, info.n), out);
    assert_memory_equal(out, okm.at, KEY_BYTES);
    return true;
}

static void hkdf_gives_what_wycheproof_expects(void **state)
{
    struct ctx *c = *state;
    struct vector *file = vectors_open(c, "wycheproof/hkdf_sha256_test.json");
    if (file == NULL)
        skip();
    size_t n = 0;
    const struct vector *group, *test;
    for (EACH(vector_get(file, "testGroups"), group))
        for (EACH(vector_get(group, "tests"), test))
            n += check_hkdf(c, test);
    assert_true(n >= 20);
    vectors_close(file);
}

/* CR-14: one key under two purposes is two keys */
static void keys_for_two_purposes_differ(void **state)
{
    (void)state;
    struct bytes secret = bytes_of("0123456789abcdef0123456789abcdef");
    uint8_t one[KEY_BYTES], two[KEY_BYTES], again[KEY_BYTES], salted[KEY_BYTES];
    hkdf_sha256(secret, (struct bytes){ NULL, 0 }, "uauth one", one);
    hkdf_sha256(secret, (struct bytes){ NULL, 0 }, "uauth one", again);
    hkdf_sha256(secret, (struct bytes){ NULL, 0 }, "uauth two", two);
    hkdf_sha256(secret, bytes_of("salt"), "uauth one", salted);
    assert_memory_equal(one, again, sizeof one);
    assert_memory_not_equal(one, two, sizeof one);
    assert_memory_not_equal(one, salted, sizeof one);
}

/* CR-01: the one comparison for secrets looks at every byte and at the lengths */
static void two_secrets_are_the_same_in_every_byte_or_not(void **state)
{
    (void)state;
    uint8_t a[32] = { 1, 2, 3 }, b[32] = { 1, 2, 3 };
    struct bytes x = { a, sizeof a }, y = { b, sizeof b };
    assert_true(ct_equal(x, y));
    for (size_t i = 0; i < sizeof b; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            b[i] ^= (uint8_t)(1U << bit);
            assert_false(ct_equal(x, y));
            b[i] ^= (uint8_t)(1U << bit);
        }
    assert_false(ct_equal(x, (struct bytes){ b, 31 }));
    assert_false(ct_equal((struct bytes){ a, 0 }, y));
    assert_true(ct_equal((struct bytes){ NULL, 0 }, (struct bytes){ NULL, 0 }));
}

static void what_is_stored_of_a_token_is_its_digest(void **state)
{
    struct ctx *c = *state;
    const char *hash = token_hash(c->arena, "abc");
    assert_string_equal(hash, "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    assert_string_not_equal(hash, token_hash(c->arena, "abd"));
}

static struct bytes frame_texts(struct arena *a, const char *const *parts, size_t n)
{
    struct framed f = framed(a);
    for (size_t i = 0; i < n; i++)
        framed_add_text(&f, parts[i]);
    return framed_bytes(&f);
}

/* IN-12: no two lists of parts give the same input to a MAC or a cache */
static void no_two_lists_of_parts_are_framed_alike(void **state)
{
    struct ctx *c = *state;
    static const char *const lists[][3] = {
        { "a", "b", "c" }, { "ab", "", "c" },  { "ab", NULL, "c" }, { "", "ab", "c" },
        { "a", "bc", "" }, { "abc", "", "" },  { "abc", NULL, "" }, { "abc", NULL, NULL },
        { "", "", "abc" }, { "a:b", "c", "" }, { "a", "b:c", "" },
    };
    enum { N = sizeof lists / sizeof lists[0] };
    struct bytes framed_lists[N];
    for (size_t i = 0; i < N; i++)
        framed_lists[i] = frame_texts(c->arena, lists[i], 3);
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < N; k++)
            assert_int_equal(ct_equal(framed_lists[i], framed_lists[k]), i == k);
}

/* IN-12: random cuts of one text into parts, and random numbers of parts */
static void no_cut_of_a_text_is_framed_like_another(void **state)
{
    struct ctx *c = *state;
    static const char text[] = "aaaaaaaaaaaaaaaa";
    for (unsigned i = 0; i < 2000; i++) {
        struct arena_mark mark = arena_mark(c->arena);
        size_t one = random_below(c->random, 17), two = random_below(c->random, 17);
        struct framed f = framed(c->arena), g = framed(c->arena);
        framed_add(&f, (struct bytes){ (const uint8_t *)text, one });
        framed_add(&f, (struct bytes){ (const uint8_t *)text, 16 - one });
        framed_add(&g, (struct bytes){ (const uint8_t *)text, two });
        framed_add(&g, (struct bytes){ (const uint8_t *)text, 16 - two });
        assert_int_equal(ct_equal(framed_bytes(&f), framed_bytes(&g)), one == two);
        arena_rewind(c->arena, mark);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(a_digest_is_that_of_the_standard),
        CRYPTO_TEST(hmac_gives_what_wycheproof_expects),
        CRYPTO_TEST(hkdf_gives_what_wycheproof_expects),
        CRYPTO_TEST(keys_for_two_purposes_differ),
        CRYPTO_TEST(two_secrets_are_the_same_in_every_byte_or_not),
        CRYPTO_TEST(what_is_stored_of_a_token_is_its_digest),
        CRYPTO_TEST(no_two_lists_of_parts_are_framed_alike),
        CRYPTO_TEST(no_cut_of_a_text_is_framed_like_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
