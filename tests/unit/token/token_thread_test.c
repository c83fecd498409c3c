/* SPDX-License-Identifier: Apache-2.0 */
/* Readers on many threads while keys rotate and revocations come in. */
#include "token_testing.h"

#include "store/revocations.h"

enum { READERS = 6, ROUNDS = 60 };

struct shared {
    struct keyring *keys;
    _Atomic size_t reading;
};

/* What a worker does: makes tokens and looks at them and at the key set. */
static void read_keys(struct ctx *c, struct shared *shared)
{
    struct grant_facts facts = some_facts(c);
    struct bytes jwks;
    const char *etag = NULL;
    for (int i = 0; i < ROUNDS; i++) {
        struct arena_mark mark = arena_mark(c->arena);
        const char *token = a_token(c, &facts);
        OK(keyring_jwks(c, shared->keys, &jwks, &etag));
        assert_true(jwks.n > 0 && etag[0] == '"');
        assert_true(infos_of(c, shared->keys).n > 0);
        (void)is_live(c, token); /* an emergency may have come between */
        arena_rewind(c->arena, mark);
    }
    shared->reading--;
}

/* What the jobs thread does, and an administrator in a hurry. */
static void change_keys(struct ctx *c, struct shared *shared)
{
    for (int i = 0; shared->reading > 0; i++) {
        struct arena_mark mark = arena_mark(c->arena);
        c->now += 3600;
        OK(keyring_refresh(c, shared->keys));
        if (i % 4 == 0)
            OK(keyring_rotate(c, shared->keys, i % 8 == 0));
        OK(revocation_add(c, REVOKED_USER, text_printf(c->arena, "somebody-%d", i)));
        OK(revocations_read(c, c->revoked));
        for (int n = 0; n < 100; n++)
            revocations_add(c, c->revoked, REVOKED_SESSION,
                            text_printf(c->arena, "session-%d-%d", i, n), c->now + 960);
        arena_rewind(c->arena, mark);
    }
}

static void work(struct ctx *c, struct crowd *crowd, size_t number)
{
    struct shared *shared = crowd->arg;
    node_joined(c, crowd);
    if (number == 0)
        change_keys(c, shared);
    else
        read_keys(c, shared);
    crowd->wins++;
}

static void readers_meet_whole_keyrings_only(void **state)
{
    struct world *w = world_of(state);
    struct keyring *k = NULL;
    struct ctx *c = w->c;
    OK(keyring_open(c, c->arena, NULL, &k));
    c->keys = k;
    struct shared shared = { .keys = k, .reading = READERS };
    assert_int_equal(crowd_run(w, READERS + 1, work, &shared), READERS + 1);
    keyring_close(k);
}

static void read_and_reload(struct ctx *c, struct crowd *crowd, size_t number)
{
    struct shared *shared = crowd->arg;
    node_joined(c, crowd);
    for (int i = 0; i < ROUNDS; i++) {
        struct arena_mark mark = arena_mark(c->arena);
        if (number % 2 == 0)
            OK(keyring_reload(c, shared->keys));
        assert_non_null(signer_of(c, shared->keys));
        arena_rewind(c->arena, mark);
    }
    crowd->wins++;
}

static void reloads_at_once_leave_one_keyring(void **state)
{
    struct world *w = world_of(state);
    struct keyring *k = NULL;
    struct ctx *c = w->c;
    OK(keyring_open(c, c->arena, NULL, &k));
    c->keys = k;
    struct shared shared = { .keys = k };
    assert_int_equal(crowd_run(w, 4, read_and_reload, &shared), 4);
    assert_int_equal(infos_of(c, k).n, 1);
    keyring_close(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOKEN_TEST(readers_meet_whole_keyrings_only),
        TOKEN_TEST(reloads_at_once_leave_one_keyring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
