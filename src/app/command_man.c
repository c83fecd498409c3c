/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth man: manual pages, made from the tables of commands and settings.
 */
#include "app/command.h"
#include "app/commands.h"

#include "base/text.h"

#include <stdio.h>

static RESULT run_man(struct ctx *c, const struct command_line *line)
{
    size_t n = 0;
    const struct command *const *all = commands(&n);
    const char *name = text_join(c->arena, line->arguments, " ");
    if (name[0] == '\0') {
        (void)fputs(command_manual(c->arena, NULL), stdout);
        return ok();
    }
    for (size_t i = 0; i < n; i++) {
        if (!text_equal(all[i]->name, name))
            continue;
        (void)fputs(command_manual(c->arena, all[i]), stdout);
        return ok();
    }
    return fail_say(c, INVALID_REQUEST, "There is no such command: uauth --help lists them.",
                    "no command %s", name);
}

const struct command command_man = {
    .name = "man",
    .summary = "Print a manual page",
    .arguments = "[COMMAND]",
    .details = "Read it with: uauth man | man -l -",
    .quiet_setup = true,
    .here = "it prints what is in the program",
    .run = run_man,
};
