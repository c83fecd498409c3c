/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_COMMAND_PROVIDER_H
#define UAUTH_APP_COMMAND_PROVIDER_H

/* What the commands about providers share, here and on a server. */

#include "app/command_server.h"
#include "federation/provider_change.h"

/* A provider, wherever it is. */
struct provider_shown {
    const char *id, *kind, *name, *status, *callback, *client_id, *urls_named_by;
    const char *metadata; /* JSON */
    int64_t created_at;
};

/* Shows one, or a list of them. */
void command_provider_print(struct ctx *c, const struct command_line *line,
                            const struct provider_shown *p);
void command_provider_print_list(struct ctx *c, const struct command_line *line,
                                 const struct provider_shown *at, size_t n);

/* Tells that it is removed. */
void command_provider_removed(struct ctx *c, const struct command_line *line, const char *id);

/* The secret that options name, or NULL: read once, before any transaction. */
RESULT command_provider_secret(struct ctx *c, const struct command_line *line, const char **out);

/* What the other options say, put over `wanted`.  INVALID_FIELD. */
RESULT command_provider_read(struct ctx *c, const struct command_line *line,
                             struct provider_wanted *wanted);

/* The commands on a server. */
RESULT command_provider_create_there(struct ctx *c, const struct command_line *line,
                                     const struct admin_server *server);
RESULT command_provider_list_there(struct ctx *c, const struct command_line *line,
                                   const struct admin_server *server);
RESULT command_provider_show_there(struct ctx *c, const struct command_line *line,
                                   const struct admin_server *server);
RESULT command_provider_update_there(struct ctx *c, const struct command_line *line,
                                     const struct admin_server *server);
RESULT command_provider_erase_there(struct ctx *c, const struct command_line *line,
                                    const struct admin_server *server);

#endif
