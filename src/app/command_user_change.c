/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth user disable, enable, unlock, delete, password, role, invite: what an administrator changes
 * about a user.
 */
#include "app/command_node.h"
#include "app/commands.h"

#include "identity/mfa.h"
#include "identity/people.h"

/* A change of one user, and what is said when it is done. */
struct change {
    RESULT (*make)(struct ctx *c, const struct command_line *line, const struct user_row *user);
    const char *done; /* "is disabled" */
};

static RESULT change_user(struct ctx *c, const struct command_line *line, struct change change)
{
    const struct user_row *user = NULL;
    TRY(command_user(c, line, &user));
    TRY(change.make(c, line, user));
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "id", user->id);
    json_text(&w, "done", change.done);
    json_object_end(&w);
    command_show(line, &w);
    command_say(line, "%s %s.\n", user->email_entered == NULL ? user->id : user->email_entered,
                change.done);
    return ok();
}

/* ---- disable, enable, unlock, delete ---- */

static RESULT make_disabled(struct ctx *c, const struct command_line *line,
                            const struct user_row *user)
{
    (void)line;
    return people_set_status(c, user->id, USER_DISABLED, NULL);
}

static RESULT make_enabled(struct ctx *c, const struct command_line *line,
                           const struct user_row *user)
{
    (void)line;
    return people_set_status(c, user->id, USER_ACTIVE, NULL);
}

static RESULT make_unlocked(struct ctx *c, const struct command_line *line,
                            const struct user_row *user)
{
    (void)line;
    return mfa_unlock(c, user->id, NULL);
}

static RESULT make_erased(struct ctx *c, const struct command_line *line,
                          const struct user_row *user)
{
    (void)line;
    return people_erase(c, user->id, NULL);
}

static RESULT disable(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    return change_user(c, line, (struct change){ make_disabled, "is disabled" });
}

static RESULT enable(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    return change_user(c, line, (struct change){ make_enabled, "is enabled" });
}

static RESULT unlock(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    return change_user(c, line,
                       (struct change){ make_unlocked, "may use the second factor again" });
}

static RESULT erase(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    return change_user(c, line, (struct change){ make_erased, "is erased" });
}

/* ---- password, role, invite ---- */

static RESULT make_password(struct ctx *c, const struct command_line *line,
                            const struct user_row *user)
{
    const char *password = NULL;
    TRY(command_secret(c, line, "--password", &password));
    if (password == NULL)
        TRY(command_ask(c, "--password", &password));
    return people_set_password(c, user->id, password, command_has(line, "--must-change"), NULL);
}

static RESULT set_password(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    return change_user(
        c, line, (struct change){ make_password, "has a new password; all sessions have ended" });
}

static RESULT make_roles(struct ctx *c, const struct command_line *line,
                         const struct user_row *user)
{
    struct texts given = command_values(c->arena, line, "--give");
    struct texts taken = command_values(c->arena, line, "--take");
    if (given.n + taken.n == 0)
        return fail_field(c, INVALID_FIELD, "--give", "Say which role to give or take.");
    for (size_t i = 0; i < given.n; i++)
        TRY(people_give_role(c, user->id, given.at[i], NULL));
    for (size_t i = 0; i < taken.n; i++)
        TRY(people_take_role(c, user->id, taken.at[i], NULL));
    return ok();
}

static RESULT set_roles(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    return change_user(c, line, (struct change){ make_roles, "has other roles now" });
}

static RESULT invite(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const char *email = NULL;
    TRY(command_argument(c, line, "an address", &email));
    TRY(people_invite(c, email, NULL));
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "email", email);
    json_text(&w, "done", "is invited");
    json_object_end(&w);
    command_show(line, &w);
    command_say(line, "The invitation to %s is on its way.\n", email);
    return ok();
}

/* ---- the rows ---- */

#define RUN(work)                                                                                  \
    static RESULT run_##work(struct ctx *c, const struct command_line *line)                       \
    {                                                                                              \
        return command_on_node(c, line, NEEDS_DATABASE, work);                                     \
    }
RUN(disable)
RUN(enable)
RUN(unlock)
RUN(erase)
RUN(set_password)
RUN(set_roles)
RUN(invite)
#undef RUN

static const struct command_option erase_options[] = {
    { "--yes", NULL, "It cannot be undone", true, false },
};
static const struct command_option password_options[] = {
    { "--password-stdin", NULL, "Read the password from standard input", false, false },
    { "--password-file", "FILE", "Read the password from a file", false, false },
    { "--must-change", NULL, "It must be changed at the next sign-in", false, false },
};
static const struct command_option role_options[] = {
    { "--give", "ROLE", "Give this role, in the default tenant", false, true },
    { "--take", "ROLE", "Take this role away", false, true },
};

#define OPTIONS(rows) .options = (rows), .options_n = sizeof(rows) / sizeof((rows)[0])
static const char which_user[] = "USER is an id or an address.";

const struct command command_user_disable = {
    .name = "user disable",
    .summary = "Disable a user: sessions and tokens end at once",
    .arguments = "USER",
    .details = which_user,
    .run = run_disable,
};
const struct command command_user_enable = {
    .name = "user enable",
    .summary = "Let a disabled user sign in again",
    .arguments = "USER",
    .details = which_user,
    .run = run_enable,
};
const struct command command_user_unlock = {
    .name = "user unlock",
    .summary = "Give a locked second factor its attempts back",
    .arguments = "USER",
    .details = which_user,
    .run = run_unlock,
};
const struct command command_user_delete = {
    .name = "user delete",
    .summary = "Erase a user and all personal data",
    .arguments = "USER",
    .details = which_user,
    OPTIONS(erase_options),
    .run = run_erase,
};
const struct command command_user_password = {
    .name = "user password",
    .summary = "Set a user's password: sessions and tokens end at once",
    .arguments = "USER",
    .details = "USER is an id or an address.  Without --password-stdin or --password-file the "
               "password is\nasked for at the terminal.",
    OPTIONS(password_options),
    .run = run_set_password,
};
const struct command command_user_role = {
    .name = "user role",
    .summary = "Give roles to a user, or take them away",
    .arguments = "USER",
    .details = which_user,
    OPTIONS(role_options),
    .run = run_set_roles,
};
const struct command command_user_invite = {
    .name = "user invite",
    .summary = "Send an invitation to register",
    .arguments = "ADDRESS",
    .run = run_invite,
};
