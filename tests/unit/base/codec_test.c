/* SPDX-License-Identifier: Apache-2.0 */
#include "base/codec.h"

#include "base/random.h"
#include "testing.h"

struct codec {
    const char *name;
    const char *(*encode)(struct arena *a, struct bytes in);
    bool (*decode)(struct arena *a, struct bytes text, struct bytes *out);
};

static const char *encode_padded(struct arena *a, struct bytes in)
{
    return base64_encode(a, in, true);
}

static bool decode_padded(struct arena *a, struct bytes text, struct bytes *out)
{
    return base64_decode(a, text, true, out);
}

static const char *encode_unpadded(struct arena *a, struct bytes in)
{
    return base64_encode(a, in, false);
}

static bool decode_unpadded(struct arena *a, struct bytes text, struct bytes *out)
{
    return base64_decode(a, text, false, out);
}

static const struct codec codecs[] = {
    { "base64url", base64url_encode, base64url_decode }, { "base64", encode_padded, decode_padded },
    { "base64-", encode_unpadded, decode_unpadded },     { "hex", hex_encode, hex_decode },
    { "base32", base32_encode, base32_decode },
};
enum { CODECS = sizeof codecs / sizeof codecs[0] };

static bool equal(struct bytes a, struct bytes b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.at, b.at, a.n) == 0);
}

/* ME-01: under the address sanitizer the arena ends each allocation, so a byte too many is seen. */
static void what_is_encoded_decodes_to_itself(void **state)
{
    struct ctx *c = *state;
    struct random *random = random_seeded(c->arena, 1);
    for (size_t n = 0; n <= 300; n++) {
        for (size_t i = 0; i < CODECS; i++) {
            struct arena_mark mark = arena_mark(c->arena);
            uint8_t *in = arena_alloc(c->arena, n);
            struct bytes out = { 0 };
            random_fill(random, in, n);
            const char *text = codecs[i].encode(c->arena, (struct bytes){ in, n });
            assert_true(codecs[i].decode(c->arena, bytes_of(text), &out));
            assert_true(equal(out, (struct bytes){ in, n }));
            assert_string_equal(codecs[i].encode(c->arena, out), text);
            arena_rewind(c->arena, mark);
        }
    }
}

/* Every text of up to three symbols either is what an encoder writes, or is refused. */
static void there_is_one_text_for_each_value(void **state)
{
    struct ctx *c = *state;
    static const char symbols[] = "AQ/_-+=aB2z0 \n";
    size_t k = sizeof symbols; /* the NUL too */
    for (size_t i = 0; i < CODECS; i++) {
        for (size_t at = 0; at < k * k * k * k; at++) {
            struct arena_mark mark = arena_mark(c->arena);
            char text[4] = { symbols[at % k], symbols[at / k % k], symbols[at / k / k % k],
                             symbols[at / k / k / k] };
            for (size_t n = 1; n <= 4; n++) {
                struct bytes in = { (const uint8_t *)text, n };
                struct bytes out = { 0 };
                if (!codecs[i].decode(c->arena, in, &out))
                    continue;
                const char *again = codecs[i].encode(c->arena, out);
                bool same = strlen(again) == n &&
                            (codecs[i].decode == hex_decode ? strncasecmp(again, text, n) == 0
                                                            : memcmp(again, text, n) == 0);
                if (!same)
                    fail_msg("%s: %.*s and %s are the same bytes", codecs[i].name, (int)n, text,
                             again);
            }
            arena_rewind(c->arena, mark);
        }
    }
}

static void the_vectors_of_rfc_4648_hold(void **state)
{
    struct ctx *c = *state;
    static const char *const in[] = { "", "f", "fo", "foo", "foob", "fooba", "foobar" };
    static const char *const in64[] = { "",         "Zg==",     "Zm8=",    "Zm9v",
                                        "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
    static const char *const in32[] = { "",        "MY",       "MZXQ",      "MZXW6",
                                        "MZXW6YQ", "MZXW6YTB", "MZXW6YTBOI" };
    static const char *const in16[] = { "",         "66",         "666f",        "666f6f",
                                        "666f6f62", "666f6f6261", "666f6f626172" };
    for (size_t i = 0; i < 7; i++) {
        assert_string_equal(base64_encode(c->arena, bytes_of(in[i]), true), in64[i]);
        assert_string_equal(base32_encode(c->arena, bytes_of(in[i])), in32[i]);
        assert_string_equal(hex_encode(c->arena, bytes_of(in[i])), in16[i]);
    }
    const uint8_t high[] = { 0xFB, 0xEF, 0xFF };
    assert_string_equal(base64url_encode(c->arena, (struct bytes){ high, 3 }), "--__");
    assert_string_equal(base64_encode(c->arena, (struct bytes){ high, 3 }, true), "++//");
}

static void what_no_encoder_writes_is_refused(void **state)
{
    struct ctx *c = *state;
    struct bytes out = { 0 };
    static const char *const url[] = { "A",  "AAAAA", "AA==", "AA=",  "A+", "A/",
                                       "AB", "AAB",   "A A",  "AA\n", "é" };
    static const char *const padded[] = { "AA",   "AA=",      "AA===", "=",        "==",   "====",
                                          "A===", "AAA",      "AAAA=", "AAAA====", "AB==", "AAB=",
                                          "A-==", "AA==AA==", "AA=A",  "=AAA",     " AA=" };
    static const char *const base32[] = { "A",  "AAA", "AAAAAA",   "AB", "aa",
                                          "A1", "A8",  "AA======", "A A" };
    static const char *const hex[] = { "0", "000", "0g", "0x00", " 00", "00 ", "-0" };
    for (size_t i = 0; i < sizeof url / sizeof url[0]; i++)
        assert_false(base64url_decode(c->arena, bytes_of(url[i]), &out));
    for (size_t i = 0; i < sizeof padded / sizeof padded[0]; i++)
        assert_false(base64_decode(c->arena, bytes_of(padded[i]), true, &out));
    for (size_t i = 0; i < sizeof base32 / sizeof base32[0]; i++)
        assert_false(base32_decode(c->arena, bytes_of(base32[i]), &out));
    for (size_t i = 0; i < sizeof hex / sizeof hex[0]; i++)
        assert_false(hex_decode(c->arena, bytes_of(hex[i]), &out));
    assert_false(base64url_decode(c->arena, (struct bytes){ (const uint8_t *)"AA\0A", 4 }, &out));
}

/* Each place of a text of many groups, so that no place is looked at less closely than another. */
static void a_bad_symbol_is_seen_wherever_it_stands(void **state)
{
    struct ctx *c = *state;
    uint8_t in[33];
    random_fill(random_seeded(c->arena, 3), in, sizeof in);
    static const char bad[] = "=+/ \n\x80\xFF";
    for (size_t n = 1; n <= sizeof in; n++) {
        struct arena_mark mark = arena_mark(c->arena);
        const char *text = base64url_encode(c->arena, (struct bytes){ in, n });
        char *changed = arena_copy(c->arena, text, strlen(text) + 1);
        for (size_t at = 0; text[at] != '\0'; at++)
            for (const char *symbol = bad; *symbol != '\0'; symbol++) {
                struct bytes out;
                changed[at] = *symbol;
                assert_false(base64url_decode(c->arena, bytes_of(changed), &out));
                changed[at] = text[at];
            }
        arena_rewind(c->arena, mark);
    }
}

static void base64url_is_written_in_place_as_it_is_encoded(void **state)
{
    struct ctx *c = *state;
    uint8_t in[70];
    random_fill(random_seeded(c->arena, 4), in, sizeof in);
    for (size_t n = 0; n <= sizeof in; n++) {
        const char *text = base64url_encode(c->arena, (struct bytes){ in, n });
        char out[100] = "";
        assert_int_equal(base64url_size(n), strlen(text));
        assert_ptr_equal(base64url_put(out, (struct bytes){ in, n }), out + strlen(text));
        assert_string_equal(out, text);
    }
}

static void hexadecimal_is_read_in_either_case(void **state)
{
    struct ctx *c = *state;
    struct bytes out = { 0 };
    assert_true(hex_decode(c->arena, bytes_of("DeadBeef"), &out));
    assert_string_equal(hex_encode(c->arena, out), "deadbeef");
}

static void encode_near_the_end_of_memory(void *argument)
{
    volatile size_t n = SIZE_MAX - 2;
    (void)hex_encode(argument, (struct bytes){ (const uint8_t *)"", n });
}

/* ME-01 */
static void a_size_that_would_wrap_around_aborts(void **state)
{
    struct ctx *c = *state;
    assert_true(aborts(encode_near_the_end_of_memory, c->arena));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_encoded_decodes_to_itself),
        TEST(there_is_one_text_for_each_value),
        TEST(the_vectors_of_rfc_4648_hold),
        TEST(what_no_encoder_writes_is_refused),
        TEST(a_bad_symbol_is_seen_wherever_it_stands),
        TEST(base64url_is_written_in_place_as_it_is_encoded),
        TEST(hexadecimal_is_read_in_either_case),
        TEST(a_size_that_would_wrap_around_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
