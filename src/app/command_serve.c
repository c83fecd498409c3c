/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth serve: the service itself.
 */
#include "app/command.h"
#include "app/commands.h"
#include "app/node.h"
#include "app/routes.h"
#include "app/serve.h"
#include "net/http_server.h"

static RESULT serve_on(struct ctx *c, const struct command_line *line, struct node *node)
{
    TRY(node_open_keys(c, node));
    return serve(c, &(struct serving){ .node = node,
                                       .settings = &line->settings,
                                       .program = line->program,
                                       .terminal = line->terminal });
}

static RESULT run_serve(struct ctx *c, const struct command_line *line)
{
    struct node *node = NULL;
    size_t rows = 0;
    (void)routes(&rows);
    /* Before any thread is made. */
    http_server_block_signals();
    TRY(node_open(
        c, &(struct node_plan){ .config = c->config, .use = DB_SERVER, .make = true, .rows = rows },
        &node));
    err served = serve_on(c, line, node);
    node_close(node);
    return served;
}

const struct command command_serve = {
    .name = "serve",
    .summary = "Run the service",
    .details =
        "Makes what is missing: data folder, database, keys.  Without an administrator it makes a\n"
        "setup code, and says how to use it.  SIGHUP reads the settings anew, with certificates "
        "and\nkey files; SIGTERM ends it when the requests under way are answered.",
    .serves = true,
    .here = "it is the service",
    .run = run_serve,
};
