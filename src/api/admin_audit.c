/* SPDX-License-Identifier: Apache-2.0 */
#include "api/admin_audit.h"

#include "base/time.h"
#include "identity/audit.h"
#include "web/reply.h"

static RESULT read_time(struct ctx *c, const char *field, const char *text, int64_t *out)
{
    *out = 0;
    if (text == NULL || time_parse(text, out))
        return ok();
    return fail_field(c, INVALID_FIELD, field, "This is a time such as 2026-11-24T14:06:07Z.");
}

static RESULT read_filter(struct req *r, struct event_filter *out)
{
    const struct admin_audit_query *query = r->in;
    bool all = admin_is_operator(r);
    *out = (struct event_filter){ .user_id = query->user_id,
                                  .tenant_id = all ? query->tenant_id : r->who.tenant_id,
                                  .name = query->name };
    if (!all && query->tenant_id != NULL && !text_equal(query->tenant_id, r->who.tenant_id))
        return fail(r->c, NOT_FOUND, "tenant %s asks for the audit of %s", r->who.tenant_id,
                    query->tenant_id);
    TRY(read_time(r->c, "since", query->since, &out->since));
    return read_time(r->c, "until", query->until, &out->until);
}

/* JSON as it is kept; nothing where there is none. */
static struct bytes kept_json(const char *text)
{
    const struct bytes none = { 0 };
    return text == NULL ? none : bytes_of(text);
}

static RESULT show(struct ctx *c, const struct event_row *row, struct admin_event *out)
{
    struct audit_personal personal;
    TRY(audit_open(c, row, &personal));
    *out = (struct admin_event){
        .id = row->id,
        .name = row->name,
        .outcome = row->outcome,
        .at = row->at,
        .tenant_id = row->tenant_id,
        .user_id = row->user_id,
        .actor_id = row->actor_id,
        .client_id = row->client_id,
        .session_id = row->session_id,
        .request_id = row->request_id,
        .correlation_id = row->correlation_id,
        .address = personal.address,
        .user_agent = personal.user_agent,
        .detail = kept_json(row->detail),
        .personal = kept_json(personal.more),
    };
    return ok();
}

RESULT get_admin_audit(struct req *r)
{
    const struct admin_audit_query *query = r->in;
    struct event_filter filter;
    struct page page;
    struct event_rows rows;
    struct admin_event_list out = { 0 };
    TRY(read_filter(r, &filter));
    TRY(cursor_page(r, query->after, query->limit, &page));
    TRY(events_page(r->c, &filter, page, &rows));
    struct admin_event *events = ARENA_NEWS(r->c->arena, struct admin_event, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        TRY(show(r->c, &rows.at[i], &events[i]));
    out.events = (struct items){ events, rows.n };
    if (rows.n > 0)
        TRY(cursor_next(r, &page, rows.n, rows.at[rows.n - 1].id, &out.next));
    return reply(r, &out);
}
