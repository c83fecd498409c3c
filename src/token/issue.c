/* SPDX-License-Identifier: Apache-2.0 */
#include "token/issue.h"

#include "base/config.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "identity/tenant_settings.h"
#include "store/opaque_tokens.h"
#include "store/refresh_tokens.h"
#include "token/claims.h"
#include "token/keyring.h"

#include <string.h>

enum { MINUTE = 60, DAY = 86400 };

/* What holds where the tokens are good, if whoever decided has not read it. */
static RESULT find_policy(struct ctx *c, struct grant_facts *facts)
{
    return facts->policy != NULL ? ok() : tenant_policy_of(c, facts->tenant_id, &facts->policy);
}

/* When a token of now ends. */
static RESULT expiry(struct ctx *c, const struct grant_facts *facts, int64_t *out)
{
    int64_t at = time_add(c->now, facts->policy->access_token_minutes * MINUTE);
    if (facts->not_after != 0 && facts->not_after < at)
        at = facts->not_after;
    if (at <= c->now)
        return because(c, REFRESH_ENDED, NULL, NULL,
                       fail(c, INVALID_GRANT, "the authorization %s has ended",
                            facts->authorization_id == NULL ? "(none)" : facts->authorization_id));
    *out = at;
    return ok();
}

static RESULT make_jwt(struct ctx *c, const struct access *access, const char **out)
{
    const struct keyring_use use = { .typ = ACCESS_TYP, .alg = access->facts.style.alg };
    const char *token = NULL;
    TRY(keyring_sign_as(c, c->keys, &use, access_write(c, access), &token));
    if (strlen(token) > JWS_BYTES_MAX)
        return because(c, SCOPE, NULL, NULL,
                       fail_say(c, INVALID_SCOPE,
                                "Ask for fewer scopes: the token would be too long.",
                                "an access token of %s would have %zu bytes", access->facts.user_id,
                                strlen(token)));
    *out = token;
    return ok();
}

static RESULT make_opaque(struct ctx *c, const struct access *access, const char **out)
{
    const char *token = text_printf(c->arena, OPAQUE_PREFIX "%s", random_token(c));
    const struct opaque_token_row row = { .hash = token_hash(c->arena, token),
                                          .client_id = access->facts.client_id,
                                          .claims = access_write(c, access),
                                          .expires_at = access->expires_at };
    TRY(opaque_token_add(c, &row));
    *out = token;
    return ok();
}

RESULT issue_access(struct ctx *c, const struct grant_facts *facts, struct tokens *out)
{
    struct access access = { .facts = *facts, .jti = random_uuid(c), .issued_at = c->now };
    const char *token = NULL;
    TRY(find_policy(c, &access.facts));
    TRY(expiry(c, &access.facts, &access.expires_at));
    if (access.facts.audience == NULL)
        access.facts.audience = token_audience(c);
    TRY(facts->style.opaque ? make_opaque(c, &access, &token) : make_jwt(c, &access, &token));
    *out = (struct tokens){ .access_token = token,
                            .jti = access.jti,
                            .expires_in = access.expires_at - c->now,
                            .id_token_life = access.facts.policy->id_token_minutes * MINUTE,
                            .scope = text_join(c->arena, facts->scopes, " ") };
    return ok();
}

RESULT issue_pair(struct ctx *c, const struct grant_facts *facts, struct tokens *out)
{
    struct tokens made = { 0 };
    struct grant_facts known = *facts;
    TRY(find_policy(c, &known));
    TRY(issue_access(c, &known, &made));
    made.refresh_token = random_timed_token(c);
    TRY(refresh_token_add(c, refresh_token_hash(c->arena, made.refresh_token),
                          facts->authorization_id, known.policy->refresh_token_days * DAY));
    *out = made;
    return ok();
}
