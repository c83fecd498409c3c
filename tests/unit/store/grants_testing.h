/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_STORE_GRANTS_TESTING_H
#define UAUTH_TESTS_UNIT_STORE_GRANTS_TESTING_H

/*
 * Somebody who has signed in: a user with a session, what it granted, and a first refresh token.
 */

#include "store/clients.h"
#include "store/refresh_tokens.h"
#include "store/revocations.h"
#include "store/sessions.h"
#include "store/tenants.h"
#include "store/users.h"
#include "store_testing.h"

enum { MINUTE = 60, DAY = 24 * 3600, IDLE = 7 * DAY, ABSOLUTE = 30 * DAY, GRACE = 10 };

#define TEXTS(...)                                                                                 \
    ((struct texts){ (const char *[]){ __VA_ARGS__ },                                              \
                     sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *) })

struct signed_in {
    const char *user_id, *tenant_id, *session_id, *authorization_id;
    const char *token; /* the hash of the first refresh token */
};

/* A user of the default tenant. */
static inline const char *user_made(struct ctx *c, const char *email)
{
    const char *id = NULL;
    OK(user_add(c,
                &(struct user_new){ .email = email,
                                    .email_entered = email,
                                    .full_name = "Ada",
                                    .password_hash = "$hash",
                                    .verified = true,
                                    .tenant_id = TENANT_DEFAULT_ID },
                &id));
    assert_non_null(id);
    return id;
}

static inline const char *tenant_made(struct ctx *c, const char *slug)
{
    const char *id = NULL;
    OK(tenant_add(c, slug, slug, &id));
    assert_non_null(id);
    return id;
}

static inline void member_made(struct ctx *c, const char *tenant_id, const char *user_id)
{
    bool added = false;
    OK(membership_add(c, tenant_id, user_id, &added));
    assert_true(added);
}

static inline void client_made(struct ctx *c, const char *id)
{
    bool added = false;
    OK(client_add(c, &(struct client_row){ .id = id, .name = id }, &added));
    assert_true(added);
}

static inline const char *session_made(struct ctx *c, const char *user_id, const char *tenant_id,
                                       enum session_mode mode)
{
    const char *id = NULL;
    OK(session_add(c,
                   &(struct session_new){ .user_id = user_id,
                                          .tenant_id = tenant_id,
                                          .mode = mode,
                                          .hash = mode == SESSION_TOKEN ? NULL : user_id,
                                          .idle = IDLE,
                                          .absolute = ABSOLUTE,
                                          .amr = TEXTS("pwd"),
                                          .max = 100 },
                   &id));
    return id;
}

/* What `row` says, filled up with what a sign-in of the first-party API grants. */
static inline const char *authorization_made(struct ctx *c, struct authorization_row row)
{
    const char *id = NULL;
    row.client_id = row.client_id == NULL ? CLIENT_FIRST_PARTY : row.client_id;
    row.scopes = TEXTS("users:read", "users:write");
    row.amr = TEXTS("pwd", "otp");
    row.expires_at = row.expires_at == 0 ? c->now + ABSOLUTE : row.expires_at;
    row.auth_time = c->now;
    OK(authorization_add(c, &row, &id));
    return id;
}

/* A user who has signed in to a tenant of which they are a member. */
static inline struct signed_in signed_in_to(struct ctx *c, const char *user_id,
                                            const char *tenant_id)
{
    const char *session = session_made(c, user_id, tenant_id, SESSION_TOKEN);
    const char *authorization = authorization_made(
        c, (struct authorization_row){
               .user_id = user_id, .session_id = session, .tenant_id = tenant_id });
    const char *token = text_printf(c->arena, "first of %s", authorization);
    OK(refresh_token_add(c, token, authorization, IDLE));
    return (struct signed_in){ user_id, tenant_id, session, authorization, token };
}

/* A new user of the default tenant, signed in. */
static inline struct signed_in signed_in(struct ctx *c, const char *email)
{
    return signed_in_to(c, user_made(c, email), TENANT_DEFAULT_ID);
}

/* ---- refreshing ---- */

/* `next` with the usual limits, from the first-party API. */
static inline struct refresh_use_new use_of(struct ctx *c, const char *hash, const char *next)
{
    return (struct refresh_use_new){ .hash = hash,
                                     .client_id = CLIENT_FIRST_PARTY,
                                     .next_hash = next,
                                     .next_sealed = text_printf(c->arena, "sealed %s", next),
                                     .idle = IDLE,
                                     .grace = GRACE };
}

static inline struct refresh_use_found used(struct ctx *c, struct refresh_use_new use)
{
    struct refresh_use_found found;
    OK(refresh_token_rotate(c, &use, &found));
    return found;
}

static inline enum refresh_outcome rotated(struct ctx *c, const char *hash, const char *next)
{
    return used(c, use_of(c, hash, next)).how;
}

static inline bool is_live(struct ctx *c, const char *authorization_id)
{
    const struct authorization_row *row = NULL;
    OK(authorization_find_live(c, authorization_id, &row));
    return row != NULL;
}

#endif
