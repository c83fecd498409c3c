/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_FEDERATION_ENTRA_H
#define UAUTH_FEDERATION_ENTRA_H

/* What the kinds of Entra share. */

#include "client/tenant_issuer.h"
#include "federation/openid.h"

/* Who it is by `oid`, with what all kinds say. */
RESULT entra_person(struct ctx *c, const struct jwt *jwt, struct person *out);

/* Whether a role is given by a group, whose id is a GUID. */
bool entra_wants_groups(const struct provider *p);

#endif
