/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth user sessions: where a user is signed in; and ending all of it.
 */
#include "api/admin_sessions.h"
#include "app/command_node.h"
#include "app/command_server.h"
#include "app/commands.h"

#include "identity/people.h"
#include "store/sessions.h"

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

static const char *or_dash(const char *text)
{
    return text == NULL ? "-" : text;
}

static void show_json(struct ctx *c, const struct command_line *line,
                      const struct session_rows *sessions)
{
    struct json_writer w = json_writer(c->arena);
    json_array(&w, NULL);
    for (size_t i = 0; i < sessions->n; i++) {
        const struct session_row *session = &sessions->at[i];
        json_object(&w, NULL);
        json_text(&w, "sid", session->id);
        json_text(&w, "mode", mode_name(session->mode));
        json_text(&w, "address", session->address);
        json_text(&w, "user_agent", session->user_agent);
        json_text(&w, "created_at", command_time(c->arena, session->created_at));
        json_text(&w, "last_seen_at", command_time(c->arena, session->last_seen_at));
        json_object_end(&w);
    }
    json_array_end(&w);
    command_show(line, &w);
}

static void show_table(struct ctx *c, const struct session_rows *sessions)
{
    static const char *const titles[] = { "SESSION", "MODE", "SINCE", "LAST SEEN", "ADDRESS" };
    enum { COLUMNS = sizeof titles / sizeof titles[0] };
    const char **cells = ARENA_NEWS(c->arena, const char *, sessions->n *COLUMNS);
    for (size_t i = 0; i < sessions->n; i++) {
        const struct session_row *session = &sessions->at[i];
        const char **row = cells + i * COLUMNS;
        row[0] = session->id;
        row[1] = mode_name(session->mode);
        row[2] = command_time(c->arena, session->created_at);
        row[3] = command_time(c->arena, session->last_seen_at);
        row[4] = or_dash(session->address);
    }
    command_print_table(c->arena, titles, COLUMNS, cells, sessions->n);
}

static RESULT show(struct ctx *c, const struct command_line *line,
                   const struct session_rows *sessions)
{
    if (line->json)
        show_json(c, line, sessions);
    else
        show_table(c, sessions);
    return ok();
}

static RESULT show_ended(struct ctx *c, const struct command_line *line, const char *user_id,
                         int64_t ended)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "id", user_id);
    json_number(&w, "ended", ended);
    json_object_end(&w);
    command_show(line, &w);
    command_say(line, "Ended %lld sessions.\n", (long long)ended);
    return ok();
}

static RESULT work(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const struct user_row *user = NULL;
    struct session_rows sessions;
    int64_t ended = 0;
    TRY(command_user(c, line, &user));
    if (command_has(line, "--end")) {
        TRY(people_end_sessions(c, user->id, NULL, &ended));
        return show_ended(c, line, user->id, ended);
    }
    TRY(sessions_of(c, user->id, (struct page){ .limit = PAGE_MAX }, &sessions));
    return show(c, line, &sessions);
}

static enum session_mode mode_of(const char *name)
{
    if (text_equal(name, "session"))
        return SESSION_COOKIE;
    return text_equal(name, "spa") ? SESSION_SPA : SESSION_TOKEN;
}

static RESULT sessions_there(struct ctx *c, const struct command_line *line,
                             const struct admin_server *server)
{
    struct admin_user user;
    struct items found;
    TRY(command_user_there(c, line, server, &user));
    const char *path = admin_path(c->arena, "/admin/users", user.id, "/sessions");
    TRY(admin_list(c, server, &(struct admin_call){ .path = path }, &admin_session_list_shape,
                   &found));
    if (command_has(line, "--end")) {
        TRY(command_do_there(c, server, "DELETE", path));
        return show_ended(c, line, user.id, (int64_t)found.n);
    }
    struct session_row *rows = ARENA_NEWS(c->arena, struct session_row, found.n);
    for (size_t i = 0; i < found.n; i++) {
        const struct admin_session *session = (const struct admin_session *)found.at + i;
        rows[i] = (struct session_row){ .id = session->sid,
                                        .mode = mode_of(session->mode),
                                        .address = session->address,
                                        .user_agent = session->user_agent,
                                        .created_at = session->created_at,
                                        .last_seen_at = session->last_seen_at };
    }
    return show(c, line, &(struct session_rows){ rows, found.n });
}

static RESULT run_sessions(struct ctx *c, const struct command_line *line)
{
    return command_on_node(c, line, NEEDS_DATABASE, work);
}

static const struct command_option options[] = {
    { "--end", NULL, "End all of them, with their tokens", false, false },
};

const struct command command_user_sessions = {
    .name = "user sessions",
    .summary = "List where a user is signed in, or end all of it",
    .arguments = "USER",
    .details = "USER is an id or an address.",
    COMMAND_OPTIONS(options),
    .run = run_sessions,
    .there = sessions_there,
};
