/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_VERIFIER_H
#define UAUTH_CLIENT_VERIFIER_H

/* Being a resource server of somebody's tokens: access tokens of one issuer (RFC 9068). */

#include "client/metadata.h"
#include "crypto/jwt.h"

enum { VERIFIER_LEEWAY_MAX = 300 };

struct verifier {
    const char *issuer;
    struct texts audiences;
    int64_t leeway;
};

/* INVALID_TOKEN beside what metadata_keys fails with. */
RESULT verifier_check(struct ctx *c, const struct verifier *v, const char *token, struct jwt *out);

#endif
