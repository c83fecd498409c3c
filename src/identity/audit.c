/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/audit.h"

#include "base/codec.h"
#include "base/json_writer.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "crypto/seal.h"
#include "identity/audit_seal.h"
#include "identity/email.h"

#include <string.h>

static const struct audit_row rows[] = {
#define EVENT(name, text, summary) { text, summary },
#include "identity/events.def"
#undef EVENT
};

const struct audit_row *audit_rows(size_t *n)
{
    *n = sizeof rows / sizeof *rows;
    return rows;
}

/* AU-05: what was typed may be a password in the wrong field.  Spellings of one address have one
 * hash. */
static const char *identifier_hash(struct ctx *c, const char *identifier)
{
    const char *canonical = identifier;
    (void)email_canonical(c->arena, identifier, &canonical);
    return seal_mac(c, "audit identifier", bytes_of(canonical));
}

static const char *detail_of(struct ctx *c, const struct audit *event)
{
    const char *by_key = c->origin.api_key_id;
    if (event->identifier == NULL && event->changed == NULL && by_key == NULL &&
        !audit_details_any(event->details))
        return NULL;
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    if (event->identifier != NULL)
        json_text(&w, "identifier", identifier_hash(c, event->identifier));
    if (by_key != NULL)
        json_text(&w, "api_key", by_key);
    audit_details_write(c, &w, event->details);
    if (event->changed != NULL)
        json_raw(&w, "changed", event->changed);
    json_object_end(&w);
    return json_written(&w);
}

/* ---- adding ---- */

const char *audit_leaf(struct arena *a, const struct event_row *row)
{
    const char *texts[] = { row->tenant_id,      row->user_id,    row->actor_id,
                            row->client_id,      row->session_id, row->request_id,
                            row->correlation_id, row->detail,     row->sealed };
    struct framed f = framed(a);
    framed_add_text(&f, row->id);
    framed_add_text(&f, row->name);
    framed_add_int(&f, row->at);
    framed_add_text(&f, row->outcome);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        framed_add_text(&f, texts[i]);
    uint8_t digest[DIGEST_SHA256];
    sha256(framed_bytes(&f), digest);
    return base64url_encode(a, (struct bytes){ digest, sizeof digest });
}

/* TX-06: what is done in somebody's name is never told as if they had done it. */
static const char *actor_of(const struct ctx *c, const struct audit *event)
{
    if (c->origin.impersonator_id != NULL)
        return c->origin.impersonator_id;
    return event->actor_id != NULL ? event->actor_id : c->origin.actor_id;
}

RESULT audit_add(struct ctx *c, const struct audit *event)
{
    must(event->event < AUDIT_EVENTS);
    struct event_row row = {
        .id = random_uuid(c),
        .name = rows[event->event].text,
        .at = c->now,
        .outcome = event->refused ? "refused" : "done",
        .tenant_id = event->tenant_id != NULL ? event->tenant_id : c->origin.tenant_id,
        .user_id = event->user_id,
        .actor_id = actor_of(c, event),
        .client_id = c->origin.client_id,
        .session_id = event->session_id,
        .request_id = c->request_id,
        .correlation_id = c->origin.correlation_id,
        .detail = detail_of(c, event),
    };
    TRY(audit_seal(c, event, &row, &row.sealed));
    row.leaf_hash = audit_leaf(c->arena, &row);
    return event_append(c, &row);
}
