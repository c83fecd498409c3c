/* SPDX-License-Identifier: Apache-2.0 */
#include "store/hot_queries.h"

#include "store_testing.h"

/* How SQLite goes about a statement with `n` parameters, one step a line. */
static const char *plan(struct ctx *c, const char *sql, size_t n)
{
    static const struct param nothing[DB_PARAMS_MAX];
    struct table t;
    OK(db_run(c, text_printf(c->arena, "EXPLAIN QUERY PLAN %s", sql), nothing, n, &t));
    assert_true(t.rows > 0);
    struct text_buffer steps = text_buffer(c->arena);
    for (size_t i = 0; i < t.rows; i++)
        text_addf(&steps, "%s\n", table_text(&t, i, 3));
    return text_of(&steps);
}

static const struct {
    const char *name, *sql;
    size_t parameters;
} hot[] = {
    { "access_of", sql_access_of, 2 },
    { "membership_is_live", sql_membership_is_live, 2 },
    { "authorization_find_live", sql_authorization_find_live, 2 },
    { "refresh_look", sql_refresh_look, 3 },
    { "refresh_use", sql_refresh_use, 3 },
    { "refresh_touch", sql_refresh_touch, 3 },
    { "revocations_since", sql_revocations_since, 4 },
    { "revocation_check", sql_revocation_check, 8 },
    { "events_of_user", sql_events_of_user, 7 },
};

/* Whatever a table holds, a hot statement reads the rows that it asks for. */
static void hot_statements_search_and_do_not_scan_or_sort(void **state)
{
    struct ctx *c = ctx_of(state);
    for (size_t i = 0; i < sizeof hot / sizeof *hot; i++) {
        const char *steps = plan(c, hot[i].sql, hot[i].parameters);
        if (strstr(steps, "SCAN ") != NULL || strstr(steps, "TEMP B-TREE") != NULL)
            fail_msg("%s:\n%s", hot[i].name, steps);
    }
}

/* Of the outbox only what is due is looked at, in its order. */
static void claiming_goes_by_what_is_due(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *steps = plan(c, sql_outbox_claim, 3);
    assert_non_null(strstr(steps, "outbox_due"));
    assert_null(strstr(steps, "SCAN "));
}

static const char *const rotation[] = { sql_refresh_look, sql_refresh_use, sql_refresh_touch };

/* A rotation finds every row by a key of its own. */
static void a_rotation_goes_by_primary_keys(void **state)
{
    struct ctx *c = ctx_of(state);
    for (size_t i = 0; i < sizeof rotation / sizeof *rotation; i++) {
        const char *steps = plan(c, rotation[i], 3);
        for (const char *at = strstr(steps, "SEARCH "); at != NULL;
             at = strstr(at + 1, "SEARCH ")) {
            const char *end = strchr(at, '\n');
            const char *step = text_copy(c->arena, at, (size_t)(end - at));
            if (strstr(step, "USING INDEX sqlite_autoindex") == NULL &&
                strstr(step, "USING COVERING INDEX sqlite_autoindex") == NULL)
                fail_msg("%s", step);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(hot_statements_search_and_do_not_scan_or_sort),
        STORE_TEST(claiming_goes_by_what_is_due),
        STORE_TEST(a_rotation_goes_by_primary_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
