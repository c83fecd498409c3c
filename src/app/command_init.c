/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth init: makes what serve would make at its first start, so that commands can be run before.
 */
#include "app/command_node.h"
#include "app/commands.h"

#include "store/setup.h"

static RESULT finish(struct ctx *c, const struct command_line *line, struct node *node)
{
    bool open = false;
    TRY(node_open_keys(c, node));
    TRY(setup_is_open(c, &open));
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "data_dir", c->config->data_dir);
    json_bool(&w, "has_administrator", !open);
    json_object_end(&w);
    command_show(line, &w);
    command_say(line, "The data folder %s is ready.\n", c->config->data_dir);
    if (open)
        command_say(line, "Make the first administrator:  uauth user create --role admin --email "
                          "you@example.com --name \"Your Name\"\n");
    return ok();
}

static RESULT run_init(struct ctx *c, const struct command_line *line)
{
    struct node *node = NULL;
    TRY(node_open(c, &(struct node_plan){ .config = c->config, .use = DB_COMMAND, .make = true },
                  &node));
    err done = finish(c, line, node);
    node_close(node);
    return done;
}

const struct command command_init = {
    .name = "init",
    .summary = "Make the data folder, its database and its keys",
    .details = "What is there already is kept.  uauth serve does the same by itself.",
    .here = "it makes the data folder",
    .run = run_init,
};
