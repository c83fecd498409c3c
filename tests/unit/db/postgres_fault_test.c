/* SPDX-License-Identifier: Apache-2.0 */
#include "db/db_postgres.h"

#include "postgres_testing.h"

#include <stdatomic.h>

enum { WRITERS = 8, WRITES_MAX = 4000 };

/* ---- a server that goes and comes ---- */

/* Calls until it is done; how long that takes. */
static int64_t until_back(struct ctx *c, const char *id)
{
    int64_t begun = time_monotonic_ms();
    while (add(c, id, 1).code != ERR_OK) {
        fault_clear(c);
        assert_true(time_monotonic_ms() - begun < 10000);
        (void)usleep(20000);
    }
    return time_monotonic_ms() - begun;
}

/* nobody waits for a server that is known to be away, and all is well soon after it is back.
 */
static void a_stopped_server_is_unavailable_at_once_and_back_soon(void **state)
{
    struct ctx *c = ctx_of(state);
    OK(add(c, "before", 1));
    server_stop(server_of(state), "fast");
    unavailable(c, add(c, "away", 1), false);
    int64_t begun = time_monotonic_ms();
    for (int i = 0; i < 500; i++)
        unavailable(c, add(c, "away", 1), false);
    assert_true(time_monotonic_ms() - begun < 1000);
    unavailable(c, db_check(c), false);
    server_start(server_of(state), "");
    assert_true(until_back(c, "after") < BACK_WITHIN_MS);
    OK(db_check(c));
    assert_int_equal(count(c), 2);
}

/* What one writer was told about each of its things. */
struct told {
    enum { TOLD_NOTHING, TOLD_DONE, TOLD_NOT_DONE, TOLD_UNKNOWN } of[WRITES_MAX];
    int n;
};
struct writers {
    struct told told[WRITERS];
    atomic_bool over;
    atomic_int writes;
};

static RESULT add_twice(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const char *id = arg;
    TRY(add(c, id, 1));
    return add(c, text_printf(c->arena, "%s again", id), 1);
}

static void write_on(struct ctx *c, struct crowd *crowd, size_t number)
{
    struct writers *all = crowd->arg;
    struct told *told = &all->told[number];
    struct arena_mark mark = arena_mark(c->arena);
    while (!all->over && told->n < WRITES_MAX) {
        char id[32];
        (void)snprintf(id, sizeof id, "%zu-%d", number, told->n);
        err done = told->n % 2 == 0 ? add(c, id, 1) : db_atomically(c, add_twice, id);
        assert_true(done.code == ERR_OK || done.code == ERR_UNAVAILABLE);
        bool unknown = done.code != ERR_OK && strstr(c->fault.text, "may have happened") != NULL;
        told->of[told->n++] = done.code == ERR_OK ? TOLD_DONE
                              : unknown           ? TOLD_UNKNOWN
                                                  : TOLD_NOT_DONE;
        all->writes += done.code == ERR_OK;
        fault_clear(c);
        arena_rewind(c->arena, mark);
        if (done.code != ERR_OK)
            (void)usleep(5000);
    }
}

struct crash {
    struct server *server;
    struct writers *writers;
    const char *how;
};

static void *crash_amid(void *arg)
{
    struct crash *crash = arg;
    for (int round = 0; round < 3; round++) {
        int begun = crash->writers->writes;
        while (crash->writers->writes < begun + 200)
            (void)usleep(1000);
        server_stop(crash->server, crash->how);
        server_start(crash->server, "");
    }
    crash->writers->over = true;
    return NULL;
}

static void look_at(struct ctx *c, const struct told *told, size_t number)
{
    struct arena_mark mark = arena_mark(c->arena);
    for (int i = 0; i < told->n; i++) {
        const char *id = text_printf(c->arena, "%zu-%d", number, i);
        bool there = number_of(c, id) == 1;
        if (i % 2 == 1)
            assert_int_equal(number_of(c, text_printf(c->arena, "%s again", id)) == 1, there);
        assert_true(told->of[i] != TOLD_DONE || there);
        assert_true(told->of[i] != TOLD_NOT_DONE || !there);
        arena_rewind(c->arena, mark);
    }
}

static void crash(void **state, const char *how)
{
    struct writers *writers = calloc(1, sizeof *writers);
    struct crash crash = { server_of(state), writers, how };
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, crash_amid, &crash), 0);
    (void)crowd_run(world_of(state), WRITERS, write_on, writers);
    assert_int_equal(pthread_join(thread, NULL), 0);
    struct ctx *c = ctx_of(state);
    (void)until_back(c, "after");
    for (size_t i = 0; i < WRITERS; i++)
        look_at(c, &writers->told[i], i);
    free(writers);
}

/* what was acknowledged is there, what was refused is not, and no unit is half there.
 */
static void a_crash_amid_writes_loses_nothing_that_was_acknowledged(void **state)
{
    crash(state, "immediate");
}

static void a_shutdown_amid_writes_loses_nothing_that_was_acknowledged(void **state)
{
    crash(state, "fast");
}

/* ---- a connection that ends ---- */

static void an_idle_connection_that_ended_is_replaced(void **state)
{
    struct ctx *c = ctx_of(state);
    backend_end(world_of(state), backend_of(c));
    OK(add(c, "a", 1));
    backend_end(world_of(state), backend_of(c));
    OK(db_atomically(c, add_twice, (char[]){ "b" }));
    assert_int_equal(count(c), 3);
}

struct ended {
    struct world *world;
    int tries;
};

static RESULT ended_amid(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct ended *ended = arg;
    TRY(add(c, "a", 1));
    if (++ended->tries == 1)
        backend_end(ended->world, backend_of(c));
    return add(c, "b", 1);
}

/* */
static void a_unit_whose_connection_ended_amid_is_run_again_as_a_whole(void **state)
{
    struct ctx *c = ctx_of(state);
    struct ended ended = { .world = world_of(state) };
    OK(db_atomically(c, ended_amid, &ended));
    assert_int_equal(ended.tries, 2);
    assert_int_equal(count(c), 2);
}

static RESULT ended_at_the_end(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct ended *ended = arg;
    TRY(add(c, "a", 1));
    if (++ended->tries == 1)
        backend_end(ended->world, backend_of(c));
    return ok();
}

static void a_unit_whose_connection_ended_before_its_commit_is_run_again(void **state)
{
    struct ctx *c = ctx_of(state);
    struct ended ended = { .world = world_of(state) };
    OK(db_atomically(c, ended_at_the_end, &ended));
    assert_int_equal(ended.tries, 2);
    assert_int_equal(count(c), 1);
}

/* Things that end the connection of whoever commits them. */
static const char sql_trap[] =
    "CREATE OR REPLACE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS\n"
    "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$";
static const char sql_set_trap[] =
    "CREATE CONSTRAINT TRIGGER trap AFTER INSERT ON things DEFERRABLE INITIALLY DEFERRED\n"
    "FOR EACH ROW EXECUTE FUNCTION trap()";
static const char sql_remove_trap[] = "DROP TRIGGER trap ON things";

static RESULT add_counted(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    ++*(int *)arg;
    return add(c, "a", 1);
}

/* What was asked for at the moment when the connection ended is neither reported nor repeated. */
static void a_commit_without_an_answer_is_unknown_and_not_repeated(void **state)
{
    struct ctx *c = ctx_of(state);
    int tries = 0;
    OK(db_run(c, sql_trap, NULL, 0, NULL));
    OK(db_run(c, sql_set_trap, NULL, 0, NULL));
    unavailable(c, add(c, "a", 1), true);
    unavailable(c, db_atomically(c, add_counted, &tries), true);
    assert_int_equal(tries, 1);
    OK(db_run(c, sql_remove_trap, NULL, 0, NULL));
    OK(db_atomically(c, add_counted, &tries));
    assert_int_equal(count(c), 1);
}

/* ---- what does not answer ---- */

/* the other side is there and says nothing. */
static void a_connection_that_falls_silent_is_given_up_in_time(void **state)
{
    struct ctx *c = ctx_of(state);
    pid_t backend = backend_of(c);
    assert_int_equal(kill(backend, SIGSTOP), 0);
    int64_t begun = time_monotonic_ms();
    unavailable(c, add(c, "a", 1), true);
    assert_true(time_monotonic_ms() - begun < POSTGRES_CALL_MS + 500);
    begun = time_monotonic_ms();
    OK(add(c, "b", 1));
    assert_true(time_monotonic_ms() - begun < 1000);
    assert_int_equal(kill(backend, SIGCONT), 0);
}

static void statements_that_take_too_long_are_ended(void **state)
{
    struct ctx *c = ctx_of(state);
    int64_t begun = time_monotonic_ms();
    unavailable(c, db_run(c, "SELECT pg_sleep(60)", NULL, 0, NULL), false);
    assert_true(time_monotonic_ms() - begun < POSTGRES_CALL_MS);
    OK(add(c, "a", 1));
}

static pid_t first_process(const struct server *s)
{
    char pid[32];
    shell(pid, sizeof pid, "head -n1 %s/data/postmaster.pid", s->folder);
    return (pid_t)strtol(pid, NULL, 10);
}

/* of many workers none waits for what one of them found out. */
static void a_server_that_takes_no_connection_costs_one_wait(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    pid_t server = first_process(server_of(state));
    struct ctx *other = worker_begin(NULL);
    assert_int_equal(kill(server, SIGSTOP), 0);
    int64_t begun = time_monotonic_ms();
    unavailable(other, db_open(other, w->database, &other->db), false);
    assert_true(time_monotonic_ms() - begun < 3000);
    begun = time_monotonic_ms();
    for (int i = 0; i < 100; i++)
        unavailable(other, db_open(other, w->database, &other->db), false);
    assert_true(time_monotonic_ms() - begun < 400);
    OK(add(c, "a", 1)); /* who has a connection uses it */
    assert_int_equal(kill(server, SIGCONT), 0);
    worker_end(other);
}

static void too_many_connections_are_refused_and_others_go_on(void **state)
{
    struct world *w = world_of(state);
    struct ctx *more[32];
    size_t n = 0;
    world_close(w);
    server_stop(server_of(state), "fast");
    server_start(server_of(state), "max_connections=10");
    world_open(w, DB_SERVER);
    struct ctx *c = w->c;
    err opened = ok();
    for (; n < 32 && opened.code == ERR_OK; n++) {
        more[n] = worker_begin(NULL);
        opened = db_open(more[n], w->database, &more[n]->db);
    }
    assert_true(n > 5 && n < 32);
    assert_non_null(strstr(more[n - 1]->fault.text, "too many"));
    unavailable(more[n - 1], opened, false);
    OK(add(c, "a", 1));
    worker_end(more[0]);
    more[0] = worker_begin(NULL);
    int64_t begun = time_monotonic_ms();
    while (db_open(more[0], w->database, &more[0]->db).code != ERR_OK) {
        fault_clear(more[0]);
        assert_true(time_monotonic_ms() - begun < BACK_WITHIN_MS);
        (void)usleep(20000);
    }
    for (size_t i = 0; i < n; i++)
        worker_end(more[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_stopped_server_is_unavailable_at_once_and_back_soon),
        WORLD_TEST(a_crash_amid_writes_loses_nothing_that_was_acknowledged),
        WORLD_TEST(a_shutdown_amid_writes_loses_nothing_that_was_acknowledged),
        WORLD_TEST(an_idle_connection_that_ended_is_replaced),
        WORLD_TEST(a_unit_whose_connection_ended_amid_is_run_again_as_a_whole),
        WORLD_TEST(a_unit_whose_connection_ended_before_its_commit_is_run_again),
        WORLD_TEST(a_commit_without_an_answer_is_unknown_and_not_repeated),
        WORLD_TEST(a_connection_that_falls_silent_is_given_up_in_time),
        WORLD_TEST(statements_that_take_too_long_are_ended),
        WORLD_TEST(a_server_that_takes_no_connection_costs_one_wait),
        WORLD_TEST(too_many_connections_are_refused_and_others_go_on),
    };
    return server_is_given() ? cmocka_run_group_tests(tests, server_set_up, server_tear_down) : 0;
}
