/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of further algorithms, for clients that register them. */
#include "token_testing.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

static void also(struct ctx *c, const char *names)
{
    settings(c)->jwt_more_algorithms = words(c, names);
}

static const struct key_info *key_of(struct ctx *c, const struct keyring *k, const char *alg,
                                     enum key_state state)
{
    struct key_infos infos = infos_of(c, k);
    for (size_t i = 0; i < infos.n; i++)
        if (infos.at[i].state == state && text_equal(infos.at[i].alg, alg))
            return &infos.at[i];
    return NULL;
}

static err sign_by(struct ctx *c, const struct keyring *k, const char *alg, const char **token)
{
    const struct keyring_use use = { .typ = "test", .alg = alg };
    return keyring_sign_as(c, k, &use, "{}", token);
}

/* The algorithm that signs for a client of `alg`. */
static const char *signs_with(struct ctx *c, const struct keyring *k, const char *alg)
{
    const char *token = NULL;
    struct jws jws = { 0 };
    OK(sign_by(c, k, alg, &token));
    const struct jws_policy policy = { .algs = ALGS_ASYMMETRIC, .keys = keyring_public(c, k) };
    OK(jws_verify(c, token, &policy, &jws));
    return alg_name(jws.alg);
}

static void each_further_algorithm_signs_from_the_first_start(void **state)
{
    static const char *const names[] = { "RS256", "PS256", "ES256", "ES384", "EdDSA" };
    struct ctx *c = ctx_of(state);
    also(c, "RS256 PS256 ES256 ES384 EdDSA");
    struct keyring *k = open_keys(c);
    assert_int_equal(infos_of(c, k).n, 5);
    assert_int_equal(keyring_algs(c, k), ALGS_ASYMMETRIC);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_string_equal(signs_with(c, k, names[i]), names[i]);
    assert_string_equal(signs_with(c, k, NULL), "ES256");
    keyring_close(k);
}

/* JOSE-01: what is no algorithm of ours signs nothing, and nothing stands in for it. */
static void nothing_signs_in_place_of_another(void **state)
{
    static const char *const names[] = { "EdDSA", "RS256", "HS256", "none", "None", "" };
    struct ctx *c = ctx_of(state);
    struct keyring *k = open_keys(c);
    const char *token = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        REFUSED(sign_by(c, k, names[i], &token), UNAVAILABLE);
    assert_int_equal(keyring_algs(c, k), ALG_ES256);
    keyring_close(k);
}

/* CR-11: one that is added to the settings is published before it signs. */
static void an_added_algorithm_is_published_first(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *token = NULL;
    struct keyring *k = open_keys(c);
    c->now += DAY;
    also(c, "EdDSA");
    OK(keyring_reload(c, k));
    const struct key_info *next = key_of(c, k, "EdDSA", KEY_NEXT);
    assert_int_equal(next->activates_at, c->now + HOUR);
    assert_true(is_published(c, k, next->kid));
    assert_int_equal(keyring_algs(c, k), ALG_ES256);
    REFUSED(sign_by(c, k, "EdDSA", &token), UNAVAILABLE);
    c->now = next->activates_at;
    OK(keyring_refresh(c, k));
    assert_string_equal(signs_with(c, k, "EdDSA"), "EdDSA");
    assert_string_equal(signs_with(c, k, NULL), "ES256");
    assert_int_equal(keyring_algs(c, k), ALG_ES256 | ALG_EDDSA);
    keyring_close(k);
}

/* Each rotates by itself, and on demand all of them do. */
static void each_algorithm_rotates(void **state)
{
    struct ctx *c = ctx_of(state);
    also(c, "EdDSA");
    struct keyring *k = open_keys(c);
    const char *first = key_of(c, k, "EdDSA", KEY_CURRENT)->kid;
    OK(keyring_rotate(c, k, false));
    assert_non_null(key_of(c, k, "ES256", KEY_NEXT));
    c->now = key_of(c, k, "EdDSA", KEY_NEXT)->activates_at;
    OK(keyring_refresh(c, k));
    assert_string_not_equal(key_of(c, k, "EdDSA", KEY_CURRENT)->kid, first);
    assert_true(is_published(c, k, first));
    c->now += 90 * DAY - HOUR;
    OK(keyring_refresh(c, k));
    assert_non_null(key_of(c, k, "EdDSA", KEY_NEXT));
    assert_non_null(key_of(c, k, "ES256", KEY_NEXT));
    assert_false(is_published(c, k, first));
    keyring_close(k);
}

/* CR-11: no algorithm is left behind, and none is without a key after it. */
static void an_emergency_is_of_all_algorithms(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *before = NULL;
    also(c, "EdDSA");
    struct keyring *k = open_keys(c);
    OK(sign_by(c, k, "EdDSA", &before));
    OK(keyring_rotate(c, k, true));
    assert_int_equal(infos_of(c, k).n, 2);
    struct jws jws = { 0 };
    const struct jws_policy policy = { .algs = ALGS_ASYMMETRIC, .keys = keyring_public(c, k) };
    REFUSED(jws_verify(c, before, &policy, &jws), INVALID_TOKEN);
    assert_string_equal(signs_with(c, k, "EdDSA"), "EdDSA");
    assert_int_equal(counted(c, "SELECT count(*) FROM events WHERE name = 'key.rotated'"), 2);
    keyring_close(k);
}

/* One that is taken out of the settings goes on for those who have registered it, is not offered
 * any more, and retires when nobody has rotated it. */
static void a_removed_algorithm_goes_when_its_time_has_come(void **state)
{
    struct ctx *c = ctx_of(state);
    also(c, "EdDSA");
    struct keyring *k = open_keys(c);
    also(c, "");
    OK(keyring_reload(c, k));
    assert_int_equal(keyring_algs(c, k), ALG_ES256);
    assert_string_equal(signs_with(c, k, "EdDSA"), "EdDSA");
    c->now += 91 * DAY;
    OK(keyring_refresh(c, k));
    assert_null(key_of(c, k, "EdDSA", KEY_CURRENT));
    keyring_close(k);
}

static void open_with_the_rest(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    struct keyring *k = NULL;
    node_joined(c, crowd);
    also(c, "EdDSA");
    OK(keyring_open(c, c->arena, NULL, &k));
    crowd->wins += keyring_algs(c, k) == (ALG_ES256 | ALG_EDDSA);
    keyring_close(k);
}

static void nodes_that_start_at_once_agree(void **state)
{
    struct world *w = world_of(state);
    also(w->c, "EdDSA");
    assert_int_equal(crowd_run(w, 4, open_with_the_rest, NULL), 4);
    assert_int_equal(counted(w->c, "SELECT count(*) FROM keys"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BARE_TEST(each_further_algorithm_signs_from_the_first_start),
        BARE_TEST(nothing_signs_in_place_of_another),
        BARE_TEST(an_added_algorithm_is_published_first),
        BARE_TEST(each_algorithm_rotates),
        BARE_TEST(an_emergency_is_of_all_algorithms),
        BARE_TEST(a_removed_algorithm_goes_when_its_time_has_come),
        BARE_TEST(nodes_that_start_at_once_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
