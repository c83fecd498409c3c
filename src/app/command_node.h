/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_COMMAND_NODE_H
#define UAUTH_APP_COMMAND_NODE_H

/* Commands that act on the data folder, beside a running server or without one. */

#include "app/command.h"
#include "app/node.h"
#include "store/users.h"

typedef RESULT command_work(struct ctx *c, const struct command_line *line, struct node *node);

enum command_needs {
    NEEDS_DATABASE,
    NEEDS_KEYS /* and the signing keys */
};

/* Opens what the settings name, does `work` with it, and closes it.  The folder is there and its
 * database is of this version: else UNAVAILABLE, naming the command that helps. */
RESULT command_on_node(struct ctx *c, const struct command_line *line, enum command_needs needs,
                       command_work *work);

/* run_WORK, for the row of a command that does `work` with the database. */
#define COMMAND_RUN(work)                                                                          \
    static RESULT run_##work(struct ctx *c, const struct command_line *line)                       \
    {                                                                                              \
        return command_on_node(c, line, NEEDS_DATABASE, work);                                     \
    }

/* The user whom the command's one argument names, by id or address. */
RESULT command_user(struct ctx *c, const struct command_line *line, const struct user_row **out);

/* "active". */
const char *command_user_status(enum user_status status);

/* A user as JSON, in the open object of `w`. */
void command_write_user(struct json_writer *w, const struct user_row *user);

/* A time for people; "-" for never. */
const char *command_time(struct arena *a, int64_t at);

#endif
