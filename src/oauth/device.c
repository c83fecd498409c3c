/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/device.h"

#include "base/random.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "oauth/resource.h"
#include "oauth/scope.h"
#include "oauth/user_code.h"
#include "store/device_codes.h"
#include "store/tenants.h"
#include "store/users.h"
#include "web/door.h"
#include "web/reply.h"

enum { TRIES = 8 /* to find a user code that nobody has */ };

static RESULT ask_tenant(struct ctx *c, const char *tenant_id, bool *refused)
{
    const struct tenant_row *tenant = NULL;
    if (*refused || tenant_id == NULL)
        return ok();
    TRY(tenant_find(c, tenant_id, &tenant));
    *refused = tenant != NULL && tenant->refuse_device_grant;
    return ok();
}

RESULT device_is_refused(struct ctx *c, const char *tenant_id, const char *user_id, bool *refused)
{
    const struct user_row *user = NULL;
    *refused = false;
    TRY(ask_tenant(c, tenant_id, refused));
    if (user_id != NULL)
        TRY(user_find(c, user_id, &user));
    return user == NULL ? ok() : ask_tenant(c, user->default_tenant_id, refused);
}

/* What a device may ask for is what its client may (DV-06, RFC 8628 3.1). */
static RESULT check(struct req *r, const struct device_request *in, struct texts *scopes)
{
    const struct client *client = client_of(r);
    bool refused = false;
    if (!client_may(client, GRANT_DEVICE_CODE))
        return because(
            r->c, CLIENT_GRANT, client_grants(r->c->arena, client), GRANT_DEVICE_CODE,
            fail(r->c, UNAUTHORIZED_CLIENT, "client %s is not registered for devices", client->id));
    TRY(device_is_refused(r->c, client->tenant_id, NULL, &refused));
    if (refused)
        return because(r->c, DEVICE_TENANT, NULL, client->tenant_id,
                       fail(r->c, UNAUTHORIZED_CLIENT, "the tenant of client %s lets no device in",
                            client->id));
    /* What nobody would be shown is not granted, nor left out without a word. */
    if (in->authorization_details != NULL)
        return fail_field(r->c, INVALID_REQUEST, "authorization_details",
                          "Devices have scopes, and no authorization details.");
    TRY(scope_of_request(r->c, client, in->scope, scopes));
    if (!client_may(client, "refresh_token"))
        *scopes = scope_without(r->c->arena, *scopes, SCOPE_OFFLINE);
    return resource_check(r->c, client, in->resource);
}

static RESULT add(struct req *r, struct device_code_row *row, const char **user_code)
{
    bool added = false, full = false;
    for (int i = 0; i < TRIES && !added && !full; i++) {
        *user_code = user_code_new(r->c);
        row->user_code = user_code_hash(r->c->arena, *user_code);
        TRY(device_code_add(r->c, row, DEVICE_WAITING_MAX, &added, &full));
    }
    if (full)
        return because(r->c, LIMIT, NULL, NULL,
                       fail(r->c, RATE_LIMITED, "%d codes of client %s wait already",
                            DEVICE_WAITING_MAX, row->client_id));
    return added ? ok() : fail(r->c, UNAVAILABLE, "no user code is free");
}

RESULT post_device_authorization(struct req *r)
{
    const struct device_request *in = REQ_IN(r, device_request);
    const char *device_code = random_token(r->c);
    const char *uri = text_printf(r->c->arena, "%s/device", r->door->public_url);
    struct device_code_row row = { .hash = token_hash(r->c->arena, device_code),
                                   .client_id = client_of(r)->id,
                                   .resources = in->resource,
                                   .address = r->http->peer,
                                   .wait = DEVICE_WAIT,
                                   .expires_at = time_add(r->c->now, DEVICE_SECONDS) };
    struct device_response out = { .device_code = device_code,
                                   .verification_uri = uri,
                                   .expires_in = DEVICE_SECONDS,
                                   .interval = DEVICE_WAIT };
    TRY(check(r, in, &row.scopes));
    TRY(add(r, &row, &out.user_code));
    out.verification_uri_complete = text_printf(r->c->arena, "%s?user_code=%s", uri, out.user_code);
    return reply(r, &out);
}
