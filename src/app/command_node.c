/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command_node.h"

#include "base/text.h"
#include "base/time.h"
#include "identity/people.h"

#include <unistd.h>

static RESULT work_on(struct ctx *c, const struct command_line *line, enum command_needs needs,
                      struct node *node, command_work *work)
{
    if (needs == NEEDS_KEYS)
        TRY(node_open_keys(c, node));
    return work(c, line, node);
}

RESULT command_on_node(struct ctx *c, const struct command_line *line, enum command_needs needs,
                       command_work *work)
{
    struct node *node = NULL;
    TRY(node_open(c, &(struct node_plan){ .config = c->config, .use = DB_COMMAND }, &node));
    /* The audit tells of no actor here: whoever may use the data folder. */
    c->origin.user_agent = text_printf(c->arena, "uauth %s, by user %u of the machine",
                                       line->command->name, (unsigned)getuid());
    err done = work_on(c, line, needs, node, work);
    node_close(node);
    return done;
}

RESULT command_user(struct ctx *c, const struct command_line *line, const struct user_row **out)
{
    const char *who = NULL;
    TRY(command_argument(c, line, "the id or address of a user", &who));
    err found = people_find(c, who, out);
    if (found.code != ERR_NOT_FOUND)
        return found;
    fault_clear(c);
    return fail(c, NOT_FOUND, "there is no user %s", who);
}

const char *command_user_status(enum user_status status)
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

const char *command_time(struct arena *a, int64_t at)
{
    return at == 0 ? "-" : time_rfc3339(a, at);
}

static void write_time(struct json_writer *w, const char *name, int64_t at)
{
    if (at == 0)
        json_null(w, name);
    else
        json_text(w, name, time_rfc3339(w->out.arena, at));
}

void command_write_user(struct json_writer *w, const struct user_row *user)
{
    json_text(w, "id", user->id);
    json_text(w, "email", user->email_entered);
    json_text(w, "full_name", user->full_name);
    json_text(w, "status", command_user_status(user->status));
    json_bool(w, "email_verified", user->email_verified_at != 0);
    json_bool(w, "totp", user->totp);
    write_time(w, "created_at", user->created_at);
    write_time(w, "last_login_at", user->last_login_at);
}
