/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_CLIENT_SIGN_IN_STORY_H
#define UAUTH_TESTS_UNIT_CLIENT_SIGN_IN_STORY_H

/* A provider with a key, and a client that has found it. */

#include "base/random.h"
#include "client/sign_in.h"
#include "crypto/jwt.h"
#include "peer_testing.h"

#define REDIRECT "https://us.example/cb"

static const struct oauth_client us = { .client_id = "us" };

struct story {
    struct world *w;
    struct issuer issuer;
    const struct key *key;
};

static inline void says_metadata(struct world *w, const char *more)
{
    peer_says(w, "/.well-known/openid-configuration", FINE,
              text_printf(w->arena,
                          "{\"issuer\":\"%s\",\"authorization_endpoint\":\"%s/authorize\","
                          "\"token_endpoint\":\"%s/token\",\"jwks_uri\":\"%s/keys\","
                          "\"id_token_signing_alg_values_supported\":[\"ES256\"],"
                          "\"end_session_endpoint\":\"%s/end?x=y\"%s}",
                          w->url, w->url, w->url, w->url, w->url, more));
}

static inline struct story begin_story(struct world *w, const char *more)
{
    struct story s = { .w = w };
    w->c.random = random_system(w->arena);
    assert_int_equal(key_generate(&w->c, w->arena, ALG_ES256, 0, &s.key).code, ERR_OK);
    const struct key_set set = { &s.key, 1, 0 };
    says_metadata(w, more);
    peer_says(w, "/keys", FINE, key_set_write(w->arena, &set));
    assert_int_equal(issuer_open(&w->c, w->url, &s.issuer).code, ERR_OK);
    return s;
}

/* The value of a parameter of a URL or form, decoded. */
static inline const char *parameter(struct world *w, const char *text, const char *name)
{
    const char *query = strchr(text, '?');
    struct form form;
    const char *value = NULL;
    assert_true(form_decode(w->arena, bytes_of(query == NULL ? text : query + 1), &form));
    assert_true(form_get(&form, name, &value));
    return value;
}

static inline const char *signed_by(struct story *s, const char *typ, const char *payload)
{
    const char *token = NULL;
    assert_int_equal(jwt_sign(&s->w->c, s->key, typ, payload, &token).code, ERR_OK);
    return token;
}

#endif
