/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/exchange_federated.h"

#include "base/config.h"
#include "base/time.h"
#include "crypto/jwt.h"
#include "identity/tenancy.h"
#include "token/claims.h"

#define SAY "This token cannot be exchanged by this client."

bool exchange_is_federated(struct ctx *c, const struct token_request *in)
{
    if (in->subject_token == NULL || !text_equal(in->subject_token_type, TOKEN_TYPE_ID))
        return false;
    const char *iss = jwt_unverified_text(c, in->subject_token, "iss");
    return iss != NULL && !text_equal(iss, token_issuer(c));
}

/* RFC 8693 2.2.2: whatever is wrong with a token is invalid_request; which rule it was stays. */
static RESULT refuse(struct ctx *c, err failed)
{
    if (failed.code != ERR_FORBIDDEN)
        return failed;
    const struct fault why = c->fault;
    fault_clear(c);
    err refused = fail_say(c, INVALID_REQUEST, SAY, "%s", why.text);
    fault_explain(c, ERR_INVALID_REQUEST, why.rule == RULE_NONE ? RULE_EXCHANGE : why.rule,
                  why.expected, why.got);
    return refused;
}

/* ---- whom it is about ---- */

/* That of the client, or the one in which they would be signed in (TX-04, TN-10). */
static RESULT choose_tenant(struct ctx *c, const struct client *client,
                            const struct federated_known *known, const char **out)
{
    const char *due = client->tenant_id;
    const char *id = due == NULL ? known->user->default_tenant_id : due;
    const struct tenant_row *tenant = NULL;
    *out = NULL;
    if (id != NULL)
        TRY(tenant_of_member(c, id, known->user->id, &tenant));
    if (tenant == NULL && due != NULL)
        return because(
            c, TENANT, due, NULL,
            fail(c, FORBIDDEN, "user %s is no member of the client's tenant", known->user->id));
    if (tenant != NULL && !tenancy_admits(tenant, known->acr, known->amr))
        return because(c, SIGN_IN_CLASS, "a second factor", known->acr,
                       fail(c, FORBIDDEN, "the tenant %s asks for a second factor", id));
    *out = tenant == NULL ? NULL : id;
    return ok();
}

static RESULT find_account(struct ctx *c, const struct client *client, const struct shown *shown,
                           struct authorization_row *out)
{
    struct federated_known known;
    const char *tenant_id = NULL;
    int64_t end = time_add(c->now, token_life(c->config));
    TRY(federated_known(c, &shown->person, &known));
    TRY(choose_tenant(c, client, &known, &tenant_id));
    *out = (struct authorization_row){
        .user_id = known.user->id,
        .client_id = client->id,
        .tenant_id = tenant_id,
        .amr = known.amr,
        .acr = known.acr,
        .auth_time = known.auth_time,
        /* TX-05. */
        .expires_at = shown->expires_at < end ? shown->expires_at : end,
    };
    return ok();
}

RESULT exchange_read_federated(struct ctx *c, const struct client *client,
                               const struct token_request *in, struct shown *shown,
                               struct exchange_subject *out)
{
    struct authorization_row *row = ARENA_NEW(c->arena, struct authorization_row);
    err proven =
        shown_prove(c, client->metadata.token_exchange_providers, in->subject_token, shown);
    if (proven.code != ERR_OK)
        return refuse(c, proven);
    err found = find_account(c, client, shown, row);
    if (found.code != ERR_OK)
        return refuse(c, found);
    *out = (struct exchange_subject){
        .authorization = row,
        .scopes = text_split(c->arena, client->metadata.scope, ' '),
        .expires_at = shown->expires_at,
    };
    return ok();
}

/* ---- granting ---- */

static RESULT use_up(struct ctx *c, const struct shown *shown)
{
    bool first = false;
    TRY(seen_add(c, &shown->once, shown->once_until, &first));
    if (first)
        return ok();
    return because(c, ASSERTION_REPLAY, NULL, NULL,
                   fail(c, FORBIDDEN, "an ID token of %s came twice", shown->person.provider));
}

static RESULT add(struct ctx *c, const struct exchange_standing *s,
                  const struct authorization_row **out)
{
    struct authorization_row row;
    const char *id = NULL;
    TRY(use_up(c, s->shown));
    TRY(find_account(c, s->client, s->shown, &row));
    row.scopes = s->scopes;
    row.audience = s->audience;
    TRY(authorization_add(c, &row, &id));
    TRY(authorization_find_live(c, id, out));
    return *out != NULL ? ok()
                        : fail(c, FORBIDDEN, "the account of user %s does not stand", row.user_id);
}

RESULT exchange_stand(struct ctx *c, const struct exchange_standing *standing,
                      const struct authorization_row **out)
{
    err added = add(c, standing, out);
    return added.code == ERR_OK ? ok() : refuse(c, added);
}
