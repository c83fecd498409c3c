/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

/* The bytes of one code point by the book (RFC 3629 3), whatever it is. */
static size_t encode(uint32_t point, uint8_t out[4])
{
    if (point < 0x80) {
        out[0] = (uint8_t)point;
        return 1;
    }
    size_t n = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; point >>= 6)
        out[i] = (uint8_t)(0x80 | (point & 63));
    out[0] = (uint8_t)(0xF0U << (4 - n) | point);
    return n;
}

static void every_code_point_but_the_surrogates_is_taken(void **state)
{
    (void)state;
    for (uint32_t point = 0; point < 0x120000; point++) {
        uint8_t at[4];
        size_t n = encode(point, at);
        bool good = point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
        if (text_is_utf8((struct bytes){ at, n }) != good)
            fail_msg("U+%04X", point);
        if (utf8_length(at, n) != (good ? n : 0) || (n > 1 && utf8_length(at, n - 1) != 0))
            fail_msg("length of U+%04X", point);
    }
}

static void overlong_cut_and_stray_bytes_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\xC0\xAF",
        "\xC1\xBF",
        "\xE0\x80\xAF",
        "\xE0\x9F\xBF",
        "\xF0\x80\x80\xAF",
        "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80",
        "\xF5",
        "\xFF",
        "\x80",
        "\xBF",
        "\xC3",
        "\xE2\x82",
        "\xF0\x9F\x98",
        "\xC3(",
        "\xE2(\xA1",
        "\xED\xA0\x80",
        "\xED\xBF\xBF",
        "\xFE\xFF",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        for (size_t before = 0; before < 17; before++) {
            char text[40];
            int n = snprintf(text, sizeof text, "%.*s%s", (int)before, "aaaaaaaaaaaaaaaaa", bad[i]);
            assert_false(text_is_utf8((struct bytes){ (const uint8_t *)text, (size_t)n }));
        }
    }
}

static void controls_and_turning_characters_are_found(void **state)
{
    (void)state;
    static const char *const bad[] = { "\x01",         "a\x1F",        "\x7F",
                                       "\xC2\x80",     "\xC2\x9F",     "\xE2\x80\xAA",
                                       "\xE2\x80\xAE", "\xE2\x81\xA6", "\xE2\x81\xA9",
                                       "\n",           "\t",           "\x1B[2J" };
    static const char *const good[] = { "",     "abc",          "\xC2\xA0",     "\xE2\x80\xA9",
                                        "日本", "\xE2\x80\xAF", "\xE2\x81\xAA", "é😀" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_true(text_has_control(bad[i]));
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_false(text_has_control(good[i]));
    assert_false(text_has_control_but_lines("a\r\n\tb"));
    assert_true(text_has_control_but_lines("a\vb"));
}

static void code_points_are_counted_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(text_code_points(""), 0);
    assert_int_equal(text_code_points("aé日😀"), 4);
}

/* A long text is looked at by eight bytes: each byte is seen at each place among plain ones. */
static void every_byte_is_seen_at_every_place(void **state)
{
    (void)state;
    char text[32];
    for (size_t n = 1; n < 28; n++) {
        for (size_t at = 0; at < n; at++) {
            for (int byte = 1; byte < 0x100; byte++) {
                memset(text, at % 2 == 0 ? ' ' : '~', n);
                text[n] = '\0';
                text[at] = (char)byte;
                bool control = byte < 0x20 || byte == 0x7F;
                bool line = byte == '\t' || byte == '\n' || byte == '\r';
                assert_int_equal(text_has_control(text), control);
                assert_int_equal(text_has_control_but_lines(text), control && !line);
                assert_int_equal(text_code_points(text), n - ((byte & 0xC0) == 0x80));
                memcpy(text + at, "\xE2\x80\xAA", 4);
                assert_true(text_has_control_but_lines(text));
            }
        }
    }
}

/* One character at the front, of bytes that go on or end anywhere. */
static void the_length_of_a_character_is_told_where_there_is_one(void **state)
{
    static const struct {
        const char *bytes;
        size_t n, length;
    } cases[] = {
        { "", 0, 0 },
        { "a", 1, 1 },
        { "a\xC3", 2, 1 },
        { "\xC3\xA9", 2, 2 },
        { "\xC3\xA9", 1, 0 },
        { "\xE2\x82\xAC", 3, 3 },
        { "\xE2\x82", 2, 0 },
        { "\xE2\x82\x41", 3, 0 },
        { "\xE2\x82\xC3", 3, 0 },
        { "\xF0\x9F\x98\x80", 4, 4 },
        { "\xF0\x9F\x98\x7F", 4, 0 },
        { "\xF0\x9F\x41\x80", 4, 0 },
        { "\xF0\x8F\x98\x80", 4, 0 },
        { "\xF4\x90\x80\x80", 4, 0 },
        { "\x80", 1, 0 },
        { "\xFF", 1, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(utf8_length((const uint8_t *)cases[i].bytes, cases[i].n), cases[i].length);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_code_point_but_the_surrogates_is_taken),
        TEST(overlong_cut_and_stray_bytes_are_refused),
        TEST(controls_and_turning_characters_are_found),
        TEST(code_points_are_counted_not_bytes),
        TEST(every_byte_is_seen_at_every_place),
        TEST(the_length_of_a_character_is_told_where_there_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
