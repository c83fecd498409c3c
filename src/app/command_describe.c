/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth describe: the tables that say what the service does, as pages for people or machines.
 */
#include "app/command.h"
#include "app/commands.h"
#include "app/describe.h"

#include <stdio.h>

static void list_pages(struct ctx *c, const struct command_line *line)
{
    size_t n = 0;
    const struct describe_page *const *pages = describe_pages(&n);
    struct json_writer w = json_writer(c->arena);
    json_array(&w, NULL);
    for (size_t i = 0; i < n; i++) {
        json_text(&w, NULL, pages[i]->name);
        command_say(line, "%s\n", pages[i]->name);
    }
    json_array_end(&w);
    command_show(line, &w);
}

static const struct describe_page *find_page(const char *name)
{
    size_t n = 0;
    const struct describe_page *const *pages = describe_pages(&n);
    for (size_t i = 0; i < n; i++)
        if (text_equal(pages[i]->name, name))
            return pages[i];
    return NULL;
}

static RESULT run_describe(struct ctx *c, const struct command_line *line)
{
    const char *name = NULL;
    if (line->arguments.n == 0) {
        list_pages(c, line);
        return ok();
    }
    TRY(command_argument(c, line, "the name of a table", &name));
    const struct describe_page *page = find_page(name);
    if (page == NULL)
        return fail_say(c, INVALID_REQUEST, "There is no such table: uauth describe names them.",
                        "no table %s", name);
    (void)fputs(line->json ? describe_json(c, page) : describe_markdown(c, page), stdout);
    return ok();
}

const struct command command_describe = {
    .name = "describe",
    .summary = "Print a table of what the service does, or the names of all",
    .arguments = "[TABLE]",
    .details = "A page in Markdown, or with --json its rows.  The pages of docs/reference are made "
               "so.",
    .quiet_setup = true,
    .here = "it prints what is in the program",
    .run = run_describe,
};
