/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_TOKEN_REFRESH_TESTING_H
#define UAUTH_TESTS_UNIT_TOKEN_REFRESH_TESTING_H

/* Somebody who has signed in and holds a refresh token. */

#include "store/authorizations.h"
#include "store/clients.h"
#include "store/refresh_tokens.h"
#include "store/revocations.h"
#include "token/refresh.h"
#include "token_testing.h"

struct holder {
    const char *user_id;
    struct grant_facts facts;
    struct tokens tokens;
};

/* A moderator who asked for `scopes` ("": everything). */
static inline struct holder a_holder(struct ctx *c, const char *scopes)
{
    struct holder h = { .user_id = a_user(c, "a@example.com") };
    gets_role(c, h.user_id, "moderator");
    h.facts = sign_in(c, h.user_id, scopes);
    OK(issue_pair(c, &h.facts, &h.tokens));
    return h;
}

static inline struct tokens refreshed(struct ctx *c, const char *token)
{
    struct tokens tokens = { 0 };
    OK(refresh_use(c, token, CLIENT_FIRST_PARTY, NULL, &tokens));
    assert_int_equal(strlen(tokens.refresh_token), 55);
    assert_true(is_live(c, tokens.access_token));
    return tokens;
}

static inline void refused(struct ctx *c, const char *token)
{
    struct tokens tokens = { 0 };
    REFUSED(refresh_use(c, token, CLIENT_FIRST_PARTY, NULL, &tokens), INVALID_GRANT);
    assert_null(tokens.access_token);
}

static inline struct access access_of_token(struct ctx *c, const char *token)
{
    struct access access = { 0 };
    OK(verify_access(c, token, NULL, &access));
    return access;
}

static inline const char *joined(struct ctx *c, struct texts texts)
{
    return text_join(c->arena, texts, " ");
}

static inline int64_t events(struct ctx *c, const char *name)
{
    return counted_of(c, "SELECT count(*) FROM events WHERE name = $1", name);
}

static inline int64_t unused_tokens(struct ctx *c)
{
    return counted(c, "SELECT count(*) FROM refresh_tokens WHERE used_at IS NULL");
}

#endif
