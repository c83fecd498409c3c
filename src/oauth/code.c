/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/code.h"

#include "base/config.h"
#include "base/random.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "db/db.h"
#include "identity/audit.h"
#include "identity/login.h"
#include "identity/tenancy.h"
#include "oauth/scope.h"
#include "store/codes.h"

enum { DAY = 86400 };

struct issuing {
    struct code_new code;
    const struct session_row *session;
    bool added;
};

static RESULT issue_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct issuing *issuing = arg;
    const struct authorization_row *granted = &issuing->code.authorization;
    const char *actor_id = issuing->session->actor_id;
    TRY(code_add(c, &issuing->code, &issuing->added));
    if (!issuing->added)
        return ok();
    const struct audit audit = {
        .event = AUDIT_CODE_ISSUED,
        .user_id = granted->user_id,
        .actor_id = actor_id,
        .tenant_id = granted->tenant_id,
        .session_id = issuing->code.session_id,
        .details = { { "client_id", granted->client_id },
                     { "scope", text_join(c->arena, granted->scopes, " ") } },
    };
    return audit_add(c, &audit);
}

/* The tenant for which the client gets its tokens: its own, or the one of the session. */
static RESULT choose_tenant(struct ctx *c, const struct authorization *a,
                            const struct session_row *session, const char **out)
{
    const struct tenant_row *tenant = NULL;
    *out = session->tenant_id;
    if (a->client->tenant_id == NULL)
        return ok();
    TRY(tenant_of_member(c, a->client->tenant_id, session->user_id, &tenant));
    *out = a->client->tenant_id;
    if (tenant == NULL)
        return because(c, TENANT, a->client->tenant_id, session->tenant_id,
                       fail(c, ACCESS_DENIED, "user %s is no member of the tenant of client %s",
                            session->user_id, a->client->id));
    /* Who acts as somebody else stays in the tenant in which they administer. */
    if (session->actor_id != NULL)
        return text_equal(session->tenant_id, tenant->id)
                   ? ok()
                   : because(c, IMPERSONATED, session->tenant_id, tenant->id,
                             fail(c, ACCESS_DENIED, "user %s acts as user %s in another tenant",
                                  session->actor_id, session->user_id));
    /* TN-10: as by every other way into it. */
    if (!tenancy_admits(tenant, session->acr, session->amr))
        return because(c, ACR, LOGIN_ACR_MFA, session->acr,
                       fail(c, UNMET_REQUIREMENTS,
                            "the tenant of client %s asks for a second factor", a->client->id));
    return ok();
}

/* The tenant, and until when what is granted there may be refreshed. */
static RESULT bind_to_tenant(struct ctx *c, const struct authorization *a,
                             const struct session_row *session, struct authorization_row *granted)
{
    const struct tenant_settings *policy = NULL;
    TRY(choose_tenant(c, a, session, &granted->tenant_id));
    TRY(tenant_policy_of(c, granted->tenant_id, &policy));
    granted->expires_at = time_add(c->now, policy->refresh_absolute_days * DAY);
    return ok();
}

RESULT code_issue(struct ctx *c, const struct authorization *a, const struct session_row *session,
                  const char **code)
{
    const char *made = random_token(c);
    bool acted = session->actor_id != NULL;
    bool offline = texts_hold(a->scopes, SCOPE_OFFLINE) && !acted;
    struct issuing issuing = {
        .session = session,
        .code = {
            .hash = token_hash(c->arena, made),
            .authorization = {
                .user_id = session->user_id,
                .client_id = a->client->id,
                /* OpenID Connect Core 11: offline access outlives the session. */
                .session_id = offline ? NULL : session->id,
                .sid = session->id,
                .scopes = acted ? scope_without(c->arena, a->scopes, SCOPE_OFFLINE) : a->scopes,
                .audience = a->resources.n > 0 ? a->resources.at[0] : NULL,
                .resources = a->resources,
                .details = details_write(c->arena, &a->details),
                .claims = a->in->claims,
                .jkt = a->in->dpop_jkt,
                .auth_time = session->auth_time,
                .amr = session->amr,
                .acr = session->acr,
            },
            .session_id = session->id,
            .redirect_uri = a->in->redirect_uri,
            .code_challenge = a->in->code_challenge,
            .nonce = a->in->nonce,
            .expires_at = time_add(c->now, CODE_SECONDS),
            .waiting_hash = a->waiting == NULL ? NULL : a->waiting->hash,
            .pushed_hash = a->pushed_hash,
        },
    };
    TRY(bind_to_tenant(c, a, session, &issuing.code.authorization));
    TRY(db_atomically(c, issue_in, &issuing));
    if (!issuing.added)
        return because(
            c, WAITING_OVER, NULL, NULL,
            fail(c, INVALID_REQUEST, "the request has led to a code before, or has expired"));
    *code = made;
    return ok();
}
