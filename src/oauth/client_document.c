/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/client_document.h"

#include "base/config.h"
#include "client/upstreams.h"
#include "db/kv.h"
#include "net/url.h"
#include "oauth/client_change.h"
#include "oauth/client_url.h"
#include "oauth/registration_rules.h"
#include "oauth/uri_shown.h"

#include <string.h>

enum {
    BYTES_MAX = 5 * 1024,
    LIMIT_MS = 3000,
    NAME_MAX_BYTES = 100,
    URL_BYTES_MAX = 255, /* of a client_id */
    FETCHES = 10,        /* of one host, and for one address, a minute */
    MINUTE = 60,
    DAY = 86400
};

static const char scheme[] = "https://";

bool client_document_names(const char *client_id)
{
    return text_starts(client_id, scheme);
}

const char *client_document_host(struct arena *a, const char *client_id)
{
    struct url url;
    return url_parse(a, bytes_of(client_id), &url) ? url.host : client_id;
}

/* ---- what the document says ---- */

/* What has no place in it, and who it is about. */
struct document_head {
    const char *client_id, *client_secret, *token_endpoint_auth_method;
    int64_t client_secret_expires_at;
};
/* clang-format off */
LOCAL_SHAPE_OPEN(document_head,
    FIELD(document_head, client_id, REQUIRED, 1, URL_BYTES_MAX, "The URL of the document"),
    FIELD(document_head, client_secret, OPTIONAL | SECRET, 0, BYTES_MAX, "Not to be there"),
    FIELD(document_head, token_endpoint_auth_method, OPTIONAL, 1, 64, "none, or private_key_jwt"),
    FIELD(document_head, client_secret_expires_at, OPTIONAL, INT64_MIN, INT64_MAX, "Not to be there"));
/* clang-format on */

static bool is_method(const char *method)
{
    return method == NULL || text_equal(method, "none") || text_equal(method, "private_key_jwt");
}

static RESULT check_head(struct ctx *c, struct bytes body, const char *url, const char **method)
{
    struct document_head head;
    TRY(shape_read_json(c, &document_head_shape, body, &head));
    /* Section 4.1: compared as text. */
    if (!text_equal(head.client_id, url))
        return fail(c, INVALID_CLIENT_METADATA, "its client_id is another than its URL");
    if (head.client_secret != NULL || head.client_secret_expires_at != 0)
        return fail(c, INVALID_CLIENT_METADATA, "a public document has no secret");
    if (!is_method(head.token_endpoint_auth_method))
        return fail(c, INVALID_CLIENT_METADATA, "its method of authentication needs a secret");
    *method = head.token_endpoint_auth_method;
    return ok();
}

RESULT client_document_read(struct ctx *c, struct bytes body, const char *url,
                            struct client_metadata *out)
{
    struct client_metadata metadata;
    const char *method = NULL;
    TRY(check_head(c, body, url, &method));
    TRY(shape_read_json(c, &client_metadata_shape, body, &metadata));
    /* Without a secret there is none to authenticate with. */
    metadata.token_endpoint_auth_method = method == NULL ? "none" : method;
    TRY(client_metadata_check(c, &metadata));
    if (metadata.client_name == NULL)
        metadata.client_name =
            text_printf(c->arena, "%.*s", NAME_MAX_BYTES, client_document_host(c->arena, url));
    *out = metadata;
    return ok();
}

static RESULT parse(struct ctx *c, struct bytes body, const char *url, const void **parsed)
{
    struct client_metadata *metadata = ARENA_NEW(c->arena, struct client_metadata);
    TRY(client_document_read(c, body, url, metadata));
    *parsed = metadata;
    return ok();
}

static const struct document_kind kind = { .name = "client metadata document",
                                           .accept = "application/json",
                                           .parse = parse,
                                           .bytes_max = BYTES_MAX,
                                           .limit_ms = LIMIT_MS };

/* ---- getting it ---- */

/* Section 3: a path, no fragment, no user, no dot segments. */
static bool is_url(struct ctx *c, const char *client_id)
{
    struct url url;
    return strlen(client_id) <= URL_BYTES_MAX && url_parse(c->arena, bytes_of(client_id), &url) &&
           url.fragment == NULL && strlen(url.path) > 1 &&
           upstream_is_callable(c->config->client_document_hosts, &url);
}

static RESULT count(struct ctx *c, const char *what, const char *who)
{
    struct kv_taken taken = { 0 };
    if (!c->config->rate_limit || who == NULL)
        return ok();
    TRY(kv_take(c, KV_KEY(c, KV_THROTTLE, what, who), (struct kv_rate){ FETCHES, MINUTE }, 1,
                &taken));
    return taken.allowed ? ok() : fail(c, UPSTREAM, "%s: too many documents of %s", what, who);
}

static RESULT fetch(struct ctx *c, struct upstreams *u, const struct document_wanted *wanted,
                    const void **parsed)
{
    TRY(count(c, "document of", client_document_host(c->arena, wanted->url)));
    TRY(count(c, "document for", c->origin.address));
    if (!upstreams_enter(c, u))
        return fail(c, UPSTREAM, "too many wait for servers of clients already");
    err done = documents_get(c, u->documents, wanted, parsed);
    upstreams_leave(u);
    return done;
}

/* SR-02: anybody can name one, so what is inside is called where the operator says it of documents,
 * and not for the sake of what operators register. */
static enum outbound_origin origin_of(struct ctx *c, const char *client_id)
{
    const char *host = client_document_host(c->arena, client_id);
    return texts_hold(c->config->client_document_hosts, host) ? OUTBOUND_CONFIGURED
                                                              : OUTBOUND_FOREIGN;
}

static RESULT get(struct ctx *c, const char *client_id, const struct client_metadata **out)
{
    const struct document_wanted wanted = { &kind, client_id, origin_of(c, client_id) };
    struct upstreams *u = NULL;
    const void *parsed = NULL;
    if (!is_url(c, client_id))
        return fail(c, FORBIDDEN, "%s cannot be the URL of a client", client_id);
    TRY(upstreams_of(c, &u));
    if (!documents_kept(c, u->documents, &wanted, &parsed))
        TRY(fetch(c, u, &wanted, &parsed));
    *out = parsed;
    return ok();
}

/* ---- keeping it ---- */

static RESULT add(struct ctx *c, const char *client_id, const struct client_metadata *metadata)
{
    const struct client_registration_row row = {
        .kind = REGISTERED_BY_DOCUMENT,
        .expires_at = c->now + c->config->client_unused_days * DAY,
    };
    const struct client_new new = {
        .id = client_id,
        .registration = &row,
        .metadata = *metadata,
    };
    struct client_made made;
    err added = client_create(c, &new, &made);
    /* Somebody else was first. */
    if (added.code == ERR_CONFLICT)
        fault_clear(c);
    return added.code == ERR_CONFLICT ? ok() : added;
}

static RESULT keep(struct ctx *c, const char *client_id, const struct client_metadata *said)
{
    struct client_metadata metadata = *said;
    struct client_made before;
    err found = client_read(c, client_id, &before);
    if (found.code != ERR_NOT_FOUND)
        TRY(found);
    fault_clear(c);
    bool new = found.code == ERR_NOT_FOUND;
    TRY(registration_bound(c, REGISTERED_BY_DOCUMENT, new ? NULL : &before.metadata, &metadata));
    if (new)
        return add(c, client_id, &metadata);
    if (text_equal(client_metadata_write(c->arena, &metadata),
                   client_metadata_write(c->arena, &before.metadata)))
        return ok();
    return client_change(c, client_id, &metadata, NULL, &before);
}

bool client_documents_are_taken(const struct ctx *c)
{
    return c->config->client_id_metadata_documents && c->issuer == NULL;
}

RESULT client_document_renew(struct ctx *c, const char *client_id)
{
    const struct client_metadata *said = NULL;
    if (!client_documents_are_taken(c) || !client_document_names(client_id))
        return ok();
    err got = get(c, client_id, &said);
    if (got.code == ERR_OK)
        got = keep(c, client_id, said);
    if (got.code != ERR_FORBIDDEN && got.code != ERR_UPSTREAM &&
        got.code != ERR_INVALID_CLIENT_METADATA)
        return got;
    const char *why = c->fault.text == NULL ? "" : c->fault.text;
    fault_clear(c);
    return because(c, CLIENT_DOCUMENT, "a document", uri_shown(c->arena, client_id),
                   fail_say(c, INVALID_REQUEST,
                            "The document at this client_id cannot be had, or is not acceptable.",
                            "client_id %s: %s", client_id, why));
}
