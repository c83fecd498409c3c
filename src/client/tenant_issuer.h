/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_TENANT_ISSUER_H
#define UAUTH_CLIENT_TENANT_ISSUER_H

/*
 * Issuers with many tenants, as Entra has them: the issuer is a template with {tenantid} in it, and
 * each token names its tenant as `tid`.  Issuer, key and tenant are tied together here before any
 * claim is believed (AT-17).
 */

#include "client/metadata.h"
#include "crypto/jwt.h"

#define TENANT_PLACE "{tenantid}"

/* Whether `text` (or NULL) is a GUID with its dashes. */
bool tenant_is_guid(const char *text);

/* Whether `guids` has `tid`, whatever the case of its letters. */
bool tenant_is_listed(struct texts guids, const char *tid);

/* `template` with the tenant wherever it has a place for it. */
const char *tenant_fill(struct arena *a, const char *template, const char *tid)
    __attribute__((returns_nonnull));

/* A claim of another name that differs only by case makes two readers see two tenants:
 * INVALID_TOKEN. */
RESULT tenant_claim_once(struct ctx *c, const struct jwt *jwt, const char *name);

/*
 * INVALID_TOKEN: the key that verified is, by what is said of it (`keys`; NULL: nothing), of
 * another issuer than the token's, whether that is one or a template, or of another cloud than
 * `cloud` (NULL: any).  Of whom nothing is said, it is of any issuer.
 */
RESULT tenant_key_check(struct ctx *c, const struct jwt *jwt, const struct upstream_keys *keys,
                        const char *cloud);

/* The tenant is one of `allowed`, and the issuer is `template` with it; whose the key is says
 * tenant_key_check.  INVALID_TOKEN. */
RESULT tenant_issuer_check(struct ctx *c, const char *template, struct texts allowed,
                           const struct jwt *jwt);

#endif
