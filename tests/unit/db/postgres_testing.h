/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_DB_POSTGRES_TESTING_H
#define UAUTH_TESTS_UNIT_DB_POSTGRES_TESTING_H

/*
 * A PostgreSQL server that belongs to one test program (tests/postgres.sh), so that it can be
 * stopped, frozen and filled; and a world with one table on it for each test.  Only where
 * UAUTH_TEST_DATABASE says that there is a PostgreSQL to test with.
 */

#include "base/text.h"
#include "base/time.h"
#include "tests/unit/db/db_testing.h"

enum { BACK_WITHIN_MS = 3000 };

struct server {
    char folder[64];
    char url[128]; /* of its socket */
};

/* Runs a program of the system; the first line that it prints. */
static inline void shell(char *line, size_t n, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static inline void shell(char *line, size_t n, const char *format, ...)
{
    char command[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(command, sizeof command, format, args);
    va_end(args);
    FILE *output = popen(command, "r");
    assert_non_null(output);
    char printed[512] = "";
    (void)fgets(printed, sizeof printed, output);
    if (pclose(output) != 0)
        fail_msg("%s", command);
    printed[strcspn(printed, "\n")] = '\0';
    if (line != NULL)
        (void)snprintf(line, n, "%s", printed);
}

/* Starts it, or starts it again; `settings` ("name=value ...") hold until it is stopped. */
static inline void server_start(struct server *s, const char *settings)
{
    shell(s->url, sizeof s->url, "%s/tests/postgres.sh start %s %s", SOURCE_ROOT, s->folder,
          settings);
}

/* "fast" ends all connections properly, "immediate" is a crash. */
static inline void server_stop(struct server *s, const char *how)
{
    shell(NULL, 0, "%s/tests/postgres.sh stop %s %s", SOURCE_ROOT, s->folder, how);
}

static inline int server_set_up(void **state)
{
    struct server *s = calloc(1, sizeof *s);
    assert_non_null(s);
    (void)snprintf(s->folder, sizeof s->folder, "/tmp/uauth-postgres-XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    server_start(s, "");
    *state = s;
    return 0;
}

static inline int server_tear_down(void **state)
{
    struct server *s = *state;
    shell(NULL, 0, "%s/tests/postgres.sh remove %s", SOURCE_ROOT, s->folder);
    free(s);
    return 0;
}

/* The server's own number of what it listens on. */
static inline int server_port(const struct server *s)
{
    return (int)strtol(strstr(s->url, "port=") + strlen("port="), NULL, 10);
}

/* ---- a world on it ---- */

static const char sql_again[] = "DROP TABLE IF EXISTS things";
static const char sql_make[] = "CREATE TABLE things (\n"
                               "    id TEXT COLLATE \"C\" NOT NULL PRIMARY KEY,\n"
                               "    number BIGINT NOT NULL,\n"
                               "    parent TEXT COLLATE \"C\"\n"
                               "           REFERENCES things (id) DEFERRABLE INITIALLY DEFERRED\n"
                               ")";
static const char sql_add[] = "INSERT INTO things (id, number) VALUES ($1, $2)";
static const char sql_add_child[] = "INSERT INTO things (id, number, parent) VALUES ($1, 0, $2)";
static const char sql_find[] = "SELECT number FROM things WHERE id = $1";
static const char sql_set[] = "UPDATE things SET number = $2 WHERE id = $1";
static const char sql_count[] = "SELECT count(*) FROM things";
static const char sql_backend[] = "SELECT pg_backend_pid()";
static const char sql_end_backend[] = "SELECT pg_terminate_backend($1::int)";

struct server_world {
    struct world world;
    struct server *server;
};

static inline struct world *world_of(void **state)
{
    return &((struct server_world *)*state)->world;
}

static inline struct server *server_of(void **state)
{
    return ((struct server_world *)*state)->server;
}

static inline struct ctx *ctx_of(void **state)
{
    return world_of(state)->c;
}

static inline void things_make(struct ctx *c)
{
    OK(db_run(c, sql_again, NULL, 0, NULL));
    OK(db_run(c, sql_make, NULL, 0, NULL));
}

static inline int set_up_world(void **state)
{
    struct server_world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->server = *state;
    (void)snprintf(w->world.url, sizeof w->world.url, "%s", w->server->url);
    world_open(&w->world, DB_SERVER);
    things_make(w->world.c);
    *state = w;
    return 0;
}

static inline int tear_down_world(void **state)
{
    struct server_world *w = *state;
    world_close(&w->world);
    free(w);
    return 0;
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_world, tear_down_world)

/* Whether there is a PostgreSQL to test with; says so if not. */
static inline bool server_is_given(void)
{
    if (is_on_postgres())
        return true;
    (void)printf("1..1\nok 1 - PostgreSQL # SKIP no server is given: script/test postgres\n");
    return false;
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

/* The number of the thing `id`; -1: there is none. */
static inline int64_t number_of(struct ctx *c, const char *id)
{
    struct table t;
    OK(DB_RUN(c, sql_find, &t, P_TEXT(id)));
    return t.rows == 0 ? -1 : table_int(&t, 0, 0);
}

/* The process of the server that serves this connection. */
static inline pid_t backend_of(struct ctx *c)
{
    struct table t;
    OK(db_run(c, sql_backend, NULL, 0, &t));
    return (pid_t)table_int(&t, 0, 0);
}

/* As the server does when its administrator says so. */
static inline void backend_end(struct world *w, pid_t backend)
{
    struct ctx *c = worker_begin(w->database);
    OK(DB_RUN(c, sql_end_backend, NULL, P_INT(backend)));
    worker_end(c);
    for (int i = 0; i < 1000 && kill(backend, 0) == 0; i++)
        (void)usleep(1000);
}

/* A failure that says when to come again, and that nothing has happened or, if `unknown`, that
 * nobody knows. */
static inline void unavailable(struct ctx *c, err done, bool unknown)
{
    assert_int_equal(done.code, ERR_UNAVAILABLE);
    assert_true(c->fault.retry_after > 0);
    assert_int_equal(strstr(c->fault.text, "may have happened") != NULL, unknown);
    assert_int_equal(c->fault.unsure, unknown);
    fault_clear(c);
}
#endif
