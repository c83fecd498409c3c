/* SPDX-License-Identifier: Apache-2.0 */
#include "web/accent.h"

#include "tests/unit/web/web_testing.h"

static const struct colour white = { 255, 255, 255 };
static const struct colour black = { 0, 0, 0 };

static void assert_near(double is, double wanted)
{
    if (is < wanted * 0.98 || is > wanted * 1.02)
        fail_msg("%f is not near %f", is, wanted);
}

/* The figures are those of the formula of WCAG 2.2. */
static void contrast_is_that_of_the_standard(void **state)
{
    (void)state;
    assert_near(accent_contrast(white, black), 21);
    assert_near(accent_contrast(black, white), 21);
    assert_near(accent_contrast(white, (struct colour){ 0x76, 0x76, 0x76 }), 4.54);
    assert_near(accent_contrast(white, (struct colour){ 0xff, 0, 0 }), 4.0);
    assert_near(accent_contrast(white, (struct colour){ 0x30, 0x46, 0xc5 }), 7.48);
}

/* Whatever is asked for can be read: on what it stands on, and what stands on it. */
static void any_colour_becomes_one_that_can_be_read(void **state)
{
    (void)state;
    const struct colour light_ground = { 0xf5, 0xf6, 0xfb };
    const struct colour dark_surface = { 0x18, 0x1b, 0x26 };
    for (unsigned i = 0; i < 512; i++) {
        const struct colour wish = { (uint8_t)((i & 7) * 36), (uint8_t)((i >> 3 & 7) * 36),
                                     (uint8_t)((i >> 6) * 36) };
        struct accent light = accent_light(wish);
        struct accent dark = accent_dark(wish);
        assert_true(accent_contrast(light.accent, light_ground) >= 4.5);
        assert_true(accent_contrast(light.accent, light.tint) >= 4.5);
        assert_true(accent_contrast(light.on, light.accent) >= 4.5);
        assert_true(accent_contrast(light.on, light.strong) >= 4.5);
        assert_true(accent_contrast(dark.accent, dark_surface) >= 4.5);
        assert_true(accent_contrast(dark.accent, dark.tint) >= 4.5);
        assert_true(accent_contrast(dark.on, dark.accent) >= 4.5);
        assert_true(accent_contrast(dark.on, dark.strong) >= 4.5);
    }
}

static void a_colour_that_can_be_read_stays_as_it_is(void **state)
{
    (void)state;
    struct accent light = accent_light((struct colour){ 0x0b, 0x5d, 0x3b });
    assert_memory_equal(&light.accent, &((struct colour){ 0x0b, 0x5d, 0x3b }), sizeof light.accent);
}

static void a_colour_is_six_digits_and_nothing_else(void **state)
{
    (void)state;
    struct web *w = web_new();
    struct colour c;
    const char *css = NULL;
    static const char *const bad[] = { "",        "#",        "red",      "#fff",     "#12345g",
                                       "3046c5f", "#3046c5 ", "#3046c5}", "#3046c5a", "#-12345" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(accent_read(bad[i], &c));
        assert_int_equal(accent_style(w->c, bad[i], &css).code, ERR_INVALID_FIELD);
        assert_string_equal(w->c->fault.field, "brand_accent");
        fault_clear(w->c);
    }
    assert_true(accent_read("#3046C5", &c));
    assert_int_equal(c.red, 0x30);
    assert_int_equal(c.green, 0x46);
    assert_int_equal(c.blue, 0xc5);
    PASSES(accent_style(w->c, "#3046c5", &css));
    assert_true(text_starts(css, ":root{--accent:#3046c5;"));
    assert_non_null(strstr(css, "@media (prefers-color-scheme: dark){:root{--accent:#"));
    web_free(w);
}

/* A page of a tenant names its colour in the address of the sheet, and nothing else can. */
static void a_colour_has_a_sheet_of_its_own(void **state)
{
    (void)state;
    struct web *w = web_new();
    static const char *const bad[] = { "accent-.css",        "accent-12345.css",
                                       "accent-12345g.css",  "accent-#12345.css",
                                       "accent-123456.svg",  "accent.123456.css",
                                       "accent-1234567.css", "style.css" };
    assert_string_equal(accent_asset_path(w->c->arena, "#3046C5"), "/assets/accent-3046c5.css");
    const char *css = accent_asset(w->c, "accent-3046c5.css");
    assert_non_null(css);
    assert_true(text_starts(css, ":root{--accent:#3046c5;"));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_null(accent_asset(w->c, bad[i]));
    assert_null(w->c->fault.text);
    web_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contrast_is_that_of_the_standard),
        cmocka_unit_test(any_colour_becomes_one_that_can_be_read),
        cmocka_unit_test(a_colour_that_can_be_read_stays_as_it_is),
        cmocka_unit_test(a_colour_is_six_digits_and_nothing_else),
        cmocka_unit_test(a_colour_has_a_sheet_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
