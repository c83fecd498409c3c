/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_CLAIMS_H
#define UAUTH_CLIENT_CLAIMS_H

/*
 * Reading the claims of tokens of any issuer, whatever they look like: one that is not there, or
 * of another type, is none.
 */

#include "crypto/jwt.h"

/* The claim `name`; one that begins with '/' is a JSON Pointer (RFC 6901) into the payload:
 * "/realm_access/roles".  False: there is none. */
bool claim_find(struct arena *a, const struct jwt *jwt, const char *name, struct json_value *out);

/* Its words: a text is split at its spaces, a list has those of its texts; else none. */
struct texts claim_words(struct arena *a, const struct jwt *jwt, const char *name);

#endif
