/* SPDX-License-Identifier: Apache-2.0 */
/* The keyrings of tenants: apart, kept while they are young, and only so many of them. */
#include "token_testing.h"

#include "token/keyrings.h"

enum { FEW = 2, CALLERS = 6, ROUNDS = 40 };

/* Keys are made for tenants that there are. */
static void add_tenants(struct ctx *c)
{
    static const char sql[] =
        "INSERT INTO tenants (id, slug, name, status, created_at, updated_at)\n"
        "VALUES ('tenant-a', 'a', 'A', 'active', 1, 1),\n"
        "       ('tenant-b', 'b', 'B', 'active', 1, 1),\n"
        "       ('tenant-c', 'c', 'C', 'active', 1, 1)";
    OK(db_run(c, sql, NULL, 0, NULL));
}

static struct keyrings *keyrings_begin(struct ctx *c, size_t kept)
{
    add_tenants(c);
    struct keyrings *k = keyrings_new(c->arena, c->keys, kept);
    assert_non_null(k);
    ARENA_OWN(c->arena, struct keyrings, keyrings_free, k);
    return k;
}

static const char *signs(struct ctx *c, struct keyrings *k, const char *tenant_id)
{
    struct keyring *keys = NULL;
    OK(keyrings_of(c, k, tenant_id, &keys));
    return signer_of(c, keys);
}

/* Another node breaks with the key of the tenant. */
static void break_key(struct ctx *c, const char *tenant_id)
{
    struct keyring *there = NULL;
    OK(keyring_open(c, c->arena, tenant_id, &there));
    OK(keyring_rotate(c, there, true));
    keyring_close(there);
}

static void one_is_read_anew_when_it_is_not_young(void **state)
{
    struct ctx *c = ctx_of(state);
    struct keyrings *k = keyrings_begin(c, FEW);
    const char *before = signs(c, k, "tenant-a");
    assert_string_not_equal(before, signs(c, k, "tenant-b"));
    break_key(c, "tenant-a");
    assert_string_equal(signs(c, k, "tenant-a"), before);
    c->now += KEYRINGS_YOUNG_SECONDS;
    assert_string_not_equal(signs(c, k, "tenant-a"), before);
}

/* TN-12: memory does not grow with the tenants; who works with a keyring keeps it. */
static void only_those_that_were_asked_for_last_are_kept(void **state)
{
    struct ctx *c = ctx_of(state);
    struct keyrings *k = keyrings_begin(c, FEW);
    struct keyring *held = NULL;
    OK(keyrings_of(c, k, "tenant-a", &held));
    const char *a = signer_of(c, held);
    const char *b = signs(c, k, "tenant-b");
    assert_string_equal(signs(c, k, "tenant-a"), a);
    (void)signs(c, k, "tenant-c");
    break_key(c, "tenant-a");
    break_key(c, "tenant-b");
    assert_string_equal(signs(c, k, "tenant-a"), a);
    assert_string_not_equal(signs(c, k, "tenant-b"), b);
    (void)signs(c, k, "tenant-c");
    assert_string_not_equal(signs(c, k, "tenant-a"), a);
    assert_string_equal(signer_of(c, held), a);
}

static void ask(struct ctx *c, struct crowd *crowd, size_t number)
{
    static const char *const tenants[] = { "tenant-a", "tenant-b", "tenant-c" };
    struct keyrings *k = crowd->arg;
    node_joined(c, crowd);
    for (size_t i = 0; i < ROUNDS; i++) {
        struct arena_mark mark = arena_mark(c->arena);
        c->now += KEYRINGS_YOUNG_SECONDS;
        assert_non_null(signs(c, k, tenants[(number + i / 3) % 3]));
        arena_rewind(c->arena, mark);
    }
    crowd->wins++;
}

static void many_at_once_ask_for_more_than_are_kept(void **state)
{
    struct world *w = world_of(state);
    struct keyrings *k = keyrings_begin(w->c, FEW);
    assert_int_equal(crowd_run(w, CALLERS, ask, k), CALLERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOKEN_TEST(one_is_read_anew_when_it_is_not_young),
        TOKEN_TEST(only_those_that_were_asked_for_last_are_kept),
        TOKEN_TEST(many_at_once_ask_for_more_than_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
