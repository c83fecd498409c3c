/* SPDX-License-Identifier: Apache-2.0 */

/* The connections that read: one statement each, whoever comes. */
#include "db/sqlite_pool.h"

#include "base/time.h"
#include "db/sqlite_facts.h"
#include "db/sqlite_queue.h"
#include "things_testing.h"

#include <stdatomic.h>
#include <sys/resource.h>

enum { PLACES = 4, ROUNDS = 2000, TAKERS = 24 };

static struct sqlite_pool *open_pool(struct world *w)
{
    struct sqlite_pool *pool = NULL;
    succeeds(w->c, sqlite_pool_open(w->c, database_file(w->url), PLACES, &pool));
    assert_int_equal(sqlite_pool_size(pool), PLACES);
    return pool;
}

static struct sqlite_connection *take(struct ctx *c, struct sqlite_pool *pool, bool low)
{
    struct sqlite_connection *s = NULL;
    OK(sqlite_pool_take(c, pool, low, &s));
    return s;
}

/* Its memory is warm. */
static void who_comes_alone_gets_the_same_one(void **state)
{
    struct world *w = *state;
    struct sqlite_pool *pool = open_pool(w);
    struct sqlite_connection *first = take(w->c, pool, false);
    struct sqlite_connection *second = take(w->c, pool, false);
    assert_ptr_not_equal(first, second);
    sqlite_pool_give(pool, first);
    assert_ptr_equal(take(w->c, pool, false), first);
    sqlite_pool_give(pool, second);
    sqlite_pool_give(pool, first);
    sqlite_pool_close(pool);
}

/* Half of them are never with a thread that may not run for long. */
static void a_low_priority_takes_no_more_than_half(void **state)
{
    struct world *w = *state;
    struct sqlite_pool *pool = open_pool(w);
    struct sqlite_connection *at[PLACES];
    for (size_t i = 0; i < PLACES / 2; i++)
        at[i] = take(w->c, pool, true);
    struct sqlite_connection *none = NULL;
    refuses(w->c, sqlite_pool_take(w->c, pool, true, &none), ERR_UNAVAILABLE);
    assert_null(none);
    for (size_t i = PLACES / 2; i < PLACES; i++)
        at[i] = take(w->c, pool, false);
    for (size_t i = 0; i < PLACES; i++)
        sqlite_pool_give(pool, at[i]);
    sqlite_pool_close(pool);
}

struct giving {
    struct sqlite_pool *pool;
    struct sqlite_connection *s;
};

static void *give_back(void *arg)
{
    struct giving *giving = arg;
    sqlite_pool_give(giving->pool, giving->s);
    return NULL;
}

/* Who finds none waits for one, for a while. */
static void one_is_waited_for_and_then_unavailable(void **state)
{
    struct world *w = *state;
    struct ctx *c = w->c;
    struct sqlite_pool *pool = open_pool(w);
    struct sqlite_connection *at[PLACES];
    struct sqlite_connection *none = NULL;
    pthread_t giver;
    for (size_t i = 0; i < PLACES; i++)
        at[i] = take(c, pool, false);
    int64_t began_ms = time_monotonic_ms();
    assert_int_equal(sqlite_pool_take(c, pool, false, &none).code, ERR_UNAVAILABLE);
    assert_true(time_monotonic_ms() - began_ms >= SQLITE_WAIT_MS - 1);
    assert_non_null(strstr(c->fault.text, "none of its 4 connections was free within 5000 ms"));
    fault_clear(c);
    struct giving giving = { pool, at[1] };
    assert_int_equal(pthread_create(&giver, NULL, give_back, &giving), 0);
    assert_ptr_equal(take(c, pool, false), at[1]);
    assert_int_equal(pthread_join(giver, NULL), 0);
    for (size_t i = 0; i < PLACES; i++)
        sqlite_pool_give(pool, at[i]);
    sqlite_pool_close(pool);
}

/* Far more takers than connections, some of low priority, while others rest: each has one for
 * itself, and all get one. */
struct shared {
    struct sqlite_pool *pool;
    atomic_size_t number, done;
};

static void *take_often(void *arg)
{
    struct shared *shared = arg;
    struct ctx *c = worker_begin(NULL);
    size_t number = shared->number++;
    for (int i = 0; i < ROUNDS; i++) {
        struct table t;
        struct sqlite_connection *s = take(c, shared->pool, number % 4 == 0);
        OK(sqlite_run(c, s, sql_list, NULL, 0, &t));
        assert_int_equal(t.rows, 1);
        sqlite_pool_give(shared->pool, s);
        if (number == 1 && i % 16 == 0)
            (void)sqlite_pool_rest(shared->pool);
        arena_reset(c->arena);
    }
    shared->done++;
    worker_end(c);
    return NULL;
}

static void a_crowd_shares_them(void **state)
{
    struct world *w = *state;
    struct shared shared = { .pool = open_pool(w) };
    pthread_t threads[TAKERS];
    succeeds(w->c, add(w->c, "a", 1));
    for (size_t i = 0; i < TAKERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_often, &shared), 0);
    for (size_t i = 0; i < TAKERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(shared.done, TAKERS);
    sqlite_pool_close(shared.pool);
}

static int status_of(struct sqlite_connection *s, int what)
{
    int now = 0;
    int highest = 0;
    assert_int_equal(sqlite3_db_status(sqlite_handle(s), what, &now, &highest, 0), SQLITE_OK);
    return now;
}

static struct sqlite_connection *use(struct ctx *c, struct sqlite_pool *pool, int times)
{
    struct sqlite_connection *s = NULL;
    for (int i = 0; i < times; i++) {
        struct table t;
        s = take(c, pool, false);
        OK(sqlite_run(c, s, sql_list, NULL, 0, &t));
        assert_int_equal(t.rows, 1);
        sqlite_pool_give(pool, s);
    }
    return s;
}

/* What is used a lot keeps what it has, what is used little gives back its pages, and at rest a
 * connection is an open file, which works all the same when it is needed. */
static void one_that_rests_keeps_nothing(void **state)
{
    struct world *w = *state;
    struct ctx *c = w->c;
    struct sqlite_pool *pool = open_pool(w);
    OK(add(c, "a", 1));
    for (int round = 0; round < 2; round++) {
        struct sqlite_connection *s = use(c, pool, ROUNDS);
        int pages = status_of(s, SQLITE_DBSTATUS_CACHE_USED);
        assert_true(status_of(s, SQLITE_DBSTATUS_SCHEMA_USED) > 0);
        assert_false(sqlite_pool_rest(pool)); /* it works */
        assert_int_equal(status_of(s, SQLITE_DBSTATUS_CACHE_USED), pages);
        (void)use(c, pool, 1);
        assert_true(sqlite_pool_rest(pool)); /* that has ended */
        assert_true(status_of(s, SQLITE_DBSTATUS_CACHE_USED) < pages);
        assert_true(status_of(s, SQLITE_DBSTATUS_STMT_USED) > 0);
        assert_false(sqlite_pool_rest(pool));
        assert_int_equal(status_of(s, SQLITE_DBSTATUS_SCHEMA_USED), 0);
        assert_int_equal(status_of(s, SQLITE_DBSTATUS_STMT_USED), 0);
    }
    sqlite_pool_close(pool);
}

/* It is told at the start, not by the first who reads. */
static void one_that_cannot_be_opened_is_told_at_once(void **state)
{
    struct world *w = *state;
    struct ctx *c = w->c;
    struct sqlite_pool *pool = NULL;
    struct rlimit was;
    REFUSED(sqlite_pool_open(c, "/nowhere/at/all", PLACES, &pool), UNAVAILABLE);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
    int next = dup(STDERR_FILENO);
    assert_true(next >= 0);
    assert_int_equal(close(next), 0);
    for (rlim_t more = 0; more < PLACES; more++) {
        assert_int_equal(
            setrlimit(RLIMIT_NOFILE, &(struct rlimit){ (rlim_t)next + more, was.rlim_max }), 0);
        REFUSED(sqlite_pool_open(c, database_file(w->url), PLACES, &pool), UNAVAILABLE);
        assert_null(pool);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
    sqlite_pool_close(open_pool(w));
}

/* ---- what is known of statements ---- */

static const char first_sql[] = "SELECT 1";
static const char second_sql[] = "SELECT 2";

static void a_statement_is_known_once_somebody_told(void **state)
{
    (void)state;
    struct sqlite_facts *facts = sqlite_facts_new();
    struct sqlite_fact fact;
    assert_non_null(facts);
    assert_false(sqlite_facts_find(facts, first_sql, &fact));
    for (int i = 0; i < 2; i++)
        sqlite_facts_tell(facts, &(struct sqlite_fact){ first_sql, 5, true });
    assert_false(sqlite_facts_find(facts, second_sql, &fact));
    sqlite_facts_tell(facts, &(struct sqlite_fact){ second_sql, 6, false });
    assert_true(sqlite_facts_find(facts, first_sql, &fact));
    assert_true(fact.reads == 5 && fact.only_reads);
    assert_true(sqlite_facts_find(facts, second_sql, &fact));
    assert_true(fact.reads == 6 && !fact.only_reads);
    sqlite_facts_free(facts);
}

/* However many there are: what has no place is learnt each time. */
static void statements_without_a_place_are_not_known(void **state)
{
    (void)state;
    static const char many[SQLITE_STATEMENTS_MAX + 1][16];
    struct sqlite_facts *facts = sqlite_facts_new();
    struct sqlite_fact fact;
    size_t known = 0;
    assert_non_null(facts);
    for (size_t i = 0; i <= SQLITE_STATEMENTS_MAX; i++)
        sqlite_facts_tell(facts, &(struct sqlite_fact){ many[i], i, true });
    for (size_t i = 0; i <= SQLITE_STATEMENTS_MAX; i++)
        if (sqlite_facts_find(facts, many[i], &fact)) {
            assert_int_equal(fact.reads, i);
            known++;
        }
    assert_int_equal(known, SQLITE_STATEMENTS_MAX);
    sqlite_facts_free(facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(who_comes_alone_gets_the_same_one),
        WORLD_TEST(a_low_priority_takes_no_more_than_half),
        WORLD_TEST(one_is_waited_for_and_then_unavailable),
        WORLD_TEST(a_crowd_shares_them),
        WORLD_TEST(one_that_rests_keeps_nothing),
        WORLD_TEST(one_that_cannot_be_opened_is_told_at_once),
        cmocka_unit_test(a_statement_is_known_once_somebody_told),
        cmocka_unit_test(statements_without_a_place_are_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
