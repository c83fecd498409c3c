/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth audit list: what happened, newest first.
 */
#include "app/command_tenant.h"
#include "app/commands.h"

#include "base/time.h"
#include "identity/audit.h"
#include "identity/people.h"
#include "store/page.h"

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

static RESULT write_event(struct ctx *c, struct json_writer *w, const struct event_row *row)
{
    struct audit_personal personal;
    TRY(audit_open(c, row, &personal));
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
    json_text_if(w, "address", personal.address);
    json_text_if(w, "user_agent", personal.user_agent);
    if (row->detail != NULL)
        json_raw(w, "detail", row->detail);
    if (personal.more != NULL)
        json_raw(w, "personal", personal.more);
    json_object_end(w);
    return ok();
}

static RESULT show_json(struct ctx *c, const struct command_line *line,
                        const struct event_rows *rows)
{
    struct json_writer w = json_writer(c->arena);
    json_array(&w, NULL);
    for (size_t i = 0; i < rows->n; i++)
        TRY(write_event(c, &w, &rows->at[i]));
    json_array_end(&w);
    command_show(line, &w);
    return ok();
}

static const char *or_dash(const char *text)
{
    return text == NULL ? "-" : text;
}

static void show_table(struct ctx *c, const struct event_rows *rows)
{
    static const char *const titles[] = { "AT", "EVENT", "OUTCOME", "USER", "ACTOR", "DETAIL" };
    enum { COLUMNS = sizeof titles / sizeof titles[0] };
    const char **cells = ARENA_NEWS(c->arena, const char *, rows->n *COLUMNS);
    for (size_t i = 0; i < rows->n; i++) {
        const struct event_row *event = &rows->at[i];
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

static RESULT list(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const char *limit = command_value(line, "--limit");
    struct event_filter filter;
    struct event_rows rows;
    struct page page = { .after = command_value(line, "--before"), .limit = EVENTS_DEFAULT };
    if (limit != NULL && !text_int(limit, 1, PAGE_MAX, &page.limit))
        return fail_field(c, INVALID_FIELD, "--limit", "This is a number from 1 to 200.");
    if (!page_after_is_sound(page.after))
        return fail_field(c, INVALID_FIELD, "--before", "This is the id of an event.");
    TRY(read_filter(c, line, &filter));
    TRY(events_page(c, &filter, page, &rows));
    if (line->json)
        return show_json(c, line, &rows);
    show_table(c, &rows);
    return ok();
}

static RESULT run_list(struct ctx *c, const struct command_line *line)
{
    return command_on_node(c, line, NEEDS_DATABASE, list);
}

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
    .options = options,
    .options_n = sizeof options / sizeof options[0],
    .run = run_list,
};
