/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_COMMAND_SERVER_H
#define UAUTH_APP_COMMAND_SERVER_H

/* Commands that act on a service that runs elsewhere, for who has a token of an administrator. */

#include "api/admin_tenants.h"
#include "api/admin_users.h"
#include "app/admin_client.h"
#include "app/command.h"
#include "store/users.h"

/* Whether it is to act on a service: one of --server and --token-file is given. */
bool command_acts_there(const struct command_line *line);

/* Does it on that service.  INVALID_FIELD if no token is given; as admin_client_open. */
RESULT command_on_server(struct ctx *c, const struct command_line *line);

/* Makes the call without reading what is answered. */
RESULT command_do_there(struct ctx *c, const struct admin_server *server, const char *method,
                        const char *path);

/* The user of the token's tenant whom the command's one argument names, by id or address, with all
 * that the service tells of one. */
RESULT command_user_there(struct ctx *c, const struct command_line *line,
                          const struct admin_server *server, struct admin_user *out);
RESULT command_find_user_there(struct ctx *c, const struct admin_server *server, const char *who,
                               struct admin_user *out);

/* What a service tells of a user, as a row. */
struct user_row command_user_row(const struct admin_user *user);

/* The tenant called `slug_or_id`; NULL is the default one.  Who is no operator reaches their own.
 * NOT_FOUND. */
RESULT command_tenant_there(struct ctx *c, const struct admin_server *server,
                            const char *slug_or_id, struct admin_tenant *out);

/* The tenant that the command's one argument names. */
RESULT command_tenant_named_there(struct ctx *c, const struct command_line *line,
                                  const struct admin_server *server, struct admin_tenant *out);

/* In which tenant option --tenant lets a call act; NULL: it is not given, the token says it. */
RESULT command_acting_tenant(struct ctx *c, const struct command_line *line,
                             const struct admin_server *server, const char **id);

#endif
