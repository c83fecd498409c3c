/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_LIB_ISSUER_TESTING_H
#define UAUTH_TESTS_UNIT_LIB_ISSUER_TESTING_H

/*
 * An issuer on loopback with a key of its own, whose tokens the library meets from outside: by its
 * public header alone.
 */

#include "base/random.h"
#include "base/time.h"
#include "crypto/jwt.h"
#include "tests/unit/client/peer_testing.h"

#include <uauth/uauth.h>

#define DISCOVERY "/.well-known/openid-configuration"
#define AUDIENCE  "https://api.example"

struct issuer {
    struct world *w;
    const struct key *key;
    struct uauth *uauth;
};

/* The metadata, and a key set of `n` keys. */
static inline void issuer_publishes(struct issuer *i, const struct key *const *keys, size_t n)
{
    const struct key_set set = { keys, n, 0 };
    struct arena *a = i->w->arena;
    peer_says(i->w, DISCOVERY, FINE,
              text_printf(a,
                          "{\"issuer\":\"%s\",\"authorization_endpoint\":\"%s/a\","
                          "\"token_endpoint\":\"%s/t\",\"jwks_uri\":\"%s/keys\"}",
                          i->w->url, i->w->url, i->w->url, i->w->url));
    peer_says(i->w, "/keys", FINE, key_set_write(a, &set));
}

static inline const struct key *issuer_makes_key(struct issuer *i, enum jws_alg alg)
{
    const struct key *key = NULL;
    assert_int_equal(key_generate(&i->w->c, i->w->arena, alg, RSA_BITS, &key).code, ERR_OK);
    return key;
}

static inline int open_issuer(void **state)
{
    struct uauth_options options = { .size = sizeof options, .insecure_loopback = true };
    struct issuer *i = calloc(1, sizeof *i);
    void *world = NULL;
    assert_non_null(i);
    (void)open_world(&world);
    i->w = world;
    i->w->c.random = random_system(i->w->arena);
    i->w->c.now = time_now();
    i->key = issuer_makes_key(i, ALG_ES256);
    issuer_publishes(i, &i->key, 1);
    assert_int_equal(uauth_new(&options, &i->uauth, NULL), UAUTH_OK);
    *state = i;
    return 0;
}

static inline int close_issuer(void **state)
{
    struct issuer *i = *state;
    void *world = i->w;
    uauth_free(i->uauth);
    (void)close_world(&world);
    free(i);
    return 0;
}

#define ISSUER_TEST(name) cmocka_unit_test_setup_teardown(name, open_issuer, close_issuer)

/* A verifier of this issuer for AUDIENCE, otherwise as `options` say. */
static inline struct uauth_verifier *issuer_verifier(struct issuer *i,
                                                     struct uauth_verifier_options options)
{
    static const char *const audiences[] = { AUDIENCE };
    struct uauth_verifier *verifier = NULL;
    options.size = sizeof options;
    options.issuer = i->w->url;
    options.audiences = audiences;
    options.audiences_n = 1;
    assert_int_equal(uauth_verifier_new(i->uauth, &options, &verifier, NULL), UAUTH_OK);
    return verifier;
}

static inline const char *issuer_signs(struct issuer *i, const char *typ, const char *payload)
{
    const char *token = NULL;
    assert_int_equal(jwt_sign(&i->w->c, i->key, typ, payload, &token).code, ERR_OK);
    return token;
}

/* A token of `typ` with the members of a good one and `more` (",\"name\":value" or ""), which come
 * after. */
static inline const char *issuer_token(struct issuer *i, const char *typ, const char *aud,
                                       const char *more)
{
    struct arena *a = i->w->arena;
    const char *payload = text_printf(
        a,
        "{\"iss\":\"%s\",\"sub\":\"u1\",\"aud\":\"%s\",\"iat\":%lld,\"exp\":%lld,\"jti\":\"%s\"%s}",
        i->w->url, aud, (long long)i->w->c.now, (long long)i->w->c.now + 300,
        random_token(&i->w->c), more);
    return issuer_signs(i, typ, payload);
}

#endif
