/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vectors of the Token Status List (draft 21, 4.1 and appendix C.1).
 */
#include "token/status_bits.h"

#include "base/codec.h"
#include "token_testing.h"

#include <zlib.h>

enum { LIST_BYTES = 1 << 17 };

/* What `lst` holds, in `n` bytes. */
static const uint8_t *decoded(struct ctx *c, const char *lst, size_t n)
{
    struct bytes packed;
    uint8_t *out = arena_alloc(c->arena, n);
    uLongf size = (uLongf)n;
    assert_true(base64url_decode(c->arena, bytes_of(lst), &packed));
    assert_int_equal(uncompress(out, &size, packed.at, (uLong)packed.n), Z_OK);
    assert_int_equal(size, n);
    return out;
}

static void bits_stand_as_the_draft_says(void **state)
{
    struct ctx *c = ctx_of(state);
    static const int64_t set[] = { 0, 3, 4, 5, 7, 8, 9, 13, 15 };
    uint8_t bits[2] = { 0 };
    const char *lst = NULL;
    for (size_t i = 0; i < sizeof set / sizeof set[0]; i++)
        status_bits_set(bits, set[i]);
    assert_int_equal(bits[0], 0xb9);
    assert_int_equal(bits[1], 0xa3);
    OK(status_bits_encode(c, bits, sizeof bits, &lst));
    /* 78dadbb918000217015d */
    assert_string_equal(lst, "eNrbuRgAAhcBXQ");
}

static void a_whole_list_is_that_of_the_draft(void **state)
{
    struct ctx *c = ctx_of(state);
    static const char vector[] =
        "eNrt3AENwCAMAEGogklACtKQPg9LugC9k_ACvreiogEAAKkeCQAAAAAAAAAAAAAAAAAAAIBylgQAAAAAAAAA"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAXG9IAAAAAAAAAPwsJAAAAAAAAAAAAAAAvhsSAAAA"
        "AAAAAAAA7KpLAAAAAAAAAAAAAAAAAAAAAJsLCQAAAAAAAAAAADjelAAAAAAAAAAAKjDMAQAAAACAZC8L2AEb";
    static const int64_t set[] = { 0,      1993,   25460,  159495, 495669, 554353,
                                   645645, 723232, 854545, 934534, 1000345 };
    uint8_t *bits = arena_alloc(c->arena, LIST_BYTES);
    const char *lst = NULL;
    for (size_t i = 0; i < sizeof set / sizeof set[0]; i++)
        status_bits_set(bits, set[i]);
    assert_memory_equal(bits, decoded(c, vector, LIST_BYTES), LIST_BYTES);
    OK(status_bits_encode(c, bits, LIST_BYTES, &lst));
    assert_memory_equal(bits, decoded(c, lst, LIST_BYTES), LIST_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOKEN_TEST(bits_stand_as_the_draft_says),
        TOKEN_TEST(a_whole_list_is_that_of_the_draft),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
