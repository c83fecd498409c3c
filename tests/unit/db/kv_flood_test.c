/* SPDX-License-Identifier: Apache-2.0 */
/* What the store in memory forgets when more is put into it than it has room for, and what not. */
#include "db/kv_memory.h"

#include "base/random.h"
#include "tests/unit/base/testing.h"

enum { OTHERS = 1000000, SMALL_BYTES = 1 << 20, FEW = 20000, LIMIT = 5 };

static const struct kv_rate rate = { .limit = LIMIT, .window = 60 };

static int open_kv(void **state, size_t bytes)
{
    assert_int_equal(set_up(state), 0);
    struct ctx *c = *state;
    c->random = random_seeded(c->arena, 4);
    assert_int_equal(kv_memory_open(c, bytes, &c->kv).code, ERR_OK);
    return 0;
}

/* A store of the size that the service has. */
static int open_full(void **state)
{
    return open_kv(state, KV_MEMORY_BYTES);
}

static int open_small(void **state)
{
    return open_kv(state, SMALL_BYTES);
}

static int close_kv(void **state)
{
    struct ctx *c = *state;
    kv_close(c->kv);
    return tear_down(state);
}

/* What is left of the allowance of `who` after `cost` more. */
static struct kv_taken take(struct ctx *c, const char *who, int64_t cost)
{
    struct kv_taken taken = { 0 };
    assert_int_equal(kv_take(c, KV_KEY(c, KV_THROTTLE, "login", who), rate, cost, &taken).code,
                     ERR_OK);
    return taken;
}

/* One attempt for each of `n` other names, for all of which the store has no room: the first is
 * forgotten.  The keys stand for hashes of names, whose making takes most of the time. */
static void flood(struct ctx *c, int n)
{
    char text[64];
    struct kv_key key = { KV_THROTTLE, text };
    struct kv_taken taken = { 0 };
    for (int i = n; i >= 0; i--) {
        (void)snprintf(text, sizeof text, "throttle:%043d", i == 0 ? n : i);
        assert_int_equal(kv_take(c, key, rate, i == 0 ? 0 : 1, &taken).code, ERR_OK);
    }
    assert_int_equal(taken.remaining, LIMIT);
}

/* RL-04: a flood of other names does not make the one under attack forgotten, neither at its limit
 * nor on the way to it. */
static void a_flood_of_names_gives_nobody_their_attempts_back(void **state)
{
    struct ctx *c = *state;
    for (int i = 0; i < LIMIT; i++)
        assert_true(take(c, "ada@example.com", 1).allowed);
    for (int i = 0; i < 3; i++)
        assert_true(take(c, "bob@example.com", 1).allowed);
    flood(c, OTHERS);
    assert_false(take(c, "ada@example.com", 1).allowed);
    assert_int_equal(take(c, "bob@example.com", 0).remaining, LIMIT - 3);
    c->now += rate.window;
    assert_int_equal(take(c, "ada@example.com", 0).remaining, LIMIT);
}

/* RL-04: nor does one of what must be kept, which is refused before it takes all the room. */
static void what_is_kept_takes_no_counters_place(void **state)
{
    struct ctx *c = *state;
    bool added = false;
    int refused = 0;
    for (int i = 0; i < LIMIT; i++)
        assert_true(take(c, "ada@example.com", 1).allowed);
    assert_int_equal(kv_add(c, KV_KEY(c, KV_CHALLENGE, "first"), "", 120, &added).code, ERR_OK);
    for (int i = 0; i < FEW; i++) {
        struct arena_mark mark = arena_mark(c->arena);
        struct kv_key key = KV_KEY(c, KV_CHALLENGE, text_printf(c->arena, "%d", i));
        err e = kv_add(c, key, "", 120, &added);
        assert_true(e.code == ERR_OK || e.code == ERR_UNAVAILABLE);
        refused += e.code != ERR_OK;
        fault_clear(c);
        arena_rewind(c->arena, mark);
    }
    assert_true(refused > 0 && refused < FEW);
    assert_false(take(c, "ada@example.com", 1).allowed);
    flood(c, FEW);
    /* And a flood of counters makes nothing kept forgotten: it can still not be used twice. */
    assert_int_equal(kv_add(c, KV_KEY(c, KV_CHALLENGE, "first"), "", 120, &added).code, ERR_OK);
    assert_false(added);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_flood_of_names_gives_nobody_their_attempts_back,
                                        open_full, close_kv),
        cmocka_unit_test_setup_teardown(what_is_kept_takes_no_counters_place, open_small, close_kv),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
