/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_CLAIMS_H
#define UAUTH_TOKEN_CLAIMS_H

/*
 * What stands in an access token, written and read in one place: the claims of RFC 9068 2.2 (iss
 * sub aud exp iat nbf jti client_id scope auth_time acr amr), the session's `sid`, and those of the
 * first-party API: type, scopes, tenant_id, roles, permissions; `cnf` of a token that is bound to a
 * key or a certificate (RFC 7800 3.1, RFC 9449 6.1, RFC 8705 3.1); `act` and `may_act`
 * (token/act.h); `status` (token/status_list.h).  Two are for ourselves: `grant_id`, the id of the
 * authorization behind the token, by which it is revoked, and `grant_client_id`, whose that is
 * where it is not that of client_id.
 */

#include "crypto/jwt.h"
#include "token/verify.h"

#define ACCESS_TYP "at+jwt"

/* iss of the tokens that `c` makes and takes, and aud of those without a resource; at the root
 * issuer that is the first-party API (token/issuer.h).  The life of an access token in seconds. */
const char *token_issuer(const struct ctx *c);
const char *token_audience(const struct ctx *c);
int64_t token_life(const struct config *config);

/* The payload of the token `access`, whose audience is given. */
const char *access_write(struct ctx *c, const struct access *access)
    __attribute__((returns_nonnull));

/* Writes the member `cnf` of something bound to a key, a certificate or both; of nothing else. */
void claims_write_cnf(struct json_writer *w, const struct grant_facts *facts);

/* Reads it back from a token that has been verified.  INVALID_TOKEN if it is not of type "access",
 * or a claim is missing or has another type than access_write gives it. */
RESULT access_read(struct ctx *c, const struct jwt *jwt, struct access *out);

#endif
