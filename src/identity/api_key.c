/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/api_key.h"

#include "base/config.h"
#include "base/json_writer.h"
#include "base/random.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "identity/access.h"
#include "identity/api_key_text.h"
#include "identity/audit.h"
#include "identity/audit_changes.h"
#include "identity/letter.h"
#include "identity/role_rules.h"

#include <string.h>

enum { DAY = 86400, TOUCH_SECONDS = 60 };

/* ---- what a key may look like ---- */

static RESULT check_name(struct ctx *c, const char *name)
{
    if (name[strspn(name, " ")] == '\0' || text_has_control(name) ||
        text_code_points(name) > API_KEY_NAME_MAX)
        return fail_field(c, INVALID_FIELD, "name", "This is 1 to 100 characters on one line.");
    return ok();
}

static RESULT check_end(struct ctx *c, int64_t expires_at)
{
    int64_t days = c->config->api_key_max_days;
    if (expires_at > c->now && expires_at <= time_add(c->now, days * DAY))
        return ok();
    return fail_field(c, INVALID_FIELD, "expires_at",
                      text_printf(c->arena, "This is in the future, at most %lld days from now.",
                                  (long long)days));
}

static RESULT check_new(struct ctx *c, const struct api_key_new *key)
{
    TRY(check_name(c, key->name));
    if (key->permissions.n == 0)
        return fail_field(c, INVALID_FIELD, "permissions", "A key has one at least.");
    TRY(permissions_check(c, key->permissions));
    return check_end(c, key->expires_at);
}

/* ---- what is told of it ---- */

static const char *described(struct ctx *c, const struct api_key_row *row)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "name", row->name);
    json_texts(&w, "permissions", row->permissions);
    json_text(&w, "expires_at", time_rfc3339(c->arena, row->expires_at));
    json_object_end(&w);
    return json_written(&w);
}

static RESULT record(struct ctx *c, const struct api_key_row *row, const char *actor_id,
                     enum audit_event event)
{
    bool made = event == AUDIT_API_KEY_CREATED;
    const char *what = described(c, row);
    return audit_add(
        c, &(struct audit){ .event = event,
                            .user_id = row->user_id,
                            .actor_id = actor_id,
                            .tenant_id = row->tenant_id,
                            .details = { { "key", row->id } },
                            .changed = audit_changes(c, made ? NULL : what, made ? what : NULL) });
}

static RESULT write_to_maker(struct ctx *c, const struct api_key_row *row)
{
    const struct user_row *user = NULL;
    TRY(user_find(c, row->user_id, &user));
    if (user == NULL || user->email_entered == NULL)
        return ok();
    return letter_post(c, &(struct letter){ .kind = LETTER_API_KEY_MADE,
                                            .user_id = user->id,
                                            .to = user->email_entered,
                                            .full_name = user->full_name,
                                            .about = row->name });
}

/* ---- making and ending ---- */

static RESULT store(struct ctx *c, const struct api_key_row *row, const char *key)
{
    bool done = false;
    TRY(api_key_add(c, row, token_hash(c->arena, key), API_KEYS_MAX, &done));
    return done ? ok()
                : fail_say(c, CONFLICT, "There are 100 keys already: revoke one first.",
                           "user %s has %d keys in tenant %s", row->user_id, API_KEYS_MAX,
                           row->tenant_id);
}

RESULT api_key_create(struct ctx *c, const struct api_key_new *key, struct api_key_made *out)
{
    uint8_t secret[API_KEY_SECRET_BYTES];
    struct api_key_row *row = ARENA_NEW(c->arena, struct api_key_row);
    TRY(check_new(c, key));
    TRY(authority_to_give(c, key->maker, key->permissions));
    random_fill(c->random, secret, sizeof secret);
    *row = (struct api_key_row){ .id = random_uuid(c),
                                 .tenant_id = key->maker->tenant_id,
                                 .user_id = key->maker->user_id,
                                 .name = key->name,
                                 .permissions = key->permissions,
                                 .created_at = c->now,
                                 .expires_at = key->expires_at };
    const char *text = api_key_write(c->arena, row->id, secret);
    TRY(store(c, row, text));
    TRY(write_to_maker(c, row));
    TRY(record(c, row, key->by_command ? NULL : row->user_id, AUDIT_API_KEY_CREATED));
    *out = (struct api_key_made){ .row = row, .key = text };
    return ok();
}

RESULT api_key_load(struct ctx *c, const char *tenant_id, const char *id,
                    const struct api_key_row **out)
{
    enum api_key_state state = API_KEY_UNKNOWN;
    const char *hash = NULL;
    const struct api_key_row *row = NULL;
    TRY(api_key_find(c, id, &state, &hash, &row));
    if (row == NULL || !text_equal(row->tenant_id, tenant_id))
        return fail(c, NOT_FOUND, "tenant %s has no API key %s", tenant_id, id);
    *out = row;
    return ok();
}

struct revoking {
    const struct actor *actor;
    const char *tenant_id, *id;
};

static RESULT revoke_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct revoking *r = arg;
    const struct api_key_row *row = NULL;
    const struct user_row *maker = NULL;
    bool removed = false;
    TRY(api_key_load(c, r->tenant_id, r->id, &row));
    bool itself = text_equal(row->id, c->origin.api_key_id);
    if (r->actor != NULL && !itself)
        TRY(authority_over(c, r->actor, row->user_id, AUTHORITY_MEMBER, &maker));
    TRY(api_key_remove(c, r->tenant_id, r->id, &removed));
    if (!removed)
        return fail(c, NOT_FOUND, "the API key %s is gone", r->id);
    return record(c, row, r->actor == NULL ? NULL : r->actor->user_id, AUDIT_API_KEY_REVOKED);
}

RESULT api_key_revoke(struct ctx *c, const struct actor *actor, const char *tenant_id,
                      const char *id)
{
    struct revoking r = { actor, tenant_id, id };
    return db_atomically(c, revoke_in, &r);
}

/* ---- using ---- */

static RESULT refuse(struct ctx *c, const char *say, const char *id)
{
    return because(c, API_KEY, NULL, NULL,
                   fail_say(c, INVALID_TOKEN, say, "API key %s: %s", id, say));
}

static RESULT check_state(struct ctx *c, enum api_key_state state, const char *id)
{
    switch (state) {
    case API_KEY_UNKNOWN:
        return refuse(c, "This API key does not exist, or was revoked.", id);
    case API_KEY_EXPIRED:
        return refuse(c, "This API key has expired.", id);
    case API_KEY_DENIED:
        return refuse(c, "Whoever made this API key may not act here any longer.", id);
    case API_KEY_LIVE:
        return ok();
    }
    must(false);
    return ok();
}

/* Where nothing can be written (a full disk) a key still lets in. */
static RESULT note_use(struct ctx *c, const struct api_key_row *row)
{
    if (c->now - row->last_used_at < TOUCH_SECONDS)
        return ok();
    err noted = api_key_touch(c, row->id);
    if (noted.code != ERR_UNAVAILABLE)
        return noted;
    fault_clear(c);
    return ok();
}

RESULT api_key_use(struct ctx *c, const char *key, struct api_key_used *out)
{
    enum api_key_state state = API_KEY_UNKNOWN;
    const char *id = "of another form";
    const char *hash = NULL;
    const struct api_key_row *row = NULL;
    struct rights rights;
    if (!api_key_read(c->arena, key, &id))
        return refuse(c, "This is no API key: it is cut off, or a character is wrong.", id);
    TRY(api_key_find(c, id, &state, &hash, &row));
    if (row == NULL || !ct_equal(bytes_of(hash), bytes_of(token_hash(c->arena, key))))
        state = API_KEY_UNKNOWN;
    TRY(check_state(c, state, id));
    TRY(rights_of(c, row->user_id, row->tenant_id, &rights));
    TRY(note_use(c, row));
    *out = (struct api_key_used){
        .row = row,
        .permissions = permissions_within(c->arena, rights.permissions, row->permissions),
    };
    return ok();
}
