/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_CRYPTO_PASSWORD_TESTING_H
#define UAUTH_TESTS_UNIT_CRYPTO_PASSWORD_TESTING_H

/* What the tests of passwords share: a context in which a hash costs next to nothing. */

#include "base/config.h"
#include "base/random.h"
#include "crypto/hash_gate.h"
#include "crypto/password.h"
#include "tests/unit/base/testing.h"

#define PASSWORD "Correct horse 7"

static inline int make_cheap(struct ctx *c)
{
    struct config *config = ARENA_NEW(c->arena, struct config);
    config->argon2_time = 2;
    config->argon2_memory_kib = 64;
    config->argon2_lanes = 2;
    c->config = config;
    c->random = random_seeded(c->arena, 32);
    return hash_gate_new(c, c->arena, 1, HASH_WAIT_MS, &c->hashes).code == ERR_OK ? 0 : -1;
}

static inline int set_up_cheap(void **state)
{
    assert_int_equal(set_up(state), 0);
    return make_cheap(*state);
}

#define CHEAP_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_cheap, tear_down)

/* The context's settings with other costs. */
static inline void set_costs(struct ctx *c, int64_t time, int64_t memory_kib, int64_t lanes)
{
    struct config *config = arena_copy(c->arena, c->config, sizeof *config);
    config->argon2_time = time;
    config->argon2_memory_kib = memory_kib;
    config->argon2_lanes = lanes;
    c->config = config;
}

static inline const char *hashed(struct ctx *c, const char *password)
{
    const char *stored = NULL;
    assert_int_equal(password_hash(c, password, &stored).code, ERR_OK);
    return stored;
}

static inline bool matches(struct ctx *c, const char *stored, const char *password,
                           const char **rehash)
{
    bool same = false;
    const char *again = NULL;
    fault_clear(c);
    err e = password_verify(c, stored, password, &same, rehash == NULL ? &again : rehash);
    if (e.code != ERR_OK)
        fail_msg("%s: %s", stored, c->fault.text);
    return same;
}

#endif
