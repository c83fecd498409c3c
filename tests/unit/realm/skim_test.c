/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/skim.h"

#include "tests/unit/base/testing.h"

static struct skim skim_of(const char *text)
{
    struct bytes all = bytes_of(text);
    return (struct skim){ all.at, all.at + all.n, false };
}

/* The items of an array, or members of an object, joined by '|'; "!" at the end if it is wrong. */
static const char *parts(struct arena *a, const char *text)
{
    struct text_buffer out = text_buffer(a);
    struct skim s = skim_of(text);
    struct bytes name = { NULL, 0 }, value;
    bool object = text[0] == '{';
    bool in = skim_enter(&s, object ? '{' : '[');
    while (in && (object ? skim_member(&s, &name, &value) : skim_item(&s, &value)))
        text_addf(&out, "%.*s=%.*s|", (int)name.n, (const char *)name.at, (int)value.n,
                  (const char *)value.at);
    text_add(&out, s.wrong ? "!" : "");
    return text_of(&out);
}

static void it_finds_values(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    assert_string_equal(parts(a, "[1, \"a]\\\"b\" ,{\"x\":[1,{}]}, null ]"),
                        "=1|=\"a]\\\"b\"|={\"x\":[1,{}]}|=null|");
    assert_string_equal(parts(a, "{\"a\" : [ ] , \"b\":\"}\"}"), "a=[ ]|b=\"}\"|");
    assert_string_equal(parts(a, "[]"), "");
    assert_string_equal(parts(a, "{}"), "");
    arena_end(a);
}

static void it_says_where_a_text_was_cut_off(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    static const char *const cut[] = { "[",       "[1",       "[\"a",    "[\"a\\", "[{\"a\":[1}",
                                       "{\"a\"",  "{\"a\":",  "{a:1}",   "[,",     "{\"a\":1",
                                       "[1,2,[3", "{\"a\":[", "[\"\\\"]" };
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++)
        assert_true(text_ends(parts(a, cut[i]), "!"));
    struct skim s = skim_of("[1]");
    assert_false(skim_enter(&s, '{'));
    arena_end(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_finds_values),
        cmocka_unit_test(it_says_where_a_text_was_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
