/* SPDX-License-Identifier: Apache-2.0 */
/*
 * many faults, many threads.  UAUTH_CHAOS_ROUNDS says how many rounds of faults; 3 if it is
 * not set, 150 in script/test nightly.
 */
#include "redis_testing.h"

struct chaos {
    struct redis *redis;
    int rounds;
    atomic_bool over;
    _Atomic int right, wrong;
};

/* Each thread has keys of its own: what it finds there is its own or nothing. */
static void keep_own(struct ctx *c, struct crowd *crowd, size_t number)
{
    struct chaos *chaos = crowd->arg;
    c->kv = chaos->redis->kv;
    for (int i = 0; !chaos->over; i++) {
        struct arena_mark mark = arena_mark(c->arena);
        const char *mine = text_printf(c->arena, "%zu of %d", number, i);
        const char *found = NULL;
        struct kv_key key = KV_KEY(c, KV_DOCUMENT, mine);
        OK(kv_set(c, key, mine, 100));
        OK(kv_get(c, key, &found));
        (void)taken(c, mine, (struct kv_rate){ 5, MINUTE }, 1);
        chaos->right += found != NULL && text_equal(found, mine);
        chaos->wrong += found != NULL && !text_equal(found, mine);
        arena_rewind(c->arena, mark);
        (void)usleep(500); /* whoever makes the faults needs a processor, too */
    }
}

/* Fourteen faults a round. */
static void *make_chaos(void *arg)
{
    struct chaos *chaos = arg;
    struct redis *r = chaos->redis;
    for (int round = 0; round < chaos->rounds; round++) {
        for (int i = 0; i < 10; i++) {
            redis_do(r, "client kill type normal skipme yes");
            (void)usleep(10000);
        }
        redis_do(r, "flushall");
        redis_do(r, "script flush");
        redis_signal(r, SIGSTOP);
        (void)usleep(300000);
        redis_signal(r, SIGCONT);
        (void)usleep(700000);
        redis_stop(r);
        redis_start(r, "");
        (void)usleep(700000);
    }
    chaos->over = true;
    return NULL;
}

/* ME-14 */
static void amid_faults_nobody_gets_the_answer_of_another(void **state)
{
    struct redis *r = redis_of(state);
    const char *rounds = getenv("UAUTH_CHAOS_ROUNDS");
    int64_t wanted = 3;
    if (rounds != NULL)
        assert_true(text_int(rounds, 1, 1000000, &wanted));
    struct chaos chaos = { .redis = r, .rounds = (int)wanted };
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, make_chaos, &chaos), 0);
    (void)crowd_run(&(struct world){ 0 }, 16, keep_own, &chaos);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(chaos.wrong, 0);
    assert_true(chaos.right > 1000);
    assert_true(figures_of(r).failures > 0);
    assert_true(until_back(r->c) < BACK_WITHIN_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REDIS_TEST(amid_faults_nobody_gets_the_answer_of_another),
    };
    return redis_is_given() ? cmocka_run_group_tests(tests, NULL, NULL) : 0;
}
