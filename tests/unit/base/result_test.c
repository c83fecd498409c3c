/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

static void each_slug_leads_back_to_its_row(void **state)
{
    (void)state;
    for (unsigned i = ERR_OK + 1; i < ERR_CODES; i++) {
        enum err_code code = (enum err_code)i;
        const char *slug = err_slug(code);
        assert_int_equal(err_from_slug(slug), code);
        assert_int_equal(strlen(slug), strlen(err_row(code)->name));
        assert_int_equal(strspn(slug, "abcdefghijklmnopqrstuvwxyz-"), strlen(slug));
    }
    assert_string_equal(err_slug(ERR_INVALID_GRANT), "invalid-grant");
}

static void an_unknown_slug_is_no_row(void **state)
{
    (void)state;
    assert_int_equal(err_from_slug(""), ERR_OK);
    assert_int_equal(err_from_slug("INVALID_GRANT"), ERR_OK);
    assert_int_equal(err_from_slug("invalid-gran"), ERR_OK);
    assert_int_equal(err_from_slug("invalid-grants"), ERR_OK);
}

/* SU-06: the table is what the documents are made from; a change of it is seen here. */
static void the_table_is_the_golden_one(void **state)
{
    struct ctx *c = *state;
    struct text_buffer b = text_buffer(c->arena);
    for (unsigned i = ERR_OK + 1; i < ERR_CODES; i++) {
        const struct err_row *row = err_row((enum err_code)i);
        assert_in_range(row->status, 400, 599);
        text_addf(&b, "%s %d %s %s\n", err_slug((enum err_code)i), row->status,
                  row->oauth == NULL ? "-" : row->oauth, row->title);
    }
    assert_golden(c->arena, "errors.txt", text_of(&b));
}

static void row_of_success(void *argument)
{
    (void)argument;
    (void)err_row(ERR_OK);
}

static void success_has_no_row(void **state)
{
    (void)state;
    assert_true(aborts(row_of_success, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_slug_leads_back_to_its_row),
        TEST(an_unknown_slug_is_no_row),
        TEST(the_table_is_the_golden_one),
        TEST(success_has_no_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
