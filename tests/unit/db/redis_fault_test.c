/* SPDX-License-Identifier: Apache-2.0 */
/*
 * a server that goes away, forgets, is slow or full: nobody waits long, nobody is let in for
 * it, and it is used again soon after it is back.
 */
#include "redis_testing.h"

enum { CALL_AT_MOST_MS = REDIS_OPEN_MS + REDIS_CALL_MS + 250 };

/* How long `n` takes take together. */
static int64_t take_time(struct ctx *c, int n)
{
    int64_t begun = time_monotonic_ms();
    (void)passed(c, "time", (struct kv_rate){ LONG, LONG }, n);
    return time_monotonic_ms() - begun;
}

/* ---- two nodes ---- */

/* also where the clocks of the nodes differ. */
static void two_nodes_share_what_they_count_and_have_seen(void **state)
{
    struct redis *r = redis_of(state);
    struct ctx *c = r->c;
    struct kv *other = NULL;
    struct kv_rate rate = { 5, MINUTE };
    bool added = false;
    const char *value = NULL;
    OK(kv_open(c, text_printf(c->arena, "unix://%s/socket", r->folder), &other));
    assert_int_equal(passed(c, "a", rate, 3), 3);
    OK(kv_add(c, KV_KEY(c, KV_DPOP_JTI, "a"), "1", 100, &added));
    OK(kv_add(c, KV_KEY(c, KV_CHALLENGE, "a"), "1", 100, &added));
    c->kv = other;
    for (int i = 0; i < 3; i++) {
        c->now += 300 * (i - 1);
        assert_int_equal(passed(c, "a", rate, 9), i == 0 ? 2 : 0);
        OK(kv_add(c, KV_KEY(c, KV_DPOP_JTI, "a"), "2", 100, &added));
        assert_false(added);
        OK(kv_add(c, KV_KEY(c, KV_CHALLENGE, "a"), "2", 100, &added));
        assert_false(added);
        OK(kv_get(c, KV_KEY(c, KV_DPOP_JTI, "a"), &value));
        assert_string_equal(value, "1");
    }
    assert_int_equal(kv_born_at(other), kv_born_at(r->kv));
    kv_close(other);
    c->kv = r->kv;
}

/* ---- away and back ---- */

/* RL-11 */
static void without_the_server_each_node_gives_half(void **state)
{
    struct redis *r = redis_of(state);
    struct ctx *c = r->c;
    assert_int_equal(passed(c, "before", (struct kv_rate){ 5, LONG }, 10), 5);
    redis_stop(r);
    assert_int_equal(passed(c, "five", (struct kv_rate){ 5, LONG }, 10), 2);
    assert_int_equal(passed(c, "hundred", (struct kv_rate){ 100, LONG }, 200), 50);
    assert_int_equal(passed(c, "one", (struct kv_rate){ 1, 100 }, 10), 1);
    c->now += 100;
    assert_int_equal(passed(c, "one", (struct kv_rate){ 1, 100 }, 10), 0);
    c->now += 100;
    assert_int_equal(passed(c, "one", (struct kv_rate){ 1, 100 }, 10), 1);
    assert_int_equal(passed(c, "longest", (struct kv_rate){ 1, LONG }, 10), 1);
    assert_int_equal(c->fault.code, ERR_OK);
    assert_true(figures_of(r).is_away);
    assert_true(figures_of(r).local > 100);
}

static void nobody_waits_for_a_server_that_is_known_to_be_away(void **state)
{
    struct redis *r = redis_of(state);
    redis_stop(r);
    assert_true(take_time(r->c, 1000) < 1000 && figures_of(r).failures < 10);
}

static void it_is_used_again_soon_after_it_is_back(void **state)
{
    struct redis *r = redis_of(state);
    struct ctx *c = r->c;
    for (int round = 0; round < 3; round++) {
        redis_stop(r);
        assert_true(is_away(c));
        redis_start(r, "");
        assert_true(until_back(c) < BACK_WITHIN_MS);
        uint64_t local = figures_of(r).local;
        assert_int_equal(passed(c, "after", (struct kv_rate){ 5, LONG }, 10), 5);
        assert_int_equal(figures_of(r).local, local);
    }
}

static void a_restart_that_nobody_noticed_costs_nothing(void **state)
{
    struct redis *r = redis_of(state);
    (void)taken(r->c, "a", (struct kv_rate){ 5, LONG }, 1);
    redis_stop(r);
    redis_start(r, "");
    (void)taken(r->c, "a", (struct kv_rate){ 5, LONG }, 1);
    assert_int_equal(figures_of(r).failures + figures_of(r).local, 0);
}

static void what_is_said_of_it_tells_why(void **state)
{
    struct redis *r = redis_of(state);
    struct ctx *c = r->c;
    redis_stop(r);
    err checked = kv_check(c);
    assert_int_equal(c->fault.retry_after, 1);
    assert_non_null(strstr(c->fault.text, "redis: "));
    REFUSED(checked, UNAVAILABLE);
}

/* The first failure of a request is the one that is told, whatever becomes of its counters. */
static void an_earlier_failure_stays(void **state)
{
    struct redis *r = redis_of(state);
    struct ctx *c = r->c;
    bool added = false;
    struct kv_key strict = KV_KEY(c, KV_DPOP_JTI, "a");
    c->fault = (struct fault){ .code = ERR_CONFLICT, .text = "earlier" };
    (void)taken(c, "a", (struct kv_rate){ 5, MINUTE }, -1);
    assert_string_equal(c->fault.text, "earlier");
    redis_stop(r);
    (void)taken(c, "a", (struct kv_rate){ 5, MINUTE }, -1);
    assert_int_equal(kv_add(c, strict, "1", 100, &added).code, ERR_UNAVAILABLE);
    assert_int_equal(kv_check(c).code, ERR_UNAVAILABLE);
    assert_int_equal(c->fault.code, ERR_CONFLICT);
    assert_string_equal(c->fault.text, "earlier");
}

/* What each kind does without the server, as db/kv_redis.h says. */
static void without_the_server_what_must_be_known_everywhere_is_refused(void **state)
{
    struct redis *r = redis_of(state);
    struct ctx *c = r->c;
    struct kv_key strict = KV_KEY(c, KV_DPOP_JTI, "a");
    const char *value = NULL;
    bool added = true;
    redis_stop(r);
    REFUSED(kv_add(c, strict, "1", 100, &added), UNAVAILABLE);
    REFUSED(kv_set(c, strict, "1", 100), UNAVAILABLE);
    REFUSED(kv_get(c, strict, &value), UNAVAILABLE);
    REFUSED(kv_remove(c, strict), UNAVAILABLE);
    assert_int_equal(kv_born_at(c->kv), INT64_MAX);
}

static void without_the_server_what_is_kept_is_kept_here(void **state)
{
    struct redis *r = redis_of(state);
    struct ctx *c = r->c;
    struct kv_key kept = KV_KEY(c, KV_CHALLENGE, "a");
    const char *value = NULL;
    bool added = false;
    redis_stop(r);
    OK(kv_add(c, kept, "1", 100, &added));
    assert_true(added);
    OK(kv_add(c, kept, "2", 100, &added));
    assert_false(added);
    OK(kv_get(c, kept, &value));
    assert_string_equal(value, "1");
    OK(kv_remove(c, kept));
    OK(kv_get(c, kept, &value));
    assert_null(value);
}

static void without_the_server_a_cache_holds_nothing(void **state)
{
    struct redis *r = redis_of(state);
    struct ctx *c = r->c;
    struct kv_key cached = KV_KEY(c, KV_SESSION, "a");
    const char *value = "x";
    bool added = true;
    OK(kv_set(c, cached, "1", 100));
    redis_stop(r);
    OK(kv_get(c, cached, &value));
    assert_null(value);
    OK(kv_set(c, cached, "1", 100));
    OK(kv_add(c, cached, "1", 100, &added));
    assert_false(added);
    OK(kv_get(c, cached, &value));
    assert_null(value);
    REFUSED(kv_remove(c, cached), UNAVAILABLE);
}

/* ---- slow ---- */

static void a_frozen_server_holds_nobody_longer_than_the_deadline(void **state)
{
    struct redis *r = redis_of(state);
    struct ctx *c = r->c;
    (void)taken(c, "a", (struct kv_rate){ 5, LONG }, 1);
    redis_signal(r, SIGSTOP);
    assert_true(take_time(c, 1) < REDIS_CALL_MS + 250);
    assert_true(take_time(c, 100) < 100);
    (void)usleep((REDIS_PAUSE_MS + 20) * 1000);
    assert_true(take_time(c, 1) < CALL_AT_MOST_MS); /* the one that tries */
    assert_true(take_time(c, 100) < 100);
    redis_signal(r, SIGCONT);
    assert_true(until_back(c) < BACK_WITHIN_MS);
}

struct waiter {
    struct kv *kv;
    _Atomic int64_t longest;
};

static void take_on(struct ctx *c, struct crowd *crowd, size_t number)
{
    struct waiter *w = crowd->arg;
    c->kv = w->kv;
    int64_t end = time_monotonic_ms() + 2500;
    while (time_monotonic_ms() < end) {
        struct arena_mark mark = arena_mark(c->arena);
        int64_t begun = time_monotonic_ms();
        (void)taken(c, text_printf(c->arena, "%zu", number), (struct kv_rate){ LONG, LONG }, 1);
        int64_t took = time_monotonic_ms() - begun;
        if (took > w->longest)
            w->longest = took;
        crowd->wins += took >= REDIS_CALL_MS - 10;
        (void)usleep(1000);
        arena_rewind(c->arena, mark);
    }
}

static void *freeze_and_thaw(void *arg)
{
    struct redis *r = arg;
    (void)usleep(300000);
    redis_signal(r, SIGSTOP);
    (void)usleep(1200000);
    redis_signal(r, SIGCONT);
    return NULL;
}

/* Of 16 threads each waits once, and then one at a time. */
static void a_frozen_server_makes_no_pile_of_threads(void **state)
{
    struct redis *r = redis_of(state);
    struct waiter waiter = { .kv = r->kv };
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, freeze_and_thaw, r), 0);
    size_t waits = crowd_run(&(struct world){ 0 }, 16, take_on, &waiter);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(waits >= 1 && waits <= 16 + 8);
    assert_true(waiter.longest < CALL_AT_MOST_MS);
}

static void a_server_that_is_busy_is_away_as_well(void **state)
{
    struct redis *r = redis_of(state);
    struct ctx *c = r->c;
    redis_stop(r);
    redis_start(r, "enable-debug-command=local");
    assert_int_equal(passed(c, "a", (struct kv_rate){ 9, LONG }, 1), 1);
    shell("redis-cli -s %s/socket debug sleep 1 >/dev/null &", r->folder);
    (void)usleep(100000);
    assert_true(take_time(c, 100) < CALL_AT_MOST_MS);
    assert_true(figures_of(r).local > 0);
    assert_true(until_back(c) < BACK_WITHIN_MS);
}

/* ---- what forgets ---- */

static void a_flushed_server_counts_anew_and_says_since_when_it_remembers(void **state)
{
    struct redis *r = redis_of(state);
    struct ctx *c = r->c;
    bool added = false;
    OK(kv_add(c, KV_KEY(c, KV_DPOP_JTI, "a"), "1", 100, &added));
    int64_t born = kv_born_at(c->kv);
    assert_int_equal(passed(c, "a", (struct kv_rate){ 2, LONG }, 3), 2);
    redis_do(r, "flushall");
    (void)usleep(1100000);
    assert_int_equal(passed(c, "a", (struct kv_rate){ 2, LONG }, 3), 2);
    OK(kv_add(c, KV_KEY(c, KV_DPOP_JTI, "a"), "1", 100, &added));
    assert_true(added);
    assert_true(kv_born_at(c->kv) > born);
    assert_int_equal(figures_of(r).failures, 0);
}

static void a_restarted_server_says_since_when_it_remembers(void **state)
{
    struct redis *r = redis_of(state);
    struct ctx *c = r->c;
    bool added = false;
    OK(kv_add(c, KV_KEY(c, KV_DPOP_JTI, "a"), "1", 100, &added));
    int64_t born = kv_born_at(c->kv);
    redis_do(r, "save"); /* an older state of it comes back */
    redis_stop(r);
    (void)usleep(1100000);
    redis_start(r, "");
    redis_do(r, "exists uauth:born | grep -q 1");
    OK(kv_add(c, KV_KEY(c, KV_DPOP_JTI, "b"), "1", 100, &added));
    assert_true(kv_born_at(c->kv) > born);
}

static void scripts_that_were_forgotten_are_told_again(void **state)
{
    struct redis *r = redis_of(state);
    struct ctx *c = r->c;
    assert_int_equal(passed(c, "a", (struct kv_rate){ 9, LONG }, 2), 2);
    redis_do(r, "script flush");
    assert_int_equal(passed(c, "a", (struct kv_rate){ 9, LONG }, 9), 7);
    assert_int_equal(figures_of(r).failures, 0);
}

/* ---- what has no room ---- */

static void a_full_server_is_as_good_as_none(void **state)
{
    struct redis *r = redis_of(state);
    struct ctx *c = r->c;
    bool added = false;
    redis_do(r, "config set maxmemory-policy noeviction");
    redis_do(r, "config set maxmemory 1");
    assert_int_equal(passed(c, "a", (struct kv_rate){ 10, LONG }, 20), 5);
    REFUSED(kv_add(c, KV_KEY(c, KV_DPOP_JTI, "a"), "1", 100, &added), UNAVAILABLE);
    redis_do(r, "config set maxmemory 0");
    (void)usleep((REDIS_PAUSE_MS + 50) * 1000);
    assert_int_equal(passed(c, "b", (struct kv_rate){ 10, LONG }, 20), 10);
}

/* A jti that was thrown away may have been seen: what was made before is refused then. */
static void a_server_that_evicts_says_since_when_it_remembers(void **state)
{
    struct redis *r = redis_of(state);
    struct ctx *c = r->c;
    bool added = false;
    redis_do(r, "config set maxmemory 4mb");
    redis_do(r, "config set maxmemory-policy allkeys-random");
    OK(kv_add(c, KV_KEY(c, KV_DPOP_JTI, "a"), "1", 1000, &added));
    int64_t born = kv_born_at(c->kv);
    (void)usleep(1100000);
    char *value = arena_alloc(c->arena, KV_VALUE_MAX + 1);
    memset(value, 'x', KV_VALUE_MAX);
    for (int i = 0; i < 100; i++)
        OK(kv_set(c, KV_KEY(c, KV_DOCUMENT, text_printf(c->arena, "%d", i)), value, 1000));
    OK(kv_add(c, KV_KEY(c, KV_DPOP_JTI, "b"), "1", 1000, &added));
    assert_true(kv_born_at(c->kv) > born);
}

/* ---- what others did there ---- */

static void a_key_of_another_kind_does_no_harm(void **state)
{
    struct redis *r = redis_of(state);
    struct ctx *c = r->c;
    const char *name = KV_KEY(c, KV_LIMIT, "a").text;
    static const char *const values[] = { "x", "-1", "1e300", "nan", "99999999999999999999999" };
    for (size_t i = 0; i < 5; i++) {
        redis_do(r, text_printf(c->arena, "set uauth:%s %s", name, values[i]));
        struct kv_taken out = taken(c, "a", (struct kv_rate){ 4, MINUTE }, 1);
        assert_true(out.remaining >= 0 && out.remaining <= 3 && out.reset <= MINUTE);
    }
    redis_do(r, text_printf(c->arena, "del uauth:%s", name));
    redis_do(r, text_printf(c->arena, "rpush uauth:%s x", name));
    assert_int_equal(passed(c, "a", (struct kv_rate){ 4, LONG }, 9), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REDIS_TEST(two_nodes_share_what_they_count_and_have_seen),
        REDIS_TEST(without_the_server_each_node_gives_half),
        REDIS_TEST(nobody_waits_for_a_server_that_is_known_to_be_away),
        REDIS_TEST(it_is_used_again_soon_after_it_is_back),
        REDIS_TEST(a_restart_that_nobody_noticed_costs_nothing),
        REDIS_TEST(what_is_said_of_it_tells_why),
        REDIS_TEST(an_earlier_failure_stays),
        REDIS_TEST(without_the_server_what_must_be_known_everywhere_is_refused),
        REDIS_TEST(without_the_server_what_is_kept_is_kept_here),
        REDIS_TEST(without_the_server_a_cache_holds_nothing),
        REDIS_TEST(a_frozen_server_holds_nobody_longer_than_the_deadline),
        REDIS_TEST(a_frozen_server_makes_no_pile_of_threads),
        REDIS_TEST(a_server_that_is_busy_is_away_as_well),
        REDIS_TEST(a_flushed_server_counts_anew_and_says_since_when_it_remembers),
        REDIS_TEST(a_restarted_server_says_since_when_it_remembers),
        REDIS_TEST(scripts_that_were_forgotten_are_told_again),
        REDIS_TEST(a_full_server_is_as_good_as_none),
        REDIS_TEST(a_server_that_evicts_says_since_when_it_remembers),
        REDIS_TEST(a_key_of_another_kind_does_no_harm),
    };
    return redis_is_given() ? cmocka_run_group_tests(tests, NULL, NULL) : 0;
}
