/* SPDX-License-Identifier: Apache-2.0 */
#include "client/id_token.h"

#include "base/codec.h"
#include "crypto/digest.h"

#include <string.h>

/* Core 3.1.3.6: the left half of the digest that goes with the algorithm; RFC 8037 has Ed25519 go
 * with SHA-512. */
static const char *left_half(struct ctx *c, enum jws_alg alg, const char *access_token)
{
    uint8_t digest[DIGEST_SHA512];
    size_t n = DIGEST_SHA256;
    if (alg == ALG_ES384) {
        sha384(bytes_of(access_token), digest);
        n = DIGEST_SHA384;
    } else if (alg == ALG_EDDSA) {
        sha512(bytes_of(access_token), digest);
        n = DIGEST_SHA512;
    } else {
        sha256(bytes_of(access_token), digest);
    }
    return base64url_encode(c->arena, (struct bytes){ digest, n / 2 });
}

/* Core 3.1.3.8: it may be absent where the token came by the token endpoint. */
static RESULT check_at_hash(struct ctx *c, const struct jwt *jwt, const char *access_token)
{
    const char *at_hash = NULL;
    TRY(jwt_text(c, jwt, "at_hash", &at_hash));
    if (at_hash == NULL || access_token == NULL)
        return ok();
    const char *due = left_half(c, jwt->signature.alg, access_token);
    if (!ct_equal(bytes_of(at_hash), bytes_of(due)))
        return fail(c, INVALID_TOKEN, "the at_hash of an ID token is of another access token");
    return ok();
}

/* Core 3.1.3.7, 4 and 5. */
static RESULT check_azp(struct ctx *c, const struct jwt *jwt, const char *client_id)
{
    const char *azp = NULL;
    TRY(jwt_text(c, jwt, "azp", &azp));
    if (azp != NULL && !text_equal(azp, client_id))
        return fail(c, INVALID_TOKEN, "an ID token was issued to %.128s", azp);
    return ok();
}

/* Core 3.1.3.7, 11. */
static RESULT check_nonce(struct ctx *c, const struct jwt *jwt, const struct id_token_due *due)
{
    const char *nonce = NULL;
    if (due->no_nonce)
        return ok();
    must(due->nonce != NULL);
    TRY(jwt_text(c, jwt, "nonce", &nonce));
    if (nonce == NULL || !ct_equal(bytes_of(nonce), bytes_of(due->nonce)))
        return fail(c, INVALID_TOKEN, "an ID token has no nonce or another one");
    return ok();
}

RESULT id_token_check(struct ctx *c, const char *token, const struct key_set *keys,
                      const struct id_token_due *due, struct jwt *out)
{
    struct jwt jwt = { 0 };
    const char *client_id = due->client_id;
    const struct jwt_policy policy = {
        .signature = { .algs = due->algs, .keys = keys, .bytes_max = ID_TOKEN_BYTES_MAX },
        .iss = due->issuer,
        .aud = { &client_id, 1 },
        .required = JWT_SUB | JWT_IAT | JWT_ONE_AUDIENCE,
        .open = due->issuer == NULL ? JWT_ANY_ISSUER : 0,
        .leeway = ID_TOKEN_LEEWAY,
        .max_age = ID_TOKEN_AGE_MAX,
    };
    TRY(jwt_verify(c, token, &policy, &jwt));
    if (strlen(jwt.sub) > ID_TOKEN_SUB_MAX)
        return fail(c, INVALID_TOKEN, "the sub of an ID token is too long");
    if (due->sub != NULL && !text_equal(jwt.sub, due->sub))
        return fail(c, INVALID_TOKEN, "an ID token is of somebody else");
    TRY(check_azp(c, &jwt, due->client_id));
    TRY(check_nonce(c, &jwt, due));
    TRY(check_at_hash(c, &jwt, due->access_token));
    *out = jwt;
    return ok();
}
