/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth completion: a script that teaches a shell the commands and their options, made from the
 * same tables.
 */
#include "app/command.h"
#include "app/commands.h"

#include "base/text.h"

#include <stdio.h>

/* The words of one command's options, with spaces between. */
static const char *option_words(struct arena *a, const struct command *command)
{
    struct text_buffer out = text_buffer(a);
    for (size_t i = 0; i < command_options_n(command); i++)
        text_addf(&out, "%s ", command_option_at(command, i)->name);
    text_add(&out, "--json --config --help");
    size_t n = 0;
    const struct config_row *rows = config_rows(&n);
    for (size_t i = 0; i < n; i++)
        text_addf(&out, " %s", rows[i].flag);
    return text_of(&out);
}

/* The words that may come first, and behind each first word the second. */
static const char *next_words(struct arena *a, const char *first)
{
    size_t n = 0;
    const struct command *const *all = commands(&n);
    struct texts words = { ARENA_NEWS(a, const char *, n), 0 };
    for (size_t i = 0; i < n; i++) {
        struct texts parts = text_split(a, all[i]->name, ' ');
        const char *word = NULL;
        if (first == NULL)
            word = parts.at[0];
        else if (parts.n > 1 && text_equal(parts.at[0], first))
            word = parts.at[1];
        if (word != NULL && !texts_hold(words, word))
            words.at[words.n++] = word;
    }
    return text_join(a, words, " ");
}

static const char *bash_script(struct arena *a)
{
    struct text_buffer out = text_buffer(a);
    size_t n = 0;
    const struct command *const *all = commands(&n);
    text_add(&out, "_uauth() {\n"
                   "    local word=${COMP_WORDS[COMP_CWORD]} words=\n"
                   "    case \"${COMP_WORDS[*]:1:COMP_CWORD-1} \" in\n");
    for (size_t i = 0; i < n; i++)
        text_addf(&out, "    '%s '*) words='%s' ;;\n", all[i]->name, option_words(a, all[i]));
    for (size_t i = 0; i < n; i++) {
        struct texts parts = text_split(a, all[i]->name, ' ');
        if (parts.n > 1)
            text_addf(&out, "    '%s ') words='%s' ;;\n", parts.at[0], next_words(a, parts.at[0]));
    }
    text_addf(&out, "    ' ') words='%s --help --version' ;;\n    esac\n", next_words(a, NULL));
    text_add(&out, "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n}\n"
                   "complete -o default -F _uauth uauth\n");
    return text_of(&out);
}

/* zsh and fish read the words by asking bash's way: zsh has a bridge, fish takes lines. */
static const char *zsh_script(struct arena *a)
{
    return text_printf(a, "autoload -U +X bashcompinit && bashcompinit\n%s", bash_script(a));
}

static void add_fish_command(struct text_buffer *out, const struct command *command)
{
    struct texts parts = text_split(out->arena, command->name, ' ');
    const char *seen = text_join(out->arena, parts, "; and __fish_seen_subcommand_from ");
    const char *last = parts.at[parts.n - 1];
    const char *when = parts.n > 1
                           ? text_printf(out->arena, "__fish_seen_subcommand_from %s", parts.at[0])
                           : "__fish_use_subcommand";
    text_addf(out, "complete -c uauth -f -n '%s' -a %s -d '%s'\n", when, last, command->summary);
    for (size_t i = 0; i < command_options_n(command); i++) {
        const struct command_option *option = command_option_at(command, i);
        text_addf(out, "complete -c uauth -n '__fish_seen_subcommand_from %s' -l %s -d '%s'%s\n",
                  seen, option->name + 2, option->summary, option->value != NULL ? " -r" : "");
    }
}

static const char *fish_script(struct arena *a)
{
    struct text_buffer out = text_buffer(a);
    size_t n = 0;
    const struct command *const *all = commands(&n);
    for (size_t i = 0; i < n; i++)
        add_fish_command(&out, all[i]);
    return text_of(&out);
}

static const struct shell {
    const char *name;
    const char *(*script)(struct arena *a);
} shells[] = { { "bash", bash_script }, { "zsh", zsh_script }, { "fish", fish_script } };

static RESULT run_completion(struct ctx *c, const struct command_line *line)
{
    const char *wanted = line->arguments.n == 1 ? line->arguments.at[0] : "";
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (!text_equal(shells[i].name, wanted))
            continue;
        (void)fputs(shells[i].script(c->arena), stdout);
        return ok();
    }
    return fail_field(c, INVALID_FIELD, "completion", "Name one shell: bash, zsh or fish.");
}

const struct command command_completion = {
    .name = "completion",
    .summary = "Print a completion script for bash, zsh or fish",
    .arguments = "SHELL",
    .details = "Load it with: source <(uauth completion bash)",
    .quiet_setup = true,
    .here = "it prints what is in the program",
    .run = run_completion,
};
