/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of a program: got once for all threads, renewed early, kept when that fails. */
#include "client/own_token.h"

#include "base/config.h"
#include "tests/unit/base/testing.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { NOW = 1795529167, CROWD = 8, LIFE = 1000 };

/* A server that counts, and may be slow or broken. */
struct server {
    atomic_uint calls;
    atomic_bool broken, held;
    int64_t life;
};

struct crowd {
    struct own_tokens *tokens;
    struct server *server;
    int64_t now;
    atomic_uint good;
};

static RESULT make(struct ctx *c, void *arg, struct oauth_tokens *out)
{
    struct server *s = arg;
    unsigned n = atomic_fetch_add(&s->calls, 1) + 1;
    while (atomic_load(&s->held))
        (void)usleep(1000);
    if (atomic_load(&s->broken))
        return fail_at(c, ERR_UPSTREAM, __FILE__, __LINE__, "broken");
    *out = (struct oauth_tokens){ .access_token = text_printf(c->arena, "token-%u", n),
                                  .token_type = "Bearer",
                                  .expires_in = s->life };
    return ok();
}

static err get(struct own_tokens *o, struct server *s, int64_t now, char token[static 32])
{
    struct arena *arena = arena_new(ARENA_REQUEST_CEILING);
    struct ctx c = { .arena = arena, .now = now };
    const struct own_token_maker maker = { make, s };
    struct oauth_tokens out;
    err got = own_token_get(&c, o, "key", &maker, &out);
    token[0] = '\0';
    if (got.code == ERR_OK)
        (void)snprintf(token, 32, "%s", out.access_token);
    arena_end(arena);
    return got;
}

static void *come(void *arg)
{
    struct crowd *crowd = arg;
    char token[32];
    if (get(crowd->tokens, crowd->server, crowd->now, token).code == ERR_OK)
        (void)atomic_fetch_add(&crowd->good, 1);
    return NULL;
}

/* All at once, with the server held until all of them are there. */
static unsigned crowd_at(struct own_tokens *o, struct server *s, int64_t now)
{
    struct crowd crowd = { .tokens = o, .server = s, .now = now };
    pthread_t threads[CROWD];
    atomic_store(&s->held, true);
    for (size_t i = 0; i < CROWD; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come, &crowd), 0);
    (void)usleep(50000);
    atomic_store(&s->held, false);
    for (size_t i = 0; i < CROWD; i++)
        (void)pthread_join(threads[i], NULL);
    return atomic_load(&crowd.good);
}

static void a_crowd_is_one_call(void **state)
{
    (void)state;
    struct own_tokens *o = own_tokens_new();
    struct server s = { .life = LIFE };
    assert_int_equal(crowd_at(o, &s, NOW), CROWD);
    assert_int_equal(atomic_load(&s.calls), 1);
    own_tokens_free(o);
}

static void a_crowd_shares_a_failure(void **state)
{
    (void)state;
    struct own_tokens *o = own_tokens_new();
    struct server s = { .life = LIFE };
    atomic_store(&s.broken, true);
    assert_int_equal(crowd_at(o, &s, NOW), 0);
    assert_true(atomic_load(&s.calls) <= 2);
    own_tokens_free(o);
}

static void a_token_is_renewed_before_it_ends(void **state)
{
    (void)state;
    struct own_tokens *o = own_tokens_new();
    struct server s = { .life = LIFE };
    char token[32];
    assert_int_equal(get(o, &s, NOW, token).code, ERR_OK);
    assert_int_equal(get(o, &s, NOW + LIFE - LIFE / 5 - 1, token).code, ERR_OK);
    assert_string_equal(token, "token-1");
    /* While it is renewed others use it and do not wait. */
    assert_int_equal(get(o, &s, NOW + LIFE - LIFE / 5, token).code, ERR_OK);
    assert_string_equal(token, "token-2");
    /* When that fails it is good still, and the server left alone for a while. */
    int64_t second = NOW + LIFE - LIFE / 5;
    int64_t late = second + LIFE - LIFE / 5;
    atomic_store(&s.broken, true);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(get(o, &s, late + i, token).code, ERR_OK);
        assert_string_equal(token, "token-2");
    }
    assert_int_equal(atomic_load(&s.calls), 3);
    assert_int_equal(get(o, &s, late + OWN_TOKEN_RETRY, token).code, ERR_OK);
    assert_int_equal(atomic_load(&s.calls), 4);
    assert_int_equal(get(o, &s, second + LIFE - OWN_TOKEN_SPARE, token).code, ERR_UPSTREAM);
    own_tokens_free(o);
}

static void those_who_come_during_a_renewal_use_what_is_there(void **state)
{
    (void)state;
    struct own_tokens *o = own_tokens_new();
    struct server s = { .life = LIFE };
    char token[32];
    assert_int_equal(get(o, &s, NOW, token).code, ERR_OK);
    struct crowd crowd = { .tokens = o, .server = &s, .now = NOW + LIFE - 100 };
    pthread_t thread;
    atomic_store(&s.held, true);
    assert_int_equal(pthread_create(&thread, NULL, come, &crowd), 0);
    while (atomic_load(&s.calls) < 2)
        (void)usleep(1000);
    assert_int_equal(get(o, &s, NOW + LIFE - 100, token).code, ERR_OK);
    assert_string_equal(token, "token-1");
    atomic_store(&s.held, false);
    (void)pthread_join(thread, NULL);
    own_tokens_free(o);
}

static void what_does_not_last_is_not_kept(void **state)
{
    (void)state;
    struct own_tokens *o = own_tokens_new();
    struct server s = { .life = 0 };
    char token[32];
    for (int i = 1; i <= 2; i++) {
        assert_int_equal(get(o, &s, NOW, token).code, ERR_OK);
        assert_int_equal(atomic_load(&s.calls), i);
    }
    s.life = LIFE;
    assert_int_equal(get(o, &s, NOW, token).code, ERR_OK);
    own_token_forget(o, "key", "another");
    assert_int_equal(get(o, &s, NOW, token).code, ERR_OK);
    assert_string_equal(token, "token-3");
    own_token_forget(o, "key", "token-3");
    assert_int_equal(get(o, &s, NOW, token).code, ERR_OK);
    assert_string_equal(token, "token-4");
    own_tokens_free(o);
}

static void the_least_used_key_goes(void **state)
{
    (void)state;
    struct own_tokens *o = own_tokens_new();
    struct server s = { .life = LIFE };
    struct arena *arena = arena_new(ARENA_REQUEST_CEILING);
    struct ctx c = { .arena = arena, .now = NOW };
    const struct own_token_maker maker = { make, &s };
    struct oauth_tokens out;
    for (unsigned i = 0; i < 3 * OWN_TOKENS_MAX; i++) {
        const char *key = text_printf(arena, "k%u", i);
        assert_int_equal(own_token_get(&c, o, key, &maker, &out).code, ERR_OK);
        assert_int_equal(own_token_get(&c, o, key, &maker, &out).code, ERR_OK);
    }
    assert_int_equal(atomic_load(&s.calls), 3 * OWN_TOKENS_MAX);
    assert_int_equal(own_token_get(&c, o, "k0", &maker, &out).code, ERR_OK);
    assert_int_equal(atomic_load(&s.calls), 3 * OWN_TOKENS_MAX + 1);
    arena_end(arena);
    own_tokens_free(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crowd_is_one_call),
        cmocka_unit_test(a_crowd_shares_a_failure),
        cmocka_unit_test(a_token_is_renewed_before_it_ends),
        cmocka_unit_test(those_who_come_during_a_renewal_use_what_is_there),
        cmocka_unit_test(what_does_not_last_is_not_kept),
        cmocka_unit_test(the_least_used_key_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
