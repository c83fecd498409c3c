/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth client registration-token: what lets somebody register clients (RFC 7591 1.2).
 */
#include "api/admin_registration_tokens.h"
#include "app/command_node.h"
#include "app/command_server.h"
#include "app/commands.h"

#include <stdio.h>
#include <string.h>

static RESULT read_number(struct ctx *c, const struct command_line *line, const char *option,
                          int64_t max, int64_t *number)
{
    const char *text = command_value(line, option);
    if (text != NULL && !text_int(text, 1, max, number))
        return fail_field(
            c, INVALID_FIELD, option,
            text_printf(c->arena, "This is a number from 1 to %lld.", (long long)max));
    return ok();
}

static RESULT read_wish(struct ctx *c, const struct command_line *line,
                        struct admin_registration_token_new *out)
{
    const char *label = command_value(line, "--label");
    *out = (struct admin_registration_token_new){ .label = label };
    if (label != NULL && (*label == '\0' || strlen(label) > REGISTRATION_LABEL_MAX))
        return fail_field(c, INVALID_FIELD, "--label", "This has 1 to 255 bytes.");
    TRY(read_number(c, line, "--uses", REGISTRATION_USES_MAX, &out->uses));
    return read_number(c, line, "--hours", REGISTRATION_HOURS_MAX, &out->hours);
}

static void show(struct ctx *c, const struct command_line *line,
                 const struct admin_registration_token *made)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "token", made->token);
    json_number(&w, "uses", made->uses);
    json_text(&w, "expires_at", command_time(c->arena, made->expires_at));
    json_object_end(&w);
    command_show(line, &w);
    if (!line->json)
        (void)printf("%s\n", made->token);
    command_say(line, "It is shown this once, is good for %lld, and ends at %s.\n",
                (long long)made->uses, command_time(c->arena, made->expires_at));
}

static void show_ended(struct ctx *c, const struct command_line *line, int64_t ended)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_number(&w, "ended", ended);
    json_object_end(&w);
    command_show(line, &w);
    command_say(line, "%lld ended.\n", (long long)ended);
}

/* ---- on the data folder ---- */

static RESULT end_all(struct ctx *c, const struct command_line *line)
{
    int64_t ended = 0;
    TRY(registration_tokens_withdraw(c, NULL, &ended));
    show_ended(c, line, ended);
    return ok();
}

static RESULT make(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    struct admin_registration_token_new wanted;
    struct registration_token_made made;
    if (command_has(line, "--end"))
        return end_all(c, line);
    TRY(read_wish(c, line, &wanted));
    TRY(registration_token_make(c,
                                &(struct registration_token_new){ .uses = wanted.uses,
                                                                  .hours = wanted.hours,
                                                                  .label = wanted.label },
                                &made));
    const struct admin_registration_token shown = admin_registration_token_of(&made);
    show(c, line, &shown);
    return ok();
}

/* ---- on a server ---- */

static const char path[] = "/admin/registration-tokens";

static RESULT end_all_there(struct ctx *c, const struct command_line *line,
                            const struct admin_server *server)
{
    struct admin_registration_tokens_ended out = { 0 };
    TRY(admin_send(c, server,
                   &(struct admin_call){ .method = "DELETE",
                                         .path = path,
                                         .out_shape = &admin_registration_tokens_ended_shape,
                                         .out = &out },
                   NULL));
    show_ended(c, line, out.ended);
    return ok();
}

static RESULT make_there(struct ctx *c, const struct command_line *line,
                         const struct admin_server *server)
{
    struct admin_registration_token_new wanted;
    struct admin_registration_token made;
    if (command_has(line, "--end"))
        return end_all_there(c, line, server);
    TRY(read_wish(c, line, &wanted));
    TRY(admin_send(c, server,
                   &(struct admin_call){ .method = "POST",
                                         .path = path,
                                         .in_shape = &admin_registration_token_new_shape,
                                         .in = &wanted,
                                         .out_shape = &admin_registration_token_shape,
                                         .out = &made },
                   NULL));
    show(c, line, &made);
    return ok();
}

COMMAND_RUN(make)

static const struct command_option options[] = {
    { "--uses", "N", "How many clients it is good for (1)", false, false },
    { "--hours", "N", "How long it is good (24)", false, false },
    { "--label", "TEXT", "What it is for", false, false },
    { "--end", NULL, "Make none, and end all that were made before", false, false },
};

const struct command command_client_registration_token = {
    .name = "client registration-token",
    .summary = "Make a token with which clients register themselves (RFC 7591)",
    .details =
        "AUTH_CLIENT_REGISTRATION has to be token or open.  The token goes into Authorization:\n"
        "Bearer of POST /oauth2/register.",
    COMMAND_OPTIONS(options),
    .run = run_make,
    .there = make_there,
};
