/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_DB_DB_PLACE_H
#define UAUTH_TESTS_UNIT_DB_DB_PLACE_H

/*
 * Where the database of a test's world is.  UAUTH_TEST_DATABASE may name a PostgreSQL database
 * ("postgres:///..."): then each world has a schema of its own there.  tests/postgres.sh starts
 * one.
 */

#include "base/random.h"
#include "base/text.h"
#include "db/db.h"
#include "tests/unit/base/testing.h"

#include <unistd.h>

enum { PLACE_URL_BYTES = 400 };
static const char place_schema[] = "&options=-csearch_path%3D";

static inline const char *place_of_all(void)
{
    const char *url = getenv("UAUTH_TEST_DATABASE");
    return url == NULL || url[0] == '\0' ? NULL : url;
}

static inline bool is_on_postgres(void)
{
    return place_of_all() != NULL;
}

/* Runs one statement on a connection that nobody else has. */
static inline void place_do(const char *url, const char *verb, const char *schema, const char *end)
{
    struct arena *arena = arena_new(ARENA_REQUEST_CEILING);
    struct ctx c = { .arena = arena, .random = random_system(arena) };
    struct database *database = NULL;
    if (database_open(&c, url, DB_COMMAND, &database).code != ERR_OK ||
        db_open(&c, database, &c.db).code != ERR_OK ||
        db_run(&c, text_printf(arena, "%s %s%s", verb, schema, end), NULL, 0, NULL).code != ERR_OK)
        fail_msg("%s", c.fault.text);
    db_close(c.db);
    database_close(database);
    arena_end(arena);
}

/* A new place in `url`; `otherwise`, where no PostgreSQL is to be used. */
static inline void place_make(char url[static PLACE_URL_BYTES], const char *otherwise)
{
    if (!is_on_postgres()) {
        (void)snprintf(url, PLACE_URL_BYTES, "%s", otherwise);
        return;
    }
    struct arena *arena = arena_new(ARENA_REQUEST_CEILING);
    struct random *random = random_system(arena);
    char schema[32];
    (void)snprintf(schema, sizeof schema, "w%d_%08x", (int)getpid(),
                   (unsigned)random_below(random, UINT32_MAX));
    place_do(place_of_all(), "CREATE SCHEMA", schema, "");
    (void)snprintf(url, PLACE_URL_BYTES, "%s%s%s", place_of_all(), place_schema, schema);
    arena_end(arena);
}

/* Removes what is there.  Nobody is connected to it. */
static inline void place_drop(const char *url)
{
    const char *at = strstr(url, place_schema);
    if (at != NULL)
        place_do(place_of_all(), "DROP SCHEMA", at + strlen(place_schema), " CASCADE");
}

#endif
