/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "testing.h"

/* Reads all of `text`, whatever it is; NULL, or why it was refused. */
static const char *why_not_n(struct ctx *c, const void *text, size_t n)
{
    struct json j = json_open(c->arena, (struct bytes){ text, n });
    struct json_value v = { .kind = JSON_NULL };
    if (json_value(&j, &v))
        (void)json_skip(&j, &v);
    bool done = json_done(&j);
    assert_true(done == (j.why == NULL));
    return j.why;
}

static const char *why_not(struct ctx *c, const char *text)
{
    return why_not_n(c, text, strlen(text));
}

/* What was refused stays refused, however it is asked. */
static void a_document_that_is_wrong_has_nothing_more(void **state)
{
    struct ctx *c = *state;
    struct json j = json_open(c->arena, bytes_of("nil"));
    struct json_value v;
    const char *name = NULL;
    assert_false(json_value(&j, &v));
    assert_false(json_value(&j, &v));
    assert_false(json_member(&j, &name, &v));
    assert_false(json_item(&j, &v));
    assert_false(json_done(&j));
}

static void a_document_is_walked_in_order(void **state)
{
    struct ctx *c = *state;
    const char *text = " { \"a\" : \"x\\n\\u00e9\\ud83d\\ude00\" , \"b\":[1,true , [ "
                       "],{\"c\":null}],\"d\":-1.5e+3}\r\n\t";
    struct json j = json_open(c->arena, bytes_of(text));
    struct json_value v, item;
    const char *name = NULL;
    assert_true(json_value(&j, &v));
    assert_int_equal(v.kind, JSON_OBJECT);
    assert_true(json_member(&j, &name, &v));
    assert_string_equal(name, "a");
    assert_string_equal(v.text, "x\né😀");
    assert_true(json_member(&j, &name, &v));
    assert_string_equal(name, "b");
    assert_int_equal(v.kind, JSON_ARRAY);
    assert_true(json_item(&j, &item));
    assert_string_equal(item.text, "1");
    assert_true(json_item(&j, &item));
    assert_true(item.kind == JSON_BOOL && item.truth);
    assert_true(json_item(&j, &item) && item.kind == JSON_ARRAY);
    assert_false(json_item(&j, &item));
    assert_true(json_skip(&j, &v));
    assert_int_equal(v.raw.n, strlen("[1,true , [ ],{\"c\":null}]"));
    assert_memory_equal(v.raw.at, "[1,true , [ ],{\"c\":null}]", v.raw.n);
    assert_true(json_member(&j, &name, &v));
    assert_string_equal(v.text, "-1.5e+3");
    assert_false(json_member(&j, &name, &v));
    assert_true(json_done(&j));
}

static void a_value_that_was_walked_can_still_be_skipped(void **state)
{
    struct ctx *c = *state;
    struct json j = json_open(c->arena, bytes_of("[[1],2]"));
    struct json_value v, inner;
    assert_true(json_value(&j, &v));
    assert_true(json_item(&j, &v));
    while (json_item(&j, &inner))
        assert_string_equal(inner.text, "1");
    assert_true(json_skip(&j, &v));
    assert_int_equal(v.raw.n, 3);
    assert_true(json_item(&j, &v));
    assert_string_equal(v.text, "2");
    assert_true(json_skip(&j, &v));
    assert_false(json_item(&j, &v));
    assert_true(json_done(&j));
}

static void what_rfc_8259_allows_is_taken(void **state)
{
    struct ctx *c = *state;
    static const char *const good[] = {
        "null",
        "true",
        " false ",
        "0",
        "-0",
        "1",
        "-1",
        "0.0",
        "1e5",
        "1E+5",
        "1e-5",
        "-0.1e1",
        "\"\"",
        "[]",
        "{}",
        "[ ]",
        "{ }",
        "[[],[[]]]",
        "{\"\":{}}",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\\uD834\\uDd1e\"",
        "\"\x7F\"",
        "\"\xE2\x80\xA8\"",
        "{\"a\":1,\"A\":2,\"a \":3,\"\\u0061a\":4}",
        "1e999999999",
        "123456789012345678901234567890",
        "\"\\uffff\"",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        const char *why = why_not(c, good[i]);
        if (why != NULL)
            fail_msg("%s: %s", good[i], why);
    }
}

/* IN-17: strict RFC 8259. */
static void what_rfc_8259_does_not_allow_is_refused(void **state)
{
    struct ctx *c = *state;
    static const char *const bad[] = {
        "",
        " ",
        "\xEF\xBB\xBF{}",
        "{",
        "}",
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1,,2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,\"a\":1}",
        "{a:1}",
        "{'a':1}",
        "{1:1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\" 1}",
        "{]",
        "[}",
        "[1}",
        "{\"a\":1]",
        "1 2",
        "{}{}",
        "{} x",
        "nul",
        "nulL",
        "NULL",
        "True",
        "truefalse",
        "undefined",
        "NaN",
        "Infinity",
        "-Infinity",
        "-NaN",
        "01",
        "-01",
        "+1",
        ".5",
        "1.",
        "1.e5",
        "1e",
        "1e+",
        "-",
        "--1",
        "0x10",
        "1_000",
        "1e5.5",
        "\"",
        "\"a",
        "\"\\",
        "\"\\\"",
        "\"\\x\"",
        "\"\\'\"",
        "\"\\0\"",
        "\"\\u\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\n\"",
        "\"\t\"",
        "\"\x01\"",
        "\"\x1F\"",
        "'a'",
        "/* */ 1",
        "1 // x",
        "# x\n1",
        "[1]\x0B",
        "\xC2\xA0 1",
        "\"\\U0041\"",
        "\"\\u 041\"",
        "\"\\u+041\"",
        "True",
        "\f1",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (why_not(c, bad[i]) == NULL)
            fail_msg("taken: %s", bad[i]);
    }
}

/* IN-17: also what RFC 8259 leaves open. */
static void what_two_parsers_may_read_differently_is_refused(void **state)
{
    struct ctx *c = *state;
    static const char *const bad[] = {
        "{\"a\":1,\"a\":1}",
        "{\"a\":1,\"\\u0061\":2}",
        "{\"x\":{\"a\":1,\"b\":2,\"a\":3}}",
        "[{\"\":1,\"\":2}]",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"\\ud800x\"",
        "\"\\ud800\\n\"",
        "\"\\ud800xxxxxxxx\"",
        "\"\\ud800\\nxxxxxx\"",
        "\"\\ud800\\ud7ff\"",
        "\"\\ud800\\ue000\"",
        "\"\\ud800\\uxxxx\"",
        "\"\\ud83d\\u0041\"",
        "\"\\u0000\"",
        "{\"a\\u0000b\":1}",
        "\"\xC0\xAF\"",
        "\"\xED\xA0\x80\"",
        "\"\xFF\"",
        "\"\xC3\"",
        "{\"\xF4\x90\x80\x80\":1}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (why_not(c, bad[i]) == NULL)
            fail_msg("taken: %s", bad[i]);
    }
    assert_non_null(why_not_n(c, "\"a\0b\"", 5));
    assert_non_null(why_not_n(c, "1\0", 2));
    assert_non_null(why_not_n(c, NULL, 0));
}

static const char *nested(struct ctx *c, size_t depth, const char *open, const char *close)
{
    struct text_buffer b = text_buffer(c->arena);
    for (size_t i = 0; i < depth; i++)
        text_add(&b, open);
    text_add(&b, "1");
    for (size_t i = 0; i < depth; i++)
        text_add(&b, close);
    return text_of(&b);
}

/* DO-04: refused at the seventeenth level, however many follow; there is no recursion to overflow.
 */
static void deep_nesting_is_refused(void **state)
{
    struct ctx *c = *state;
    assert_null(why_not(c, nested(c, JSON_DEPTH_MAX, "[", "]")));
    assert_null(why_not(c, nested(c, JSON_DEPTH_MAX, "{\"a\":", "}")));
    assert_string_equal(why_not(c, nested(c, JSON_DEPTH_MAX + 1, "[", "]")),
                        "it is nested too deeply");
    assert_string_equal(why_not(c, nested(c, JSON_DEPTH_MAX + 1, "{\"a\":", "}")),
                        "it is nested too deeply");
    size_t n = 1000000;
    char *brackets = malloc(n);
    assert_non_null(brackets);
    memset(brackets, '[', n);
    assert_string_equal(why_not_n(c, brackets, n), "it is nested too deeply");
    free(brackets);
}

static void too_many_values_are_refused(void **state)
{
    struct ctx *c = *state;
    struct text_buffer b = text_buffer(c->arena);
    text_add(&b, "[1");
    for (int i = 2; i < JSON_TOKENS_MAX; i++)
        text_add(&b, ",1");
    const char *most = text_printf(c->arena, "%s]", text_of(&b));
    assert_null(why_not(c, most));
    assert_string_equal(why_not(c, text_printf(c->arena, "%s,1]", text_of(&b))),
                        "there are too many values");
}

static void a_document_that_needs_too_much_memory_is_refused(void **state)
{
    struct ctx *c = *state;
    (void)arena_alloc(c->arena, ARENA_REQUEST_CEILING);
    assert_non_null(why_not(c, "\"a\""));
}

static void reading_stops_at_the_first_mistake(void **state)
{
    struct ctx *c = *state;
    struct json j = json_open(c->arena, bytes_of("{\"a\":1,\"b\":x}"));
    struct json_value v;
    const char *name = NULL;
    assert_true(json_value(&j, &v));
    assert_true(json_member(&j, &name, &v));
    assert_false(json_member(&j, &name, &v));
    assert_false(json_member(&j, &name, &v));
    assert_false(json_item(&j, &v));
    assert_false(json_skip(&j, &v));
    assert_false(json_done(&j));
    assert_string_equal(j.why, "a number is malformed");
    assert_int_equal(j.at - j.begin, 11);
}

static void a_document_left_early_is_not_done(void **state)
{
    struct ctx *c = *state;
    struct json j = json_open(c->arena, bytes_of("{\"a\":1}"));
    struct json_value v;
    assert_true(json_value(&j, &v));
    assert_false(json_done(&j));
    struct json unread = json_open(c->arena, bytes_of("1"));
    assert_false(json_done(&unread));
}

/* Texts are looked at by eight bytes: what may not stand in one may not anywhere, and what may is
 * read as it is. */
static void each_byte_means_the_same_at_each_place(void **state)
{
    struct ctx *c = *state;
    enum { LONG = 21 };
    for (int byte = 1; byte < 0x100; byte++) {
        bool stands = byte >= ' ' && byte < 0x80 && byte != '"' && byte != '\\';
        for (size_t place = 1; place < LONG - 1; place++) {
            uint8_t text[LONG + 1] = "\"xxxxxxxxxxxxxxxxxxx\"";
            struct json j = json_open(c->arena, (struct bytes){ text, LONG });
            struct json_value v = { .kind = JSON_NULL };
            text[place] = (uint8_t)byte;
            bool read = json_value(&j, &v) && json_done(&j);
            assert_true(read == stands);
            if (stands)
                assert_memory_equal(v.text, text + 1, LONG - 2);
        }
        arena_reset(c->arena);
    }
}

/* A character of two bytes at each place of a word, before and behind the end of the text. */
static void what_is_beyond_ascii_is_seen_up_to_the_end_and_no_further(void **state)
{
    struct ctx *c = *state;
    for (int n = 0; n < 20; n++) {
        const char *good =
            text_printf(c->arena, "[\"%.*s\xc3\xa9\",\"\xc3\xa9\"]", n, "xxxxxxxxxxxxxxxxxxx");
        const char *bad =
            text_printf(c->arena, "[\"%.*s\xc3\",\"\xc3\xa9\"]", n, "xxxxxxxxxxxxxxxxxxx");
        const char *behind = text_printf(c->arena, "[\"%.*s\",\"\xa9\"]", n, "xxxxxxxxxxxxxxxxxxx");
        assert_null(why_not(c, good));
        assert_string_equal(why_not(c, bad), "a text is not UTF-8");
        assert_string_equal(why_not(c, behind), "a text is not UTF-8");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_document_that_is_wrong_has_nothing_more),
        TEST(a_document_is_walked_in_order),
        TEST(a_value_that_was_walked_can_still_be_skipped),
        TEST(what_rfc_8259_allows_is_taken),
        TEST(what_rfc_8259_does_not_allow_is_refused),
        TEST(what_two_parsers_may_read_differently_is_refused),
        TEST(deep_nesting_is_refused),
        TEST(too_many_values_are_refused),
        TEST(a_document_that_needs_too_much_memory_is_refused),
        TEST(reading_stops_at_the_first_mistake),
        TEST(a_document_left_early_is_not_done),
        TEST(each_byte_means_the_same_at_each_place),
        TEST(what_is_beyond_ascii_is_seen_up_to_the_end_and_no_further),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
