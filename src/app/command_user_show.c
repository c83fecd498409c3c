/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth user show: one user, with roles and permissions in the default tenant.
 */
#include "app/command_node.h"
#include "app/command_server.h"
#include "app/commands.h"

#include "base/text.h"
#include "identity/access.h"
#include "identity/mfa.h"
#include "store/tenants.h"

#include <stdio.h>

/* What stands in the answer beside the row. */
struct beside {
    struct rights rights;
    bool has_factor;
    int64_t codes_left;
};

static RESULT find_beside(struct ctx *c, const struct user_row *user, struct beside *out)
{
    bool member = false;
    *out = (struct beside){ 0 };
    TRY(membership_is_live(c, TENANT_DEFAULT_ID, user->id, &member));
    if (member)
        TRY(rights_of(c, user->id, TENANT_DEFAULT_ID, &out->rights));
    return mfa_state(c, user->id, &out->has_factor, &out->codes_left);
}

static void show_json(struct ctx *c, const struct command_line *line, const struct user_row *user,
                      const struct beside *beside)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    command_write_user(&w, user);
    json_texts(&w, "roles", beside->rights.roles);
    json_texts(&w, "permissions", beside->rights.permissions);
    json_number(&w, "recovery_codes_left", beside->codes_left);
    json_object_end(&w);
    command_show(line, &w);
}

static void show_text(struct ctx *c, const struct user_row *user, const struct beside *beside)
{
    struct arena *a = c->arena;
    (void)printf("id             %s\n", user->id);
    (void)printf("address        %s%s\n", user->email_entered == NULL ? "-" : user->email_entered,
                 user->email_verified_at == 0 ? " (not verified)" : "");
    (void)printf("name           %s\n", user->full_name);
    (void)printf("status         %s\n", command_user_status(user->status));
    (void)printf("roles          %s\n", text_join(a, beside->rights.roles, " "));
    (void)printf("permissions    %s\n", text_join(a, beside->rights.permissions, " "));
    (void)printf("second factor  %s\n", beside->has_factor
                                            ? text_printf(a, "totp, %lld recovery codes left",
                                                          (long long)beside->codes_left)
                                            : "none");
    (void)printf("made           %s\n", command_time(a, user->created_at));
    (void)printf("last sign-in   %s\n", command_time(a, user->last_login_at));
}

static RESULT show_user(struct ctx *c, const struct command_line *line, const struct user_row *user,
                        const struct beside *beside)
{
    if (line->json)
        show_json(c, line, user, beside);
    else
        show_text(c, user, beside);
    return ok();
}

static RESULT show(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const struct user_row *user = NULL;
    struct beside beside;
    TRY(command_user(c, line, &user));
    TRY(find_beside(c, user, &beside));
    return show_user(c, line, user, &beside);
}

static RESULT show_there(struct ctx *c, const struct command_line *line,
                         const struct admin_server *server)
{
    struct admin_user user;
    TRY(command_user_there(c, line, server, &user));
    const struct user_row row = command_user_row(&user);
    return show_user(
        c, line, &row,
        &(struct beside){ .rights = { .roles = user.roles, .permissions = user.permissions },
                          .has_factor = user.mfa_enabled,
                          .codes_left = user.recovery_codes_left });
}

COMMAND_RUN(show)

const struct command command_user_show = {
    .name = "user show",
    .summary = "Show a user",
    .arguments = "USER",
    .details = "USER is an id or an address.",
    .run = run_show,
    .there = show_there,
};
