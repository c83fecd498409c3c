/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every driver does.  Runs on memory, and in the suite "redis" on a server.
 */
#include "kv_testing.h"

enum { MINUTE = 60, LONG = 1000000 };

static struct ctx *ctx_of(void **state)
{
    return ((struct store *)*state)->c;
}

static struct kv_taken taken(struct ctx *c, const char *name, struct kv_rate rate, int64_t cost)
{
    struct kv_taken out;
    OK(kv_take(c, KV_KEY(c, KV_LIMIT, name), rate, cost, &out));
    return out;
}

/* ---- keys ---- */

/* IN-12 */
static void distinct_tuples_have_distinct_keys(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct kv_key keys[] = {
        KV_KEY(c, KV_LIMIT, "ab", "c"),  KV_KEY(c, KV_LIMIT, "a", "bc"),
        KV_KEY(c, KV_LIMIT, "abc"),      KV_KEY(c, KV_LIMIT, "abc", ""),
        KV_KEY(c, KV_LIMIT, "", "abc"),  KV_KEY(c, KV_LIMIT, "abc", (const char *)NULL),
        KV_KEY(c, KV_DEVICE, "ab", "c"),
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(keys[i].text, keys[j].text);
    }
    assert_string_equal(keys[0].text, KV_KEY(c, KV_LIMIT, "ab", "c").text);
    assert_null(strstr(keys[0].text, "ab"));
}

/* ---- counters ---- */

static void an_allowance_is_given_and_then_refused(void **state)
{
    struct ctx *c = ctx_of(state);
    struct kv_rate rate = { 5, MINUTE };
    for (int i = 0; i < 5; i++) {
        struct kv_taken out = taken(c, "a", rate, 1);
        assert_true(out.allowed);
        assert_int_equal(out.remaining, 4 - i);
        assert_int_equal(out.reset, 12 * (i + 1));
        assert_int_equal(out.retry_after, 0);
    }
    struct kv_taken out = taken(c, "a", rate, 1);
    assert_false(out.allowed);
    assert_int_equal(out.remaining, 0);
    assert_int_equal(out.retry_after, 12);
    assert_true(taken(c, "b", rate, 1).allowed);
}

static void it_comes_back_evenly(void **state)
{
    struct store *s = *state;
    struct kv_rate rate = { 5, MINUTE };
    assert_true(taken(s->c, "a", rate, 5).allowed);
    store_pass_seconds(s, 10);
    assert_false(taken(s->c, "a", rate, 1).allowed);
    store_pass_seconds(s, 2);
    assert_true(taken(s->c, "a", rate, 1).allowed);
    assert_false(taken(s->c, "a", rate, 1).allowed);
    store_pass_seconds(s, MINUTE);
    assert_int_equal(taken(s->c, "a", rate, 0).remaining, 5);
    assert_false(taken(s->c, "a", rate, 6).allowed);
    assert_int_equal(taken(s->c, "a", rate, 5).remaining, 0);
}

static void looking_takes_nothing_and_refusals_cost_nothing(void **state)
{
    struct store *s = *state;
    struct ctx *c = s->c;
    struct kv_rate rate = { 3, MINUTE };
    for (int i = 0; i < 4; i++)
        assert_int_equal(taken(c, "a", rate, 0).remaining, 3);
    assert_true(taken(c, "a", rate, 2).allowed);
    for (int i = 0; i < 4; i++)
        assert_false(taken(c, "a", rate, 2).allowed);
    assert_int_equal(taken(c, "a", rate, 0).remaining, 1);
    store_pass_seconds(s, 20);
    assert_true(taken(c, "a", rate, 2).allowed);
}

static void what_is_given_back_is_there_again_and_never_more_than_all(void **state)
{
    struct ctx *c = ctx_of(state);
    struct kv_rate rate = { 3, MINUTE };
    assert_true(taken(c, "a", rate, 3).allowed);
    struct kv_taken out = taken(c, "a", rate, -1);
    assert_true(out.allowed);
    assert_int_equal(out.remaining, 1);
    assert_int_equal(taken(c, "a", rate, -LONG).remaining, 3);
    assert_int_equal(taken(c, "b", rate, -1).remaining, 3);
    assert_true(taken(c, "a", rate, 3).allowed);
    assert_false(taken(c, "a", rate, 1).allowed);
}

static void rates_at_their_bounds_count_exactly(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_true(taken(c, "slow", (struct kv_rate){ 1, LONG }, 1).allowed);
    struct kv_taken out = taken(c, "slow", (struct kv_rate){ 1, LONG }, 1);
    assert_int_equal(out.retry_after, LONG);
    assert_int_equal(out.reset, LONG);
    struct kv_rate huge = { LONG, LONG };
    assert_true(taken(c, "huge", huge, LONG).allowed);
    assert_int_equal(taken(c, "huge", huge, LONG).retry_after, LONG);
    assert_true(taken(c, "fast", (struct kv_rate){ LONG, 1 }, LONG).allowed);
    assert_false(taken(c, "slow", (struct kv_rate){ 1, LONG }, LONG).allowed);
}

/* A smaller limit holds at once, also for who had taken more. */
static void a_limit_that_shrinks_locks_out_for_a_window_at_most(void **state)
{
    struct store *s = *state;
    assert_true(taken(s->c, "a", (struct kv_rate){ 10, 1000 }, 10).allowed);
    struct kv_taken out = taken(s->c, "a", (struct kv_rate){ 10, MINUTE }, 1);
    assert_false(out.allowed);
    assert_int_equal(out.retry_after, 6);
    store_pass_seconds(s, MINUTE);
}

static void a_counter_can_be_removed(void **state)
{
    struct ctx *c = ctx_of(state);
    struct kv_rate rate = { 1, LONG };
    assert_true(taken(c, "a", rate, 1).allowed);
    OK(kv_remove(c, KV_KEY(c, KV_LIMIT, "a")));
    OK(kv_remove(c, KV_KEY(c, KV_LIMIT, "never there")));
    assert_true(taken(c, "a", rate, 1).allowed);
}

/* Whatever is taken and given back, the server counts as kv_gcra does: the store's tear-down sees
 * that nothing was answered otherwise. */
static void a_thousand_random_takes_count_alike(void **state)
{
    struct ctx *c = ctx_of(state);
    uint64_t dice = 88172645463325252u;
    for (int i = 0; i < 1000; i++) {
        struct arena_mark mark = arena_mark(c->arena);
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        struct kv_rate rate = { 1 + (int64_t)(dice % 7), 1 + (int64_t)(dice / 7 % 100) };
        int64_t cost = (int64_t)(dice / 700 % 9) - 2;
        char name[] = { (char)('a' + dice / 6300 % 5), '\0' };
        struct kv_taken out = taken(c, name, rate, cost);
        assert_true(out.remaining >= 0 && out.remaining <= rate.limit);
        assert_true(out.allowed ? out.retry_after == 0 : out.retry_after >= 1 && cost > 0);
        assert_true(out.reset >= 0 && out.reset <= rate.window);
        arena_rewind(c->arena, mark);
    }
}

/* ---- values ---- */

static const char *value_of(struct ctx *c, struct kv_key key)
{
    const char *value = NULL;
    OK(kv_get(c, key, &value));
    return value;
}

static void a_value_is_kept_until_it_expires(void **state)
{
    struct store *s = *state;
    struct ctx *c = s->c;
    static const enum kv_family families[] = { KV_SESSION, KV_CHALLENGE, KV_DPOP_JTI };
    for (size_t i = 0; i < 3; i++) {
        struct kv_key key = KV_KEY(c, families[i], "a");
        assert_null(value_of(c, key));
        OK(kv_set(c, key, "one", 100));
        assert_string_equal(value_of(c, key), "one");
        OK(kv_set(c, key, "two", 50));
        store_pass_seconds(s, 49);
        assert_string_equal(value_of(c, key), "two");
        store_pass_seconds(s, 2);
        assert_null(value_of(c, key));
        OK(kv_set(c, key, "three", 50));
        OK(kv_remove(c, key));
        assert_null(value_of(c, key));
    }
}

static void a_value_is_added_only_where_there_is_none(void **state)
{
    struct store *s = *state;
    struct ctx *c = s->c;
    static const enum kv_family families[] = { KV_SESSION, KV_CHALLENGE, KV_DPOP_JTI };
    for (size_t i = 0; i < 3; i++) {
        struct kv_key key = KV_KEY(c, families[i], "a");
        bool added = false;
        OK(kv_add(c, key, "one", 100, &added));
        assert_true(added);
        OK(kv_add(c, key, "two", 1000, &added));
        assert_false(added);
        assert_string_equal(value_of(c, key), "one");
        store_pass_seconds(s, 101);
        OK(kv_add(c, key, "three", 100, &added));
        assert_true(added);
        assert_string_equal(value_of(c, key), "three");
    }
}

static void any_text_comes_back_as_it_was(void **state)
{
    struct ctx *c = ctx_of(state);
    char *longest = arena_alloc(c->arena, KV_VALUE_MAX + 1);
    memset(longest, 'x', KV_VALUE_MAX);
    const char *const values[] = { "",         "\r\n$-1\r\n", "*2\r\n+OK\r\n", "%s%n",
                                   "\xff\xfe", "\x1b[0m",     "\"a\" 'b' \\",  longest };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct kv_key key = KV_KEY(c, KV_DOCUMENT, values[i]);
        OK(kv_set(c, key, values[i], 100));
        assert_string_equal(value_of(c, key), values[i]);
    }
}

static void families_are_apart(void **state)
{
    struct ctx *c = ctx_of(state);
    OK(kv_set(c, KV_KEY(c, KV_SESSION, "a"), "session", 100));
    OK(kv_set(c, KV_KEY(c, KV_DOCUMENT, "a"), "document", 100));
    assert_string_equal(value_of(c, KV_KEY(c, KV_SESSION, "a")), "session");
    OK(kv_remove(c, KV_KEY(c, KV_SESSION, "a")));
    assert_string_equal(value_of(c, KV_KEY(c, KV_DOCUMENT, "a")), "document");
}

static void it_says_since_when_it_remembers(void **state)
{
    struct ctx *c = ctx_of(state);
    bool added = false;
    int64_t begun = is_on_redis() ? time_now() : c->now;
    OK(kv_add(c, KV_KEY(c, KV_DPOP_JTI, "a"), "1", 100, &added));
    int64_t born = kv_born_at(c->kv);
    assert_true(born >= begun && born <= begun + 2);
    OK(kv_add(c, KV_KEY(c, KV_DPOP_JTI, "b"), "1", 100, &added));
    assert_int_equal(kv_born_at(c->kv), born);
}

/* ---- many at once ---- */

static void take_often(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    c->kv = crowd->arg;
    for (int i = 0; i < 4; i++)
        crowd->wins += taken(c, "one key", (struct kv_rate){ 40, LONG }, 1).allowed;
}

/* RL-07 */
static void of_many_at_once_as_many_pass_as_may(void **state)
{
    struct store *s = *state;
    assert_int_equal(crowd_run(&(struct world){ 0 }, 64, take_often, s->kv), 40);
}

static void add_one(struct ctx *c, struct crowd *crowd, size_t number)
{
    bool added = false;
    c->kv = crowd->arg;
    for (int i = 0; i < 4; i++) {
        struct kv_key key = KV_KEY(c, KV_DPOP_JTI, text_printf(c->arena, "%d", i));
        OK(kv_add(c, key, text_printf(c->arena, "%zu", number), 100, &added));
        crowd->wins += added;
    }
}

static void of_many_at_once_one_is_the_first(void **state)
{
    struct store *s = *state;
    assert_int_equal(crowd_run(&(struct world){ 0 }, 64, add_one, s->kv), 4);
}

static void keep_own(struct ctx *c, struct crowd *crowd, size_t number)
{
    c->kv = crowd->arg;
    for (int i = 0; i < 50; i++) {
        struct arena_mark mark = arena_mark(c->arena);
        const char *mine = text_printf(c->arena, "%zu of %d", number, i);
        struct kv_key key = KV_KEY(c, KV_DOCUMENT, text_printf(c->arena, "%zu", number));
        OK(kv_set(c, key, mine, 100));
        crowd->wins += text_equal(value_of(c, key), mine);
        arena_rewind(c->arena, mark);
    }
}

/* ME-14 */
static void nobody_gets_the_answer_of_another(void **state)
{
    struct store *s = *state;
    assert_int_equal(crowd_run(&(struct world){ 0 }, 32, keep_own, s->kv), 32 * 50);
}

/* ---- opening ---- */

static void an_unknown_scheme_is_refused_with_the_known_ones(void **state)
{
    struct ctx *c = ctx_of(state);
    struct kv *kv = NULL;
    err opened = kv_open(c, "memcached://localhost", &kv);
    assert_string_equal(c->fault.field, "redis_url");
    assert_non_null(strstr(c->fault.say, "memory:, redis:, rediss:"));
    REFUSED(opened, INVALID_FIELD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(distinct_tuples_have_distinct_keys),
        STORE_TEST(an_allowance_is_given_and_then_refused),
        STORE_TEST(it_comes_back_evenly),
        STORE_TEST(looking_takes_nothing_and_refusals_cost_nothing),
        STORE_TEST(what_is_given_back_is_there_again_and_never_more_than_all),
        STORE_TEST(rates_at_their_bounds_count_exactly),
        STORE_TEST(a_limit_that_shrinks_locks_out_for_a_window_at_most),
        STORE_TEST(a_counter_can_be_removed),
        STORE_TEST(a_thousand_random_takes_count_alike),
        STORE_TEST(a_value_is_kept_until_it_expires),
        STORE_TEST(a_value_is_added_only_where_there_is_none),
        STORE_TEST(any_text_comes_back_as_it_was),
        STORE_TEST(families_are_apart),
        STORE_TEST(it_says_since_when_it_remembers),
        STORE_TEST(of_many_at_once_as_many_pass_as_may),
        STORE_TEST(of_many_at_once_one_is_the_first),
        STORE_TEST(nobody_gets_the_answer_of_another),
        STORE_TEST(an_unknown_scheme_is_refused_with_the_known_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
