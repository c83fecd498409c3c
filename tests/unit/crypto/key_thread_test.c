/* SPDX-License-Identifier: Apache-2.0 */
/* One key, many threads: they copy the same prepared contexts. */
#include "jose_testing.h"

#include <pthread.h>

enum { THREADS = 4, ROUNDS = 25 };

struct job {
    const struct key *key;
    unsigned good;
};

static void *sign_and_verify(void *argument)
{
    struct job *job = argument;
    struct ctx c = { .arena = arena_new(ARENA_REQUEST_CEILING), .now = 1795529167 };
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct jws_policy policy = policy_of(&c, job->key);
        struct jws out = { 0 };
        const char *token = NULL;
        job->good += jws_sign(&c, job->key, "JWT", bytes_of("{}"), &token).code == ERR_OK &&
                     jws_verify(&c, token, &policy, &out).code == ERR_OK;
        arena_reset(c.arena);
    }
    arena_end(c.arena);
    return NULL;
}

static void many_threads_use_one_key(void **state)
{
    struct ctx *c = *state;
    static const enum jws_alg algs[] = { ALG_RS256, ALG_PS256, ALG_ES256, ALG_ES384, ALG_EDDSA };
    for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++) {
        pthread_t threads[THREADS];
        struct job jobs[THREADS];
        const struct key *key = new_key(c, algs[i]);
        for (size_t k = 0; k < THREADS; k++) {
            jobs[k] = (struct job){ key, 0 };
            assert_int_equal(pthread_create(&threads[k], NULL, sign_and_verify, &jobs[k]), 0);
        }
        for (size_t k = 0; k < THREADS; k++) {
            assert_int_equal(pthread_join(threads[k], NULL), 0);
            assert_int_equal(jobs[k].good, ROUNDS);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(many_threads_use_one_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
