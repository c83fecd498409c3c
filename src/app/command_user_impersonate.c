/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth user impersonate: an access token by which one acts as a user of a service.
 */
#include "api/impersonation.h"
#include "app/command_server.h"
#include "app/commands.h"

enum { MINUTE = 60, MINUTES_MAX = 1440 };

/* On the machine there is nobody whose act it would be: the audit has to name a person (TX-06). */
static RESULT run_impersonate(struct ctx *c, const struct command_line *line)
{
    (void)line;
    return fail_say(c, INVALID_FIELD,
                    "Name a service with --server and --token-file: whoever has the token acts.",
                    "user impersonate without --server");
}

static RESULT read_life(struct ctx *c, const struct command_line *line, int64_t *seconds)
{
    int64_t minutes = 0;
    const char *given = command_value(line, "--minutes");
    if (given == NULL)
        return ok();
    if (!text_int(given, 1, MINUTES_MAX, &minutes))
        return fail_field(c, INVALID_FIELD, "--minutes", "This is a number of minutes, from 1.");
    *seconds = minutes * MINUTE;
    return ok();
}

static RESULT impersonate_there(struct ctx *c, const struct command_line *line,
                                const struct admin_server *server)
{
    struct admin_user user;
    struct impersonate in = { .reason = command_value(line, "--reason") };
    struct impersonating out = { 0 };
    struct json_writer w = json_writer(c->arena);
    TRY(read_life(c, line, &in.ttl));
    TRY(command_user_there(c, line, server, &user));
    const struct admin_call call = {
        .method = "POST",
        .path = admin_path(c->arena, "/admin/users", user.id, "/impersonate"),
        .in_shape = &impersonate_shape,
        .in = &in,
        .out_shape = &impersonating_shape,
        .out = &out,
    };
    TRY(admin_send(c, server, &call, NULL));
    shape_write(&w, NULL, &impersonating_shape, &out);
    command_show(line, &w);
    command_say(line, "%s\n", out.access_token);
    return ok();
}

static const struct command_option options[] = {
    { "--reason", "TEXT", "What it is for, in one line; kept in the audit", true, false },
    { "--minutes", "N", "How long at most; default: 15", false, false },
};

const struct command command_user_impersonate = {
    .name = "user impersonate",
    .summary = "Print an access token by which one acts as a user of a service",
    .arguments = "USER",
    .details = "USER is an id or an address. It needs --server and --token-file: whoever's token\n"
               "that is acts, after a recent sign-in, and the audit names both.",
    COMMAND_OPTIONS(options),
    .run = run_impersonate,
    .there = impersonate_there,
};
