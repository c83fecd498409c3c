/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/csv.h"

#include "tests/unit/base/testing.h"

/* The records of `text`, their fields joined by '|'; "!" for what is none. */
static const char *read_all(struct arena *a, const char *text)
{
    struct text_buffer out = text_buffer(a);
    struct bytes all = bytes_of(text), record;
    const uint8_t *at = all.at;
    while (csv_next(&at, all.at + all.n, &record)) {
        struct texts fields;
        bool sound = csv_fields(a, record, &fields);
        text_addf(&out, "%s;", sound ? text_join(a, fields, "|") : "!");
    }
    return text_of(&out);
}

static void records_are_lines(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    assert_string_equal(read_all(a, "a,b\nc,d\n"), "a|b;c|d;");
    assert_string_equal(read_all(a, "a,b\r\nc,d"), "a|b;c|d;");
    assert_string_equal(read_all(a, ",\n"), "|;");
    assert_string_equal(read_all(a, "a\n\nb\n"), "a;;b;");
    assert_string_equal(read_all(a, ""), "");
    arena_end(a);
}

static void what_is_quoted_holds_anything(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    assert_string_equal(read_all(a, "\"a,\"\"b\"\"\",\"c\nd\"\r\ne,f\n"), "a,\"b\"|c\nd;e|f;");
    assert_string_equal(read_all(a, "\"\",x\n"), "|x;");
    arena_end(a);
}

static void what_is_no_record_is_refused(void **state)
{
    (void)state;
    struct arena *a = arena_new(1 << 20);
    static const char *const bad[] = { "a\"b\n", "\"a\"b,c\n", "\"a,b\n", "\xff,b\n" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_string_equal(read_all(a, bad[i]), "!;");
    struct texts fields;
    assert_false(csv_fields(a, (struct bytes){ (const uint8_t *)"a\0b", 3 }, &fields));
    char many[CSV_FIELDS_MAX + 1];
    memset(many, ',', sizeof many);
    assert_true(csv_fields(a, (struct bytes){ (uint8_t *)many, CSV_FIELDS_MAX - 1 }, &fields));
    assert_int_equal(fields.n, CSV_FIELDS_MAX);
    assert_false(csv_fields(a, (struct bytes){ (uint8_t *)many, CSV_FIELDS_MAX }, &fields));
    arena_end(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_lines),
        cmocka_unit_test(what_is_quoted_holds_anything),
        cmocka_unit_test(what_is_no_record_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
