/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_FEDERATION_OPENID_H
#define UAUTH_FEDERATION_OPENID_H

/* What the kinds that have ID tokens share. */

#include "client/id_token.h"
#include "federation/provider.h"

/* The place of which `url` is the metadata. */
RESULT openid_place(struct ctx *c, const struct provider *p, const char *url,
                    struct provider_place *out);

/* Checks the ID token; `issuer` as id_token_due.  `keys` are those that verified it. */
RESULT openid_token(struct ctx *c, const struct provider *p, const struct brought *b,
                    const char *issuer, struct jwt *out, const struct upstream_keys **keys);

/* The claims that all have: sub, email, name, groups and roles. */
RESULT openid_person(struct ctx *c, const struct jwt *jwt, struct person *out);

/* Both lists, one behind the other. */
struct texts openid_joined(struct arena *a, struct texts one, struct texts other);

#endif
