/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_JWS_PARTS_H
#define UAUTH_CRYPTO_JWS_PARTS_H

/* What the readers of signatures and tokens share. */

#include "crypto/jws.h"

/* The three parts between the two dots, still encoded, and what the signature is made of. */
struct jws_parts {
    struct bytes header, payload, signature;
    struct bytes signed_input;
};

/* False if `token` is longer than `bytes_max` or does not have exactly two dots (JOSE-21). */
bool jws_split(const char *token, size_t bytes_max, struct jws_parts *out);

/* What a policy that names no failure refuses with. */
static inline enum err_code jws_refusal(enum err_code refusal)
{
    return refusal == ERR_OK ? ERR_INVALID_TOKEN : refusal;
}

/* As fail(), with the failure that the caller of the verifier has chosen. */
#define jws_refuse(c, refusal, ...)                                                                \
    err_known(fail_at((c), jws_refusal(refusal), __FILE__, __LINE__, __VA_ARGS__),                 \
              jws_refusal(refusal))

#endif
