/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/blake2b.h"

#include "base/codec.h"
#include "base/random.h"
#include "tests/unit/base/testing.h"

#include <openssl/evp.h>

/* The digest of `in`, added in pieces of `step` bytes, in hexadecimal. */
static const char *digest(struct arena *a, struct bytes in, size_t digest_n, size_t step)
{
    uint8_t out[BLAKE2B_MAX];
    struct blake2b b = blake2b_begin(digest_n);
    for (size_t at = 0; at < in.n; at += step)
        blake2b_add(&b, (struct bytes){ in.at + at, in.n - at < step ? in.n - at : step });
    blake2b_end(&b, out);
    return hex_encode(a, (struct bytes){ out, digest_n });
}

/* RFC 7693 Appendix A. */
static void the_example_of_the_standard_comes_out(void **state)
{
    struct ctx *c = *state;
    assert_string_equal(digest(c->arena, bytes_of("abc"), 64, 3),
                        "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                        "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
}

/* Made with Python's hashlib. */
static void digests_of_other_lengths_come_out(void **state)
{
    struct ctx *c = *state;
    static const struct {
        size_t digest_n, in_n; /* the input counts from 0 upwards */
        const char *expected;
    } rows[] = {
        { 20, 0, "3345524abf6bbe1809449224b5972c41790b6cf2" },
        { 48, 128,
          "a2c2acf7ce4079c02b7f38e2ef33bff531a31a7c7effe712c5348b4d616c0cba"
          "9b152679317984ec632d0c70eb11eece" },
        { 64, 129,
          "f59711d44a031d5f97a9413c065d1e614c417ede998590325f49bad2fd444d3e"
          "4418be19aec4e11449ac1a57207898bc57d76a1bcf3566292c20c683a5c4648f" },
        { 33, 1280, "6c3b77bcd3c5f9ef4f340c33b8852f3bae5350a7c97d8c315782a13f66753552b0" },
    };
    uint8_t in[1280];
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(
            digest(c->arena, (struct bytes){ in, rows[i].in_n }, rows[i].digest_n, 7),
            rows[i].expected);
    assert_string_equal(digest(c->arena, bytes_of("abc"), 1, 1), "6b");
}

static void every_length_in_every_step_is_what_openssl_says(void **state)
{
    struct ctx *c = *state;
    struct random *random = random_seeded(c->arena, 7693);
    uint8_t in[400], expected[64];
    random_fill(random, in, sizeof in);
    for (size_t n = 0; n <= sizeof in; n++) {
        struct arena_mark mark = arena_mark(c->arena);
        unsigned length = 0;
        assert_int_equal(EVP_Digest(in, n, expected, &length, EVP_blake2b512(), NULL), 1);
        const char *text = hex_encode(c->arena, (struct bytes){ expected, length });
        assert_string_equal(digest(c->arena, (struct bytes){ in, n }, 64, 1 + n % 131), text);
        arena_rewind(c->arena, mark);
    }
}

static void begin_with(void *n)
{
    (void)blake2b_begin(*(size_t *)n);
}

static void a_digest_of_no_or_too_many_bytes_is_a_bug(void **state)
{
    (void)state;
    assert_true(aborts(begin_with, &(size_t){ 0 }));
    assert_true(aborts(begin_with, &(size_t){ 65 }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_example_of_the_standard_comes_out),
        TEST(digests_of_other_lengths_come_out),
        TEST(every_length_in_every_step_is_what_openssl_says),
        TEST(a_digest_of_no_or_too_many_bytes_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
