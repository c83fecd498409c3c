/* SPDX-License-Identifier: Apache-2.0 */
#include "api/sessions.h"

#include "identity/session.h"
#include "oauth/told.h"
#include "store/devices.h"
#include "store/page.h"
#include "web/ended.h"
#include "web/reply.h"

enum { PAGE_DEFAULT = 50 };

static const char *const mode_names[] = {
    [SESSION_COOKIE] = "session",
    [SESSION_TOKEN] = "token",
    [SESSION_SPA] = "spa",
};

static struct session_entry entry(const struct req *r, const struct session_row *row)
{
    return (struct session_entry){ .sid = row->id,
                                   .mode = mode_names[row->mode],
                                   .created_at = row->created_at,
                                   .last_seen_at = row->last_seen_at,
                                   .expires_at = row->expires_at,
                                   .address = row->address,
                                   .user_agent = row->user_agent,
                                   .tenant_id = row->tenant_id,
                                   .impersonator_id = row->actor_id,
                                   .current = text_equal(row->id, r->who.sid) };
}

RESULT get_my_sessions(struct req *r)
{
    const struct page_query *query = r->in;
    struct page page = { .after = query->after,
                         .limit = query->limit == 0 ? PAGE_DEFAULT : query->limit };
    struct session_rows rows;
    if (!page_after_is_sound(page.after))
        return fail_field(r->c, INVALID_FIELD, "after", "This is not the next of a page before.");
    TRY(sessions_of(r->c, r->who.user_id, page, &rows));
    struct session_entry *entries = ARENA_NEWS(r->c->arena, struct session_entry, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        entries[i] = entry(r, &rows.at[i]);
    bool more = rows.n == (size_t)page.limit;
    return reply(r, &(struct session_list){ .sessions = { entries, rows.n },
                                            .next = more ? rows.at[rows.n - 1].id : NULL });
}

RESULT delete_my_session(struct req *r)
{
    bool found = false;
    TRY(session_end_own(r->c, r->who.user_id, req_param(r, "sid"), &found));
    if (!found)
        return fail(r->c, NOT_FOUND, "user %s has no live session of that handle", r->who.user_id);
    TRY(ended(r));
    return reply_no_content(r);
}

static const char *state_of(enum told_how how, bool live)
{
    static const char *const names[] = {
        [TOLD] = "told",           [TOLD_SOON] = "telling",
        [TOLD_FAILED] = "failed",  [TOLD_BY_BROWSER] = "browser",
        [TOLD_NOTHING] = "untold",
    };
    return live ? "signed_in" : names[how];
}

RESULT get_my_session_applications(struct req *r)
{
    const char *sid = req_param(r, "sid");
    const struct session_row *session = NULL;
    enum session_state state;
    struct told_applications told;
    TRY(session_find_id(r->c, sid, &state, &session));
    if (session == NULL || !text_equal(session->user_id, r->who.user_id))
        return fail(r->c, NOT_FOUND, "user %s has no session of that handle", r->who.user_id);
    TRY(told_of(r->c, sid, &told));
    struct session_application *rows = ARENA_NEWS(r->c->arena, struct session_application, told.n);
    for (size_t i = 0; i < told.n; i++)
        rows[i] = (struct session_application){ told.client_ids[i], told.at[i].client_name,
                                                state_of(told.at[i].how, session->ended_at == 0) };
    return reply(r, &(struct session_applications){ .applications = { rows, told.n } });
}

RESULT get_my_devices(struct req *r)
{
    struct device_rows rows;
    TRY(devices_of(r->c, r->who.user_id, &rows));
    struct device_entry *entries = ARENA_NEWS(r->c->arena, struct device_entry, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        entries[i] = (struct device_entry){ .id = rows.at[i].id,
                                            .address = rows.at[i].address,
                                            .user_agent = rows.at[i].user_agent,
                                            .created_at = rows.at[i].created_at,
                                            .last_seen_at = rows.at[i].last_seen_at,
                                            .expires_at = rows.at[i].expires_at };
    return reply(r, &(struct device_list){ .devices = { entries, rows.n } });
}

RESULT delete_my_device(struct req *r)
{
    bool removed = false;
    TRY(device_remove(r->c, r->who.user_id, req_param(r, "id"), &removed));
    if (!removed)
        return fail(r->c, NOT_FOUND, "user %s has no device of that handle", r->who.user_id);
    return reply_no_content(r);
}
