/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of the keys, as nodes on one database live it. */
#include "token_testing.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

static void the_first_start_makes_a_key_that_signs(void **state)
{
    struct ctx *c = ctx_of(state);
    struct keyring *k = open_keys(c);
    const struct key_info *current = key_in(c, k, KEY_CURRENT);
    assert_int_equal(infos_of(c, k).n, 1);
    assert_string_equal(current->alg, "ES256");
    assert_int_equal(current->activates_at, c->now);
    assert_int_equal(current->retires_at, c->now + 90 * DAY);
    assert_int_equal(current->expires_at, 0);
    assert_string_equal(signer_of(c, k), current->kid);
    keyring_close(k);
}

/* SU-01: no key is built in. */
static void two_fresh_databases_have_different_keys(void **state)
{
    struct ctx *c = ctx_of(state);
    struct keyring *k = open_keys(c);
    void *other = NULL;
    assert_int_equal(set_up_bare(&other), 0);
    struct keyring *k2 = open_keys(ctx_of(&other));
    assert_string_not_equal(signer_of(c, k), signer_of(ctx_of(&other), k2));
    keyring_close(k2);
    assert_int_equal(tear_down_store(&other), 0);
    keyring_close(k);
}

static void the_same_key_is_there_after_a_restart(void **state)
{
    struct ctx *c = ctx_of(state);
    struct keyring *k = open_keys(c);
    const char *kid = signer_of(c, k);
    keyring_close(k);
    k = open_keys(c);
    assert_string_equal(signer_of(c, k), kid);
    keyring_close(k);
}

static void each_algorithm_of_the_settings_signs(void **state)
{
    static const char *const names[] = { "RS256", "PS256", "ES256", "ES384", "EdDSA" };
    for (int64_t i = ALGORITHM_RS256; i <= ALGORITHM_EDDSA; i++) {
        void *fresh = NULL;
        assert_int_equal(set_up_bare(&fresh), 0);
        struct ctx *c = ctx_of(&fresh);
        settings(c)->jwt_algorithm = i;
        struct keyring *k = open_keys(c);
        c->keys = k;
        assert_string_equal(key_in(c, k, KEY_CURRENT)->alg, names[i]);
        struct grant_facts facts = some_facts(c);
        assert_true(is_live(c, a_token(c, &facts)));
        keyring_close(k);
        assert_int_equal(tear_down_store(&fresh), 0);
    }
    (void)state;
}

/* CR-11: the next key is published as long as the settings say before it signs, and the one before
 * stays until the last token it signed has expired. */
static void a_key_is_published_then_signs_then_retires_then_goes(void **state)
{
    struct ctx *c = ctx_of(state);
    int64_t start = c->now;
    struct keyring *k = open_keys(c);
    const char *first = key_in(c, k, KEY_CURRENT)->kid;
    c->now = start + 90 * DAY - HOUR - 1;
    OK(keyring_refresh(c, k));
    assert_null(key_in(c, k, KEY_NEXT));

    c->now = start + 90 * DAY - HOUR;
    OK(keyring_refresh(c, k));
    const struct key_info *next = key_in(c, k, KEY_NEXT);
    assert_int_equal(next->activates_at, start + 90 * DAY);
    assert_true(is_published(c, k, next->kid));
    assert_string_equal(signer_of(c, k), first);

    c->now = start + 90 * DAY - 1;
    OK(keyring_refresh(c, k));
    assert_string_equal(signer_of(c, k), first);

    c->now = start + 90 * DAY;
    OK(keyring_refresh(c, k));
    assert_string_equal(signer_of(c, k), next->kid);
    const struct key_info *retired = key_in(c, k, KEY_RETIRED);
    assert_string_equal(retired->kid, first);
    assert_int_equal(retired->expires_at, c->now + 15 * MINUTE + KEYRING_LINGER_SECONDS);

    c->now = retired->expires_at - 1;
    OK(keyring_refresh(c, k));
    assert_true(is_published(c, k, first));
    c->now++;
    OK(keyring_refresh(c, k));
    assert_false(is_published(c, k, first));
    assert_int_equal(counted(c, "SELECT count(*) FROM keys"), 1);
    keyring_close(k);
}

/* A service that was off for long publishes the next key before it signs, all the same. */
static void an_overdue_rotation_still_publishes_first(void **state)
{
    struct ctx *c = ctx_of(state);
    struct keyring *k = open_keys(c);
    const char *first = signer_of(c, k);
    keyring_close(k);
    c->now += 400 * DAY;
    k = open_keys(c);
    assert_string_equal(signer_of(c, k), first);
    assert_int_equal(key_in(c, k, KEY_NEXT)->activates_at, c->now + HOUR);
    keyring_close(k);
}

/* ---- two nodes ---- */

/* What `from` signs now verifies at `at` as it is, and a quarter of an hour later too. */
struct sent {
    int64_t at;
    const char *token;
};

static bool takes(struct node *at, const char *token)
{
    struct jws jws = { 0 };
    const struct jws_policy policy = { .algs = ALG_ES256, .keys = keyring_public(at->c, at->keys) };
    err e = jws_verify(at->c, token, &policy, &jws);
    fault_clear(at->c);
    return e.code == ERR_OK;
}

static void exchange(struct node *from, struct node *at)
{
    const char *token = NULL;
    succeeds(from->c, keyring_sign(from->c, from->keys, "test", "{}", &token));
    assert_true(takes(at, token));
}

/* CR-11: over four days with a rotation each day, nodes that read the table at different times take
 * each other's tokens, at once and when they are as old as they may be. */
static void no_token_is_ever_refused_by_another_node(void **state)
{
    enum { STEP = 5 * MINUTE, STEPS = 4 * DAY / STEP, OLD = 15 * MINUTE / STEP };
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    settings(c)->key_rotation_days = 1;
    struct node a = node_beside(w, c), b = node_beside(w, c);
    char tokens[OLD + 1][512] = { 0 };
    node_start(&a);
    node_start(&b);
    assert_string_equal(signer_of(a.c, a.keys), signer_of(b.c, b.keys));
    for (size_t i = 0; i < STEPS; i++) {
        struct arena_mark mark_a = arena_mark(a.c->arena), mark_b = arena_mark(b.c->arena);
        const char *token = NULL;
        a.c->now = b.c->now = c->now + (int64_t)i * STEP;
        refresh(&a);
        exchange(&a, &b); /* which has not read the table since five minutes ago */
        exchange(&b, &a);
        refresh(&b);
        exchange(&b, &a);
        succeeds(a.c, keyring_sign(a.c, a.keys, "test", "{}", &token));
        (void)snprintf(tokens[i % (OLD + 1)], sizeof tokens[0], "%s", token);
        if (i >= OLD)
            assert_true(takes(&b, tokens[(i + 1) % (OLD + 1)]));
        arena_rewind(a.c->arena, mark_a);
        arena_rewind(b.c->arena, mark_b);
    }
    assert_int_equal(counted(c, "SELECT count(*) FROM keys WHERE state = 'current'"), 1);
    assert_true(counted(c, "SELECT count(*) FROM keys") <= 3);
    node_end(&b);
    node_end(&a);
}

static void open_with_the_rest(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    struct keyring *k = NULL;
    node_joined(c, crowd);
    OK(keyring_open(c, c->arena, NULL, &k));
    crowd->wins += key_in(c, k, KEY_CURRENT) != NULL;
    keyring_close(k);
}

static void nodes_that_start_at_once_agree_on_one_key(void **state)
{
    struct world *w = world_of(state);
    assert_int_equal(crowd_run(w, 8, open_with_the_rest, NULL), 8);
    assert_int_equal(counted(w->c, "SELECT count(*) FROM keys"), 1);
}

/* ---- rotation on demand ---- */

static void a_rotation_on_demand_publishes_before_it_signs(void **state)
{
    struct ctx *c = ctx_of(state);
    struct keyring *k = open_keys(c);
    const char *first = signer_of(c, k);
    OK(keyring_rotate(c, k, false));
    const struct key_info *next = key_in(c, k, KEY_NEXT);
    assert_int_equal(next->activates_at, c->now + HOUR);
    assert_string_equal(signer_of(c, k), first);
    OK(keyring_rotate(c, k, false));
    assert_string_equal(key_in(c, k, KEY_NEXT)->kid, next->kid);
    c->now = next->activates_at;
    OK(keyring_refresh(c, k));
    assert_string_equal(signer_of(c, k), next->kid);
    assert_true(is_published(c, k, first));
    assert_int_equal(counted(c, "SELECT count(*) FROM events WHERE name = 'key.rotated'"), 2);
    keyring_close(k);
}

/* A next key that waits for its day is brought forward, but not before it has been published. */
static void a_rotation_on_demand_takes_the_key_that_waits(void **state)
{
    struct ctx *c = ctx_of(state);
    settings(c)->key_publish_seconds = 7 * DAY;
    struct keyring *k = open_keys(c);
    OK(keyring_rotate(c, k, false));
    int64_t made = c->now;
    settings(c)->key_publish_seconds = HOUR;
    c->now += 10 * MINUTE;
    OK(keyring_rotate(c, k, false));
    assert_int_equal(key_in(c, k, KEY_NEXT)->activates_at, made + HOUR);
    keyring_close(k);
}

static void no_setting_lets_a_key_sign_unlearnt(void **state)
{
    struct ctx *c = ctx_of(state);
    settings(c)->key_publish_seconds = 0;
    struct keyring *k = open_keys(c);
    OK(keyring_rotate(c, k, false));
    assert_int_equal(key_in(c, k, KEY_NEXT)->activates_at, c->now + KEYRING_LEARN_SECONDS);
    keyring_close(k);
}

/* CR-11: after an emergency nothing that the old keys signed is good, on no node that has read. */
static void an_emergency_takes_every_key_that_has_signed_out(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    struct keyring *k = open_keys(c);
    struct node b = node_beside(w, c);
    node_start(&b);
    c->keys = k;
    struct grant_facts facts = some_facts(c);
    const char *oldest = a_token(c, &facts);
    OK(keyring_rotate(c, k, false));
    c->now = key_in(c, k, KEY_NEXT)->activates_at;
    OK(keyring_refresh(c, k));
    const char *old = a_token(c, &facts);
    assert_true(is_live(c, old));
    OK(keyring_rotate(c, k, true));
    assert_false(is_live(c, old));
    assert_false(takes(&(struct node){ c, k }, oldest));
    assert_true(is_live(c, a_token(c, &facts)));
    assert_int_equal(keyring_public(c, k)->n, 1);
    b.c->now = c->now;
    assert_true(takes(&b, oldest));
    refresh(&b);
    assert_false(takes(&b, oldest));
    assert_false(takes(&b, old));
    node_end(&b);
    keyring_close(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BARE_TEST(the_first_start_makes_a_key_that_signs),
        BARE_TEST(two_fresh_databases_have_different_keys),
        BARE_TEST(the_same_key_is_there_after_a_restart),
        BARE_TEST(each_algorithm_of_the_settings_signs),
        BARE_TEST(a_key_is_published_then_signs_then_retires_then_goes),
        BARE_TEST(an_overdue_rotation_still_publishes_first),
        BARE_TEST(no_token_is_ever_refused_by_another_node),
        BARE_TEST(nodes_that_start_at_once_agree_on_one_key),
        BARE_TEST(a_rotation_on_demand_publishes_before_it_signs),
        BARE_TEST(a_rotation_on_demand_takes_the_key_that_waits),
        BARE_TEST(no_setting_lets_a_key_sign_unlearnt),
        BARE_TEST(an_emergency_takes_every_key_that_has_signed_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
