/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/client_change.h"

#include "base/random.h"
#include "db/db.h"
#include "identity/audit.h"
#include "identity/audit_changes.h"
#include "oauth/client_auth.h"
#include "oauth/client_sector.h"
#include "store/client_secrets.h"
#include "store/tenants.h"

#include <string.h>

/* One change: what it is about, and what it leaves behind. */
struct change {
    const char *id, *actor_id;
    enum audit_event event;
    struct client_row row;
    const struct client_secret_row *secret; /* to be added, or NULL */
    int64_t end_others;                     /* of the secrets before, as client_secret_add */
    enum client_status status;
    const struct client_new *new;
    const struct client_token_change *token; /* or NULL */
    const char *before;                      /* metadata of what is changed; or NULL */
    bool done;
};

static RESULT record(struct ctx *c, const struct change *change, enum audit_event event)
{
    const struct audit audit = {
        .event = event,
        .actor_id = change->actor_id,
        .tenant_id = change->row.tenant_id,
        .details = { { "client_id", change->id } },
        .changed = event == AUDIT_CLIENT_CREATED || event == AUDIT_CLIENT_UPDATED
                       ? audit_changes(c, change->before, change->row.metadata)
                       : NULL,
    };
    return audit_add(c, &audit);
}

static RESULT add_secret(struct ctx *c, const struct change *change)
{
    if (change->secret == NULL)
        return ok();
    return client_secret_add(c, change->id, change->secret, change->end_others);
}

static RESULT not_found(struct ctx *c, const char *id)
{
    return fail(c, NOT_FOUND, "there is no client %s", id);
}

static bool is_id(const char *id)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789._~-";
    size_t n = strspn(id, letters);
    return n >= 1 && n <= CLIENT_ID_MAX && id[n] == '\0';
}

/* Its id is a URL, which has been checked. */
static bool is_document(const struct client_new *client)
{
    return client->registration != NULL && client->registration->kind == REGISTERED_BY_DOCUMENT;
}

static const struct client_auth *method_of(const struct client_metadata *m)
{
    const struct client_auth *method = client_auth_find(m->token_endpoint_auth_method);
    must(method != NULL);
    return method;
}

/* As it is stored.  What could not be read again is refused: commands fill it in without a shape.
 */
static RESULT store_metadata(struct ctx *c, const struct client_metadata *metadata,
                             const char **out)
{
    struct client_metadata again;
    const char *stored = client_metadata_store(c->arena, metadata);
    TRY(client_metadata_read(c, bytes_of(stored), &again));
    *out = stored;
    return ok();
}

/* ---- reading ---- */

RESULT client_read(struct ctx *c, const char *id, struct client_made *out)
{
    struct client_made read = { 0 };
    TRY(client_find(c, id, &read.row));
    if (read.row == NULL || text_equal(id, CLIENT_FIRST_PARTY))
        return not_found(c, id);
    TRY(client_metadata_load(c, read.row->metadata, &read.metadata));
    *out = read;
    return ok();
}

/* ---- making ---- */

/* RFC 7591 3: the token counts once for each client, and only for one that is made. */
static RESULT use_initial_token(struct ctx *c, const char *hash)
{
    bool good = false;
    if (hash == NULL)
        return ok();
    TRY(registration_token_use(c, hash, &good));
    return good ? ok()
                : because(c, CLIENT_REGISTRATION, NULL, NULL,
                          fail(c, INVALID_TOKEN, "the initial access token is used up"));
}

static RESULT add_registration(struct ctx *c, const struct change *change)
{
    if (change->new->registration == NULL)
        return ok();
    struct client_registration_row row = *change->new->registration;
    row.client_id = change->id;
    return client_registration_add(c, &row);
}

static RESULT create_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    TRY(use_initial_token(c, change->new->initial_hash));
    TRY(client_add(c, &change->row, &change->done));
    if (!change->done)
        return ok();
    TRY(add_registration(c, change));
    TRY(add_secret(c, change));
    return record(c, change, AUDIT_CLIENT_CREATED);
}

static RESULT check_tenant(struct ctx *c, const char *tenant_id)
{
    const struct tenant_row *tenant = NULL;
    if (tenant_id == NULL)
        return ok();
    TRY(tenant_find(c, tenant_id, &tenant));
    return tenant != NULL ? ok()
                          : fail_field(c, INVALID_FIELD, "tenant_id", "There is no such tenant.");
}

/* The one that was brought, or a new one, which is shown. */
static RESULT first_secret(struct ctx *c, const struct change *change, const char **shown,
                           const struct client_auth *method, struct client_secret_row *row)
{
    const char *brought = change->new->secret;
    return brought != NULL ? client_secret_take(c, change->id, method, brought, row)
                           : client_secret_make(c, change->id, method, shown, row);
}

RESULT client_create(struct ctx *c, const struct client_new *client, struct client_made *out)
{
    struct client_metadata metadata = client->metadata;
    struct client_secret_row secret = { 0 };
    struct change change = { .id = client->id == NULL ? random_uuid(c) : client->id,
                             .actor_id = client->actor_id,
                             .new = client };
    const char *shown = NULL;
    if (!is_id(change.id) && !is_document(client))
        return fail_field(c, INVALID_FIELD, "client_id",
                          "This has 1 to 64 characters of A-Z, a-z, 0-9, '.', '_', '~' and '-'.");
    TRY(client_metadata_check(c, &metadata));
    TRY(client_sector_prove(c, &metadata));
    TRY(check_tenant(c, client->tenant_id));
    if (metadata.client_name == NULL)
        metadata.client_name = change.id;
    if (method_of(&metadata)->has_secret) {
        TRY(first_secret(c, &change, &shown, method_of(&metadata), &secret));
        change.secret = &secret;
    }
    change.row = (struct client_row){ .id = change.id,
                                      .tenant_id = client->tenant_id,
                                      .name = metadata.client_name,
                                      .confidential = client_metadata_is_confidential(&metadata) };
    TRY(store_metadata(c, &metadata, &change.row.metadata));
    TRY(db_atomically(c, create_in, &change));
    if (!change.done)
        return fail_say(c, CONFLICT, "There is a client of this id already.",
                        "the client %s exists", change.id);
    TRY(client_read(c, change.id, out));
    out->secret = shown;
    return ok();
}

/* ---- changing ---- */

static RESULT rotate_token(struct ctx *c, const struct client_token_change *token)
{
    bool done = false;
    if (token == NULL)
        return ok();
    TRY(client_registration_rotate(c, token->hash, token->next, &done));
    return done ? ok()
                : because(c, REGISTRATION_TOKEN, NULL, NULL,
                          fail(c, INVALID_TOKEN, "the registration access token was replaced"));
}

static RESULT change_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    const struct client_row *was = NULL;
    TRY(rotate_token(c, change->token));
    TRY(client_find(c, change->id, &was));
    change->before = was == NULL ? NULL : was->metadata;
    TRY(client_update(c, &change->row, &change->done));
    if (!change->done)
        return ok();
    TRY(add_secret(c, change));
    if (change->secret != NULL)
        TRY(record(c, change, AUDIT_CLIENT_SECRET_MADE));
    return record(c, change, AUDIT_CLIENT_UPDATED);
}

static RESULT carry_over(struct ctx *c, struct change change,
                         const struct client_metadata *metadata, struct client_made *out)
{
    struct client_made before;
    struct client_metadata now = *metadata;
    struct client_secret_row secret;
    const char *id = change.id;
    const char *shown = NULL;
    change.end_others = c->now;
    TRY(client_read(c, id, &before));
    TRY(client_metadata_check(c, &now));
    TRY(client_sector_prove(c, &now));
    if (now.client_name == NULL)
        now.client_name = before.row->name;
    const struct client_auth *old = method_of(&before.metadata);
    const struct client_auth *method = method_of(&now);
    if (method->has_secret && (!old->has_secret || (method->seals && !old->seals))) {
        TRY(client_secret_make(c, id, method, &shown, &secret));
        change.secret = &secret;
    }
    change.row = *before.row;
    change.row.name = now.client_name;
    change.row.confidential = client_metadata_is_confidential(&now);
    TRY(store_metadata(c, &now, &change.row.metadata));
    TRY(db_atomically(c, change_in, &change));
    if (!change.done)
        return not_found(c, id);
    TRY(client_read(c, id, out));
    out->secret = shown;
    return ok();
}

RESULT client_change(struct ctx *c, const char *id, const struct client_metadata *metadata,
                     const char *actor_id, struct client_made *out)
{
    return carry_over(c, (struct change){ .id = id, .actor_id = actor_id }, metadata, out);
}

RESULT client_change_itself(struct ctx *c, const char *id, const struct client_metadata *metadata,
                            const struct client_token_change *token, struct client_made *out)
{
    return carry_over(c, (struct change){ .id = id, .token = token }, metadata, out);
}

static RESULT rotate_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    TRY(add_secret(c, change));
    return record(c, change, AUDIT_CLIENT_SECRET_MADE);
}

static RESULT no_secret(struct ctx *c, const struct client_made *client)
{
    return fail_say(c, CONFLICT, "This client has no secret.", "client %s authenticates by %s",
                    client->row->id, client->metadata.token_endpoint_auth_method);
}

RESULT client_rotate_secret(struct ctx *c, const char *id, int64_t overlap, const char *actor_id,
                            struct client_made *out)
{
    struct client_made now;
    struct client_secret_row secret;
    struct change change = { .id = id, .actor_id = actor_id, .secret = &secret };
    TRY(client_read(c, id, &now));
    if (!method_of(&now.metadata)->has_secret)
        return no_secret(c, &now);
    change.end_others = c->now + overlap;
    change.row = *now.row;
    TRY(client_secret_make(c, id, method_of(&now.metadata), &now.secret, &secret));
    TRY(db_atomically(c, rotate_in, &change));
    *out = now;
    return ok();
}

RESULT client_set_secret(struct ctx *c, const char *id, const char *secret, int64_t overlap)
{
    struct client_made now;
    struct client_secret_row row = { 0 };
    struct change change = { .id = id, .secret = &row, .end_others = c->now + overlap };
    TRY(client_read(c, id, &now));
    if (!method_of(&now.metadata)->has_secret)
        return no_secret(c, &now);
    change.row = *now.row;
    TRY(client_secret_take(c, id, method_of(&now.metadata), secret, &row));
    return db_atomically(c, rotate_in, &change);
}

/* ---- ending ---- */

static RESULT switch_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    TRY(client_set_status(c, change->id, change->status, &change->done));
    return change->done ? record(c, change, change->event) : ok();
}

static RESULT delete_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    TRY(client_remove(c, change->id, &change->done));
    return change->done ? record(c, change, change->event) : ok();
}

static RESULT carry_out(struct ctx *c, db_unit *unit, struct change *change)
{
    struct client_made before;
    TRY(client_read(c, change->id, &before));
    change->row = *before.row;
    TRY(db_atomically(c, unit, change));
    return change->done ? ok() : not_found(c, change->id);
}

RESULT client_switch(struct ctx *c, const char *id, enum client_status status, const char *actor_id)
{
    struct change change = { .id = id,
                             .actor_id = actor_id,
                             .status = status,
                             .event = status == CLIENT_ACTIVE ? AUDIT_CLIENT_ENABLED
                                                              : AUDIT_CLIENT_DISABLED };
    return carry_out(c, switch_in, &change);
}

RESULT client_erase(struct ctx *c, const char *id, const char *actor_id)
{
    struct change change = { .id = id, .actor_id = actor_id, .event = AUDIT_CLIENT_DELETED };
    return carry_out(c, delete_in, &change);
}
