/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth config: each setting, its value and where that came from.  Secrets are not shown.
 */
#include "app/command.h"
#include "app/commands.h"

#include "base/text.h"

#include <stdio.h>

static void print_json(struct ctx *c, const struct command_line *line)
{
    size_t n = 0;
    const struct config_row *rows = config_rows(&n);
    struct json_writer w = json_writer(c->arena);
    json_array(&w, NULL);
    for (size_t i = 0; i < n; i++) {
        json_object(&w, NULL);
        json_text(&w, "name", rows[i].name);
        json_text(&w, "variable", rows[i].variable);
        json_text(&w, "value", config_show(c->arena, c->config, &rows[i]));
        json_text(&w, "source", line->sources->from[i]);
        json_text(&w, "summary", rows[i].summary);
        json_object_end(&w);
    }
    json_array_end(&w);
    (void)printf("%s\n", json_written(&w));
}

static RESULT run_config(struct ctx *c, const struct command_line *line)
{
    if (line->json) {
        print_json(c, line);
        return ok();
    }
    static const char *const titles[] = { "SETTING", "VALUE", "SOURCE" };
    size_t n = 0, shown = 0;
    const struct config_row *rows = config_rows(&n);
    const char **cells = ARENA_NEWS(c->arena, const char *, n * 3);
    for (size_t i = 0; i < n; i++) {
        bool is_default = text_equal(line->sources->from[i], "default");
        if (is_default && command_has(line, "--changed"))
            continue;
        cells[shown * 3] = rows[i].variable;
        cells[shown * 3 + 1] = config_show(c->arena, c->config, &rows[i]);
        cells[shown * 3 + 2] = line->sources->from[i];
        shown++;
    }
    if (shown == 0)
        command_say(line, "Every setting is at its default.\n");
    else
        command_print_table(c->arena, titles, 3, cells, shown);
    return ok();
}

static const struct command_option options[] = {
    { "--changed", NULL, "Show only what is not at its default", false, false },
};

const struct command command_config = {
    .name = "config",
    .summary = "Print each setting, its value and where it came from",
    COMMAND_OPTIONS(options),
    .as_written = true,
    .here = "settings are read where the service starts",
    .run = run_config,
};
