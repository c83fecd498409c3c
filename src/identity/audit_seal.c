/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/audit_seal.h"

#include "base/json.h"
#include "base/random.h"
#include "crypto/seal.h"

#include <string.h>

/* A header may be 16 KiB long; this much of it tells a browser. */
enum { AUDIT_TEXT_MAX = 512 };

/* ---- what it is ---- */

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

bool audit_details_any(const struct audit_detail *details)
{
    for (size_t i = 0; i < AUDIT_DETAILS_MAX && details[i].name != NULL; i++) {
        if (details[i].value != NULL)
            return true;
    }
    return false;
}

void audit_details_write(struct ctx *c, struct json_writer *w, const struct audit_detail *details)
{
    for (size_t i = 0; i < AUDIT_DETAILS_MAX && details[i].name != NULL; i++) {
        if (details[i].value != NULL)
            json_text(w, details[i].name, readable(c->arena, details[i].value));
    }
}

static void write_origin(struct ctx *c, struct json_writer *w)
{
    if (c->origin.address != NULL)
        json_text(w, "address", readable(c->arena, c->origin.address));
    if (c->origin.user_agent != NULL)
        json_text(w, "user_agent", readable(c->arena, c->origin.user_agent));
}

static void write_more(struct ctx *c, struct json_writer *w, const struct audit *event)
{
    json_object(w, "more");
    audit_details_write(c, w, event->personal);
    if (event->changed_personal != NULL)
        json_raw(w, "changed", event->changed_personal);
    json_object_end(w);
}

/* What tells about a person: where the call came from, the details, or both; NULL if nothing
 * does. */
static const char *personal_of(struct ctx *c, const struct audit *event, bool origin, bool details)
{
    bool has_origin = origin && (c->origin.address != NULL || c->origin.user_agent != NULL);
    bool has_more =
        details && (audit_details_any(event->personal) || event->changed_personal != NULL);
    if (!has_origin && !has_more)
        return NULL;
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    if (has_origin)
        write_origin(c, &w);
    if (has_more)
        write_more(c, &w, event);
    json_object_end(&w);
    return json_written(&w);
}

/* ---- keys ---- */

/* Sealed fields are bound to their row, and to whose they are in it. */
static const char *purpose_of(struct ctx *c, const struct event_row *row, bool of_actor)
{
    return text_printf(c->arena, "audit event %s%s", of_actor ? "actor " : "", row->id);
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

struct part {
    const char *sealed;  /* or NULL */
    const char *user_id; /* whose key; NULL: the master key */
    bool of_actor;
    const char *plain;
    const char *key; /* whose user_id that is, once it was looked for */
};

/* ---- sealing ---- */

/* Under the key of part->user_id; under the master key where that is NULL.  NULL if it was erased.
 */
static RESULT seal_part(struct ctx *c, const struct event_row *row, const struct part *part,
                        const char **sealed)
{
    const char *key = NULL;
    *sealed = NULL;
    if (part->plain == NULL)
        return ok();
    if (part->user_id == NULL)
        return seal_bytes(c, "audit event", row->id, bytes_of(part->plain), sealed);
    TRY(key_for(c, part->user_id, &key));
    if (key == NULL)
        return ok();
    return seal_under_token(c, key, purpose_of(c, row, part->of_actor), bytes_of(part->plain),
                            sealed);
}

static bool has_two_parts(const struct event_row *row)
{
    return row->actor_id != NULL && !text_equal(row->actor_id, row->user_id);
}

/* What is not there, in a text of two parts or keys. */
static const char none[] = "-";

static const char *two(struct arena *a, const char *one, const char *other)
{
    if (one == NULL && other == NULL)
        return NULL;
    return text_printf(a, "%s %s", one == NULL ? none : one, other == NULL ? none : other);
}

RESULT audit_seal(struct ctx *c, const struct audit *event, const struct event_row *row,
                  const char **sealed)
{
    bool both = has_two_parts(row);
    const struct part subject = { .user_id = row->user_id,
                                  .plain = personal_of(c, event, !both, true) };
    const struct part actor = { .user_id = row->actor_id,
                                .of_actor = true,
                                .plain = personal_of(c, event, true, false) };
    const char *first = NULL;
    const char *second = NULL;
    TRY(seal_part(c, row, &subject, &first));
    if (both)
        TRY(seal_part(c, row, &actor, &second));
    *sealed = both ? two(c->arena, first, second) : first;
    return ok();
}

/* ---- the parts of what was sealed ---- */

struct parts {
    struct part at[2];
    size_t n;
};

static const char *or_null(const char *text)
{
    return text_equal(text, none) ? NULL : text;
}

/* Events of before have one part, also where somebody else acted. */
static struct parts parts_of(struct arena *a, const struct event_row *row)
{
    struct texts texts = text_split(a, row->sealed == NULL ? "" : row->sealed, ' ');
    struct parts parts = { .n = 0 };
    if (texts.n == 0 || texts.n > 2)
        return parts;
    parts.n = texts.n;
    parts.at[0] = (struct part){ .sealed = or_null(texts.at[0]), .user_id = row->user_id };
    if (texts.n == 2)
        parts.at[1] = (struct part){ .sealed = or_null(texts.at[1]),
                                     .user_id = row->actor_id,
                                     .of_actor = true };
    return parts;
}

/* One object of both. */
static const char *joined(struct arena *a, const char *one, const char *other)
{
    if (one == NULL || other == NULL)
        return one != NULL ? one : other;
    return text_printf(a, "%.*s,%s", (int)strlen(one) - 1, one, other + 1);
}

/* ---- opening ---- */

/* The key under which it was sealed: NULL where that is the master key. */
static RESULT find_key(struct ctx *c, const struct part *part, const char **key, bool *erased)
{
    const char *sealed = NULL;
    *key = NULL;
    *erased = false;
    if (part->user_id == NULL)
        return ok();
    TRY(audit_key_find(c, part->user_id, &sealed));
    *erased = sealed == NULL;
    return *erased ? ok() : key_open(c, part->user_id, sealed, key);
}

static RESULT open_part(struct ctx *c, const struct event_row *row, struct part *part, bool *erased)
{
    struct bytes plain;
    *erased = false;
    if (part->sealed == NULL)
        return ok();
    TRY(find_key(c, part, &part->key, erased));
    if (*erased)
        return ok();
    if (part->key == NULL)
        TRY(seal_open(c, "audit event", row->id, part->sealed, &plain));
    else
        TRY(seal_open_with_token(c, part->key, purpose_of(c, row, part->of_actor), part->sealed,
                                 &plain));
    part->plain = text_copy(c->arena, (const char *)plain.at, plain.n);
    return ok();
}

static RESULT open_parts(struct ctx *c, const struct event_row *row, struct parts *parts,
                         bool *erased)
{
    *erased = false;
    for (size_t i = 0; i < parts->n; i++) {
        bool gone = false;
        TRY(open_part(c, row, &parts->at[i], &gone));
        *erased = *erased || gone;
    }
    return ok();
}

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

RESULT audit_open(struct ctx *c, const struct event_row *row, struct audit_personal *out)
{
    struct parts parts = parts_of(c->arena, row);
    bool erased = false;
    *out = (struct audit_personal){ 0 };
    TRY(open_parts(c, row, &parts, &erased));
    const char *plain = joined(c->arena, parts.at[0].plain, parts.at[1].plain);
    if (plain != NULL)
        TRY(read_personal(c, bytes_of(plain), out));
    out->erased = erased;
    return ok();
}

RESULT audit_disclose(struct ctx *c, const struct event_row *row, const char **plain,
                      const char **key)
{
    struct parts parts = parts_of(c->arena, row);
    bool erased = false;
    const char *keys[2] = { NULL, NULL };
    TRY(open_parts(c, row, &parts, &erased));
    for (size_t i = 0; i < parts.n; i++)
        if (parts.at[i].plain != NULL)
            TRY(seal_disclose(c, parts.at[i].key, parts.at[i].sealed, &keys[i]));
    *plain = joined(c->arena, parts.at[0].plain, parts.at[1].plain);
    *key = parts.n == 2 ? two(c->arena, keys[0], keys[1]) : keys[0];
    return ok();
}

/* ---- without us ---- */

static RESULT open_disclosed(struct ctx *c, const struct event_row *row, struct part *part,
                             const char *key)
{
    struct bytes plain;
    bool of_user = part->user_id != NULL;
    if (key == NULL)
        return ok();
    if (part->sealed == NULL)
        return fail(c, INVALID_REQUEST, "there is a key, and nothing is sealed");
    TRY(seal_open_disclosed(c, key, of_user ? purpose_of(c, row, part->of_actor) : "audit event",
                            of_user ? "" : row->id, part->sealed, &plain));
    if (plain.n < 2 || memchr(plain.at, '\0', plain.n) != NULL)
        return fail(c, INVALID_REQUEST, "what is sealed is no text");
    part->plain = text_copy(c->arena, (const char *)plain.at, plain.n);
    return ok();
}

RESULT audit_open_disclosed(struct ctx *c, const struct event_row *row, const char *key,
                            const char **plain)
{
    struct parts parts = parts_of(c->arena, row);
    struct texts keys = text_split(c->arena, key, ' ');
    if (parts.n == 0 || keys.n != parts.n)
        return fail(c, INVALID_REQUEST, "there are other keys than sealed parts");
    for (size_t i = 0; i < parts.n; i++)
        TRY(open_disclosed(c, row, &parts.at[i], or_null(keys.at[i])));
    *plain = joined(c->arena, parts.at[0].plain, parts.at[1].plain);
    return *plain != NULL ? ok() : fail(c, INVALID_REQUEST, "no key opens anything");
}
