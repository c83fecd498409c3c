/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth migrate: brings the database to the schema of this program.
 */
#include "app/command_node.h"
#include "app/commands.h"

#include "base/text.h"

static void show(struct ctx *c, const struct command_line *line, const struct migrations_due *due,
                 bool dry)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_array(&w, dry ? "due" : "applied");
    for (size_t i = 0; i < due->n; i++) {
        json_text(&w, NULL, due->at[i].name);
        command_say(line, "%s %s\n", dry ? "due:    " : "applied:", due->at[i].name);
    }
    json_array_end(&w);
    json_object_end(&w);
    if (due->n == 0)
        command_say(line, "The database is up to date.\n");
    command_show(line, &w);
}

static RESULT run_migrate(struct ctx *c, const struct command_line *line)
{
    struct node_plan plan = { .config = c->config, .use = DB_COMMAND, .make = true };
    struct migrations_due due;
    struct node *node = NULL;
    bool dry = command_has(line, "--dry-run");
    TRY(node_plan_migrations(c, &plan, &due));
    if (!dry && due.n > 0) {
        TRY(node_open(c, &plan, &node));
        node_close(node);
    }
    show(c, line, &due, dry);
    return ok();
}

static const struct command_option options[] = {
    { "--dry-run", NULL, "Only say what would be done", false, false },
};

const struct command command_migrate = {
    .name = "migrate",
    .summary = "Bring the database to the schema of this program",
    .details = "Each step is one transaction, done once; there is no way back, so make a backup "
               "first.\nuauth serve migrates by itself when it starts.",
    .options = options,
    .options_n = sizeof options / sizeof options[0],
    .run = run_migrate,
};
