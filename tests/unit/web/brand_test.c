/* SPDX-License-Identifier: Apache-2.0 */
#include "web/brand.h"

#include "tests/unit/web/web_testing.h"

#include <stdio.h>
#include <unistd.h>

struct picture {
    struct web *w;
    char folder[32];
};

static int open_folder(void **state)
{
    struct picture *p = test_calloc(1, sizeof *p);
    p->w = web_new();
    strcpy(p->folder, "/tmp/uauth-brand-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    *state = p;
    return 0;
}

static int close_folder(void **state)
{
    struct picture *p = *state;
    web_free(p->w);
    (void)rmdir(p->folder);
    test_free(p);
    return 0;
}

/* Reads the settings with a logo called `name` of `n` bytes, which is gone afterwards. */
static err read_logo(struct picture *p, const char *name, size_t n, struct brand *out)
{
    struct web *w = p->w;
    const char *path = text_printf(w->c->arena, "%s/%s", p->folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(fputc('x', file), 'x');
    assert_int_equal(fclose(file), 0);
    w->config.brand_logo = path;
    err done = brand_read(w->c, &w->config, out);
    assert_int_equal(unlink(path), 0);
    return done;
}

static void without_settings_it_is_that_of_uauth(void **state)
{
    struct picture *p = *state;
    struct web *w = p->w;
    struct brand brand;
    PASSES(brand_read(w->c, &w->config, &brand));
    assert_string_equal(brand_name(&brand), "uauth");
    assert_true(text_starts(brand_logo_path(w->c->arena, &brand), "/assets/icon."));
    assert_null(brand_accent_path(w->c->arena, &brand));
    assert_null(brand_asset(&brand, "icon.svg"));
}

static void a_logo_is_served_under_a_name_that_changes_with_it(void **state)
{
    struct picture *p = *state;
    struct web *w = p->w;
    struct brand one, other;
    PASSES(read_logo(p, "logo.png", 10, &one));
    PASSES(read_logo(p, "logo.PNG", 11, &other));
    const char *path = brand_logo_path(w->c->arena, &one);
    assert_true(text_starts(path, "/assets/logo.") && text_ends(path, ".png"));
    assert_string_not_equal(path, brand_logo_path(w->c->arena, &other));
    const struct reply_fixed *asset = brand_asset(&one, path + strlen("/assets/"));
    assert_non_null(asset);
    assert_string_equal(asset->media, "image/png");
    assert_int_equal(asset->bytes.n, 10);
    assert_true(asset->immutable);
    assert_null(brand_asset(&other, path + strlen("/assets/")));
}

static void a_logo_that_is_none_is_refused(void **state)
{
    struct picture *p = *state;
    struct web *w = p->w;
    struct brand brand;
    REFUSES(read_logo(p, "logo.gif", 10, &brand), INVALID_FIELD);
    REFUSES(read_logo(p, "logo", 10, &brand), INVALID_FIELD);
    REFUSES(read_logo(p, "empty.svg", 0, &brand), INVALID_FIELD);
    REFUSES(read_logo(p, "large.svg", BRAND_LOGO_MAX + 1, &brand), INVALID_FIELD);
    w->config.brand_logo = "/nonexistent/logo.svg";
    REFUSES(brand_read(w->c, &w->config, &brand), INVALID_FIELD);
}

static void a_colour_becomes_a_style_sheet(void **state)
{
    struct picture *p = *state;
    struct web *w = p->w;
    struct brand brand;
    w->config.brand_accent = "#0b5d3b";
    w->config.brand_name = "Ada & Sons";
    PASSES(brand_read(w->c, &w->config, &brand));
    const char *path = brand_accent_path(w->c->arena, &brand);
    assert_true(text_starts(path, "/assets/accent.") && text_ends(path, ".css"));
    assert_string_equal(brand_asset(&brand, path + strlen("/assets/"))->media,
                        "text/css; charset=utf-8");
    assert_string_equal(brand_name(&brand), "Ada & Sons");
    w->config.brand_accent = "red";
    REFUSES(brand_read(w->c, &w->config, &brand), INVALID_FIELD);
}

#define BRAND(name) cmocka_unit_test_setup_teardown(name, open_folder, close_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BRAND(without_settings_it_is_that_of_uauth),
        BRAND(a_logo_is_served_under_a_name_that_changes_with_it),
        BRAND(a_logo_that_is_none_is_refused),
        BRAND(a_colour_becomes_a_style_sheet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
