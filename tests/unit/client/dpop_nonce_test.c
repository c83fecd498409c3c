/* SPDX-License-Identifier: Apache-2.0 */
#include "dpop_testing.h"

/* How a proof with this nonce ends (NULL: without one). */
static enum err_code ends(const struct proof_world *w, const char *nonce)
{
    struct dpop out = { 0 };
    const char *more = nonce == NULL ? "" : text_printf(w->c->arena, ",\"nonce\":\"%s\"", nonce);
    return proof_result(w, proof_of(w, proof_header(w, ""), claims_with(w, more)), &out);
}

/* DP-09 */
static void a_nonce_of_ours_is_taken_and_nothing_else(void **state)
{
    struct proof_world w = proof_world(*state);
    const char *nonce = dpop_nonce_new(w.c, "tenant 1");
    w.policy.nonce_for = "tenant 1";
    assert_int_equal(ends(&w, nonce), ERR_OK);
    assert_int_equal(ends(&w, NULL), ERR_USE_DPOP_NONCE);
    assert_int_equal(ends(&w, dpop_nonce_new(w.c, "tenant 2")), ERR_USE_DPOP_NONCE);
    const char *const wrong[] = { "",
                                  ".",
                                  "0",
                                  "a.b",
                                  "1795529167",
                                  "1795529167.",
                                  text_printf(w.c->arena, "%sA", nonce),
                                  text_printf(w.c->arena, "0%s", nonce),
                                  text_printf(w.c->arena, "+%s", nonce),
                                  text_printf(w.c->arena, "-%s", nonce),
                                  text_copy(w.c->arena, nonce, strlen(nonce) - 1),
                                  strchr(nonce, '.') };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(ends(&w, wrong[i]), ERR_USE_DPOP_NONCE);
    for (size_t i = 0; nonce[i] != '\0'; i++) {
        char *changed = arena_copy(w.c->arena, nonce, strlen(nonce) + 1);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        assert_int_equal(ends(&w, changed), ERR_USE_DPOP_NONCE);
    }
}

/* DP-09 */
static void a_nonce_lives_for_a_while_on_every_node(void **state)
{
    struct proof_world w = proof_world(*state);
    const char *nonce = dpop_nonce_new(w.c, "tenant 1");
    int64_t made_at = w.c->now;
    w.policy.nonce_for = "tenant 1";
    w.c->now = made_at + DPOP_NONCE_SECONDS;
    assert_int_equal(ends(&w, nonce), ERR_OK);
    w.c->now = made_at + DPOP_NONCE_SECONDS + 1;
    assert_int_equal(ends(&w, nonce), ERR_USE_DPOP_NONCE);
    /* A node whose clock is behind that of the one that made it. */
    w.c->now = made_at - JWT_SKEW;
    assert_int_equal(ends(&w, nonce), ERR_OK);
    w.c->now = made_at - JWT_SKEW - 1;
    assert_int_equal(ends(&w, nonce), ERR_USE_DPOP_NONCE);
    /* Another master key: nobody else's nonce is ours. */
    w.c->now = made_at;
    struct proof_world other = proof_world(w.c);
    other.policy.nonce_for = "tenant 1";
    assert_int_equal(ends(&other, nonce), ERR_USE_DPOP_NONCE);
}

/* Where none is due, one does no harm; who has made no good proof is told that first. */
static void a_nonce_is_looked_at_last_and_where_it_is_due(void **state)
{
    struct proof_world w = proof_world(*state);
    assert_int_equal(ends(&w, "of another server"), ERR_OK);
    w.policy.nonce_for = "tenant 1";
    w.policy.method = "GET";
    assert_int_equal(ends(&w, NULL), ERR_INVALID_DPOP_PROOF);
    assert_int_equal(ends(&w, dpop_nonce_new(w.c, "tenant 1")), ERR_INVALID_DPOP_PROOF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(a_nonce_of_ours_is_taken_and_nothing_else),
        CRYPTO_TEST(a_nonce_lives_for_a_while_on_every_node),
        CRYPTO_TEST(a_nonce_is_looked_at_last_and_where_it_is_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
