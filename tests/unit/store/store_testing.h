/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_STORE_STORE_TESTING_H
#define UAUTH_TESTS_UNIT_STORE_STORE_TESTING_H

/*
 * A world with the schema and the default settings for each test, a first person, and questions
 * about its rows.
 */

#include "base/config.h"
#include "store/users.h"
#include "tests/unit/db/db_testing.h"

static inline int set_up_store(void **state)
{
    struct world *w = world_new();
    world_open(w, DB_SERVER);
    struct ctx *c = w->c;
    struct config *config = ARENA_NEW(c->arena, struct config);
    struct config_sources sources;
    OK(config_load(c, &(struct config_input){ 0 }, config, &sources));
    c->config = config;
    OK(migrate_run(c, store_schema(), NULL));
    *state = w;
    return 0;
}

static inline int tear_down_store(void **state)
{
    world_free(*state);
    return 0;
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_store, tear_down_store)

static inline struct world *world_of(void **state)
{
    return *state;
}

static inline struct ctx *ctx_of(void **state)
{
    return world_of(state)->c;
}

/* What every work of a crowd begins with: the settings, which crowd_run does not know. */
static inline void crowd_joined(struct ctx *c, const struct crowd *crowd)
{
    c->config = crowd->world->c->config;
}

/* The id of a new, verified user in the default tenant, whose password's hash is "hash". */
static inline const char *person(struct ctx *c, const char *email)
{
    const char *id = NULL;
    OK(user_add(c,
                &(struct user_new){ .email = email,
                                    .email_entered = email,
                                    .full_name = "Somebody",
                                    .password_hash = "hash",
                                    .verified = true,
                                    .tenant_id = "00000000-0000-7000-8000-000000000001" },
                &id));
    assert_non_null(id);
    return id;
}

/* ---- rows ---- */

/* Runs a literal without parameters. */
static inline struct table asked(struct ctx *c, const char *sql)
{
    struct table t;
    OK(db_run(c, sql, NULL, 0, &t));
    return t;
}

/* The number that a literal `SELECT count(*) ...` gives. */
static inline int64_t counted(struct ctx *c, const char *sql)
{
    struct table t = asked(c, sql);
    return table_int(&t, 0, 0);
}

/* As counted, with one text as $1. */
static inline int64_t counted_of(struct ctx *c, const char *sql, const char *text)
{
    struct table t;
    OK(DB_RUN(c, sql, &t, P_TEXT(text)));
    return table_int(&t, 0, 0);
}

/* How many rows of `revocations` name `id` as `kind`. */
static inline int64_t told(struct ctx *c, const char *kind, const char *id)
{
    static const char sql[] = "SELECT count(*) FROM revocations WHERE kind = $1 AND id = $2";
    struct table t;
    OK(DB_RUN(c, sql, &t, P_TEXT(kind), P_TEXT(id)));
    return table_int(&t, 0, 0);
}

/*
 * Whether SQLite answers `sql` (an "EXPLAIN QUERY PLAN ..." with one or two parameters) by indexes
 * alone, without going through a table or sorting.
 */
static inline bool plan_is_indexed(struct ctx *c, const char *sql)
{
    struct table t;
    const struct param nothing[] = { P_TEXT(""), P_TEXT("") };
    OK(db_run(c, sql, nothing, strstr(sql, "$2") == NULL ? 1 : 2, &t));
    for (size_t i = 0; i < t.rows; i++) {
        const char *step = table_text(&t, i, 3);
        bool scans = text_starts(step, "SCAN") && !text_equal(step, "SCAN CONSTANT ROW");
        if (scans || strstr(step, "TEMP B-TREE") != NULL)
            return false;
    }
    return t.rows > 0;
}

#endif
