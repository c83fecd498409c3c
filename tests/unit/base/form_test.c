/* SPDX-License-Identifier: Apache-2.0 */
#include "base/codec.h"

#include "testing.h"

static bool decode(struct ctx *c, const char *text, struct form *out)
{
    return form_decode(c->arena, bytes_of(text), out);
}

static void a_form_is_read_in_its_order(void **state)
{
    struct ctx *c = *state;
    struct form form;
    assert_true(decode(c, "a=1&b=x+y%20%2B&c&d=&e=%C3%A9=1&a%3D=2", &form));
    assert_int_equal(form.n, 6);
    static const char *const expected[][2] = { { "a", "1" }, { "b", "x y +" }, { "c", "" },
                                               { "d", "" },  { "e", "é=1" },   { "a=", "2" } };
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(form.at[i].name, expected[i][0]);
        assert_string_equal(form.at[i].value, expected[i][1]);
    }
}

/* HT-11: separators alone are no fields, and no crash. */
static void separators_alone_are_no_fields(void **state)
{
    struct ctx *c = *state;
    struct form form = { 0 };
    const char *value = "x";
    static const char *const empty[] = { "", "&", "&&", "&&&&" };
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
        assert_true(decode(c, empty[i], &form));
        assert_int_equal(form.n, 0);
        assert_true(form_get(&form, "a", &value));
        assert_null(value);
    }
    assert_true(form_decode(c->arena, (struct bytes){ NULL, 0 }, &form));
    assert_true(decode(c, "&&a=1&&b=2&", &form));
    assert_int_equal(form.n, 2);
    static const char *const nameless[] = { "=", "&&=", "=a", "a=1&=2" };
    for (size_t i = 0; i < sizeof nameless / sizeof nameless[0]; i++)
        assert_false(decode(c, nameless[i], &form));
}

/* HT-10: bad escapes, NUL, overlong forms; everything is decoded exactly once. */
static void bad_escapes_are_refused_in_names_and_values(void **state)
{
    struct ctx *c = *state;
    static const char *const bad[] = { "%",   "%2",  "%zz",       "%0",       "%2g",
                                       "% 2", "%00", "%c0%af",    "%C3",      "%FF",
                                       "%-1", "%+1", "%ed%a0%80", "\xC0\xAF", "\xFF" };
    struct form form;
    const char *out = NULL;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(percent_decode(c->arena, bytes_of(bad[i]), &out));
        assert_false(decode(c, text_printf(c->arena, "a=%s", bad[i]), &form));
        assert_false(decode(c, text_printf(c->arena, "a%s=b", bad[i]), &form));
        assert_false(decode(c, text_printf(c->arena, "x=1&a=%s&y", bad[i]), &form));
    }
    assert_false(percent_decode(c->arena, (struct bytes){ (const uint8_t *)"a\0b", 3 }, &out));
    assert_true(percent_decode(c->arena, bytes_of("%25%32%35+"), &out));
    assert_string_equal(out, "%25+");
    assert_true(decode(c, "a=%2525", &form));
    assert_string_equal(form.at[0].value, "%25");
}

/* A long text is looked at by eight bytes: what is no plain one is seen at each place. */
static void an_escape_is_seen_at_every_place(void **state)
{
    struct ctx *c = *state;
    static const struct {
        const char *in, *out; /* NULL: it is refused */
    } cases[] = { { "%41", "A" }, { "+", "+" },        { "%2B", "+" }, { "%00", NULL },
                  { "%4", NULL }, { "\xC3\xA9", "é" }, { "~", "~" },   { "$", "$" } };
    for (size_t n = 0; n < 40; n++) {
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            const char *out = NULL;
            const char *front =
                text_printf(c->arena, "%.*s", (int)(n / 2), "&,*/!$$&&,*/!$$&&,*/!$$&");
            const char *back =
                text_printf(c->arena, "%.*s", (int)(n - n / 2), "xyxyxyxyxyxyxyxyxyxyxyxy");
            const char *in =
                text_printf(c->arena, "%s%s%s", front, cases[i].in, n == 0 ? "" : back);
            if (cases[i].out == NULL && (n == 0 || cases[i].in[1] == '0')) {
                assert_false(percent_decode(c->arena, bytes_of(in), &out));
            } else if (cases[i].out != NULL) {
                assert_true(percent_decode(c->arena, bytes_of(in), &out));
                assert_string_equal(
                    out, text_printf(c->arena, "%s%s%s", front, cases[i].out, n == 0 ? "" : back));
            }
            arena_reset(c->arena);
        }
    }
}

static void a_zero_is_refused_at_every_place(void **state)
{
    struct ctx *c = *state;
    for (size_t at = 0; at < 24; at++) {
        uint8_t text[24];
        const char *out = NULL;
        memset(text, 'a', sizeof text);
        assert_true(percent_decode(c->arena, (struct bytes){ text, sizeof text }, &out));
        text[at] = '\0';
        assert_false(percent_decode(c->arena, (struct bytes){ text, sizeof text }, &out));
    }
}

static void a_repeated_name_is_seen(void **state)
{
    struct ctx *c = *state;
    struct form form;
    const char *value = NULL;
    assert_true(decode(c, "state=1&code=2&state=1", &form));
    assert_false(form_get(&form, "state", &value));
    assert_true(form_get(&form, "code", &value));
    assert_string_equal(value, "2");
    assert_true(form_get(&form, "cod", &value));
    assert_null(value);
    assert_true(decode(c, "a=&a=", &form));
    assert_false(form_get(&form, "a", &value));
}

static void there_is_a_most_of_fields(void **state)
{
    struct ctx *c = *state;
    struct form form;
    struct text_buffer b = text_buffer(c->arena);
    for (int i = 0; i < FORM_FIELDS_MAX; i++)
        text_add(&b, "a&");
    assert_true(decode(c, text_of(&b), &form));
    assert_int_equal(form.n, FORM_FIELDS_MAX);
    text_add(&b, "a");
    assert_false(decode(c, text_of(&b), &form));
}

static void every_text_survives_percent_encoding(void **state)
{
    struct ctx *c = *state;
    struct text_buffer all = text_buffer(c->arena);
    for (char byte = 1; byte < 127; byte++)
        text_add_bytes(&all, &byte, 1);
    text_add(&all, "\x7Fé日😀");
    const char *text = text_of(&all);
    const char *encoded = percent_encode(c->arena, text);
    const char *out = NULL;
    assert_int_equal(
        strspn(encoded, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%"),
        strlen(encoded));
    assert_true(percent_decode(c->arena, bytes_of(encoded), &out));
    assert_string_equal(out, text);
    struct form_field field = { text, text };
    struct form form;
    assert_true(decode(c, form_encode(c->arena, &(struct form){ &field, 1 }), &form));
    assert_int_equal(form.n, 1);
    assert_string_equal(form.at[0].name, text);
    assert_string_equal(form.at[0].value, text);
}

static void a_form_is_written_as_pairs(void **state)
{
    struct ctx *c = *state;
    const struct form_field fields[] = { { "scope", "openid email" }, { "x", "" } };
    assert_string_equal(form_encode(c->arena, &(struct form){ fields, 2 }),
                        "scope=openid%20email&x=");
    assert_string_equal(form_encode(c->arena, &(struct form){ NULL, 0 }), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_form_is_read_in_its_order),
        TEST(separators_alone_are_no_fields),
        TEST(bad_escapes_are_refused_in_names_and_values),
        TEST(an_escape_is_seen_at_every_place),
        TEST(a_zero_is_refused_at_every_place),
        TEST(a_repeated_name_is_seen),
        TEST(there_is_a_most_of_fields),
        TEST(every_text_survives_percent_encoding),
        TEST(a_form_is_written_as_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
