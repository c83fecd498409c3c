/* SPDX-License-Identifier: Apache-2.0 */
#include "web/page_account.h"

#include "base/time.h"
#include "db/db.h"
#include "identity/account.h"
#include "identity/audit.h"
#include "identity/federated.h"
#include "identity/session.h"
#include "store/consents.h"
#include "store/devices.h"
#include "web/ended.h"
#include "web/page_factor.h"
#include "web/program.h"
#include "web/providers_shown.h"
#include "web/reply.h"
#include "web/sheet.h"

enum { SESSIONS_SHOWN = 100 };

/* ---- lists ---- */

/* What a session and a browser have in common as a row of a list. */
struct place {
    const char *id, *user_agent, *address;
    int64_t seen_at;
    bool current, acted;
};

/* "2026-11-26 01:29 UTC": the same in every language. */
static const char *minute_of(struct arena *a, int64_t at)
{
    const char *text = time_rfc3339(a, at);
    return text_printf(a, "%.10s %.5s UTC", text, text + 11);
}

static struct page_values place_cells(struct sheet *s, const struct place *place)
{
    struct arena *a = s->r->c->arena;
    const struct page_value all[] = {
        { .name = "id", .value = place->id },
        { .name = "program", .value = program_name(a, s->language, place->user_agent) },
        { .name = "address", .value = place->address == NULL ? "–" : place->address },
        { .name = "seen_at", .value = time_rfc3339(a, place->seen_at) },
        { .name = "seen", .value = minute_of(a, place->seen_at) },
        { .name = "current", .value = place->current ? "yes" : NULL },
        { .name = "acted", .value = place->acted ? "yes" : NULL },
    };
    return (struct page_values){ arena_copy(a, all, sizeof all), sizeof all / sizeof all[0] };
}

static RESULT put_sessions(struct sheet *s)
{
    struct req *r = s->r;
    struct session_rows found;
    TRY(sessions_of(r->c, r->who.user_id, (struct page){ .limit = SESSIONS_SHOWN }, &found));
    struct page_values *rows = ARENA_NEWS(r->c->arena, struct page_values, found.n);
    for (size_t i = 0; i < found.n; i++) {
        const struct session_row *row = &found.at[i];
        rows[i] = place_cells(s, &(struct place){ .id = row->id,
                                                  .user_agent = row->user_agent,
                                                  .address = row->address,
                                                  .seen_at = row->last_seen_at,
                                                  .current = text_equal(row->id, r->who.sid),
                                                  .acted = row->actor_id != NULL });
    }
    sheet_put_rows(s, "sessions", rows, found.n);
    sheet_put(s, "other_sessions", found.n > 1 ? "yes" : NULL);
    sheet_put(s, "more_sessions", found.n == SESSIONS_SHOWN ? "yes" : NULL);
    return ok();
}

static RESULT put_devices(struct sheet *s)
{
    struct req *r = s->r;
    struct device_rows found;
    TRY(devices_of(r->c, r->who.user_id, &found));
    struct page_values *rows = ARENA_NEWS(r->c->arena, struct page_values, found.n);
    for (size_t i = 0; i < found.n; i++)
        rows[i] = place_cells(s, &(struct place){ .id = found.at[i].id,
                                                  .user_agent = found.at[i].user_agent,
                                                  .address = found.at[i].address,
                                                  .seen_at = found.at[i].last_seen_at });
    sheet_put_rows(s, "devices", rows, found.n);
    sheet_put(s, "has_devices", found.n > 0 ? "yes" : NULL);
    return ok();
}

/* What an application may, as it was asked for. */
static const char *in_words(struct sheet *s, struct texts scopes)
{
    struct arena *a = s->r->c->arena;
    struct texts words = { ARENA_NEWS(a, const char *, scopes.n), scopes.n };
    for (size_t i = 0; i < scopes.n; i++)
        words.at[i] = sheet_scope(s, scopes.at[i]);
    return text_join(a, words, ", ");
}

static struct page_values application_cells(struct sheet *s, const struct consent_row *row)
{
    struct arena *a = s->r->c->arena;
    const struct page_value all[] = {
        { .name = "id", .value = row->client_id },
        { .name = "program", .value = row->client_name },
        { .name = "scopes", .value = in_words(s, row->scopes) },
        { .name = "seen_at", .value = time_rfc3339(a, row->updated_at) },
        { .name = "seen", .value = minute_of(a, row->updated_at) },
    };
    return (struct page_values){ arena_copy(a, all, sizeof all), sizeof all / sizeof all[0] };
}

static RESULT put_applications(struct sheet *s)
{
    struct req *r = s->r;
    struct consent_rows found;
    TRY(consents_of(r->c, r->who.user_id, (struct page){ .limit = SESSIONS_SHOWN }, &found));
    struct page_values *rows = ARENA_NEWS(r->c->arena, struct page_values, found.n);
    for (size_t i = 0; i < found.n; i++)
        rows[i] = application_cells(s, &found.at[i]);
    sheet_put_rows(s, "applications", rows, found.n);
    sheet_put(s, "has_applications", found.n > 0 ? "yes" : NULL);
    return ok();
}

static struct page_values identity_cells(struct sheet *s, const struct identity_row *row,
                                         const char *name)
{
    struct arena *a = s->r->c->arena;
    const struct page_value all[] = {
        { .name = "id", .value = row->id },
        { .name = "program", .value = name },
        { .name = "seen_at", .value = time_rfc3339(a, row->created_at) },
        { .name = "seen", .value = minute_of(a, row->created_at) },
    };
    return (struct page_values){ arena_copy(a, all, sizeof all), sizeof all / sizeof all[0] };
}

/* What is linked, and with whom one could link. */
static RESULT put_identities(struct sheet *s)
{
    struct req *r = s->r;
    struct identity_rows found;
    struct page_values *providers = NULL;
    size_t n = 0;
    TRY(identities_of(r->c, r->who.user_id, &found));
    TRY(providers_shown(r->c, &providers, &n));
    struct page_values *rows = ARENA_NEWS(r->c->arena, struct page_values, found.n);
    for (size_t i = 0; i < found.n; i++)
        rows[i] =
            identity_cells(s, &found.at[i], provider_name_of(providers, n, found.at[i].provider));
    sheet_put_rows(s, "identities", rows, found.n);
    sheet_put_rows(s, "providers", providers, n);
    sheet_put(s, "has_identities", found.n + n > 0 ? "yes" : NULL);
    s->redirects = n > 0; /* the form that links ends at the provider (decision 21) */
    return ok();
}

/* ---- the page ---- */

/* The languages, and the one in which the person is written to: until there is one, that of the
 * page. */
static void put_locales(struct sheet *s, const char *locale)
{
    struct arena *a = s->r->c->arena;
    struct page_values *rows = ARENA_NEWS(a, struct page_values, LANGUAGES);
    enum language own = s->language;
    if (locale != NULL)
        (void)language_of_tag(locale, &own);
    for (unsigned i = 0; i < LANGUAGES; i++) {
        const struct language_row *language = language_row((enum language)i);
        const struct page_value cells[] = { { .name = "tag", .value = language->tag },
                                            { .name = "own_name", .value = language->own_name },
                                            { .name = "selected",
                                              .value = i == own ? "yes" : NULL } };
        rows[i] = (struct page_values){ arena_copy(a, cells, sizeof cells), 3 };
    }
    sheet_put_rows(s, "locales", rows, LANGUAGES);
}

/* `full_name`: as it was sent, or NULL: as it is. */
static RESULT show_account(struct sheet *s, const char *full_name)
{
    struct req *r = s->r;
    const struct user_row *user = NULL;
    TRY(account_find(r->c, r->who.user_id, &user));
    sheet_put(s, "full_name", full_name == NULL ? user->full_name : full_name);
    sheet_put(s, "person", user->full_name);
    put_locales(s, user->locale);
    sheet_put(s, "email", user->email_entered);
    sheet_put(s, "email_verified", user->email_verified_at != 0 ? "yes" : NULL);
    sheet_put(s, "wide", "yes");
    TRY(page_put_factor(s));
    TRY(put_sessions(s));
    TRY(put_devices(s));
    TRY(put_applications(s));
    TRY(put_identities(s));
    return sheet_reply(s, "account", MESSAGE_account_title);
}

static const char *notice(const struct sheet *s, const char *done)
{
    static const struct {
        const char *name;
        enum message text;
    } notices[] = {
        { "profile", MESSAGE_done_profile },         { "password", MESSAGE_done_password },
        { "factor", MESSAGE_done_factor },           { "factor-off", MESSAGE_done_factor_off },
        { "session", MESSAGE_done_session },         { "device", MESSAGE_done_device },
        { "application", MESSAGE_done_application }, { "linked", MESSAGE_done_linked },
        { "unlinked", MESSAGE_done_unlinked },
    };
    for (size_t i = 0; i < sizeof notices / sizeof notices[0]; i++)
        if (text_equal(notices[i].name, done))
            return sheet_text(s, notices[i].text);
    return NULL;
}

RESULT get_account(struct req *r)
{
    struct sheet *s = sheet_new(r, "/account");
    sheet_put(s, "done", notice(s, req_query(r, "done")));
    return show_account(s, NULL);
}

/* ---- what its forms do ---- */

RESULT post_profile_form(struct req *r)
{
    const struct profile_form *in = REQ_IN(r, profile_form);
    struct sheet *s = sheet_new(r, "/account");
    const struct user_row *user = NULL;
    if (!sheet_needs(s, "full_name", in->full_name))
        return show_account(s, "");
    const struct account_profile to = { .full_name = in->full_name, .locale = in->locale };
    enum language language;
    err result = account_update(r->c, r->who.user_id, &to, &user);
    if (result.code == ERR_OK && in->locale != NULL && language_of_tag(in->locale, &language))
        language_choose(r, language);
    if (result.code == ERR_OK)
        return reply_redirect(r, "/account?done=profile");
    if (!sheet_explains(s, result, MESSAGE_mistake_field, NULL))
        return result;
    return show_account(s, in->full_name);
}

RESULT post_end_session(struct req *r)
{
    const char *sid = REQ_IN(r, session_form)->sid;
    bool found = true;
    if (sid == NULL)
        TRY(session_end_others(r->c, r->who.user_id, r->who.sid));
    else
        TRY(session_end_own(r->c, r->who.user_id, sid, &found));
    if (!found)
        return fail(r->c, NOT_FOUND, "user %s has no live session of that handle", r->who.user_id);
    TRY(ended(r));
    return reply_redirect(r, "/account?done=session");
}

RESULT post_forget_device(struct req *r)
{
    const char *id = REQ_IN(r, device_form)->id;
    bool removed = false;
    if (id != NULL)
        TRY(device_remove(r->c, r->who.user_id, id, &removed));
    if (!removed)
        return fail(r->c, NOT_FOUND, "user %s has no device of that handle", r->who.user_id);
    return reply_redirect(r, "/account?done=device");
}

RESULT post_unlink_form(struct req *r)
{
    const char *id = REQ_IN(r, identity_form)->id;
    TRY(identity_unlink(r->c, r->who.user_id, id == NULL ? "" : id));
    TRY(ended(r));
    return reply_redirect(r, "/account?done=unlinked");
}

struct shutting_out {
    const char *user_id, *client_id;
    bool done;
};

static RESULT shut_out(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct shutting_out *out = arg;
    TRY(consent_revoke(c, out->user_id, out->client_id, &out->done));
    if (!out->done)
        return ok();
    return audit_add(c, &(struct audit){ .event = AUDIT_CONSENT_REVOKED,
                                         .user_id = out->user_id,
                                         .actor_id = out->user_id,
                                         .details = { { "client_id", out->client_id } } });
}

RESULT post_revoke_application(struct req *r)
{
    struct shutting_out out = { .user_id = r->who.user_id,
                                .client_id = REQ_IN(r, application_form)->client_id };
    if (out.client_id != NULL)
        TRY(db_atomically(r->c, shut_out, &out));
    if (!out.done)
        return fail(r->c, NOT_FOUND, "user %s has allowed that client nothing", r->who.user_id);
    TRY(ended(r));
    return reply_redirect(r, "/account?done=application");
}

RESULT get_account_export(struct req *r)
{
    const char *json = NULL;
    TRY(account_export(r->c, r->who.user_id, &json));
    reply_header(r, "Content-Disposition", "attachment; filename=\"account.json\"");
    return reply_text(r, 200, "application/json", json);
}
