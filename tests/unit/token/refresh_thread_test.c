/* SPDX-License-Identifier: Apache-2.0 */
/* Many at once with one refresh token. */
#include "refresh_testing.h"

enum { CROWD = 64, TOKEN_MAX = 2048 };

/* What came of it, for the test's own thread to judge. */
struct shared {
    const char *token;
    char successors[CROWD][RANDOM_TIMED_TOKEN_CHARS + 1];
    char access[CROWD][TOKEN_MAX];
    _Atomic int refused, odd;
};

static void use_with_the_rest(struct ctx *c, struct crowd *crowd, size_t number)
{
    struct shared *shared = crowd->arg;
    struct tokens tokens = { 0 };
    node_joined(c, crowd);
    err e = refresh_use(c, shared->token, CLIENT_FIRST_PARTY, NULL, &tokens);
    if (e.code == ERR_OK) {
        crowd->wins++;
        (void)snprintf(shared->successors[number], sizeof shared->successors[0], "%s",
                       tokens.refresh_token);
        (void)snprintf(shared->access[number], TOKEN_MAX, "%s", tokens.access_token);
    } else if (e.code == ERR_INVALID_GRANT) {
        shared->refused++;
    } else {
        shared->odd++;
    }
}

/* RT-01: all get the one successor, which is good. */
static void a_crowd_in_the_window_gets_one_successor(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    struct holder h = a_holder(c, "");
    struct shared *shared = ARENA_NEW(c->arena, struct shared);
    shared->token = h.tokens.refresh_token;
    assert_int_equal(crowd_run(w, CROWD, use_with_the_rest, shared), CROWD);
    for (size_t i = 0; i < CROWD; i++) {
        assert_string_equal(shared->successors[i], shared->successors[0]);
        assert_true(is_live(c, shared->access[i]));
    }
    assert_int_equal(unused_tokens(c), 1);
    assert_int_equal(counted(c, "SELECT count(*) FROM refresh_tokens"), 2);
    (void)refreshed(c, shared->successors[0]);
}

/* RT-01: without a window one gets it, the others are refused, and the family is dead. */
static void a_crowd_without_a_window_kills_the_family(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    struct shared *shared = ARENA_NEW(c->arena, struct shared);
    settings(c)->refresh_grace_seconds = 0;
    struct holder h = a_holder(c, "");
    shared->token = h.tokens.refresh_token;
    size_t winners = 0;
    const char *successor = NULL;
    (void)crowd_run(w, CROWD, use_with_the_rest, shared);
    for (size_t i = 0; i < CROWD; i++) {
        if (shared->successors[i][0] == '\0')
            continue;
        winners++;
        successor = shared->successors[i];
        assert_false(is_live(c, shared->access[i]));
    }
    assert_int_equal(winners, 1);
    assert_int_equal(shared->refused, CROWD - 1);
    assert_int_equal(shared->odd, 0);
    refused(c, successor);
    assert_int_equal(events(c, "token.reused"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOKEN_TEST(a_crowd_in_the_window_gets_one_successor),
        TOKEN_TEST(a_crowd_without_a_window_kills_the_family),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
