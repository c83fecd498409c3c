/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_COMMAND_TENANT_H
#define UAUTH_APP_COMMAND_TENANT_H

/* What commands about tenants and roles share. */

#include "app/command_node.h"
#include "store/tenants.h"

/* The tenant called `slug_or_id`; NULL is the default one.  NOT_FOUND. */
RESULT command_tenant_find(struct ctx *c, const char *slug_or_id, const struct tenant_row **out);

/* The tenant that the command's one argument names. */
RESULT command_tenant(struct ctx *c, const struct command_line *line,
                      const struct tenant_row **out);
#define COMMAND_WHICH_TENANT "TENANT is a slug or an id."

/* The tenant that option --tenant names. */
RESULT command_tenant_option(struct ctx *c, const struct command_line *line,
                             const struct tenant_row **out);
#define COMMAND_TENANT_OPTION                                                                      \
    {                                                                                              \
        "--tenant", "TENANT", "In this tenant, by slug or id (default)", false, false              \
    }

/* Tells that `done` has happened to `what`. */
void command_done(struct ctx *c, const struct command_line *line, const char *what,
                  const char *done);

#endif
