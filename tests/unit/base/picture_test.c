/* SPDX-License-Identifier: Apache-2.0 */
#include "base/picture.h"

#include "testing.h"

#define PNG "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"

/* What begins so, filled up with zeros to `n` bytes. */
static bool reads(const char *begin, size_t begin_n, size_t n, struct picture *out)
{
    uint8_t bytes[64] = { 0 };
    assert_true(begin_n <= n && n <= sizeof bytes);
    memcpy(bytes, begin, begin_n);
    return picture_read((struct bytes){ bytes, n }, out);
}
#define READS(text, n, out) reads((text), sizeof(text) - 1, (n), (out))

static void a_png_says_its_sides(void **state)
{
    (void)state;
    struct picture p;
    assert_true(READS(PNG "\0\0\1\2\0\0\0\x40", 33, &p));
    assert_string_equal(p.media, "image/png");
    assert_string_equal(p.ending, ".png");
    assert_int_equal(p.width, 258);
    assert_int_equal(p.height, 64);
    assert_true(READS(PNG "\xff\xff\xff\xff\0\0\0\1", 33, &p));
    assert_int_equal(p.width, UINT32_MAX);
}

static void each_kind_of_webp_says_its_sides(void **state)
{
    (void)state;
    struct picture p;
    assert_true(READS("RIFF\x1a\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x40\x40\x20\0", 30, &p));
    assert_string_equal(p.media, "image/webp");
    assert_int_equal(p.width, 64);
    assert_int_equal(p.height, 32);
    assert_true(READS("RIFF\x1a\0\0\0WEBPVP8L\0\0\0\0\x2f\x3f\xc0\x07\0", 30, &p));
    assert_int_equal(p.width, 64);
    assert_int_equal(p.height, 32);
    assert_true(READS("RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0\xff\x03\0\x1f\0\0", 30, &p));
    assert_int_equal(p.width, 1024);
    assert_int_equal(p.height, 32);
}

static void anything_else_is_no_picture(void **state)
{
    (void)state;
    struct picture p;
    assert_false(READS("", 0, &p));
    assert_false(READS(PNG "\0\0\0\1\0\0\0\1", 32, &p));
    assert_false(READS(PNG "\0\0\0\0\0\0\0\1", 33, &p));
    assert_false(READS("\x89PNG\r\n\x1a\n\0\0\0\rIDAT\0\0\0\1\0\0\0\1", 33, &p));
    assert_false(READS("<svg xmlns=\"http://www.w3.org/2000/svg\"><script>", 60, &p));
    assert_false(READS("\xff\xd8\xff\xe0\0\x10JFIF", 60, &p));
    assert_false(READS("GIF89a\1\0\1\0", 60, &p));
    assert_false(READS("RIFF\x1a\0\0\0WAVEVP8X\x0a\0\0\0\x10", 60, &p));
    assert_false(READS("RIFF\x1a\0\0\0WEBPALPH", 60, &p));
    assert_false(READS("RIFF\x1a\0\0\0WEBPVP8L\0\0\0\0\x2e", 60, &p));
    assert_false(READS("RIFF\x1a\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2b", 60, &p));
    assert_false(READS("RIFF\x1a\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\0\0\1\0", 30, &p));
    assert_false(READS("RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0\x10", 29, &p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_png_says_its_sides),
        cmocka_unit_test(each_kind_of_webp_says_its_sides),
        cmocka_unit_test(anything_else_is_no_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
