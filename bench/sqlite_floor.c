/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What SQLite alone gives on this disk and processor, for the limits of P4, P6 and P7: SQL and
 * nothing else, one writer that commits what waits in groups, as many callers as there are
 * connections.
 *     sqlite_floor FOLDER SECONDS [CALLERS]
 * Prints lines "NAME OPERATIONS_PER_SECOND MICROSECONDS_OF_CPU":
 *     insert    a row of 100 bytes under a random key
 *     rotation  the statements of a refresh: use one row, add its successor, note the event
 *     read      one row by its key
 */
#include "base/result.h"
#include "base/text.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CALLERS = 64, CALLERS_MAX = 256, ROWS = 10000, KEY_CHARS = 44 };

static const char sql_schema[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
    "CREATE TABLE one (key TEXT NOT NULL PRIMARY KEY, body TEXT NOT NULL, at BIGINT NOT NULL);"
    "CREATE TABLE two (key TEXT NOT NULL PRIMARY KEY, owner TEXT NOT NULL, body TEXT NOT NULL,"
    " used_at BIGINT);"
    "CREATE INDEX two_of_owner ON two (owner);"
    "CREATE TABLE three (key TEXT NOT NULL PRIMARY KEY, owner TEXT NOT NULL, body TEXT NOT NULL);"
    "CREATE INDEX three_of_owner ON three (owner, key);";

enum { INSERT, USE, SUCCEED, NOTE, READ, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    "INSERT INTO one VALUES ($1, "
    "'0123456789012345678901234567890123456789012345678901234567890123',"
    " 1795529167)",
    "UPDATE two SET used_at = 1795529167 WHERE key = $1 AND used_at IS NULL",
    "INSERT INTO two VALUES ($1, $2, '01234567890123456789012345678901234567890123456789', NULL)",
    "INSERT INTO three VALUES ($1, $2,"
    " '0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"
    "123456789012345678901234567890123456789012345678901234567890123456789')",
    "SELECT body, at FROM one WHERE key = $1",
};

struct floor;

/* A caller hands one operation over and waits until it is durable. */
struct caller {
    struct floor *floor;
    pthread_t thread;
    pthread_cond_t done;
    struct caller *next;
    bool waiting;
    uint64_t state;
    char key[KEY_CHARS], last[KEY_CHARS], owner[KEY_CHARS];
};

struct floor {
    sqlite3 *handle;
    sqlite3_stmt *prepared[STATEMENTS];
    pthread_mutex_t mutex;
    pthread_cond_t submitted;
    struct caller *first;
    atomic_bool over;
    bool rotates;
    uint64_t count;
    size_t callers;
    struct caller at[CALLERS_MAX];
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

static void execute(struct floor *f, int which, const char *first, const char *second)
{
    sqlite3_stmt *s = f->prepared[which];
    must(sqlite3_bind_text(s, 1, first, -1, SQLITE_STATIC) == SQLITE_OK);
    must(second == NULL || sqlite3_bind_text(s, 2, second, -1, SQLITE_STATIC) == SQLITE_OK);
    int code = sqlite3_step(s);
    must(code == SQLITE_DONE || code == SQLITE_ROW);
    (void)sqlite3_reset(s);
}

static void command(struct floor *f, const char *text)
{
    must(sqlite3_exec(f->handle, text, NULL, NULL, NULL) == SQLITE_OK);
}

static void do_one(struct floor *f, struct caller *at)
{
    if (!f->rotates) {
        execute(f, INSERT, at->key, NULL);
        return;
    }
    execute(f, USE, at->last, NULL);
    execute(f, SUCCEED, at->key, at->owner);
    execute(f, NOTE, at->key, at->owner);
}

/* ---- callers and the writer ---- */

static void *call(void *arg)
{
    struct caller *me = arg;
    struct floor *f = me->floor;
    while (!atomic_load(&f->over)) {
        memcpy(me->last, me->key, KEY_CHARS);
        next_key(&me->state, me->key);
        must(pthread_mutex_lock(&f->mutex) == 0);
        /* Who comes when all have been released would wait for ever. */
        me->waiting = !atomic_load(&f->over);
        me->next = f->first;
        f->first = me;
        if (me->next == NULL)
            (void)pthread_cond_signal(&f->submitted);
        while (me->waiting)
            (void)pthread_cond_wait(&me->done, &f->mutex);
        must(pthread_mutex_unlock(&f->mutex) == 0);
    }
    return NULL;
}

static struct caller *take_group(struct floor *f)
{
    must(pthread_mutex_lock(&f->mutex) == 0);
    while (f->first == NULL)
        (void)pthread_cond_wait(&f->submitted, &f->mutex);
    struct caller *group = f->first;
    f->first = NULL;
    must(pthread_mutex_unlock(&f->mutex) == 0);
    return group;
}

static void answer_group(struct floor *f, struct caller *group)
{
    must(pthread_mutex_lock(&f->mutex) == 0);
    for (struct caller *at = group, *next = NULL; at != NULL; at = next) {
        next = at->next;
        at->waiting = false;
        (void)pthread_cond_signal(&at->done);
        f->count++;
    }
    must(pthread_mutex_unlock(&f->mutex) == 0);
}

static void write_until(struct floor *f, double end)
{
    while (seconds(CLOCK_MONOTONIC) < end) {
        struct caller *group = take_group(f);
        command(f, "BEGIN IMMEDIATE");
        for (struct caller *at = group; at != NULL; at = at->next)
            do_one(f, at);
        command(f, "COMMIT");
        answer_group(f, group);
    }
}

/* Callers that wait when the time is over are answered without being written. */
static void release_callers(struct floor *f)
{
    atomic_store(&f->over, true);
    for (size_t i = 0; i < f->callers; i++) {
        must(pthread_mutex_lock(&f->mutex) == 0);
        f->at[i].waiting = false;
        (void)pthread_cond_signal(&f->at[i].done);
        must(pthread_mutex_unlock(&f->mutex) == 0);
    }
    for (size_t i = 0; i < f->callers; i++)
        must(pthread_join(f->at[i].thread, NULL) == 0);
    f->first = NULL;
}

static void measure_writes(struct floor *f, const char *name, bool rotates, double length)
{
    f->rotates = rotates;
    f->count = 0;
    atomic_store(&f->over, false);
    for (size_t i = 0; i < f->callers; i++) {
        f->at[i].state += rotates ? 7 : 0;
        must(pthread_create(&f->at[i].thread, NULL, call, &f->at[i]) == 0);
    }
    double began = seconds(CLOCK_MONOTONIC);
    double used = seconds(CLOCK_PROCESS_CPUTIME_ID);
    write_until(f, began + length);
    double took = seconds(CLOCK_MONOTONIC) - began;
    used = seconds(CLOCK_PROCESS_CPUTIME_ID) - used;
    release_callers(f);
    (void)printf("%s %.0f %.2f\n", name, (double)f->count / took, used / (double)f->count * 1e6);
}

static void measure_reads(struct floor *f, double length)
{
    uint64_t first = 99, state = first, n = 0;
    char key[KEY_CHARS];
    command(f, "BEGIN IMMEDIATE");
    for (int i = 0; i < ROWS; i++) {
        next_key(&state, key);
        execute(f, INSERT, key, NULL);
    }
    command(f, "COMMIT");
    double used = seconds(CLOCK_PROCESS_CPUTIME_ID), end = used + length, now = used;
    while (now < end) {
        for (int i = 0; i < 64; i++, n++) {
            if (n % ROWS == 0)
                state = first;
            next_key(&state, key);
            execute(f, READ, key, NULL);
        }
        now = seconds(CLOCK_PROCESS_CPUTIME_ID);
    }
    (void)printf("read %.0f %.2f\n", (double)n / (now - used), (now - used) / (double)n * 1e6);
}

/* ---- the whole ---- */

static void open_floor(struct floor *f, const char *folder)
{
    char path[512];
    must(snprintf(path, sizeof path, "%s/floor.db", folder) < (int)sizeof path);
    must(sqlite3_open(path, &f->handle) == SQLITE_OK);
    command(f, sql_schema);
    for (int i = 0; i < STATEMENTS; i++)
        must(sqlite3_prepare_v2(f->handle, sql[i], -1, &f->prepared[i], NULL) == SQLITE_OK);
    must(pthread_mutex_init(&f->mutex, NULL) == 0 && pthread_cond_init(&f->submitted, NULL) == 0);
    for (size_t i = 0; i < f->callers; i++) {
        struct caller *at = &f->at[i];
        at->floor = f;
        at->state = (i + 1) * UINT64_C(1000003);
        next_key(&at->state, at->key);
        next_key(&at->state, at->owner);
        must(pthread_cond_init(&at->done, NULL) == 0);
    }
}

static void close_floor(struct floor *f)
{
    for (int i = 0; i < STATEMENTS; i++)
        (void)sqlite3_finalize(f->prepared[i]);
    must(sqlite3_close(f->handle) == SQLITE_OK);
    free(f);
}

int main(int argc, char **argv)
{
    int64_t length = 0, callers = CALLERS;
    if (argc < 3 || !text_int(argv[2], 1, 600, &length) ||
        (argc > 3 && !text_int(argv[3], 1, CALLERS_MAX, &callers))) {
        (void)fprintf(stderr, "usage: sqlite_floor FOLDER SECONDS [CALLERS]\n");
        return EXIT_FAILURE;
    }
    struct floor *f = calloc(1, sizeof *f);
    must(f != NULL);
    f->callers = (size_t)callers;
    open_floor(f, argv[1]);
    measure_writes(f, "insert", false, (double)length);
    measure_writes(f, "rotation", true, (double)length);
    measure_reads(f, (double)length / 4);
    close_floor(f);
    return EXIT_SUCCESS;
}
