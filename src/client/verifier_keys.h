/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_VERIFIER_KEYS_H
#define UAUTH_CLIENT_VERIFIER_KEYS_H

/* The keys by which a verifier (client/verifier.h) verifies. */

#include "client/verifier.h"

struct verifier_keys {
    const struct upstream_keys *said;
    const char *cloud; /* cloud_instance_name of the metadata; or NULL */
};

/* Those at hand and fresh; false: there are none, or of an issuer that has not been asked yet. */
bool verifier_keys_kept(struct ctx *c, const struct verifier *v, struct verifier_keys *out);

/* Those of the issuer, and one that may verify `token` if there is one (metadata_keys).  UPSTREAM,
 * FORBIDDEN; INVALID_REQUEST: the issuer's name is none. */
RESULT verifier_keys_find(struct ctx *c, const struct verifier *v, const char *token,
                          struct verifier_keys *out);

#endif
