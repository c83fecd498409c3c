/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/consent.h"

#include "db/db.h"
#include "identity/audit.h"
#include "store/consents.h"

/* ---- giving ---- */

struct giving {
    const struct interaction *i;
    bool done;
};

static RESULT record(struct ctx *c, const struct interaction *i, enum audit_event event)
{
    const struct audit audit = {
        .event = event,
        .refused = event == AUDIT_CONSENT_REFUSED,
        .user_id = i->session->user_id,
        .tenant_id = i->session->tenant_id,
        .session_id = i->session->id,
        .details = { { "client_id", i->of.client->id },
                     { "scope", text_join(c->arena, i->of.shown, " ") } },
        .personal = { { "authorization_details", details_write(c->arena, &i->of.details) } },
    };
    return audit_add(c, &audit);
}

/* What was allowed before, and what is now. */
static struct texts both(struct arena *a, const struct consent_row *before, struct texts now)
{
    size_t n = before == NULL ? 0 : before->scopes.n;
    struct texts out = { ARENA_NEWS(a, const char *, n + now.n), 0 };
    for (size_t i = 0; i < n; i++)
        out.at[out.n++] = before->scopes.at[i];
    for (size_t i = 0; i < now.n; i++)
        if (!texts_hold(out, now.at[i]))
            out.at[out.n++] = now.at[i];
    return out;
}

static RESULT remember(struct ctx *c, const char *user_id, const char *client_id,
                       struct texts scopes)
{
    const struct consent_row *before = NULL;
    TRY(consent_find(c, user_id, client_id, &before));
    return consent_set(c, user_id, client_id, both(c->arena, before, scopes));
}

RESULT consent_remember_device(struct ctx *c, const char *user_id, const char *client_id,
                               struct texts scopes)
{
    const struct consent_row *before = NULL;
    TRY(consent_find(c, user_id, client_id, &before));
    return consent_set_for_device(c, user_id, client_id, both(c->arena, before, scopes));
}

static RESULT give_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct giving *giving = arg;
    const struct interaction *i = giving->i;
    TRY(authorization_request_answer(c, i->of.waiting->hash, i->session->id, ANSWERED_CONSENT,
                                     &giving->done));
    if (!giving->done)
        return ok();
    TRY(remember(c, i->session->user_id, i->of.client->id, i->of.shown));
    return record(c, i, AUDIT_CONSENT_GIVEN);
}

RESULT consent_give(struct req *r, const struct interaction *i)
{
    struct giving giving = { .i = i };
    if (i->session == NULL)
        return because(r->c, SESSION_MISSING, NULL, NULL,
                       fail(r->c, LOGIN_REQUIRED, "nobody is signed in who could consent"));
    TRY(db_atomically(r->c, give_in, &giving));
    if (!giving.done)
        return because(r->c, WAITING_OVER, NULL, NULL,
                       fail(r->c, INVALID_REQUEST, "the request was over when the user consented"));
    return interaction_continue(r, i);
}

/* ---- refusing ---- */

static RESULT refuse_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct interaction *i = arg;
    bool used = false;
    TRY(authorization_request_use(c, REQUEST_WAITING, i->of.waiting->hash, &used));
    if (used && i->of.pushed_hash != NULL)
        TRY(authorization_request_use(c, REQUEST_PUSHED, i->of.pushed_hash, &used));
    return i->session == NULL ? ok() : record(c, i, AUDIT_CONSENT_REFUSED);
}

RESULT consent_refuse(struct req *r, const struct interaction *i)
{
    struct interaction refused = *i;
    TRY(db_atomically(r->c, refuse_in, &refused));
    return because(r->c, CONSENT_REFUSED, NULL, NULL,
                   fail(r->c, ACCESS_DENIED, "the user refuses client %s", i->of.client->id));
}

/* ---- taking back ---- */

struct withdrawing {
    const char *user_id, *client_id;
    bool revoked;
};

static RESULT withdraw_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct withdrawing *w = arg;
    const struct audit audit = { .event = AUDIT_CONSENT_WITHDRAWN,
                                 .user_id = w->user_id,
                                 .details = { { "client_id", w->client_id } } };
    TRY(consent_revoke(c, w->user_id, w->client_id, &w->revoked));
    return w->revoked ? audit_add(c, &audit) : ok();
}

RESULT consent_withdraw(struct ctx *c, const char *user_id, const char *client_id, bool *revoked)
{
    struct withdrawing withdrawing = { .user_id = user_id, .client_id = client_id };
    *revoked = false;
    /* Our own API is no application: its sessions are ended as sessions. */
    if (text_equal(client_id, CLIENT_FIRST_PARTY))
        return ok();
    TRY(db_atomically(c, withdraw_in, &withdrawing));
    *revoked = withdrawing.revoked;
    return ok();
}
