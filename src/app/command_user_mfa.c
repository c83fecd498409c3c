/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth user mfa: whether a user has a second factor; an administrator's way out for somebody who
 * has lost both the app and the recovery codes.  The owner gets a mail.
 */
#include "app/command_node.h"
#include "app/commands.h"

#include "base/text.h"
#include "identity/mfa.h"

static RESULT show_state(struct ctx *c, const struct command_line *line,
                         const struct user_row *user)
{
    bool has = false;
    int64_t left = 0;
    TRY(mfa_state(c, user->id, &has, &left));
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "id", user->id);
    json_bool(&w, "totp", has);
    json_number(&w, "recovery_codes", left);
    json_object_end(&w);
    command_show(line, &w);
    if (has)
        command_say(line, "%s has a second factor and %lld recovery codes.\n", user->email_entered,
                    (long long)left);
    else
        command_say(line, "%s has no second factor.\n", user->email_entered);
    return ok();
}

static RESULT show_or_remove(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const struct user_row *user = NULL;
    TRY(command_user(c, line, &user));
    if (!command_has(line, "--remove"))
        return show_state(c, line, user);
    bool has = false;
    int64_t left = 0;
    TRY(mfa_state(c, user->id, &has, &left));
    if (!has)
        return fail_say(c, NOT_FOUND,
                        text_printf(c->arena, "%s has no second factor", user->email_entered),
                        "user %s has no second factor", user->id);
    TRY(mfa_remove(c, user->id, NULL));
    return show_state(c, line, user);
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
    .options = options,
    .options_n = sizeof options / sizeof options[0],
    .run = run_mfa,
};
