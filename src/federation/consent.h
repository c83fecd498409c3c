/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_FEDERATION_CONSENT_H
#define UAUTH_FEDERATION_CONSENT_H

/*
 * Letting a tenant of Entra in (entra.md 1.13).  An operator begins; an administrator of the tenant
 * consents there, in the operator's browser.  What comes back from that is a hint that anybody
 * could have written: the tenant is added to those allowed only after a sign-in whose ID token is
 * of it, of somebody who has one of its roles that may consent, and while the operator's session
 * lives.
 */

#include "federation/attempt.h"
#include "federation/callback.h"

struct consent_begun {
    const char *authorization_url;
    int64_t expires_in;
};
SHAPE(consent_begun,
      FIELD(consent_begun, authorization_url, REQUIRED, 1, INT64_MAX, "Where to send the browser"),
      FIELD(consent_begun, expires_in, REQUIRED, 0, ATTEMPT_SECONDS, "Seconds that it lives"));
/* POST /admin/providers/{id}/admin-consent.  INVALID_FIELD: it is no provider for several tenants,
 * or that of the settings. */
RESULT post_admin_consent(struct req *r);

/* The way back, with the attempt that was used up. */
RESULT consent_answered(struct req *r, const struct provider *p, const struct attempt *attempt,
                        const struct callback *in);

#endif
