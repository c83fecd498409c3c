/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_COMMAND_H
#define UAUTH_APP_COMMAND_H

/*
 * A command is one file that ends in one `const struct command`, and one line in commands.c.  The
 * row is what parses the command line, prints --help, makes the manual page and the shell
 * completion.
 *
 * Every command also takes each setting as a flag (base/config.def), --config FILE, --json and
 * --help. Exit codes: 0 done, 1 failed, 2 the command line is wrong.  Results go to standard
 * output, everything else to standard error.  Secrets are read from standard input or a file, never
 * from the command line.
 */

#include "base/config.h"
#include "base/ctx.h"
#include "base/json_writer.h"

struct admin_server;
struct command_line;

/* An option of one command; `value` is what it takes, in capitals, or NULL for a switch. */
struct command_option {
    const char *name; /* "--email" */
    const char *value;
    const char *summary;
    bool required;
    bool many; /* may be given several times */
};

struct command {
    const char *name;      /* "user create" */
    const char *summary;   /* one sentence without full stop */
    const char *arguments; /* what stands after the options, "[KID]", or NULL: nothing may */
    const char *details;   /* paragraphs for --help and the manual, or NULL */
    const struct command_option *options;
    size_t options_n;
    const char *here; /* why it has no `there`: "it makes the data folder"; NULL: it has one */
    bool quiet_setup; /* needs no configuration: it is not read */
    bool as_written;  /* settings that refer to a key vault are not followed there */
    bool serves;      /* its log tells of what goes on; that of others of what is wrong only */
    RESULT (*run)(struct ctx *c, const struct command_line *line);
    RESULT(*there)
    (struct ctx *c, const struct command_line *line,
     const struct admin_server *server); /* the same on a service that runs elsewhere, for whoever
                                            gives --token-file; NULL: it is done here only */
};

/* The options of a command, an array. */
#define COMMAND_OPTIONS(rows) .options = (rows), .options_n = sizeof(rows) / sizeof((rows)[0])

/* A command line that has been understood. */
struct command_line {
    const struct command *command;
    const char *program; /* argv[0] */
    bool help;           /* --help: the rest has not been checked */
    bool json;           /* --json */
    bool terminal;       /* standard output is one */
    struct texts arguments;
    const struct command_given *given;
    size_t given_n;
    struct config_input settings; /* for config_load */
    const struct config_sources *sources;
    int *exit_status; /* what a command that says so in its details ends with; -1: as above */
};
struct command_given {
    const struct command_option *option;
    const char *value; /* "" for a switch */
};

/* The options of `command`: its own, then those that say on which service it acts. */
size_t command_options_n(const struct command *command);
const struct command_option *command_option_at(const struct command *command, size_t i);

/* The value of option `name`, the last if it was given several times; NULL if it was not given. */
const char *command_value(const struct command_line *line, const char *name);

/* All values of option `name`, in order. */
struct texts command_values(struct arena *a, const struct command_line *line, const char *name);

bool command_has(const struct command_line *line, const char *name);

/*
 * Reads a secret: from standard input if the switch `name`-stdin was given, from the file of
 * `name`-file if that was; *out is NULL if neither was.  One line without its end; at most
 * COMMAND_SECRET_MAX bytes; empty is INVALID_FIELD.
 */
enum { COMMAND_SECRET_MAX = 8192 };
RESULT command_secret(struct ctx *c, const struct command_line *line, const char *name,
                      const char **out);

/* The same from the file `path`, or from standard input if that is NULL. */
RESULT command_secret_from(struct ctx *c, const char *path, const char *name, const char **out);

/*
 * Asks whoever sits at the terminal for a new password, twice, without showing it.  INVALID_FIELD
 * (`name`) if standard input is no terminal, the two differ, or it was given up.
 */
RESULT command_ask(struct ctx *c, const char *name, const char **out);

/* The one argument that the command takes; INVALID_REQUEST, saying `what` it is, if there is none
 * or there are more. */
RESULT command_argument(struct ctx *c, const struct command_line *line, const char *what,
                        const char **out);

/* The commands, in the order of --help (commands.c). */
const struct command *const *commands(size_t *n);

/*
 * Understands `arguments` (without the program's name); "help X" is "X --help".  INVALID_REQUEST
 * with what is wrong and the nearest name; `out->command` is NULL for the bare help, --help,
 * --version and no arguments at all.
 */
RESULT command_parse(struct ctx *c, const char *const *arguments, size_t n,
                     struct command_line *out);

/* The text of --help: of the program if `command` is NULL. */
const char *command_help(struct arena *a, const struct command *command);

/* The manual page in mdoc: of the program if `command` is NULL. */
const char *command_manual(struct arena *a, const struct command *command);

/* A line of text for people, or nothing if the output is JSON. */
void command_say(const struct command_line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* `code` (ECMA-48 8.3.117) where a terminal shows colours; else "". */
const char *command_colour(const struct command_line *line, const char *code);

/* What was done, as JSON: only if JSON was asked for. */
void command_show(const struct command_line *line, struct json_writer *w);

/* A table for people: `cells` row by row, columns as wide as they need. */
void command_print_table(struct arena *a, const char *const *titles, size_t columns,
                         const char *const *cells, size_t rows);

#endif
