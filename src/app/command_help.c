/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command.h"

#include "base/text.h"

#include <stdint.h>
#include <string.h>

enum { HELP_WIDTH = 90 };

static const char about[] =
    "uauth is an authentication service: users, sessions, second factors, tokens.";

static const char *option_form(struct arena *a, const struct command_option *option)
{
    return option->value == NULL ? option->name
                                 : text_printf(a, "%s %s", option->name, option->value);
}

/* "uauth user create --email ADDRESS [--name NAME] [ARGUMENT]", in lines of at most `width`. */
static const char *synopsis(struct arena *a, const struct command *command, size_t width)
{
    struct text_buffer out = text_buffer(a);
    text_addf(&out, "uauth %s", command->name);
    size_t column = strlen("uauth ") + strlen(command->name);
    for (size_t i = 0; i <= command_options_n(command); i++) {
        const struct command_option *option =
            i < command_options_n(command) ? command_option_at(command, i) : NULL;
        const char *part = option == NULL ? command->arguments
                                          : text_printf(a, option->required ? "%s" : "[%s]",
                                                        option_form(a, option));
        if (part == NULL)
            continue;
        bool fits = column + 1 + strlen(part) <= width;
        text_addf(&out, "%s%s", fits ? " " : "\n    ", part);
        column = fits ? column + 1 + strlen(part) : strlen("    ") + strlen(part);
    }
    return text_of(&out);
}

static size_t widest(struct arena *a, const struct command *command)
{
    size_t width = strlen("--config FILE");
    for (size_t i = 0; i < command_options_n(command); i++) {
        size_t n = strlen(option_form(a, command_option_at(command, i)));
        width = n > width ? n : width;
    }
    return width;
}

static const char *help_of_command(struct arena *a, const struct command *command)
{
    struct text_buffer out = text_buffer(a);
    text_addf(&out, "%s\n\n%s\n\n", synopsis(a, command, HELP_WIDTH), command->summary);
    if (command->details != NULL)
        text_addf(&out, "%s\n\n", command->details);
    if (command->here != NULL)
        text_addf(&out, "Here only: %s.\n\n", command->here);
    int width = (int)widest(a, command);
    text_add(&out, "Options\n");
    for (size_t i = 0; i < command_options_n(command); i++)
        text_addf(&out, "  %-*s  %s%s\n", width, option_form(a, command_option_at(command, i)),
                  command_option_at(command, i)->summary,
                  command_option_at(command, i)->required ? " (needed)" : "");
    text_addf(&out, "  %-*s  %s\n", width, "--json", "Print JSON instead of text");
    text_addf(&out, "  %-*s  %s\n", width, "--config FILE", "Read settings from FILE");
    text_addf(&out, "  %-*s  %s\n", width, "--help", "Print this text");
    text_add(&out,
             "\nEvery setting is also an option, such as --data-dir PATH: see uauth config.\n");
    return text_of(&out);
}

static const char *help_of_program(struct arena *a)
{
    struct text_buffer out = text_buffer(a);
    text_addf(&out, "%s\n\nuauth COMMAND [OPTIONS]\n\nCommands\n", about);
    size_t n = 0;
    const struct command *const *all = commands(&n);
    int width = 0;
    for (size_t i = 0; i < n; i++)
        width = (int)strlen(all[i]->name) > width ? (int)strlen(all[i]->name) : width;
    for (size_t i = 0; i < n; i++)
        text_addf(&out, "  %-*s  %s\n", width, all[i]->name, all[i]->summary);
    text_add(&out, "\nuauth COMMAND --help tells more; uauth --version prints the version.\n");
    return text_of(&out);
}

const char *command_help(struct arena *a, const struct command *command)
{
    return command == NULL ? help_of_program(a) : help_of_command(a, command);
}

/* mdoc takes a leading dot or quote for a request, and a backslash for an escape. */
static void add_manual_text(struct text_buffer *out, const char *text)
{
    bool line_begins = true;
    for (; *text != '\0'; text++) {
        if (line_begins && (*text == '.' || *text == '\''))
            text_add(out, "\\&");
        if (*text == '\\')
            text_add(out, "\\e");
        else if (line_begins && *text == '\n')
            text_add(out, ".Pp\n");
        else if (*text == '-')
            text_add(out, "\\-");
        else
            text_add_bytes(out, text, 1);
        line_begins = *text == '\n';
    }
}

static void add_manual_option(struct text_buffer *out, const char *form, const char *summary)
{
    text_add(out, ".It ");
    add_manual_text(out, form);
    text_add(out, "\n");
    add_manual_text(out, summary);
    text_add(out, "\n");
}

static void add_manual_options(struct text_buffer *out, const struct command *command)
{
    text_add(out, ".Sh OPTIONS\n.Bl -tag -width Ds\n");
    for (size_t i = 0; i < command_options_n(command); i++)
        add_manual_option(out, option_form(out->arena, command_option_at(command, i)),
                          command_option_at(command, i)->summary);
    text_add(out, ".El\n");
}

static void add_manual_index(struct text_buffer *out)
{
    size_t n = 0;
    const struct command *const *all = commands(&n);
    text_add(out, ".Sh COMMANDS\n.Bl -tag -width Ds\n");
    for (size_t i = 0; i < n; i++)
        add_manual_option(out, all[i]->name, all[i]->summary);
    text_add(out, ".El\n.Sh SETTINGS\n.Bl -tag -width Ds\n");
    const struct config_row *rows = config_rows(&n);
    for (size_t i = 0; i < n; i++)
        add_manual_option(out, text_printf(out->arena, "%s, %s", rows[i].variable, rows[i].flag),
                          rows[i].summary);
    text_add(out, ".El\n");
}

/* "uauth", or "uauth-user-create": the name of the page, and of the file it is installed as. */
static const char *manual_name(struct arena *a, const struct command *command)
{
    if (command == NULL)
        return "uauth";
    return text_printf(a, "uauth-%s", text_join(a, text_split(a, command->name, ' '), "-"));
}

static void add_manual_title(struct text_buffer *out, const char *name)
{
    text_add(out, ".Dd $Mdocdate$\n.Dt ");
    for (const char *at = name; *at != '\0'; at++) {
        char upper = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
        text_add_bytes(out, &upper, 1);
    }
    text_addf(out, " 1\n.Os\n.Sh NAME\n.Nm %s\n.Nd ", name);
}

static void add_manual_description(struct text_buffer *out, const struct command *command)
{
    if (command->details == NULL && command->here == NULL)
        return;
    text_add(out, ".Sh DESCRIPTION\n");
    if (command->details != NULL) {
        add_manual_text(out, command->details);
        text_add(out, "\n");
    }
    if (command->here != NULL)
        add_manual_text(out, text_printf(out->arena, "Here only: %s.\n", command->here));
}

const char *command_manual(struct arena *a, const struct command *command)
{
    struct text_buffer out = text_buffer(a);
    add_manual_title(&out, manual_name(a, command));
    add_manual_text(&out, command == NULL ? about : command->summary);
    text_add(&out, "\n.Sh SYNOPSIS\n");
    add_manual_text(&out,
                    command == NULL ? "uauth COMMAND [OPTIONS]" : synopsis(a, command, SIZE_MAX));
    text_add(&out, "\n");
    if (command != NULL)
        add_manual_description(&out, command);
    if (command == NULL)
        add_manual_index(&out);
    else
        add_manual_options(&out, command);
    text_add(&out, ".Sh EXIT STATUS\n0: done; 1: failed; 2: the command line is wrong.\n");
    return text_of(&out);
}
