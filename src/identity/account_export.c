/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_writer.h"
#include "base/time.h"
#include "identity/access.h"
#include "identity/account.h"
#include "identity/audit.h"
#include "identity/subject.h"
#include "store/api_keys.h"
#include "store/authorizations.h"
#include "store/clients.h"
#include "store/consents.h"
#include "store/credentials.h"
#include "store/devices.h"
#include "store/identities.h"
#include "store/sessions.h"
#include "store/tenants.h"

#include <stdio.h>
#include <string.h>

enum {
    PAGE_OF_EVENTS = 50,
    EXPORT_BYTES_MAX = 1 << 20, /* then the oldest events are left out */
    ID_ROOM = 64
};

static void write_time(struct json_writer *w, const char *name, int64_t at)
{
    char text[TIME_TEXT];
    if (at == 0) {
        json_null(w, name);
        return;
    }
    time_write(text, at);
    json_text(w, name, text);
}

static const char *status_name(enum user_status status)
{
    switch (status) {
    case USER_ACTIVE:
        return "active";
    case USER_DISABLED:
        return "disabled";
    case USER_DELETED:
        return "deleted";
    }
    must(false);
    return "";
}

static const char *mode_name(enum session_mode mode)
{
    switch (mode) {
    case SESSION_COOKIE:
        return "session";
    case SESSION_TOKEN:
        return "token";
    case SESSION_SPA:
        return "spa";
    }
    must(false);
    return "";
}

/* ---- the parts ---- */

static RESULT write_profile(struct ctx *c, struct json_writer *w, const struct user_row *user)
{
    struct password_row password = { 0 };
    TRY(password_find(c, user->id, &password));
    json_object(w, "profile");
    json_text(w, "id", user->id);
    json_text(w, "email", user->email);
    json_text(w, "email_entered", user->email_entered);
    json_text(w, "full_name", user->full_name);
    json_text(w, "status", status_name(user->status));
    write_time(w, "email_verified_at", user->email_verified_at);
    json_text(w, "default_tenant_id", user->default_tenant_id);
    json_text(w, "locale", user->locale);
    write_time(w, "created_at", user->created_at);
    write_time(w, "updated_at", user->updated_at);
    write_time(w, "last_login_at", user->last_login_at);
    write_time(w, "password_changed_at", password.hash != NULL ? password.changed_at : 0);
    json_bool(w, "mfa_enabled", user->totp);
    json_object_end(w);
    return ok();
}

static RESULT write_tenant(struct ctx *c, struct json_writer *w, const char *user_id,
                           const struct tenant_row *tenant)
{
    struct rights rights;
    TRY(rights_of(c, user_id, tenant->id, &rights));
    json_object(w, NULL);
    json_text(w, "id", tenant->id);
    json_text(w, "slug", tenant->slug);
    json_text(w, "name", tenant->name);
    json_texts(w, "roles", rights.roles);
    json_texts(w, "permissions", rights.permissions);
    json_object_end(w);
    return ok();
}

static RESULT write_tenants(struct ctx *c, struct json_writer *w, const char *user_id)
{
    struct tenant_rows rows = { 0 };
    struct page page = { .limit = PAGE_MAX };
    json_array(w, "tenants");
    do {
        TRY(memberships_of_user(c, user_id, page, &rows));
        for (size_t i = 0; i < rows.n; i++)
            TRY(write_tenant(c, w, user_id, &rows.at[i]));
        page.after = rows.n > 0 ? rows.at[rows.n - 1].id : NULL;
    } while (rows.n == PAGE_MAX);
    json_array_end(w);
    return ok();
}

static void write_session(struct json_writer *w, const struct session_row *session)
{
    json_object(w, NULL);
    json_text(w, "sid", session->id);
    json_text(w, "mode", mode_name(session->mode));
    json_text(w, "tenant_id", session->tenant_id);
    json_text(w, "address", session->address);
    json_text(w, "user_agent", session->user_agent);
    json_texts(w, "amr", session->amr);
    write_time(w, "created_at", session->created_at);
    write_time(w, "last_seen_at", session->last_seen_at);
    write_time(w, "expires_at", session->expires_at);
    json_object_end(w);
}

static RESULT write_sessions(struct ctx *c, struct json_writer *w, const char *user_id)
{
    struct session_rows rows = { 0 };
    struct page page = { .limit = PAGE_MAX };
    json_array(w, "sessions");
    do {
        TRY(sessions_of(c, user_id, page, &rows));
        for (size_t i = 0; i < rows.n; i++)
            write_session(w, &rows.at[i]);
        page.after = rows.n > 0 ? rows.at[rows.n - 1].id : NULL;
    } while (rows.n == PAGE_MAX);
    json_array_end(w);
    return ok();
}

static void write_api_key(struct json_writer *w, const struct api_key_row *key)
{
    json_object(w, NULL);
    json_text(w, "id", key->id);
    json_text(w, "tenant_id", key->tenant_id);
    json_text(w, "name", key->name);
    json_texts(w, "permissions", key->permissions);
    write_time(w, "created_at", key->created_at);
    write_time(w, "expires_at", key->expires_at);
    write_time(w, "last_used_at", key->last_used_at);
    json_object_end(w);
}

static RESULT write_api_keys(struct ctx *c, struct json_writer *w, const char *user_id)
{
    struct api_key_rows rows = { 0 };
    struct page page = { .limit = PAGE_MAX };
    json_array(w, "api_keys");
    do {
        TRY(api_keys_of_user(c, user_id, page, &rows));
        for (size_t i = 0; i < rows.n; i++)
            write_api_key(w, &rows.at[i]);
        page.after = rows.n > 0 ? rows.at[rows.n - 1].id : NULL;
    } while (rows.n == PAGE_MAX);
    json_array_end(w);
    return ok();
}

/* As whom the application knows the user, where that is not by their id. */
static RESULT write_pairwise(struct ctx *c, struct json_writer *w, const char *user_id,
                             const char *client_id)
{
    const struct client_row *client = NULL;
    const char *sub = NULL;
    TRY(client_find(c, client_id, &client));
    if (client != NULL && client->metadata != NULL)
        TRY(subject_of_stored(c, client->metadata, user_id, &sub));
    json_text_if(w, "sub", sub);
    return ok();
}

static RESULT write_authorizations(struct ctx *c, struct json_writer *w, const char *user_id)
{
    struct authorization_rows rows = { 0 };
    struct page page = { .limit = PAGE_MAX };
    json_array(w, "authorizations");
    do {
        TRY(authorizations_of(c, user_id, page, &rows));
        for (size_t i = 0; i < rows.n; i++) {
            json_object(w, NULL);
            json_text(w, "client_id", rows.at[i].client_id);
            TRY(write_pairwise(c, w, user_id, rows.at[i].client_id));
            json_texts(w, "scopes", rows.at[i].scopes);
            write_time(w, "created_at", rows.at[i].created_at);
            write_time(w, "expires_at", rows.at[i].expires_at);
            json_object_end(w);
        }
        page.after = rows.n > 0 ? rows.at[rows.n - 1].id : NULL;
    } while (rows.n == PAGE_MAX);
    json_array_end(w);
    return ok();
}

static RESULT write_devices(struct ctx *c, struct json_writer *w, const char *user_id)
{
    struct device_rows rows = { 0 };
    TRY(devices_of(c, user_id, &rows));
    json_array(w, "devices");
    for (size_t i = 0; i < rows.n; i++) {
        json_object(w, NULL);
        json_text(w, "address", rows.at[i].address);
        json_text(w, "user_agent", rows.at[i].user_agent);
        write_time(w, "created_at", rows.at[i].created_at);
        write_time(w, "last_seen_at", rows.at[i].last_seen_at);
        json_object_end(w);
    }
    json_array_end(w);
    return ok();
}

static RESULT write_identities(struct ctx *c, struct json_writer *w, const char *user_id)
{
    struct identity_rows rows = { 0 };
    TRY(identities_of(c, user_id, &rows));
    json_array(w, "identities");
    for (size_t i = 0; i < rows.n; i++) {
        json_object(w, NULL);
        json_text(w, "provider", rows.at[i].provider);
        json_text(w, "issuer", rows.at[i].issuer);
        json_text(w, "subject", rows.at[i].subject);
        write_time(w, "created_at", rows.at[i].created_at);
        write_time(w, "last_used_at", rows.at[i].last_used_at);
        json_object_end(w);
    }
    json_array_end(w);
    return ok();
}

/* What was allowed to applications, and is asked no more. */
static RESULT write_consents(struct ctx *c, struct json_writer *w, const char *user_id)
{
    struct consent_rows rows = { 0 };
    struct page page = { .limit = PAGE_MAX };
    json_array(w, "consents");
    do {
        TRY(consents_of(c, user_id, page, &rows));
        for (size_t i = 0; i < rows.n; i++) {
            json_object(w, NULL);
            json_text(w, "client_id", rows.at[i].client_id);
            json_text(w, "client_name", rows.at[i].client_name);
            json_texts(w, "scopes", rows.at[i].scopes);
            write_time(w, "created_at", rows.at[i].created_at);
            write_time(w, "updated_at", rows.at[i].updated_at);
            json_object_end(w);
        }
        page.after = rows.n > 0 ? rows.at[rows.n - 1].client_id : NULL;
    } while (rows.n == PAGE_MAX);
    json_array_end(w);
    return ok();
}

/* ---- events ---- */

static RESULT write_event(struct ctx *c, struct json_writer *w, const struct event_row *row)
{
    struct audit_personal personal;
    bool own = row->actor_id == NULL || text_equal(row->actor_id, row->user_id);
    TRY(audit_open(c, row, &personal));
    json_object(w, NULL);
    json_text(w, "event", row->name);
    write_time(w, "at", row->at);
    json_text(w, "outcome", row->outcome);
    json_text(w, "client_id", row->client_id);
    json_text(w, "session_id", row->session_id);
    json_raw(w, "detail", row->detail != NULL ? row->detail : "null");
    /* Where somebody else called from is not about this user. */
    json_text(w, "address", own ? personal.address : NULL);
    json_text(w, "user_agent", own ? personal.user_agent : NULL);
    json_raw(w, "personal", personal.more != NULL ? personal.more : "null");
    json_object_end(w);
    return ok();
}

/* One page of them after `after` (the last id, set to the next one; "": none is left). */
static RESULT write_page(struct ctx *c, struct json_writer *w, const char *user_id,
                         char after[static ID_ROOM])
{
    struct event_rows rows = { 0 };
    const struct event_filter filter = { .user_id = user_id };
    const struct page page = { .after = after[0] != '\0' ? after : NULL, .limit = PAGE_OF_EVENTS };
    TRY(events_page(c, &filter, page, &rows));
    after[0] = '\0';
    for (size_t i = 0; i < rows.n; i++)
        TRY(write_event(c, w, &rows.at[i]));
    if (rows.n == PAGE_OF_EVENTS)
        (void)snprintf(after, ID_ROOM, "%s", rows.at[rows.n - 1].id);
    return ok();
}

/* The newest first.  What a page took is given back before the next. */
static RESULT write_events(struct ctx *c, struct json_writer *w, const char *user_id)
{
    char after[ID_ROOM] = "";
    json_array(w, "events");
    do {
        struct arena_mark mark = arena_mark(c->arena);
        TRY(write_page(c, w, user_id, after));
        arena_rewind(c->arena, mark);
    } while (after[0] != '\0' && w->out.n < EXPORT_BYTES_MAX);
    json_array_end(w);
    json_bool(w, "events_complete", after[0] == '\0');
    return ok();
}

static RESULT write_all(struct ctx *c, struct json_writer *w, const struct user_row *user)
{
    json_object(w, NULL);
    write_time(w, "exported_at", c->now);
    TRY(write_profile(c, w, user));
    TRY(write_tenants(c, w, user->id));
    TRY(write_sessions(c, w, user->id));
    TRY(write_api_keys(c, w, user->id));
    TRY(write_authorizations(c, w, user->id));
    TRY(write_devices(c, w, user->id));
    TRY(write_identities(c, w, user->id));
    TRY(write_consents(c, w, user->id));
    TRY(write_events(c, w, user->id));
    json_object_end(w);
    return ok();
}

RESULT account_export(struct ctx *c, const char *user_id, const char **json)
{
    const struct user_row *user = NULL;
    TRY(account_find(c, user_id, &user));
    TRY(audit_add(c, &(struct audit){ .event = AUDIT_USER_EXPORTED, .user_id = user_id }));
    /* The text grows in an arena of its own, because the request's is rewound below it. */
    struct arena *text = arena_new(2 * EXPORT_BYTES_MAX);
    if (text == NULL)
        return fail(c, UNAVAILABLE, "no address space for an export");
    ARENA_OWN(c->arena, struct arena, arena_end, text);
    struct json_writer w = json_writer(text);
    TRY(write_all(c, &w, user));
    *json = json_written(&w);
    return ok();
}
