/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"
#include "crypto/digest.h"
#include "db/db.h"
#include "identity/audit.h"
#include "identity/tenant_settings.h"
#include "oauth/device.h"
#include "oauth/logout_notify.h"
#include "oauth/scope.h"
#include "oauth/uri_shown.h"
#include "store/device_codes.h"
#include "store/sessions.h"
#include "store/tenants.h"
#include "token/refresh.h"

#include "base/random.h"
#include <string.h>

enum { DAY = 86400 };

struct polling {
    const struct client *client;
    const struct token_request *in;
    const char *hash;
    enum device_outcome how;
    struct device_code_row row;
    const struct authorization_row *authorization; /* NULL: who allowed it may not any longer */
};

/* What the user of `session` has granted by their answer. */
static struct authorization_row granted(const struct polling *p, const struct session_row *session)
{
    const struct texts *resources = &p->row.resources;
    return (struct authorization_row){
        .user_id = session->user_id,
        .client_id = p->client->id,
        .session_id = texts_hold(p->row.scopes, SCOPE_OFFLINE) ? NULL : session->id,
        .sid = session->id,
        .tenant_id = p->client->tenant_id != NULL ? p->client->tenant_id : session->tenant_id,
        .scopes = p->row.scopes,
        .audience = resources->n > 0 ? resources->at[0] : NULL,
        .resources = *resources,
        /* RFC 9449 5, RFC 8705 4: only a public client's refresh tokens are their holder's. */
        .jkt = p->client->confidential ? NULL : p->in->jkt,
        .x5t = p->client->confidential ? NULL : p->in->x5t,
        .auth_time = session->auth_time,
        .amr = session->amr,
        .acr = session->acr,
    };
}

/* The resource is looked at before anything is used up. */
static RESULT check_resource(struct ctx *c, const struct polling *p)
{
    const char *resource = NULL;
    TRY(grant_resource(c, p->in, &resource));
    if (resource != NULL && !texts_hold(p->row.resources, resource))
        return because(c, RESOURCE, text_join(c->arena, p->row.resources, " "),
                       uri_shown(c->arena, resource),
                       fail(c, INVALID_TARGET, "the resource was not asked for by the device"));
    return ok();
}

/* DV-01: what was allowed before its tenant turned this way off is not given any more. */
static RESULT check_refused(struct ctx *c, const struct authorization_row *row)
{
    bool refused = false;
    TRY(device_is_refused(c, row->tenant_id, row->user_id, &refused));
    return !refused ? ok()
                    : because(c, DEVICE_TENANT, NULL, row->tenant_id,
                              fail(c, ACCESS_DENIED, "no device of client %s is let in by user %s",
                                   row->client_id, row->user_id));
}

static RESULT take(struct ctx *c, struct polling *p)
{
    enum session_state state;
    const struct session_row *session = NULL;
    const char *id = NULL;
    TRY(check_resource(c, p));
    TRY(session_find_id(c, p->row.session_id, &state, &session));
    if (session == NULL || state != SESSION_LIVE)
        return ok();
    struct authorization_row row = granted(p, session);
    const struct tenant_settings *policy = NULL;
    bool live = true;
    TRY(check_refused(c, &row));
    TRY(tenant_policy_of(c, row.tenant_id, &policy));
    row.expires_at = time_add(c->now, policy->refresh_absolute_days * DAY);
    TRY(logout_note(c, p->client, row.session_id, &live));
    if (!live)
        return ok();
    TRY(authorization_add(c, &row, &id));
    TRY(authorization_find_live(c, id, &p->authorization));
    const struct audit audit = {
        .event = AUDIT_DEVICE_REDEEMED,
        .refused = p->authorization == NULL,
        .user_id = session->user_id,
        .tenant_id = row.tenant_id,
        .session_id = session->id,
        .details = { { "authorization_id", id }, { "client_id", p->client->id } },
    };
    return audit_add(c, &audit);
}

static RESULT poll_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct polling *p = arg;
    p->authorization = NULL;
    TRY(device_code_ask(c, p->hash, p->client->id, &p->how, &p->row));
    return p->how == DEVICE_TAKEN ? take(c, p) : ok();
}

/* RFC 8628 3.5. */
static RESULT refuse(struct ctx *c, const struct polling *p)
{
    switch (p->how) {
    case DEVICE_WAITS:
        return because(c, DEVICE_PENDING, NULL, NULL,
                       fail(c, AUTHORIZATION_PENDING, "nobody has answered the device yet"));
    case DEVICE_TOO_SOON:
        return because(c, DEVICE_TOO_SOON, NULL, NULL,
                       fail(c, SLOW_DOWN, "the device asked before its interval was over"));
    case DEVICE_EXPIRED:
        return because(c, DEVICE_EXPIRED, NULL, NULL,
                       fail(c, EXPIRED_TOKEN, "the device code has expired"));
    case DEVICE_DENIED:
        return because(c, DEVICE_REFUSED, NULL, NULL,
                       fail(c, ACCESS_DENIED, "the user refuses the device"));
    case DEVICE_TAKEN:
        return because(c, REFRESH_ENDED, NULL, NULL,
                       fail(c, ACCESS_DENIED, "who allowed the device may not any longer"));
    case DEVICE_UNKNOWN:
        break;
    }
    return because(c, DEVICE, NULL, NULL,
                   fail(c, INVALID_GRANT, "the device code is unknown, used, or another client's"));
}

static RESULT give(struct req *r, const struct client *client, const struct token_request *in,
                   struct grant_given *out)
{
    struct polling p = { .client = client, .in = in };
    const char *resource = NULL;
    if (in->device_code == NULL)
        return fail_field(r->c, INVALID_REQUEST, "device_code", "This field is required.");
    if (strnlen(in->device_code, RANDOM_TOKEN_CHARS + 1) != RANDOM_TOKEN_CHARS)
        return because(r->c, DEVICE, NULL, NULL,
                       fail(r->c, INVALID_GRANT, "this does not have the length of a device code"));
    p.hash = token_hash(r->c->arena, in->device_code);
    TRY(db_atomically(r->c, poll_in, &p));
    if (p.how != DEVICE_TAKEN || p.authorization == NULL)
        return refuse(r->c, &p);
    TRY(refresh_facts(r->c, p.authorization, NULL, &out->facts));
    TRY(grant_resource(r->c, in, &resource));
    TRY(refresh_choose_audience(r->c, p.authorization, resource, &out->facts));
    out->facts.jkt = in->jkt;
    out->facts.x5t = in->x5t;
    out->facts.style = client_style(client);
    out->sid = p.authorization->session_id;
    return client_may(client, "refresh_token") ? issue_pair(r->c, &out->facts, &out->tokens)
                                               : issue_access(r->c, &out->facts, &out->tokens);
}

const struct grant grant_device_code = { GRANT_DEVICE_CODE, give };
