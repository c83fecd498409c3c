/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_IMPORT_SEND_H
#define UAUTH_APP_IMPORT_SEND_H

/* The people of a file for a service that runs elsewhere: read here, unit by unit, and taken over
 * there (realm/admin_import.h). */

#include "app/admin_client.h"
#include "realm/import.h"

/* As import_people, of a format that keeps nothing of other files; and as admin_send. */
RESULT import_send(struct ctx *c, const struct admin_server *server,
                   const struct import_order *order, struct import_outcome *out);

#endif
