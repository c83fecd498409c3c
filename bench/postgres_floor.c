/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What PostgreSQL alone gives over the connection that the service uses: prepared statements, one
 * connection for each caller, and nothing else.
 *     postgres_floor CONNINFO SECONDS CALLERS
 * Prints lines "NAME OPERATIONS_PER_SECOND MICROSECONDS_OF_CPU" (of this process, not the
 * server's): read      one row by its key, one caller insert    a row of 100 bytes in a transaction
 * of its own, one caller rotation  the statements of a refresh in one serializable transaction,
 * CALLERS at once
 */
#include "base/result.h"
#include "base/text.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CALLERS_MAX = 64, KEY_CHARS = 44, ROWS = 10000 };

static const char *const schema[] = {
    "DROP TABLE IF EXISTS floor_one, floor_two, floor_three",
    "CREATE TABLE floor_one (key TEXT NOT NULL PRIMARY KEY, body TEXT NOT NULL)",
    ("CREATE TABLE floor_two (key TEXT NOT NULL PRIMARY KEY, owner TEXT NOT NULL,"
     " body TEXT NOT NULL, used_at BIGINT)"),
    "CREATE INDEX floor_two_owner ON floor_two (owner)",
    ("CREATE TABLE floor_three (key TEXT NOT NULL PRIMARY KEY, owner TEXT NOT NULL,"
     " body TEXT NOT NULL)"),
    "CREATE INDEX floor_three_owner ON floor_three (owner, key)",
};

enum { READ, INSERT, USE, SUCCEED, NOTE, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    "SELECT body FROM floor_one WHERE key = $1",
    "INSERT INTO floor_one VALUES ($1, repeat('0123456789', 10))",
    "UPDATE floor_two SET used_at = 1795529167 WHERE key = $1 AND used_at IS NULL",
    "INSERT INTO floor_two VALUES ($1, $2, repeat('0123456789', 5), NULL)",
    "INSERT INTO floor_three VALUES ($1, $2, repeat('0123456789', 20))",
};
static const char *const names[STATEMENTS] = { "read", "insert", "use", "succeed", "note" };
static const int arguments[STATEMENTS] = { 1, 1, 1, 2, 2 };

struct caller {
    const char *where;
    double length;
    uint64_t state, count;
    pthread_t thread;
    char key[KEY_CHARS], last[KEY_CHARS], owner[KEY_CHARS];
};

static double seconds(clockid_t clock)
{
    struct timespec now;
    must(clock_gettime(clock, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* SplitMix64: keys that fall anywhere in the tree, as hashes do. */
static void next_key(uint64_t *state, char *out)
{
    for (size_t i = 0; i + 1 < KEY_CHARS; i++) {
        if (i % 8 == 0)
            *state += 0x9E3779B97F4A7C15U;
        uint64_t z = (*state ^ (*state >> 30)) * 0xBF58476D1CE4E5B9U;
        out[i] = (char)('A' + (z >> (8 * (i % 8)) & 0xff) % 26);
    }
    out[KEY_CHARS - 1] = '\0';
}

static bool went_well(PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static bool command(PGconn *to, const char *text)
{
    return went_well(PQexec(to, text));
}

static bool execute(PGconn *to, int which, const char *first, const char *second)
{
    const char *values[] = { first, second };
    return went_well(PQexecPrepared(to, names[which], arguments[which], values, NULL, NULL, 1));
}

static PGconn *connect_to(const char *where)
{
    PGconn *to = PQconnectdb(where);
    if (PQstatus(to) != CONNECTION_OK) {
        (void)fprintf(stderr, "postgres_floor: %s", PQerrorMessage(to));
        exit(EXIT_FAILURE);
    }
    return to;
}

static void prepare(PGconn *to)
{
    must(command(to, "SET client_min_messages = error"));
    for (int i = 0; i < STATEMENTS; i++)
        must(went_well(PQprepare(to, names[i], sql[i], arguments[i], NULL)));
}

static void measure(PGconn *to, int which, double length)
{
    uint64_t state = which == READ ? 99 : 7, n = 0;
    char key[KEY_CHARS];
    double used = seconds(CLOCK_PROCESS_CPUTIME_ID), began = seconds(CLOCK_MONOTONIC);
    for (; seconds(CLOCK_MONOTONIC) < began + length; n++) {
        if (which == READ && n % ROWS == 0)
            state = 99;
        next_key(&state, key);
        must(execute(to, which, key, NULL));
    }
    double took = seconds(CLOCK_MONOTONIC) - began;
    used = seconds(CLOCK_PROCESS_CPUTIME_ID) - used;
    (void)printf("%s %.0f %.2f\n", names[which], (double)n / took, used / (double)n * 1e6);
}

static void fill(PGconn *to)
{
    uint64_t state = 99;
    char key[KEY_CHARS];
    must(command(to, "BEGIN"));
    for (int i = 0; i < ROWS; i++) {
        next_key(&state, key);
        must(execute(to, INSERT, key, NULL));
    }
    must(command(to, "COMMIT"));
}

/* One that met another is undone and begun again, as the service does it. */
static bool rotate(PGconn *to, const struct caller *me)
{
    bool done = command(to, "BEGIN ISOLATION LEVEL SERIALIZABLE") &&
                execute(to, USE, me->last, NULL) && execute(to, SUCCEED, me->key, me->owner) &&
                execute(to, NOTE, me->key, me->owner) && command(to, "COMMIT");
    if (!done)
        (void)command(to, "ROLLBACK");
    return done;
}

static void *call(void *arg)
{
    struct caller *me = arg;
    PGconn *to = connect_to(me->where);
    prepare(to);
    next_key(&me->state, me->owner);
    for (double end = seconds(CLOCK_MONOTONIC) + me->length; seconds(CLOCK_MONOTONIC) < end;) {
        memcpy(me->last, me->key, KEY_CHARS);
        next_key(&me->state, me->key);
        while (!rotate(to, me))
            continue;
        me->count++;
    }
    PQfinish(to);
    return NULL;
}

static void measure_rotations(const char *where, double length, size_t callers)
{
    struct caller *all = calloc(callers, sizeof *all);
    must(all != NULL);
    uint64_t count = 0;
    double used = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (size_t i = 0; i < callers; i++) {
        all[i] = (struct caller){ .where = where, .length = length };
        all[i].state = (i + 1) * UINT64_C(1000003);
        must(pthread_create(&all[i].thread, NULL, call, &all[i]) == 0);
    }
    for (size_t i = 0; i < callers; i++) {
        must(pthread_join(all[i].thread, NULL) == 0);
        count += all[i].count;
    }
    used = seconds(CLOCK_PROCESS_CPUTIME_ID) - used;
    (void)printf("rotation %.0f %.2f\n", (double)count / length, used / (double)count * 1e6);
    free(all);
}

int main(int argc, char **argv)
{
    int64_t length = 0, callers = 0;
    if (argc != 4 || !text_int(argv[2], 1, 600, &length) ||
        !text_int(argv[3], 1, CALLERS_MAX, &callers)) {
        (void)fprintf(stderr, "usage: postgres_floor CONNINFO SECONDS CALLERS\n");
        return EXIT_FAILURE;
    }
    PGconn *to = connect_to(argv[1]);
    for (size_t i = 0; i < sizeof schema / sizeof *schema; i++)
        must(command(to, schema[i]));
    prepare(to);
    fill(to);
    measure(to, READ, (double)length);
    measure(to, INSERT, (double)length);
    measure_rotations(argv[1], (double)length, (size_t)callers);
    must(command(to, schema[0]));
    PQfinish(to);
    return EXIT_SUCCESS;
}
