/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_DB_DB_TESTING_H
#define UAUTH_TESTS_UNIT_DB_DB_TESTING_H

/*
 * A database in a folder of its own for each test, contexts of workers on it, and crowds of threads
 * that all do one thing at once.
 */

#include "base/random.h"
#include "db/db.h"
#include "db_place.h"
#include "tests/unit/base/testing.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/stat.h>

enum { WORLD_NOW = 1795529167, CROWD_MAX = 64 };

struct world {
    char folder[64];
    char url[PLACE_URL_BYTES];
    struct database *database;
    struct ctx *c; /* of the test's own thread */
};

static inline struct ctx *worker_begin(struct database *d)
{
    struct ctx *c = calloc(1, sizeof *c);
    assert_non_null(c);
    c->arena = arena_new(ARENA_REQUEST_CEILING);
    c->random = random_system(c->arena);
    c->now = WORLD_NOW;
    if (d != NULL && db_open(c, d, &c->db).code != ERR_OK)
        fail_msg("%s", c->fault.text);
    return c;
}

static inline void worker_end(struct ctx *c)
{
    db_close(c->db);
    arena_end(c->arena);
    free(c);
}

static inline void world_open(struct world *w, enum db_use use)
{
    struct ctx *bare = worker_begin(NULL);
    if (database_open(bare, w->url, use, &w->database).code != ERR_OK)
        fail_msg("%s", bare->fault.text);
    worker_end(bare);
    w->c = worker_begin(w->database);
}

static inline void world_close(struct world *w)
{
    if (w->c != NULL)
        worker_end(w->c);
    w->c = NULL;
    database_close(w->database);
    w->database = NULL;
}

static inline struct world *world_new(void)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    (void)snprintf(w->folder, sizeof w->folder, "/tmp/uauth-test-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    char file[sizeof w->folder + 32];
    (void)snprintf(file, sizeof file, "sqlite://%s/uauth.db", w->folder);
    place_make(w->url, file);
    return w;
}

static inline void world_free(struct world *w)
{
    world_close(w);
    place_drop(w->url);
    DIR *folder = opendir(w->folder);
    assert_non_null(folder);
    for (struct dirent *at = readdir(folder); at != NULL; at = readdir(folder)) {
        if (at->d_name[0] != '.')
            assert_int_equal(unlinkat(dirfd(folder), at->d_name, 0), 0);
    }
    (void)closedir(folder);
    assert_int_equal(rmdir(w->folder), 0);
    free(w);
}

/* ---- crowds ---- */

struct crowd;
typedef void crowd_work(struct ctx *c, struct crowd *crowd, size_t number);

struct crowd {
    struct world *world;
    crowd_work *work;
    void *arg;
    size_t threads;
    pthread_barrier_t start;
    _Atomic size_t numbers;
    _Atomic size_t wins; /* for the work to count */
};

static inline void *crowd_member(void *arg)
{
    struct crowd *crowd = arg;
    size_t number = crowd->numbers++;
    struct ctx *c = worker_begin(crowd->world->database);
    (void)pthread_barrier_wait(&crowd->start);
    crowd->work(c, crowd, number);
    worker_end(c);
    return NULL;
}

/* Lets `threads` threads, each with a connection of its own, do `work` at once; returns how often
 * it counted a win. */
static inline size_t crowd_run(struct world *world, size_t threads, crowd_work *work, void *arg)
{
    struct crowd crowd = { .world = world, .work = work, .arg = arg, .threads = threads };
    pthread_t members[CROWD_MAX];
    assert_true(threads <= CROWD_MAX);
    assert_int_equal(pthread_barrier_init(&crowd.start, NULL, (unsigned)threads), 0);
    for (size_t i = 0; i < threads; i++)
        assert_int_equal(pthread_create(&members[i], NULL, crowd_member, &crowd), 0);
    for (size_t i = 0; i < threads; i++)
        assert_int_equal(pthread_join(members[i], NULL), 0);
    (void)pthread_barrier_destroy(&crowd.start);
    return crowd.wins;
}

/* ---- what most tests say ---- */

static inline void succeeds(struct ctx *c, err done)
{
    if (done.code != ERR_OK)
        fail_msg("%s: %s", err_slug(done.code), c->fault.text);
}
#define OK(call) succeeds(c, (call))

static inline void refuses(struct ctx *c, err done, enum err_code code)
{
    assert_int_equal(done.code, code);
    assert_int_equal(c->fault.code, code);
    fault_clear(c);
}
#define REFUSED(call, name) refuses(c, (call), ERR_##name)

#endif
