/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_ISSUER_SLUGS_H
#define UAUTH_STORE_ISSUER_SLUGS_H

/*
 * Which tenant an issuer with a slug in its name is, or was, of.  A row stays when the tenant has
 * another slug or is gone: whoever trusted the issuer may still trust its name.
 */

#include "store/schema.h"

/* *tenant_id is NULL if there never was such an issuer; the tenant may be none any more. */
RESULT issuer_slug_find(struct ctx *c, const char *slug, const char **tenant_id);

/* From now on it is of this tenant, whosever it was. */
RESULT issuer_slug_put(struct ctx *c, const char *slug, const char *tenant_id);

#endif
