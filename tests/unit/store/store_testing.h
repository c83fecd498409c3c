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

/* ---- plans ---- */

static inline RESULT plan_script(struct ctx *c, struct db *tx, void *statement)
{
    (void)tx;
    return db_script(c, statement);
}

/* The plan of PostgreSQL whatever the parameters are: such as its driver asks for. */
static inline struct table plan_of_postgres(struct ctx *c, const char *sql, const char *types)
{
    struct text_buffer prepare = text_buffer(c->arena);
    struct text_buffer explain = text_buffer(c->arena);
    for (size_t i = 0; types[i] != '\0'; i++) {
        text_addf(&prepare, "%s%s", i == 0 ? "" : ", ", types[i] == 't' ? "text" : "bigint");
        text_addf(&explain, "%s%s", i == 0 ? "" : ", ", types[i] == 't' ? "''" : "0");
    }
    const char *statement = text_printf(c->arena, "PREPARE hot (%s) AS %s", text_of(&prepare), sql);
    OK(db_atomically(c, plan_script, arena_copy(c->arena, statement, strlen(statement) + 1)));
    struct table t;
    OK(db_run(c, text_printf(c->arena, "EXPLAIN (COSTS OFF) EXECUTE hot (%s)", text_of(&explain)),
              NULL, 0, &t));
    OK(db_run(c, text_printf(c->arena, "DEALLOCATE hot"), NULL, 0, NULL));
    return t;
}

static inline struct table plan_of_sqlite(struct ctx *c, const char *sql, const char *types)
{
    struct param params[DB_PARAMS_MAX];
    size_t n = strlen(types);
    for (size_t i = 0; i < n; i++)
        params[i] = types[i] == 't' ? P_TEXT("") : P_INT(0);
    struct table t;
    OK(db_run(c, text_printf(c->arena, "EXPLAIN QUERY PLAN %s", sql), params, n, &t));
    return t;
}

/* How the database goes about a statement, one step a line; `types`: a 't' for each parameter that
 * is text, an 'i' for each number. */
static inline const char *plan(struct ctx *c, const char *sql, const char *types)
{
    struct table t =
        is_on_postgres() ? plan_of_postgres(c, sql, types) : plan_of_sqlite(c, sql, types);
    assert_true(t.rows > 0);
    struct text_buffer steps = text_buffer(c->arena);
    for (size_t i = 0; i < t.rows; i++)
        text_addf(&steps, "%s\n", table_text(&t, i, t.columns - 1));
    return text_of(&steps);
}

/* Whether a plan goes through a whole table; PostgreSQL does so only where no index serves. */
static inline bool plan_scans(const char *steps)
{
    if (is_on_postgres())
        return strstr(steps, "Seq Scan") != NULL;
    for (const char *at = strstr(steps, "SCAN "); at != NULL; at = strstr(at + 1, "SCAN "))
        if (!text_starts(at, "SCAN CONSTANT ROW"))
            return true;
    return false;
}

static inline bool plan_sorts(const char *steps)
{
    return strstr(steps, is_on_postgres() ? "Sort" : "TEMP B-TREE") != NULL;
}

/* Whether it is answered by indexes alone, without going through a table or sorting. */
static inline bool plan_is_indexed(struct ctx *c, const char *sql, const char *types)
{
    const char *steps = plan(c, sql, types);
    return !plan_scans(steps) && !plan_sorts(steps);
}

#endif
