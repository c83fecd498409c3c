/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_FEDERATION_CALLBACK_H
#define UAUTH_FEDERATION_CALLBACK_H

/* Where browsers come back to (RFC 6749 4.1.2), by a query or by a form that the provider's page
 * posts. */

#include "base/shape.h"
#include "web/req.h"

struct callback {
    const char *code, *state, *error, *iss;
    const char *admin_consent, *tenant; /* of Entra (federation/consent.h) */
    const char *user;                   /* of Apple: JSON, the first time */
};
SHAPE_OPEN(callback, FIELD(callback, code, SECRET, 1, 8192, "Authorization code"),
           FIELD(callback, state, OPTIONAL, 1, 128, "What was sent there"),
           FIELD(callback, error, OPTIONAL, 1, 256, "What went wrong there"),
           FIELD(callback, iss, OPTIONAL, 1, 2048, "Whose answer it is (RFC 9207)"),
           FIELD(callback, admin_consent, OPTIONAL, 0, 16, "Entra: an administrator consented"),
           FIELD(callback, tenant, OPTIONAL, 0, 64, "Entra: of which tenant, as it is said"),
           FIELD(callback, user, OPTIONAL, 0, 4096, "Apple: what somebody is called, once"));

/* GET and POST /auth/oauth/{provider}/callback */
RESULT any_callback(struct req *r);

#endif
