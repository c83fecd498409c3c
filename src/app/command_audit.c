/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth audit list: what happened, newest first.
 */
#include "api/admin_audit.h"
#include "app/command_server.h"
#include "app/command_tenant.h"
#include "app/commands.h"

#include "base/time.h"
#include "identity/audit.h"
#include "identity/people.h"
#include "store/page.h"

#include <string.h>

enum { EVENTS_DEFAULT = 50 };

static RESULT read_time(struct ctx *c, const struct command_line *line, const char *name,
                        int64_t *out)
{
    const char *text = command_value(line, name);
    *out = 0;
    if (text == NULL || time_parse(text, out))
        return ok();
    return fail_field(c, INVALID_FIELD, name, "This is a time such as 2026-11-24T14:06:07Z.");
}

static RESULT read_filter(struct ctx *c, const struct command_line *line,
                          struct event_filter *filter)
{
    const struct tenant_row *tenant = NULL;
    const struct user_row *user = NULL;
    *filter = (struct event_filter){ .name = command_value(line, "--name") };
    if (command_value(line, "--tenant") != NULL) {
        TRY(command_tenant_option(c, line, &tenant));
        filter->tenant_id = tenant->id;
    }
    if (command_value(line, "--user") != NULL) {
        TRY(people_find(c, command_value(line, "--user"), &user));
        filter->user_id = user->id;
    }
    TRY(read_time(c, line, "--since", &filter->since));
    return read_time(c, line, "--until", &filter->until);
}

/* An event with what of it tells about people, and until where it was read. */
struct told {
    struct event_row row;
    struct audit_personal personal;
};
struct tolds {
    struct told *at;
    size_t n;
};

static void write_event(struct ctx *c, struct json_writer *w, const struct told *told)
{
    const struct event_row *row = &told->row;
    json_object(w, NULL);
    json_text(w, "id", row->id);
    json_text(w, "name", row->name);
    json_text(w, "outcome", row->outcome);
    json_text(w, "at", time_rfc3339(c->arena, row->at));
    json_text_if(w, "tenant_id", row->tenant_id);
    json_text_if(w, "user_id", row->user_id);
    json_text_if(w, "actor_id", row->actor_id);
    json_text_if(w, "client_id", row->client_id);
    json_text_if(w, "session_id", row->session_id);
    json_text_if(w, "request_id", row->request_id);
    json_text_if(w, "address", told->personal.address);
    json_text_if(w, "user_agent", told->personal.user_agent);
    if (row->detail != NULL)
        json_raw(w, "detail", row->detail);
    if (told->personal.more != NULL)
        json_raw(w, "personal", told->personal.more);
    json_object_end(w);
}

static void show_json(struct ctx *c, const struct command_line *line, const struct tolds *events)
{
    struct json_writer w = json_writer(c->arena);
    json_array(&w, NULL);
    for (size_t i = 0; i < events->n; i++)
        write_event(c, &w, &events->at[i]);
    json_array_end(&w);
    command_show(line, &w);
}

static const char *or_dash(const char *text)
{
    return text == NULL ? "-" : text;
}

static void show_table(struct ctx *c, const struct tolds *rows)
{
    static const char *const titles[] = { "AT", "EVENT", "OUTCOME", "USER", "ACTOR", "DETAIL" };
    enum { COLUMNS = sizeof titles / sizeof titles[0] };
    const char **cells = ARENA_NEWS(c->arena, const char *, rows->n *COLUMNS);
    for (size_t i = 0; i < rows->n; i++) {
        const struct event_row *event = &rows->at[i].row;
        const char **row = cells + i * COLUMNS;
        row[0] = command_time(c->arena, event->at);
        row[1] = event->name;
        row[2] = event->outcome;
        row[3] = or_dash(event->user_id);
        row[4] = or_dash(event->actor_id);
        row[5] = or_dash(event->detail);
    }
    command_print_table(c->arena, titles, COLUMNS, cells, rows->n);
}

static RESULT show(struct ctx *c, const struct command_line *line, const struct tolds *events)
{
    if (line->json)
        show_json(c, line, events);
    else
        show_table(c, events);
    return ok();
}

static RESULT read_page(struct ctx *c, const struct command_line *line, struct page *page)
{
    const char *limit = command_value(line, "--limit");
    *page = (struct page){ .after = command_value(line, "--before"), .limit = EVENTS_DEFAULT };
    if (limit != NULL && !text_int(limit, 1, PAGE_MAX, &page->limit))
        return fail_field(c, INVALID_FIELD, "--limit", "This is a number from 1 to 200.");
    if (!page_after_is_sound(page->after))
        return fail_field(c, INVALID_FIELD, "--before", "This is the id of an event.");
    return ok();
}

static RESULT list(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    struct event_filter filter;
    struct event_rows rows;
    struct page page;
    TRY(read_page(c, line, &page));
    TRY(read_filter(c, line, &filter));
    TRY(events_page(c, &filter, page, &rows));
    struct tolds events = { ARENA_NEWS(c->arena, struct told, rows.n), rows.n };
    for (size_t i = 0; i < rows.n; i++) {
        events.at[i].row = rows.at[i];
        TRY(audit_open(c, &rows.at[i], &events.at[i].personal));
    }
    return show(c, line, &events);
}

/* ---- on a server ---- */

static const char *text_of_json(struct arena *a, struct bytes json)
{
    return json.n == 0 ? NULL : text_copy(a, (const char *)json.at, json.n);
}

static struct told told_of(struct arena *a, const struct admin_event *event)
{
    return (struct told){ .row = { .id = event->id,
                                   .name = event->name,
                                   .at = event->at,
                                   .outcome = event->outcome,
                                   .tenant_id = event->tenant_id,
                                   .user_id = event->user_id,
                                   .actor_id = event->actor_id,
                                   .client_id = event->client_id,
                                   .session_id = event->session_id,
                                   .request_id = event->request_id,
                                   .detail = text_of_json(a, event->detail) },
                          .personal = { .address = event->address,
                                        .user_agent = event->user_agent,
                                        .more = text_of_json(a, event->personal) } };
}

static RESULT filter_there(struct ctx *c, const struct command_line *line,
                           const struct admin_server *server, struct admin_call *call)
{
    struct admin_tenant tenant = { 0 };
    struct admin_user user = { 0 };
    int64_t time = 0;
    TRY(read_time(c, line, "--since", &time));
    TRY(read_time(c, line, "--until", &time));
    if (command_has(line, "--tenant"))
        TRY(command_tenant_there(c, server, command_value(line, "--tenant"), &tenant));
    if (command_has(line, "--user"))
        TRY(command_find_user_there(c, server, command_value(line, "--user"), &user));
    *call = (struct admin_call){
        .path = "/admin/audit",
        .query = { { "limit", ADMIN_PAGE },
                   { "name", command_value(line, "--name") },
                   { "tenant_id", tenant.id },
                   { "user_id", user.id },
                   { "since", command_value(line, "--since") },
                   { "until", command_value(line, "--until") } },
    };
    return ok();
}

/* Until there are as many as are to be shown: of a long audit not all pages. */
static RESULT list_there(struct ctx *c, const struct command_line *line,
                         const struct admin_server *server)
{
    struct admin_call call;
    struct items found;
    struct page page;
    TRY(read_page(c, line, &page));
    TRY(filter_there(c, line, server, &call));
    if (page.after == NULL)
        call.most = (size_t)page.limit;
    TRY(admin_list(c, server, &call, &admin_event_list_shape, &found));
    struct tolds events = { ARENA_NEWS(c->arena, struct told, found.n), 0 };
    for (size_t i = 0; i < found.n && (int64_t)events.n < page.limit; i++) {
        struct told told = told_of(c->arena, (const struct admin_event *)found.at + i);
        if (page.after == NULL || strcmp(told.row.id, page.after) < 0)
            events.at[events.n++] = told;
    }
    return show(c, line, &events);
}

COMMAND_RUN(list)

static const struct command_option options[] = {
    { "--name", "EVENT", "Only events of this name, such as login.failed", false, false },
    { "--user", "USER", "Only what is about this user, by id or address", false, false },
    { "--tenant", "TENANT", "Only of this tenant, by slug or id", false, false },
    { "--since", "TIME", "From this time on (RFC 3339)", false, false },
    { "--until", "TIME", "Until this time", false, false },
    { "--limit", "N", "At most so many (50)", false, false },
    { "--before", "ID", "Go on with what happened before the event with this id", false, false },
};

const struct command command_audit_list = {
    .name = "audit list",
    .summary = "List what happened, newest first",
    COMMAND_OPTIONS(options),
    .run = run_list,
    .there = list_there,
};
