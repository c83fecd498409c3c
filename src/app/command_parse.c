/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command.h"

#include "base/text.h"

#include <string.h>
#include <unistd.h>

/* What is being understood, and where it goes. */
struct parsing {
    struct ctx *c;
    const char *const *at;
    size_t n, next;
    struct command_line *out;
    struct command_given *given;
    const char **flags;
};

static RESULT wrong(struct parsing *p, const char *what, const char *word, const char *nearest)
{
    struct arena *a = p->c->arena;
    const char *hint = nearest == NULL ? "" : text_printf(a, "; did you mean %s?", nearest);
    return fail_say(p->c, INVALID_REQUEST, text_printf(a, "%s: %s%s", word, what, hint), "%s: %s",
                    word, what);
}

/* How many words of the command line `name` ("user create") takes, or 0 if it does not stand there.
 */
static size_t words_matched(struct parsing *p, const char *name)
{
    struct texts words = text_split(p->c->arena, name, ' ');
    if (words.n > p->n)
        return 0;
    for (size_t i = 0; i < words.n; i++)
        if (!text_equal(words.at[i], p->at[i]))
            return 0;
    return words.n;
}

/* What may follow the first word ("create, list, show" for "user"), or NULL: it begins no command.
 */
static const char *second_words(struct parsing *p)
{
    size_t n = 0, found = 0;
    const struct command *const *all = commands(&n);
    struct text_buffer out = text_buffer(p->c->arena);
    const char *first = text_printf(p->c->arena, "%s ", p->at[0]);
    for (size_t i = 0; i < n; i++)
        if (text_starts(all[i]->name, first))
            text_addf(&out, "%s%s", found++ == 0 ? "" : ", ", all[i]->name + strlen(first));
    return found == 0 ? NULL : text_of(&out);
}

static RESULT no_command(struct parsing *p)
{
    size_t n = 0;
    const struct command *const *all = commands(&n);
    const char **names = ARENA_NEWS(p->c->arena, const char *, n);
    for (size_t i = 0; i < n; i++)
        names[i] = all[i]->name;
    const char *said = p->n > 1 && p->at[1][0] != '-'
                           ? text_printf(p->c->arena, "%s %s", p->at[0], p->at[1])
                           : p->at[0];
    const char *nearest = text_nearest(said, names, n);
    const char *next = second_words(p);
    if (nearest == NULL && next != NULL)
        return wrong(p, text_printf(p->c->arena, "after this comes one of: %s", next), p->at[0],
                     NULL);
    return wrong(p, "there is no such command; uauth --help lists them", said, nearest);
}

static RESULT find_command(struct parsing *p)
{
    size_t n = 0;
    const struct command *const *all = commands(&n);
    for (size_t i = 0; i < n; i++) {
        size_t matched = words_matched(p, all[i]->name);
        if (matched > p->next) {
            p->out->command = all[i];
            p->next = matched;
        }
    }
    return p->out->command != NULL ? ok() : no_command(p);
}

static const struct command_option *find_option(const struct command *command, const char *name)
{
    for (size_t i = 0; i < command_options_n(command); i++)
        if (text_equal(command_option_at(command, i)->name, name))
            return command_option_at(command, i);
    return NULL;
}

static bool is_setting(const char *name)
{
    size_t n = 0;
    const struct config_row *rows = config_rows(&n);
    for (size_t i = 0; i < n; i++)
        if (text_equal(rows[i].flag, name))
            return true;
    return false;
}

static const char *nearest_option(struct parsing *p, const char *name)
{
    const struct command *command = p->out->command;
    size_t rows_n = 0, n = 0;
    const struct config_row *rows = config_rows(&rows_n);
    const char **names =
        ARENA_NEWS(p->c->arena, const char *, command_options_n(command) + rows_n + 3);
    for (size_t i = 0; i < command_options_n(command); i++)
        names[n++] = command_option_at(command, i)->name;
    for (size_t i = 0; i < rows_n; i++)
        names[n++] = rows[i].flag;
    names[n++] = "--json";
    names[n++] = "--help";
    names[n++] = "--config";
    return text_nearest(name, names, n);
}

/* "--name=value" or the word behind "--name". */
static RESULT take_value(struct parsing *p, const char *name, const char *inline_value,
                         const char **out)
{
    if (inline_value == NULL && p->next == p->n)
        return wrong(p, "this option needs a value", name, NULL);
    *out = inline_value != NULL ? inline_value : p->at[p->next++];
    return ok();
}

static RESULT take_command_option(struct parsing *p, const struct command_option *option,
                                  const char *inline_value)
{
    const char *value = "";
    if (option->value != NULL)
        TRY(take_value(p, option->name, inline_value, &value));
    else if (inline_value != NULL)
        return wrong(p, "this option takes no value", option->name, NULL);
    if (!option->many && command_has(p->out, option->name))
        return wrong(p, "this option is given twice", option->name, NULL);
    p->given[p->out->given_n++] = (struct command_given){ option, value };
    return ok();
}

static RESULT take_option(struct parsing *p, const char *word)
{
    const char *equals = strchr(word, '=');
    size_t n = equals == NULL ? strlen(word) : (size_t)(equals - word);
    const char *name = text_copy(p->c->arena, word, n);
    const char *inline_value = equals == NULL ? NULL : equals + 1;
    const struct command_option *option = find_option(p->out->command, name);
    if (option != NULL)
        return take_command_option(p, option, inline_value);
    if (text_equal(name, "--json") && inline_value == NULL) {
        p->out->json = true;
        return ok();
    }
    if (text_equal(name, "--help") && inline_value == NULL) {
        p->out->help = true;
        return ok();
    }
    const char *value = NULL;
    if (text_equal(name, "--config")) {
        TRY(take_value(p, name, inline_value, &value));
        p->out->settings.file_path = value;
        return ok();
    }
    if (text_equal(name, "--server") || text_equal(name, "--token-file"))
        return wrong(p,
                     text_printf(p->c->arena, "this command does not act on a server: %s",
                                 p->out->command->here),
                     name, NULL);
    if (!is_setting(name))
        return wrong(p, "there is no such option", name, nearest_option(p, name));
    TRY(take_value(p, name, inline_value, &value));
    p->flags[p->out->settings.flags_n * 2] = name;
    p->flags[p->out->settings.flags_n * 2 + 1] = value;
    p->out->settings.flags_n++;
    return ok();
}

static RESULT check_complete(struct parsing *p)
{
    const struct command *command = p->out->command;
    if (command->arguments == NULL && p->out->arguments.n > 0)
        return wrong(p, "this command takes no argument", p->out->arguments.at[0], NULL);
    for (size_t i = 0; i < command->options_n; i++)
        if (command->options[i].required && !command_has(p->out, command->options[i].name))
            return wrong(p,
                         text_printf(p->c->arena,
                                     "this option is needed; uauth %s --help tells more",
                                     command->name),
                         command->options[i].name, NULL);
    return ok();
}

RESULT command_parse(struct ctx *c, const char *const *arguments, size_t n,
                     struct command_line *out)
{
    *out = (struct command_line){ .terminal = isatty(STDOUT_FILENO) == 1 };
    bool asks = n > 0 && text_equal(arguments[0], "help");
    if (n == 0 || arguments[0][0] == '-' || (asks && n == 1))
        return ok();
    if (asks) {
        out->help = true;
        arguments++;
        n--;
    }
    struct parsing p = { c,
                         arguments,
                         n,
                         0,
                         out,
                         ARENA_NEWS(c->arena, struct command_given, n),
                         ARENA_NEWS(c->arena, const char *, n * 2) };
    out->given = p.given;
    out->settings.flags = p.flags;
    out->arguments.at = ARENA_NEWS(c->arena, const char *, n);
    TRY(find_command(&p));
    bool options_end = false;
    while (p.next < n) {
        const char *word = arguments[p.next++];
        if (!options_end && text_equal(word, "--"))
            options_end = true;
        else if (!options_end && text_starts(word, "--"))
            TRY(take_option(&p, word));
        else
            out->arguments.at[out->arguments.n++] = word;
    }
    return out->help ? ok() : check_complete(&p);
}
