/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is read from the schema for moving its rows.  On SQLite, where the rows come from.
 */
#include "store/table_shapes.h"

#include "store/tables.h"
#include "store_testing.h"

static int set_up_source(void **state)
{
    (void)setenv("UAUTH_TEST_DATABASE", "", 1);
    return set_up_store(state);
}

#define SOURCE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_source, tear_down_store)

static const struct table_shape *shape_of(const struct table_shapes *shapes, const char *name)
{
    for (size_t i = 0; i < shapes->n; i++)
        if (text_equal(shapes->at[i].name, name))
            return &shapes->at[i];
    fail_msg("there is no table %s", name);
    return NULL;
}

static void no_table_and_no_column_is_missing(void **state)
{
    struct ctx *c = ctx_of(state);
    struct table_shapes shapes;
    struct texts tables;
    OK(tables_list(c, &tables));
    OK(table_shapes_read(c, &shapes));
    assert_int_equal(shapes.n, tables.n);
    for (size_t i = 0; i < tables.n; i++) {
        const struct table_shape *shape = shape_of(&shapes, tables.at[i]);
        assert_int_equal(shape->columns.n,
                         counted_of(c, "SELECT count(*) FROM pragma_table_info($1)", shape->name));
    }
}

static void whoever_is_referred_to_comes_first(void **state)
{
    struct ctx *c = ctx_of(state);
    struct table_shapes shapes;
    OK(table_shapes_read(c, &shapes));
    assert_true(shape_of(&shapes, "tenants") < shape_of(&shapes, "users"));
    assert_true(shape_of(&shapes, "users") < shape_of(&shapes, "sessions"));
    assert_true(shape_of(&shapes, "sessions") < shape_of(&shapes, "authorizations"));
    assert_true(shape_of(&shapes, "authorizations") < shape_of(&shapes, "refresh_tokens"));
    assert_true(shape_of(&shapes, "roles") < shape_of(&shapes, "user_roles"));
}

/* A key's columns in its own order, which need not be that of the table. */
static void the_statements_follow_the_key(void **state)
{
    struct ctx *c = ctx_of(state);
    OK(db_run(c,
              "CREATE TABLE x (c BIGINT, a TEXT COLLATE \"C\", b TEXT COLLATE \"C\",\n"
              "                PRIMARY KEY (b, c))",
              NULL, 0, NULL));
    struct table_shapes shapes;
    OK(table_shapes_read(c, &shapes));
    const struct table_shape *x = shape_of(&shapes, "x");
    assert_string_equal(x->next, "SELECT \"c\", \"a\", \"b\"\nFROM \"x\"\n"
                                 "WHERE (\"b\", \"c\") > ($1, $2)\n"
                                 "ORDER BY \"b\", \"c\"\nLIMIT $3");
    assert_string_equal(x->last, "SELECT \"b\", \"c\"\nFROM \"x\"\n"
                                 "ORDER BY \"b\" DESC, \"c\" DESC\nLIMIT 1");
    assert_string_equal(x->insert, "INSERT INTO \"x\" (\"c\", \"a\", \"b\")\n"
                                   "SELECT \"c\", \"a\", \"b\"\n"
                                   "FROM unnest(CAST($1 AS BIGINT[]), CAST($2 AS TEXT[]), "
                                   "CAST($3 AS TEXT[])) AS r (\"c\", \"a\", \"b\")");
}

static void a_table_that_cannot_be_moved_is_told_of(void **state)
{
    static const char *const tables[] = {
        "CREATE TABLE x (a TEXT COLLATE \"C\")",
        "CREATE TABLE x (a TEXT COLLATE \"C\" PRIMARY KEY, b BLOB)",
        "CREATE TABLE x (a TEXT COLLATE \"C\" PRIMARY KEY REFERENCES x (a))",
    };
    struct ctx *c = ctx_of(state);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        struct table_shapes shapes;
        OK(db_run(c, tables[i], NULL, 0, NULL));
        REFUSED(table_shapes_read(c, &shapes), INTERNAL);
        OK(db_run(c, "DROP TABLE x", NULL, 0, NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SOURCE_TEST(no_table_and_no_column_is_missing),
        SOURCE_TEST(whoever_is_referred_to_comes_first),
        SOURCE_TEST(the_statements_follow_the_key),
        SOURCE_TEST(a_table_that_cannot_be_moved_is_told_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
