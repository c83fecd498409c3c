/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_LIB_VERIFIER_H
#define UAUTH_LIB_VERIFIER_H

/* A verifier as it is handed out. */

#include "client/verifier.h"
#include "lib/call.h"

struct uauth_verifier {
    struct held held;
    struct verifier verifier;
    const char *metadata_url; /* of this API; NULL: it has none */
};

#endif
