/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_IMPORT_SEND_H
#define UAUTH_APP_IMPORT_SEND_H

/* The people of a file for a service that runs elsewhere: read here, unit by unit, and taken over
 * there (realm/admin_import.h). */

#include "app/admin_client.h"
#include "realm/import.h"
#include "realm/keycloak.h"

/* As import_people, and as admin_send. */
RESULT import_send(struct ctx *c, const struct admin_server *server,
                   const struct import_order *order, struct import_outcome *out);

/* The roles and clients of an export of Keycloak, as keycloak_apply: taken over there at once. */
RESULT import_configure(struct ctx *c, const struct admin_server *server,
                        const struct import_order *order, struct keycloak_outcome *out);

#endif
