/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_DB_THINGS_TESTING_H
#define UAUTH_TESTS_UNIT_DB_THINGS_TESTING_H

/* A world with one table of things. */

#include "db_testing.h"

static const char sql_make[] =
    "CREATE TABLE things (\n"
    "    id TEXT COLLATE \"C\" NOT NULL PRIMARY KEY,\n"
    "    number BIGINT,\n"
    "    parent TEXT COLLATE \"C\" REFERENCES things (id) ON DELETE CASCADE\n"
    ")";
static const char sql_add[] = "INSERT INTO things (id, number) VALUES ($1, $2)";
static const char sql_add_child[] = "INSERT INTO things (id, parent) VALUES ($2, $1)";
static const char sql_find[] = "SELECT id, number, parent FROM things WHERE id = $1";
static const char sql_count[] = "SELECT count(*) FROM things";
static const char sql_list[] = "SELECT id FROM things ORDER BY id";
static const char sql_remove[] = "DELETE FROM things WHERE id = $1 RETURNING id";

static inline int set_up_world(void **state)
{
    struct world *w = world_new();
    world_open(w, DB_SERVER);
    struct ctx *c = w->c;
    OK(db_run(c, sql_make, NULL, 0, NULL));
    *state = w;
    return 0;
}

static inline int tear_down_world(void **state)
{
    world_free(*state);
    return 0;
}

static inline struct ctx *ctx_of(void **state)
{
    return ((struct world *)*state)->c;
}

static inline int64_t count(struct ctx *c)
{
    struct table t;
    OK(db_run(c, sql_count, NULL, 0, &t));
    return table_int(&t, 0, 0);
}

static inline RESULT add(struct ctx *c, const char *id, int64_t number)
{
    return DB_RUN(c, sql_add, NULL, P_TEXT(id), P_INT(number));
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_world, tear_down_world)

#endif
