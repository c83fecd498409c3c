/* SPDX-License-Identifier: Apache-2.0 */

/* The memory of db_run_kept by itself: what it holds, for how long, and how much of it. */
#include "db/sqlite_kept.h"

#include "base/time.h"
#include "things_testing.h"

enum { ROUNDS = 300, READERS = 8 };

/* What one connection has read another finds, without reading it. */
static void connections_share_what_is_kept(void **state)
{
    struct ctx *c = ctx_of(state);
    struct sqlite_kept *kept = sqlite_kept_new();
    const char *cells[] = { "a", NULL, "7" };
    const struct table found = { .rows = 1, .columns = 3, .cells = cells };
    const struct param asked[] = { P_TEXT("a") };
    struct sqlite_kept_key key = { sql_find, asked, 1, 5 };
    struct table t;
    assert_non_null(kept);
    assert_false(sqlite_kept_find(c, kept, &key, &t));
    sqlite_kept_put(kept, &key, &found);
    assert_true(sqlite_kept_find(c, kept, &key, &t));
    assert_int_equal(t.rows, 1);
    assert_null(table_text(&t, 0, 1));
    assert_string_equal(table_text(&t, 0, 2), "7");
    key.marks = 6; /* somebody has written */
    assert_false(sqlite_kept_find(c, kept, &key, &t));
    sqlite_kept_free(kept);
}

/* What is past its time is of no use, and may be about people who are erased. */
static void what_is_past_its_time_goes(void **state)
{
    struct ctx *c = ctx_of(state);
    struct sqlite_kept *kept = sqlite_kept_new();
    const char *cells[] = { "a" };
    const struct table found = { .rows = 1, .columns = 1, .cells = cells };
    const struct param asked[] = { P_TEXT("a") };
    struct sqlite_kept_key key = { sql_find, asked, 1, 5 };
    struct table t;
    int64_t began_ms = time_monotonic_tick_ms();
    assert_non_null(kept);
    sqlite_kept_put(kept, &key, &found);
    sqlite_kept_expire(kept, began_ms + SQLITE_KEPT_MS - TIME_TICK_MS - 1);
    assert_true(sqlite_kept_find(c, kept, &key, &t) ||
                time_monotonic_ms() >= began_ms + SQLITE_KEPT_MS);
    sqlite_kept_put(kept, &key, &found);
    sqlite_kept_expire(kept, time_monotonic_ms() + SQLITE_KEPT_MS);
    assert_false(sqlite_kept_find(c, kept, &key, &t));
    sqlite_kept_expire(NULL, 0);
    sqlite_kept_free(kept);
}

/* How many of `n` results of `bytes` are found once all were put; 0: it took too long. */
static size_t how_many_stay(struct ctx *c, int64_t n, size_t bytes)
{
    struct sqlite_kept *kept = sqlite_kept_new();
    assert_non_null(kept);
    char *text = arena_alloc(c->arena, bytes + 1);
    memset(text, 'x', bytes);
    const char *cells[] = { text };
    const struct table found = { .rows = 1, .columns = 1, .cells = cells };
    struct table t;
    size_t stay = 0;
    for (int64_t i = 0; i < n; i++) {
        const struct param asked[] = { P_INT(i) };
        sqlite_kept_put(kept, &(struct sqlite_kept_key){ sql_find, asked, 1, 5 }, &found);
    }
    int64_t put_ms = time_monotonic_ms();
    for (int64_t i = 0; i < n; i++) {
        struct arena_mark mark = arena_mark(c->arena);
        const struct param asked[] = { P_INT(i) };
        stay += sqlite_kept_find(c, kept, &(struct sqlite_kept_key){ sql_find, asked, 1, 5 }, &t);
        arena_rewind(c->arena, mark);
    }
    sqlite_kept_free(kept);
    return time_monotonic_ms() < put_ms + SQLITE_KEPT_MS / 2 ? stay : 0;
}

/* Three results for each of 4000 people have room, and next to all of them a place. */
static void a_crowd_is_kept(void **state)
{
    struct ctx *c = ctx_of(state);
    size_t stay = 0;
    for (int i = 0; i < 10 && stay == 0; i++) /* where the machine was slow: again */
        stay = how_many_stay(c, 12000, 200);
    assert_in_range(stay, 11500, 12000);
}

/* However large results are, all together have a bound; new ones still find room. */
static void all_that_is_kept_has_a_bound(void **state)
{
    struct ctx *c = ctx_of(state);
    size_t stay = 0;
    for (int i = 0; i < 10 && stay == 0; i++)
        stay = how_many_stay(c, SQLITE_KEPT_MAX, 2048);
    assert_in_range(stay, SQLITE_KEPT_ALL_BYTES / 2048 / 2, SQLITE_KEPT_ALL_BYTES / 2048);
}

/* Whoever finds something finds what it asked for, while others put and expire; nobody waits. */
struct shared_kept {
    struct sqlite_kept *kept;
    _Atomic int64_t found;
};

static void *put_and_find(void *arg)
{
    struct shared_kept *shared = arg;
    struct ctx c = { .arena = arena_new(ARENA_REQUEST_CEILING) };
    char id[16];
    for (int i = 0; i < 64 * ROUNDS; i++) {
        struct table t;
        (void)snprintf(id, sizeof id, "%d", i % 7);
        const char *cells[] = { id };
        const struct table row = { .rows = 1, .columns = 1, .cells = cells };
        const struct param asked[] = { P_TEXT(id) };
        struct sqlite_kept_key key = { sql_find, asked, 1, 5 };
        if (sqlite_kept_find(&c, shared->kept, &key, &t)) {
            assert_string_equal(table_text(&t, 0, 0), id);
            shared->found++;
        } else {
            sqlite_kept_put(shared->kept, &key, &row);
        }
        if (i % 64 == 0)
            sqlite_kept_expire(shared->kept, time_monotonic_ms() + SQLITE_KEPT_MS);
        arena_reset(c.arena);
    }
    arena_end(c.arena);
    return NULL;
}

static void many_are_there_at_once(void **state)
{
    (void)state;
    struct shared_kept shared = { .kept = sqlite_kept_new() };
    pthread_t threads[READERS];
    assert_non_null(shared.kept);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, put_and_find, &shared), 0);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_true(shared.found > 0);
    sqlite_kept_free(shared.kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(connections_share_what_is_kept),
        WORLD_TEST(what_is_past_its_time_goes),
        WORLD_TEST(a_crowd_is_kept),
        WORLD_TEST(all_that_is_kept_has_a_bound),
        cmocka_unit_test(many_are_there_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
