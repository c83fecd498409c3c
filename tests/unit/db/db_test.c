/* SPDX-License-Identifier: Apache-2.0 */
#include "db/db.h"

#include "things_testing.h"

/* ---- statements ---- */

static void what_was_written_is_read(void **state)
{
    struct ctx *c = ctx_of(state);
    OK(add(c, "a", INT64_MIN));
    struct table t;
    OK(DB_RUN(c, sql_find, &t, P_TEXT("a")));
    assert_int_equal(t.rows, 1);
    assert_int_equal(t.columns, 3);
    assert_string_equal(table_text(&t, 0, 0), "a");
    assert_true(table_int(&t, 0, 1) == INT64_MIN);
    assert_null(table_text(&t, 0, 2));
}

static void parameters_go_by_their_number_not_by_their_place(void **state)
{
    struct ctx *c = ctx_of(state);
    OK(add(c, "parent", 1));
    OK(DB_RUN(c, sql_add_child, NULL, P_TEXT("parent"), P_TEXT("child")));
    struct table t;
    OK(DB_RUN(c, sql_find, &t, P_TEXT("child")));
    assert_string_equal(table_text(&t, 0, 2), "parent");
}

static void a_null_parameter_is_null(void **state)
{
    struct ctx *c = ctx_of(state);
    OK(DB_RUN(c, sql_add, NULL, P_TEXT("a"), P_TIME(0)));
    struct table t;
    OK(DB_RUN(c, sql_find, &t, P_TEXT("a")));
    assert_null(table_text(&t, 0, 1));
    assert_int_equal(table_int(&t, 0, 1), 0);
}

struct wrong {
    struct ctx *c;
    struct param param;
};

static void run_with(void *argument)
{
    const struct wrong *w = argument;
    struct table t;
    (void)db_run(w->c, sql_find, &w->param, 1, &t).code;
}

/* ME-07: a number that says it is a text, and a text that does not, are bugs that abort */
static void a_parameter_of_two_kinds_aborts(void **state)
{
    struct wrong wrong = { .c = ctx_of(state), .param = { .number = 7, .is_text = true } };
    assert_true(aborts(run_with, &wrong));
    wrong.param = (struct param){ .text = "7" };
    assert_true(aborts(run_with, &wrong));
}

static void a_row_found_nowhere_is_no_row(void **state)
{
    struct ctx *c = ctx_of(state);
    struct table t;
    OK(DB_RUN(c, sql_find, &t, P_TEXT("a")));
    assert_int_equal(t.rows, 0);
}

static void a_write_says_how_many_rows_it_wrote(void **state)
{
    static const char sql_raise[] = "UPDATE things SET number = number + 1 WHERE number >= $1";
    static const char sql_end[] = "DELETE FROM things WHERE id = $1";
    struct ctx *c = ctx_of(state);
    struct table t;
    for (int64_t i = 0; i < 5; i++)
        OK(add(c, text_printf(c->arena, "%lld", (long long)i), i));
    OK(DB_RUN(c, sql_raise, &t, P_INT(2)));
    assert_int_equal(t.written, 3);
    assert_int_equal(t.rows, 0);
    OK(DB_RUN(c, sql_raise, &t, P_INT(100)));
    assert_int_equal(t.written, 0);
    OK(DB_RUN(c, sql_find, &t, P_TEXT("3")));
    assert_int_equal(t.written, 0);
    /* What follows from a foreign key is not counted. */
    OK(DB_RUN(c, sql_add_child, NULL, P_TEXT("3"), P_TEXT("child")));
    OK(DB_RUN(c, sql_end, &t, P_TEXT("3")));
    assert_int_equal(t.written, 1);
    assert_int_equal(count(c), 4);
}

static void a_write_says_what_it_returns(void **state)
{
    struct ctx *c = ctx_of(state);
    OK(add(c, "a", 1));
    struct table t;
    OK(DB_RUN(c, sql_remove, &t, P_TEXT("a")));
    assert_int_equal(t.rows, 1);
    OK(DB_RUN(c, sql_remove, &t, P_TEXT("a")));
    assert_int_equal(t.rows, 0);
}

static void a_constraint_refuses_with_conflict(void **state)
{
    struct ctx *c = ctx_of(state);
    OK(add(c, "a", 1));
    REFUSED(add(c, "a", 2), CONFLICT);
    REFUSED(DB_RUN(c, sql_add_child, NULL, P_TEXT("nobody"), P_TEXT("child")), CONFLICT);
    assert_int_equal(count(c), 1);
}

static void children_go_with_their_parent(void **state)
{
    struct ctx *c = ctx_of(state);
    OK(add(c, "parent", 1));
    OK(DB_RUN(c, sql_add_child, NULL, P_TEXT("parent"), P_TEXT("child")));
    OK(DB_RUN(c, sql_remove, NULL, P_TEXT("parent")));
    assert_int_equal(count(c), 0);
}

/* AT-06: nothing but equal bytes is equal, and the order is that of bytes. */
static void text_is_compared_byte_by_byte(void **state)
{
    struct ctx *c = ctx_of(state);
    OK(add(c, "ali\303\247e", 1));
    OK(add(c, "alice", 2));
    OK(add(c, "Alice", 3));
    OK(add(c, "alice ", 4));
    OK(add(c, "Zoe", 5));
    struct table t;
    OK(db_run(c, sql_list, NULL, 0, &t));
    const char *const order[] = { "Alice", "Zoe", "alice", "alice ", "ali\303\247e" };
    assert_int_equal(t.rows, 5);
    for (size_t i = 0; i < t.rows; i++)
        assert_string_equal(table_text(&t, i, 0), order[i]);
}

/* IN-01: what people write is a value, never a part of a statement. */
static void payloads_stay_data(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *const payloads[] = {
        "'; DROP TABLE things; --",
        "\" OR 1=1 --",
        "$1",
        "?1",
        ":id",
        "%s%n",
        "\\'; SELECT 1",
        "x' OR 'a'='a",
        "1); DELETE FROM things WHERE (1=1",
        "/* */",
        "\xe2\x80\x99 OR 1=1",
        "x'00'",
        "%",
        "_",
    };
    size_t n = sizeof payloads / sizeof *payloads;
    for (size_t i = 0; i < n; i++) {
        OK(add(c, payloads[i], 1));
        struct table t;
        OK(DB_RUN(c, sql_find, &t, P_TEXT(payloads[i])));
        assert_int_equal(t.rows, 1);
        assert_string_equal(table_text(&t, 0, 0), payloads[i]);
    }
    assert_int_equal(count(c), n);
}

static void rows_that_the_arena_cannot_hold_are_refused(void **state)
{
    struct ctx *c = ctx_of(state);
    struct arena_mark mark = arena_mark(c->arena);
    char *large = arena_alloc(c->arena, 2001);
    memset(large, 'x', 2000);
    for (int i = 0; i < 700; i++) {
        (void)snprintf(large, 8, "%07d", i);
        large[7] = 'x';
        OK(add(c, large, i));
    }
    REFUSED(db_run(c, sql_list, NULL, 0, NULL), OUT_OF_MEMORY);
    /* A full arena begins nothing. */
    (void)arena_alloc(c->arena, ARENA_REQUEST_CEILING);
    REFUSED(add(c, "late", 1), OUT_OF_MEMORY);
    arena_rewind(c->arena, mark);
    assert_int_equal(count(c), 700);
}

static void what_is_not_sql_is_internal(void **state)
{
    struct ctx *c = ctx_of(state);
    REFUSED(db_run(c, "SELEKT 1", NULL, 0, NULL), INTERNAL);
    REFUSED(db_run(c, "SELECT \"not a column\"", NULL, 0, NULL), INTERNAL);
    assert_int_equal(count(c), 0);
}

/* ---- transactions ---- */

static RESULT add_two(struct ctx *c, struct db *tx, void *arg)
{
    assert_ptr_equal(c->db, tx);
    TRY(add(c, "a", 1));
    TRY(add(c, "b", 2));
    assert_int_equal(count(c), 2);
    const bool *give_up = arg;
    return give_up != NULL && *give_up ? fail_at(c, ERR_FORBIDDEN, __FILE__, __LINE__, "given up")
                                       : ok();
}

static void a_unit_happens_as_a_whole(void **state)
{
    struct ctx *c = ctx_of(state);
    struct db *own = c->db;
    OK(db_atomically(c, add_two, NULL));
    assert_ptr_equal(c->db, own);
    assert_int_equal(count(c), 2);
}

static void a_unit_that_fails_has_not_happened(void **state)
{
    struct ctx *c = ctx_of(state);
    bool give_up = true;
    REFUSED(db_atomically(c, add_two, &give_up), FORBIDDEN);
    assert_int_equal(count(c), 0);
    OK(add(c, "b", 1));
    REFUSED(db_atomically(c, add_two, NULL), CONFLICT);
    assert_int_equal(count(c), 1);
}

static RESULT go_on(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    (void)arg;
    TRY(add(c, "a", 1));
    if (add(c, "a", 1).code == ERR_CONFLICT)
        fault_clear(c);
    return ok();
}

static void a_unit_may_not_go_on_after_a_failed_statement(void **state)
{
    struct ctx *c = ctx_of(state);
    REFUSED(db_atomically(c, go_on, NULL), INTERNAL);
    assert_int_equal(count(c), 0);
}

static RESULT add_a(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    (void)arg;
    TRY(add(c, "child of the nested", 1));
    return add(c, "a", 2);
}

static RESULT nested(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    (void)arg;
    TRY(add(c, "a", 1));
    assert_int_equal(db_atomically(c, add_a, NULL).code, ERR_CONFLICT);
    fault_clear(c);
    return add(c, "b", 2);
}

static void a_nested_part_that_fails_undoes_itself_only(void **state)
{
    struct ctx *c = ctx_of(state);
    OK(db_atomically(c, nested, NULL));
    struct table t;
    OK(db_run(c, sql_list, NULL, 0, &t));
    assert_int_equal(t.rows, 2);
    assert_string_equal(table_text(&t, 1, 0), "b");
}

static RESULT nested_deep(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    int *depth = arg;
    TRY(add(c, text_printf(c->arena, "%d", *depth), 1));
    return --*depth == 0 ? ok() : db_atomically(c, nested_deep, depth);
}

static void parts_nest(void **state)
{
    struct ctx *c = ctx_of(state);
    int depth = 5;
    OK(db_atomically(c, nested_deep, &depth));
    assert_int_equal(count(c), 5);
}

/* ---- many at once ---- */

/* Some of them have a low priority, which nobody else notices. */
static void add_many(struct ctx *c, struct crowd *crowd, size_t number)
{
    if (number % 3 == 0)
        db_lower(c->db);
    for (int i = 0; i < 40; i++) {
        const char *id = text_printf(c->arena, "%zu-%d", number, i);
        OK(add(c, id, i));
        struct table t;
        OK(DB_RUN(c, sql_find, &t, P_TEXT(id)));
        crowd->wins += t.rows;
    }
}

static void everyone_reads_what_they_wrote(void **state)
{
    struct world *w = *state;
    assert_int_equal(crowd_run(w, 32, add_many, NULL), 32 * 40);
    assert_int_equal(count(w->c), 32 * 40);
}

static RESULT add_pair(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    (void)arg;
    TRY(add(c, "a", 1));
    return add(c, "b", 2);
}

static void add_same(struct ctx *c, struct crowd *crowd, size_t number)
{
    err added = number % 2 == 0 ? add(c, "one", 1) : db_atomically(c, add_pair, NULL);
    crowd->wins += added.code == ERR_OK;
    if (added.code != ERR_OK && added.code != ERR_CONFLICT)
        fail_msg("%s", c->fault.text);
}

static void a_unit_that_fails_does_not_touch_its_neighbours(void **state)
{
    struct world *w = *state;
    assert_int_equal(crowd_run(w, CROWD_MAX, add_same, NULL), 2);
    assert_int_equal(count(w->c), 3);
}

static RESULT add_then_fail(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    TRY(add(c, arg, 1));
    return add(c, "one", 2);
}

static void add_or_fail(struct ctx *c, struct crowd *crowd, size_t number)
{
    for (int i = 0; i < 20; i++) {
        char id[24];
        (void)snprintf(id, sizeof id, "%zu-%d", number, i);
        if (number % 2 == 0) {
            OK(add(c, id, i));
            crowd->wins++;
            continue;
        }
        REFUSED(db_atomically(c, add_then_fail, id), CONFLICT);
        fault_clear(c);
    }
}

static void a_unit_that_fails_after_it_wrote_leaves_what_its_neighbours_wrote(void **state)
{
    struct world *w = *state;
    struct ctx *c = w->c;
    OK(add(c, "one", 1));
    assert_int_equal(crowd_run(w, 32, add_or_fail, NULL), 16 * 20);
    assert_int_equal(count(c), 16 * 20 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_was_written_is_read),
        WORLD_TEST(parameters_go_by_their_number_not_by_their_place),
        WORLD_TEST(a_null_parameter_is_null),
        WORLD_TEST(a_parameter_of_two_kinds_aborts),
        WORLD_TEST(a_row_found_nowhere_is_no_row),
        WORLD_TEST(a_write_says_how_many_rows_it_wrote),
        WORLD_TEST(a_write_says_what_it_returns),
        WORLD_TEST(a_constraint_refuses_with_conflict),
        WORLD_TEST(children_go_with_their_parent),
        WORLD_TEST(text_is_compared_byte_by_byte),
        WORLD_TEST(payloads_stay_data),
        WORLD_TEST(rows_that_the_arena_cannot_hold_are_refused),
        WORLD_TEST(what_is_not_sql_is_internal),
        WORLD_TEST(a_unit_happens_as_a_whole),
        WORLD_TEST(a_unit_that_fails_has_not_happened),
        WORLD_TEST(a_unit_may_not_go_on_after_a_failed_statement),
        WORLD_TEST(a_nested_part_that_fails_undoes_itself_only),
        WORLD_TEST(parts_nest),
        WORLD_TEST(everyone_reads_what_they_wrote),
        WORLD_TEST(a_unit_that_fails_does_not_touch_its_neighbours),
        WORLD_TEST(a_unit_that_fails_after_it_wrote_leaves_what_its_neighbours_wrote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
