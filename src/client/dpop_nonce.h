/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_DPOP_NONCE_H
#define UAUTH_CLIENT_DPOP_NONCE_H

/* The other half of dpop_nonce_new, for client/dpop.c alone. */

#include "client/dpop.h"

/* When `nonce` was made, if that was here, for the same, at most DPOP_NONCE_SECONDS ago; else 0. */
int64_t dpop_nonce_made_at(struct ctx *c, const char *nonce, const char *nonce_for);

#endif
