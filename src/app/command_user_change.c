/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth user disable, enable, unlock, delete, password, role: what an administrator changes about a
 * user.
 */
#include "app/command_node.h"
#include "app/command_server.h"
#include "app/commands.h"

#include "identity/mfa.h"
#include "identity/people.h"

/* A change of one user, how a service is asked for it, and what is said when it is done. */
struct change {
    RESULT (*make)(struct ctx *c, const struct command_line *line, const struct user_row *user);
    const char *method, *path; /* behind that of the user */
    const char *done;          /* "is disabled" */
};

static void tell(struct ctx *c, const struct command_line *line, const struct user_row *user,
                 const char *done)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "id", user->id);
    json_text(&w, "done", done);
    json_object_end(&w);
    command_show(line, &w);
    command_say(line, "%s %s.\n", user->email_entered == NULL ? user->id : user->email_entered,
                done);
}

static RESULT change_user(struct ctx *c, const struct command_line *line,
                          const struct change *change)
{
    const struct user_row *user = NULL;
    TRY(command_user(c, line, &user));
    TRY(change->make(c, line, user));
    tell(c, line, user, change->done);
    return ok();
}

static RESULT change_there(struct ctx *c, const struct command_line *line,
                           const struct admin_server *server, const struct change *change)
{
    struct admin_user user;
    TRY(command_user_there(c, line, server, &user));
    const struct user_row row = command_user_row(&user);
    TRY(command_do_there(c, server, change->method,
                         admin_path(c->arena, "/admin/users", row.id, change->path)));
    tell(c, line, &row, change->done);
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

static const struct change disabling = { make_disabled, "POST", "/disable", "is disabled" };
static const struct change enabling = { make_enabled, "POST", "/enable", "is enabled" };
static const struct change unlocking = { make_unlocked, "POST", "/unlock",
                                         "may use the second factor again" };
static const struct change erasing = { make_erased, "DELETE", "", "is erased" };

/* ---- password ---- */

static RESULT make_link(struct ctx *c, const struct command_line *line, const struct user_row *user)
{
    (void)line;
    return people_send_link(c, user->id, NULL);
}

static RESULT make_password(struct ctx *c, const struct command_line *line,
                            const struct user_row *user)
{
    const char *password = NULL;
    TRY(command_secret(c, line, "--password", &password));
    if (password == NULL)
        TRY(command_ask(c, "--password", &password));
    return people_set_password(c, user->id, password, command_has(line, "--must-change"), NULL);
}

static const struct change password_change = { .make = make_password,
                                               .done =
                                                   "has a new password; all sessions have ended" };
static const struct change link_change = { make_link, "POST", "/send-reset",
                                           "gets a link to choose a password" };

/* With a link nothing is said of a password. */
static RESULT wants_link(struct ctx *c, const struct command_line *line, bool *link)
{
    static const char *const others[] = { "--password-stdin", "--password-file", "--must-change" };
    *link = command_has(line, "--send-link");
    for (size_t i = 0; *link && i < sizeof others / sizeof others[0]; i++)
        if (command_has(line, others[i]))
            return fail_field(c, INVALID_FIELD, others[i],
                              "With --send-link its owner chooses the password.");
    return ok();
}

static RESULT set_password(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    bool link = false;
    TRY(wants_link(c, line, &link));
    return change_user(c, line, link ? &link_change : &password_change);
}

/* PR-12: nobody chooses the password of another through the API. */
static RESULT set_password_there(struct ctx *c, const struct command_line *line,
                                 const struct admin_server *server)
{
    bool link = false;
    TRY(wants_link(c, line, &link));
    if (!link)
        return fail_field(c, INVALID_FIELD, "--send-link",
                          "On a server nobody sets the password of another: with this option its "
                          "owner gets a link to choose one.");
    return change_there(c, line, server, &link_change);
}

/* ---- role ---- */

/* Which roles are given, and which are taken. */
struct roles {
    struct texts given, taken;
};

static RESULT read_roles(struct ctx *c, const struct command_line *line, struct roles *out)
{
    *out = (struct roles){ command_values(c->arena, line, "--give"),
                           command_values(c->arena, line, "--take") };
    return out->given.n + out->taken.n > 0
               ? ok()
               : fail_field(c, INVALID_FIELD, "--give", "Say which role to give or take.");
}

struct setting_roles {
    const char *user_id;
    struct roles roles;
};

/* All of them or none. */
static RESULT set_roles_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct setting_roles *s = arg;
    for (size_t i = 0; i < s->roles.given.n; i++)
        TRY(people_give_role(c, s->user_id, s->roles.given.at[i], NULL));
    for (size_t i = 0; i < s->roles.taken.n; i++)
        TRY(people_take_role(c, s->user_id, s->roles.taken.at[i], NULL));
    return ok();
}

static RESULT make_roles(struct ctx *c, const struct command_line *line,
                         const struct user_row *user)
{
    struct setting_roles setting = { .user_id = user->id };
    TRY(read_roles(c, line, &setting.roles));
    return db_atomically(c, set_roles_in, &setting);
}

static const struct change role_change = { .make = make_roles, .done = "has other roles now" };

static RESULT set_roles_there(struct ctx *c, const struct command_line *line,
                              const struct admin_server *server)
{
    struct admin_user user;
    struct roles roles;
    TRY(read_roles(c, line, &roles));
    TRY(command_user_there(c, line, server, &user));
    const char *path = admin_path(c->arena, "/admin/users", user.id, "/roles");
    for (size_t i = 0; i < roles.given.n; i++)
        TRY(command_do_there(c, server, "PUT", admin_path(c->arena, path, roles.given.at[i], "")));
    for (size_t i = 0; i < roles.taken.n; i++)
        TRY(command_do_there(c, server, "DELETE",
                             admin_path(c->arena, path, roles.taken.at[i], "")));
    const struct user_row row = command_user_row(&user);
    tell(c, line, &row, role_change.done);
    return ok();
}

/* ---- the rows ---- */

#define RUN(name, change)                                                                          \
    static RESULT change_##name(struct ctx *c, const struct command_line *line, struct node *node) \
    {                                                                                              \
        (void)node;                                                                                \
        return change_user(c, line, &(change));                                                    \
    }                                                                                              \
    static RESULT run_##name(struct ctx *c, const struct command_line *line)                       \
    {                                                                                              \
        return command_on_node(c, line, NEEDS_DATABASE, change_##name);                            \
    }
#define THERE(name, change)                                                                        \
    static RESULT name##_there(struct ctx *c, const struct command_line *line,                     \
                               const struct admin_server *server)                                  \
    {                                                                                              \
        return change_there(c, line, server, &(change));                                           \
    }
RUN(disable, disabling)
THERE(disable, disabling)
RUN(enable, enabling)
THERE(enable, enabling)
RUN(unlock, unlocking)
THERE(unlock, unlocking)
RUN(erase, erasing)
THERE(erase, erasing)
RUN(set_roles, role_change)
#undef RUN
#undef THERE

COMMAND_RUN(set_password)

static const struct command_option erase_options[] = {
    { "--yes", NULL, "It cannot be undone", true, false },
};
static const struct command_option password_options[] = {
    { "--password-stdin", NULL, "Read the password from standard input", false, false },
    { "--password-file", "FILE", "Read the password from a file", false, false },
    { "--must-change", NULL, "It must be changed at the next sign-in", false, false },
    { "--send-link", NULL, "Send its owner a link to choose one instead", false, false },
};
static const struct command_option role_options[] = {
    { "--give", "ROLE", "Give this role, in the default tenant", false, true },
    { "--take", "ROLE", "Take this role away", false, true },
};

static const char which_user[] = "USER is an id or an address.";

const struct command command_user_disable = {
    .name = "user disable",
    .summary = "Disable a user: sessions and tokens end at once",
    .arguments = "USER",
    .details = which_user,
    .run = run_disable,
    .there = disable_there,
};
const struct command command_user_enable = {
    .name = "user enable",
    .summary = "Let a disabled user sign in again",
    .arguments = "USER",
    .details = which_user,
    .run = run_enable,
    .there = enable_there,
};
const struct command command_user_unlock = {
    .name = "user unlock",
    .summary = "Give a locked second factor its attempts back",
    .arguments = "USER",
    .details = which_user,
    .run = run_unlock,
    .there = unlock_there,
};
const struct command command_user_delete = {
    .name = "user delete",
    .summary = "Erase a user and all personal data",
    .arguments = "USER",
    .details = which_user,
    COMMAND_OPTIONS(erase_options),
    .run = run_erase,
    .there = erase_there,
};
const struct command command_user_password = {
    .name = "user password",
    .summary = "Set a user's password: sessions and tokens end at once",
    .arguments = "USER",
    .details = "USER is an id or an address.  Without --password-stdin or --password-file the "
               "password is\nasked for at the terminal.  On a server nobody sets the password of "
               "another: --send-link is\nthe way there.",
    COMMAND_OPTIONS(password_options),
    .run = run_set_password,
    .there = set_password_there,
};
const struct command command_user_role = {
    .name = "user role",
    .summary = "Give roles to a user, or take them away",
    .arguments = "USER",
    .details = which_user,
    COMMAND_OPTIONS(role_options),
    .run = run_set_roles,
    .there = set_roles_there,
};
