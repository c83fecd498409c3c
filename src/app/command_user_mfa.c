/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth user mfa: whether a user has a second factor; an administrator's way out for somebody who
 * has lost both the app and the recovery codes.  The owner gets a mail.
 */
#include "app/command_node.h"
#include "app/command_server.h"
#include "app/commands.h"

#include "base/text.h"
#include "identity/mfa.h"

static void show_state(struct ctx *c, const struct command_line *line, const struct user_row *user,
                       int64_t codes_left)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "id", user->id);
    json_bool(&w, "totp", user->totp);
    json_number(&w, "recovery_codes", codes_left);
    json_object_end(&w);
    command_show(line, &w);
    if (user->totp)
        command_say(line, "%s has a second factor and %lld recovery codes.\n", user->email_entered,
                    (long long)codes_left);
    else
        command_say(line, "%s has no second factor.\n", user->email_entered);
}

static RESULT has_none(struct ctx *c, const struct user_row *user)
{
    return fail_say(c, NOT_FOUND,
                    text_printf(c->arena, "%s has no second factor", user->email_entered),
                    "user %s has no second factor", user->id);
}

static RESULT show_or_remove(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const struct user_row *found = NULL;
    int64_t left = 0;
    TRY(command_user(c, line, &found));
    struct user_row user = *found;
    TRY(mfa_state(c, user.id, &user.totp, &left));
    if (command_has(line, "--remove")) {
        if (!user.totp)
            return has_none(c, &user);
        TRY(mfa_remove(c, user.id, NULL));
        TRY(mfa_state(c, user.id, &user.totp, &left));
    }
    show_state(c, line, &user, left);
    return ok();
}

static RESULT mfa_there(struct ctx *c, const struct command_line *line,
                        const struct admin_server *server)
{
    struct admin_user user;
    TRY(command_user_there(c, line, server, &user));
    struct user_row row = command_user_row(&user);
    if (command_has(line, "--remove")) {
        if (!row.totp)
            return has_none(c, &row);
        TRY(command_do_there(c, server, "DELETE",
                             admin_path(c->arena, "/admin/users", row.id, "/mfa")));
        row.totp = false;
        user.recovery_codes_left = 0;
    }
    show_state(c, line, &row, user.recovery_codes_left);
    return ok();
}

static RESULT run_mfa(struct ctx *c, const struct command_line *line)
{
    return command_on_node(c, line, NEEDS_DATABASE, show_or_remove);
}

static const struct command_option options[] = {
    { "--remove", NULL, "Remove it: the password alone signs in from now on", false, false },
};

const struct command command_user_mfa = {
    .name = "user mfa",
    .summary = "Show whether a user has a second factor, or remove it",
    .arguments = "USER",
    .details =
        "USER is an id or an address.  Remove the second factor of somebody who has lost the "
        "app and\nthe recovery codes, once you are sure who is asking.  Its owner gets a "
        "mail.",
    COMMAND_OPTIONS(options),
    .run = run_mfa,
    .there = mfa_there,
};
