/* SPDX-License-Identifier: Apache-2.0 */
/* DP-01: what comes but once, on any number of threads, in bounded memory. */
#include "client/replays.h"

#include "tests/unit/base/testing.h"

#include <pthread.h>
#include <stdatomic.h>

static bool first(struct ctx *c, struct replays *r, const char *id, int64_t until)
{
    bool is_first = false;
    assert_int_equal(replays_add(c, r, bytes_of(id), until, &is_first).code, ERR_OK);
    return is_first;
}

static void each_comes_once_until_its_time_is_over(void **state)
{
    struct ctx *c = *state;
    struct replays *r = replays_new(0, c->now);
    assert_int_equal(replays_born_at(r), c->now);
    assert_true(first(c, r, "a", c->now + 10));
    assert_false(first(c, r, "a", c->now + 10));
    assert_true(first(c, r, "b", c->now + 10));
    c->now += 10;
    assert_false(first(c, r, "a", c->now + 10));
    c->now += 11;
    assert_true(first(c, r, "a", c->now + 10));
    replays_free(r);
    replays_free(NULL);
}

static void many_are_remembered(void **state)
{
    struct ctx *c = *state;
    enum { MANY = 20000 };
    struct replays *r = replays_new(0, c->now);
    struct arena_mark mark = arena_mark(c->arena);
    for (int round = 0; round < 2; round++)
        for (int n = 0; n < MANY; n++) {
            assert_int_equal(first(c, r, text_printf(c->arena, "id %d", n), c->now + 100),
                             round == 0);
            arena_rewind(c->arena, mark);
        }
    replays_free(r);
}

static void where_there_is_no_room_none_is_taken(void **state)
{
    struct ctx *c = *state;
    bool is_first = false;
    struct replays *r = replays_new(2, c->now);
    assert_true(first(c, r, "a", c->now + 10));
    assert_true(first(c, r, "b", c->now + 20));
    assert_int_equal(replays_add(c, r, bytes_of("c"), c->now + 10, &is_first).code,
                     ERR_UNAVAILABLE);
    fault_clear(c);
    c->now += 11;
    assert_true(first(c, r, "c", c->now + 10));
    assert_false(first(c, r, "b", c->now + 10));
    replays_free(r);
}

struct crowd {
    struct replays *replays;
    int64_t now;
    atomic_uint taken;
};

static void *press(void *arg)
{
    struct crowd *crowd = arg;
    struct ctx c = { .arena = arena_new(ARENA_REQUEST_CEILING), .now = crowd->now };
    for (int n = 0; n < 200; n++) {
        bool is_first = false;
        const char *id = text_printf(c.arena, "%d", n);
        must(replays_add(&c, crowd->replays, bytes_of(id), c.now + 100, &is_first).code == ERR_OK);
        if (is_first)
            (void)atomic_fetch_add(&crowd->taken, 1);
    }
    arena_end(c.arena);
    return NULL;
}

static void of_a_crowd_one_comes_in(void **state)
{
    struct ctx *c = *state;
    struct crowd crowd = { .replays = replays_new(0, c->now), .now = c->now };
    pthread_t threads[8];
    for (size_t n = 0; n < 8; n++)
        assert_int_equal(pthread_create(&threads[n], NULL, press, &crowd), 0);
    for (size_t n = 0; n < 8; n++)
        assert_int_equal(pthread_join(threads[n], NULL), 0);
    assert_int_equal(atomic_load(&crowd.taken), 200);
    replays_free(crowd.replays);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_comes_once_until_its_time_is_over),
        TEST(many_are_remembered),
        TEST(where_there_is_no_room_none_is_taken),
        TEST(of_a_crowd_one_comes_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
