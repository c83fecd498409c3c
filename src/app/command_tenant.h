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

/* Changes settings of the tenant as the options say; *out is left where they say nothing. */
RESULT command_tenant_set(struct ctx *c, const struct command_line *line, const char *id,
                          const struct tenant_row **out);
/* The same on a service; `tenant->settings` are those that it has then. */
RESULT command_tenant_set_there(struct ctx *c, const struct command_line *line,
                                const struct admin_server *server, struct tenant_row *tenant);
#define COMMAND_TENANT_SETTINGS                                                                    \
    "Settings, none of which may be weaker than the service's: password_min_length,\n"             \
    "session_idle_minutes, session_absolute_hours, access_token_minutes, id_token_minutes,\n"      \
    "refresh_token_days, refresh_absolute_days, and registration: invite, domains (who has an\n"   \
    "address of --domain registers without an invitation) or closed."

/*
 * Writes the export of the tenant to the file of option --export, if that was given: a new one, of
 * mode 0600, on disk when this is done.  INVALID_FIELD if there is such a file, UNAVAILABLE if it
 * cannot be written, CONFLICT if the tenant is not suspended; there is no file then.
 */
RESULT command_tenant_keep(struct ctx *c, const struct command_line *line,
                           const struct tenant_row *tenant);
struct admin_tenant;
RESULT command_tenant_keep_there(struct ctx *c, const struct command_line *line,
                                 const struct admin_server *server,
                                 const struct admin_tenant *tenant);

/* Tells that `done` has happened to `what`. */
void command_done(struct ctx *c, const struct command_line *line, const char *what,
                  const char *done);

#endif
