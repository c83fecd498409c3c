/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/registration.h"

#include "base/config.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "oauth/client_auth.h"
#include "oauth/client_change.h"
#include "oauth/guard_registration.h"
#include "oauth/registration_rules.h"
#include "oauth/software_statement.h"
#include "token/issuer.h"
#include "web/door.h"
#include "web/ended.h"
#include "web/guard.h"
#include "web/reply.h"

#include <string.h>

enum { DAY = 86400, STATUS_OK = 200, STATUS_CREATED = 201 };

#define PATH "/oauth2/register"

/* ---- the answer ---- */

/* RFC 7591 3.2.1, RFC 7592 3: all that was registered, and how it is managed. */
static RESULT answer(struct req *r, int status, const struct client_made *client, const char *token)
{
    struct arena *a = r->c->arena;
    struct json_writer w = json_writer(a);
    json_object(&w, NULL);
    json_text(&w, "client_id", client->row->id);
    json_number(&w, "client_id_issued_at", client->row->created_at);
    if (client->secret != NULL) {
        json_text(&w, "client_secret", client->secret);
        json_number(&w, "client_secret_expires_at", 0);
    }
    json_text(&w, "registration_access_token", token);
    json_text(
        &w, "registration_client_uri",
        text_printf(a, "%s%s" PATH "/%s", r->door->public_url, issuer_path(r->c), client->row->id));
    json_object_end(&w);
    const char *own = json_written(&w);
    const char *metadata = client_metadata_write(a, &client->metadata);
    /* Two objects as one: neither is empty. */
    return reply_text(r, status, "application/json",
                      text_printf(a, "%.*s,%s", (int)(strlen(own) - 1), own, metadata + 1));
}

/* ---- registering ---- */

static RESULT read_metadata(struct req *r, struct client_metadata *out)
{
    struct bytes merged;
    TRY(software_statement_merge(r->c, r->http->body, &merged));
    return client_metadata_read(r->c, merged, out);
}

RESULT post_registration(struct req *r)
{
    struct ctx *c = r->c;
    struct client_new client = { 0 };
    struct client_made made;
    const char *token = random_token(c);
    TRY(read_metadata(r, &client.metadata));
    TRY(registration_token_shown(r, &client.initial_hash));
    bool open = client.initial_hash == NULL;
    const struct client_registration_row row = {
        .kind = open ? REGISTERED_OPENLY : REGISTERED_BY_TOKEN,
        .hash = token_hash(c->arena, token),
        .expires_at = open ? c->now + c->config->client_unused_days * DAY : 0,
    };
    TRY(registration_bound(c, row.kind, NULL, &client.metadata));
    client.registration = &row;
    if (c->issuer != NULL)
        client.tenant_id = c->issuer->tenant_id;
    TRY(client_create(c, &client, &made));
    return answer(r, STATUS_CREATED, &made, token);
}

/* ---- managing ---- */

RESULT get_registration(struct req *r)
{
    struct token_shown shown;
    struct client_made client;
    TRY(guard_token(r, &shown));
    TRY(client_read(r->c, r->who.client_id, &client));
    return answer(r, STATUS_OK, &client, shown.token);
}

/* What stands in an update beside metadata (RFC 7592 2.2). */
struct registration_update {
    const char *client_id, *client_secret;
    const char *registration_access_token, *registration_client_uri;
    int64_t client_id_issued_at, client_secret_expires_at;
};
/* clang-format off */
LOCAL_SHAPE_OPEN(registration_update,
    FIELD(registration_update, client_id, OPTIONAL, 1, 255, "The client"),
    FIELD(registration_update, client_secret, OPTIONAL | SECRET, 1, 255, "Its present secret"),
    FIELD(registration_update, registration_access_token, OPTIONAL | SECRET, 0, 4096, "Not to be sent"),
    FIELD(registration_update, registration_client_uri, OPTIONAL, 0, 4096, "Not to be sent"),
    FIELD(registration_update, client_id_issued_at, OPTIONAL, INT64_MIN, INT64_MAX, "Not to be sent"),
    FIELD(registration_update, client_secret_expires_at, OPTIONAL, INT64_MIN, INT64_MAX, "Not to be sent"));
/* clang-format on */

static RESULT refuse(struct req *r, const char *member, const char *say)
{
    return because(r->c, CLIENT_METADATA, NULL, member,
                   fail_field(r->c, INVALID_CLIENT_METADATA, member, say));
}

/* RFC 7592 2.2: nobody chooses their own secret. */
static RESULT check_secret(struct req *r, const char *secret)
{
    bool good = false;
    if (secret == NULL)
        return ok();
    TRY(client_has_secret(r->c, r->who.client_id, secret, &good));
    return good ? ok() : refuse(r, "client_secret", "This is not the secret of the client.");
}

static RESULT check_update(struct req *r)
{
    struct registration_update in;
    err read = shape_read_json(r->c, &registration_update_shape, r->http->body, &in);
    if (read.code == ERR_INVALID_FIELD) {
        const char *field = r->c->fault.field;
        fault_clear(r->c);
        return refuse(r, field, "This is of another type.");
    }
    TRY(read);
    if (!text_equal(in.client_id, r->who.client_id))
        return refuse(r, "client_id", "This must be the client_id of the registration.");
    if (in.registration_access_token != NULL)
        return refuse(r, "registration_access_token", "This does not stand in an update.");
    if (in.registration_client_uri != NULL)
        return refuse(r, "registration_client_uri", "This does not stand in an update.");
    if (in.client_id_issued_at != 0)
        return refuse(r, "client_id_issued_at", "This does not stand in an update.");
    if (in.client_secret_expires_at != 0)
        return refuse(r, "client_secret_expires_at", "This does not stand in an update.");
    return check_secret(r, in.client_secret);
}

static RESULT bound_update(struct req *r, struct client_metadata *metadata)
{
    const struct client_registration_row *row = NULL;
    struct client_made before;
    TRY(client_registration_of(r->c, r->who.client_id, &row));
    TRY(client_read(r->c, r->who.client_id, &before));
    if (row == NULL)
        return because(r->c, REGISTRATION_TOKEN, NULL, NULL,
                       fail(r->c, INVALID_TOKEN, "the registration is gone"));
    return registration_bound(r->c, row->kind, &before.metadata, metadata);
}

RESULT put_registration(struct req *r)
{
    struct client_metadata metadata;
    struct client_token_change change = { 0 };
    struct client_made client;
    const char *token = random_token(r->c);
    TRY(check_update(r));
    TRY(read_metadata(r, &metadata));
    TRY(bound_update(r, &metadata));
    TRY(registration_token_shown(r, &change.hash));
    change.next = token_hash(r->c->arena, token);
    TRY(client_change_itself(r->c, r->who.client_id, &metadata, &change, &client));
    return answer(r, STATUS_OK, &client, token);
}

/* RFC 7592 2.3: what was granted to it ends with it. */
RESULT delete_registration(struct req *r)
{
    TRY(client_erase(r->c, r->who.client_id, NULL));
    TRY(ended(r));
    return reply_no_content(r);
}
