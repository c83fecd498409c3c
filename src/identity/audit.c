/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/audit.h"

#include "base/codec.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "crypto/seal.h"
#include "identity/email.h"

#include <string.h>

/* A header may be 16 KiB long; this much of it tells a browser. */
enum { AUDIT_TEXT_MAX = 512 };

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

/* At most AUDIT_TEXT_MAX bytes of `text`, as UTF-8: it comes from outside. */
static const char *readable(struct arena *a, const char *text)
{
    size_t n = strnlen(text, AUDIT_TEXT_MAX);
    if (text_is_utf8((struct bytes){ (const uint8_t *)text, n }))
        return text_copy(a, text, n);
    struct text_buffer out = text_buffer(a);
    for (size_t i = 0, length; i<n; i += length> 0 ? length : 1) {
        length = utf8_length((const uint8_t *)text + i, n - i);
        text_add_bytes(&out, length > 0 ? text + i : "?", length > 0 ? length : 1);
    }
    return text_of(&out);
}

static bool has_any(const struct audit_detail *details)
{
    for (size_t i = 0; i < AUDIT_DETAILS_MAX && details[i].name != NULL; i++) {
        if (details[i].value != NULL)
            return true;
    }
    return false;
}

static void write_details(struct ctx *c, struct json_writer *w, const struct audit_detail *details)
{
    for (size_t i = 0; i < AUDIT_DETAILS_MAX && details[i].name != NULL; i++) {
        if (details[i].value != NULL)
            json_text(w, details[i].name, readable(c->arena, details[i].value));
    }
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
    if (event->identifier == NULL && event->changed == NULL && !has_any(event->details))
        return NULL;
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    if (event->identifier != NULL)
        json_text(&w, "identifier", identifier_hash(c, event->identifier));
    write_details(c, &w, event->details);
    if (event->changed != NULL)
        json_raw(&w, "changed", event->changed);
    json_object_end(&w);
    return json_written(&w);
}

/* What tells about a person, or NULL if nothing does. */
static const char *personal_of(struct ctx *c, const struct audit *event)
{
    bool more = has_any(event->personal) || event->changed_personal != NULL;
    if (c->origin.address == NULL && c->origin.user_agent == NULL && !more)
        return NULL;
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    if (c->origin.address != NULL)
        json_text(&w, "address", readable(c->arena, c->origin.address));
    if (c->origin.user_agent != NULL)
        json_text(&w, "user_agent", readable(c->arena, c->origin.user_agent));
    if (more) {
        json_object(&w, "more");
        write_details(c, &w, event->personal);
        if (event->changed_personal != NULL)
            json_raw(&w, "changed", event->changed_personal);
        json_object_end(&w);
    }
    json_object_end(&w);
    return json_written(&w);
}

/* ---- keys ---- */

/* Sealed fields are bound to their row. */
static const char *purpose_of(struct ctx *c, const char *event_id)
{
    return text_printf(c->arena, "audit event %s", event_id);
}

static RESULT key_open(struct ctx *c, const char *user_id, const char *sealed, const char **key)
{
    const char *row = text_printf(c->arena, "user %s", user_id);
    struct bytes plain;
    TRY(seal_open(c, "audit key", row, sealed, &plain));
    *key = text_copy(c->arena, (const char *)plain.at, plain.n);
    return ok();
}

/* The user's key, made if there is none yet; NULL if it has been destroyed. */
static RESULT key_for(struct ctx *c, const char *user_id, const char **key)
{
    const char *sealed = NULL;
    TRY(audit_key_find(c, user_id, &sealed));
    if (sealed == NULL) {
        const char *row = text_printf(c->arena, "user %s", user_id);
        const char *new = NULL;
        TRY(seal_bytes(c, "audit key", row, bytes_of(random_token(c)), &new));
        TRY(audit_key_add(c, user_id, new, &sealed));
    }
    *key = NULL;
    return sealed == NULL ? ok() : key_open(c, user_id, sealed, key);
}

static RESULT seal_personal(struct ctx *c, const struct audit *event, const char *id,
                            const char **sealed)
{
    *sealed = NULL;
    const char *personal = personal_of(c, event);
    if (personal == NULL)
        return ok();
    if (event->user_id == NULL)
        return seal_bytes(c, "audit event", id, bytes_of(personal), sealed);
    const char *key = NULL;
    TRY(key_for(c, event->user_id, &key));
    if (key == NULL)
        return ok();
    return seal_under_token(c, key, purpose_of(c, id), bytes_of(personal), sealed);
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
        .actor_id = event->actor_id != NULL ? event->actor_id : c->origin.actor_id,
        .client_id = c->origin.client_id,
        .session_id = event->session_id,
        .request_id = c->request_id,
        .correlation_id = c->origin.correlation_id,
        .detail = detail_of(c, event),
    };
    TRY(seal_personal(c, event, row.id, &row.sealed));
    row.leaf_hash = audit_leaf(c->arena, &row);
    return event_append(c, &row);
}

/* ---- opening ---- */

static RESULT read_personal(struct ctx *c, struct bytes plain, struct audit_personal *out)
{
    struct audit_personal found = { 0 };
    struct json j = json_open(c->arena, plain);
    struct json_value value;
    bool object = json_value(&j, &value) && value.kind == JSON_OBJECT;
    for (const char *name; object && json_member(&j, &name, &value);) {
        if (text_equal(name, "address"))
            found.address = value.text;
        else if (text_equal(name, "user_agent"))
            found.user_agent = value.text;
        else if (json_skip(&j, &value))
            found.more = text_copy(c->arena, (const char *)value.raw.at, value.raw.n);
    }
    if (!object || !json_done(&j))
        return fail(c, INTERNAL, "sealed fields of an event: %s", j.why != NULL ? j.why : "kind");
    *out = found;
    return ok();
}

/* The key under which it was sealed: *key is NULL where that is the master key. */
static RESULT find_key(struct ctx *c, const struct event_row *row, const char **key, bool *erased)
{
    const char *sealed = NULL;
    *key = NULL;
    *erased = false;
    if (row->user_id == NULL)
        return ok();
    TRY(audit_key_find(c, row->user_id, &sealed));
    *erased = sealed == NULL;
    return *erased ? ok() : key_open(c, row->user_id, sealed, key);
}

static RESULT open_sealed(struct ctx *c, const struct event_row *row, const char *key,
                          struct bytes *plain)
{
    if (key == NULL)
        return seal_open(c, "audit event", row->id, row->sealed, plain);
    return seal_open_with_token(c, key, purpose_of(c, row->id), row->sealed, plain);
}

RESULT audit_open(struct ctx *c, const struct event_row *row, struct audit_personal *out)
{
    struct bytes plain;
    const char *key = NULL;
    *out = (struct audit_personal){ 0 };
    if (row->sealed == NULL)
        return ok();
    TRY(find_key(c, row, &key, &out->erased));
    if (out->erased)
        return ok();
    TRY(open_sealed(c, row, key, &plain));
    return read_personal(c, plain, out);
}

RESULT audit_disclose(struct ctx *c, const struct event_row *row, const char **plain,
                      const char **key)
{
    const char *token = NULL;
    struct bytes opened;
    bool erased = row->sealed == NULL;
    *plain = *key = NULL;
    if (!erased)
        TRY(find_key(c, row, &token, &erased));
    if (erased)
        return ok();
    TRY(open_sealed(c, row, token, &opened));
    *plain = text_copy(c->arena, (const char *)opened.at, opened.n);
    return seal_disclose(c, token, row->sealed, key);
}

RESULT audit_open_disclosed(struct ctx *c, const struct event_row *row, const char *key,
                            const char **plain)
{
    struct bytes opened;
    bool of_user = row->user_id != NULL;
    if (row->sealed == NULL)
        return fail(c, INVALID_REQUEST, "there is a key, and nothing is sealed");
    TRY(seal_open_disclosed(c, key, of_user ? purpose_of(c, row->id) : "audit event",
                            of_user ? "" : row->id, row->sealed, &opened));
    if (memchr(opened.at, '\0', opened.n) != NULL)
        return fail(c, INVALID_REQUEST, "what is sealed is no text");
    *plain = text_copy(c->arena, (const char *)opened.at, opened.n);
    return ok();
}
