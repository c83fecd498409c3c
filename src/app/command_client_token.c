/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth client registration-token: what lets somebody register clients (RFC 7591 1.2).
 */
#include "app/command_node.h"
#include "app/commands.h"

#include "base/random.h"
#include "crypto/digest.h"
#include "store/client_registrations.h"

#include <stdio.h>

enum { USES = 1, USES_MAX = 100000, HOURS = 24, HOURS_MAX = 24 * 365, HOUR = 3600 };

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

static void show(struct ctx *c, const struct command_line *line, const char *token,
                 const struct registration_token_row *row)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "token", token);
    json_number(&w, "uses", row->uses);
    json_text(&w, "expires_at", command_time(c->arena, row->expires_at));
    json_object_end(&w);
    command_show(line, &w);
    if (!line->json)
        (void)printf("%s\n", token);
    command_say(line, "It is shown this once, is good for %lld, and ends at %s.\n",
                (long long)row->uses, command_time(c->arena, row->expires_at));
}

static RESULT end_all(struct ctx *c, const struct command_line *line)
{
    int64_t ended = 0;
    TRY(registration_tokens_end(c, &ended));
    command_say(line, "%lld ended.\n", (long long)ended);
    return ok();
}

static RESULT make(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    int64_t uses = USES;
    int64_t hours = HOURS;
    const char *label = command_value(line, "--label");
    if (command_has(line, "--end"))
        return end_all(c, line);
    TRY(read_number(c, line, "--uses", USES_MAX, &uses));
    TRY(read_number(c, line, "--hours", HOURS_MAX, &hours));
    const char *token = random_token(c);
    const struct registration_token_row row = { .hash = token_hash(c->arena, token),
                                                .label = label == NULL ? "" : label,
                                                .uses = uses,
                                                .expires_at = c->now + hours * HOUR };
    TRY(registration_token_add(c, &row));
    show(c, line, token, &row);
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
};
