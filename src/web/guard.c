/* SPDX-License-Identifier: Apache-2.0 */
#include "web/guard.h"

#include "identity/session.h"
#include "store/clients.h"
#include "token/verify.h"
#include "web/cookies.h"

#include <string.h>

/* b64token (RFC 6750 2.1). */
static bool is_b64token(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789-._~+/";
    size_t n = strspn(text, letters);
    return n > 0 && text[n + strspn(text + n, "=")] == '\0';
}

RESULT guard_bearer_token(struct req *r, const char **token)
{
    const char *field = req_header(r, "authorization");
    *token = NULL;
    if (field == NULL)
        return ok();
    /* RFC 9110 11.1: the name of a scheme may be in any case. */
    if (strncasecmp(field, "Bearer ", strlen("Bearer ")) != 0)
        return fail(r->c, INVALID_TOKEN, "Authorization is not of the scheme Bearer");
    const char *found = field + strlen("Bearer ");
    if (!is_b64token(found))
        return fail(r->c, INVALID_TOKEN, "Authorization does not hold one token");
    *token = found;
    return ok();
}

static RESULT let_everybody_in(struct req *r)
{
    (void)r;
    return ok();
}

static RESULT check_bearer(struct req *r)
{
    const char *token = NULL;
    struct access access = { 0 };
    TRY(guard_bearer_token(r, &token));
    if (token == NULL)
        return fail(r->c, INVALID_TOKEN, "there is no Authorization");
    TRY(verify_access(r->c, token, NULL, &access));
    const struct grant_facts *facts = &access.facts;
    /* RFC 9068 2.2: of a client on its own behalf, sub is the client. */
    bool alone = text_equal(facts->user_id, facts->client_id);
    r->who = (struct principal){
        .kind = PRINCIPAL_BEARER,
        .user_id = alone ? NULL : facts->user_id,
        .client_id = facts->client_id,
        .tenant_id = facts->tenant_id,
        .sid = facts->sid,
        .authorization_id = facts->authorization_id,
        .jti = access.jti,
        .roles = facts->roles,
        .permissions = facts->permissions,
        .scopes = facts->scopes,
        .amr = facts->amr,
        .acr = facts->acr,
        .auth_time = facts->auth_time,
        .expires_at = access.expires_at,
    };
    return ok();
}

static RESULT resume(struct req *r, const char *secret)
{
    const struct session_row *session = NULL;
    TRY(session_resume(r->c, secret, &session));
    r->who = (struct principal){
        .kind = PRINCIPAL_SESSION,
        .user_id = session->user_id,
        .client_id = CLIENT_FIRST_PARTY,
        .tenant_id = session->tenant_id,
        .session_id = session->id,
        .sid = session->id,
        .csrf_binding = session->id,
        .amr = session->amr,
        .acr = session->acr,
        .auth_time = session->auth_time,
        .expires_at = session->expires_at,
    };
    return ok();
}

static RESULT check_session(struct req *r)
{
    const char *secret = NULL;
    TRY(cookie_get(r, COOKIE_SESSION, &secret));
    if (secret == NULL)
        return fail(r->c, INVALID_SESSION, "there is no session cookie");
    return resume(r, secret);
}

static RESULT check_caller(struct req *r)
{
    const char *secret = NULL;
    /* A bad token never falls back to a good cookie (decision 7). */
    if (req_header(r, "authorization") != NULL)
        return check_bearer(r);
    TRY(cookie_get(r, COOKIE_SESSION, &secret));
    if (secret == NULL)
        return fail(r->c, INVALID_TOKEN, "there is neither Authorization nor a session cookie");
    return resume(r, secret);
}

const struct guard guard_open = { "open", 0, let_everybody_in };
const struct guard guard_bearer = { "bearer", ACCEPTS_BEARER, check_bearer };
const struct guard guard_session = { "session", ACCEPTS_COOKIE, check_session };
const struct guard guard_caller = { "caller", ACCEPTS_BEARER | ACCEPTS_COOKIE, check_caller };
