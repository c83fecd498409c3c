/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_JWS_H
#define UAUTH_CRYPTO_JWS_H

/*
 * JSON Web Signatures in compact form (RFC 7515 3.1): the signature and the header.  What the
 * payload says is checked by crypto/jwt.h, which is what nearly everybody wants.
 *
 * The caller says which algorithms and keys are good; the header can only choose among them.
 */

#include "crypto/key.h"

enum { JWS_BYTES_MAX = 8 * 1024, HMAC_SECRET_MIN = 32, HMAC_SECRET_MAX = 1024 };

/* A secret for HS256.  It is not a key and cannot stand where a key stands, nor the reverse. */
struct hmac_secret;

/*
 * Copies `secret` into `a`.  INVALID_REQUEST below HMAC_SECRET_MIN (RFC 7518 3.2; JOSE-12) or above
 * HMAC_SECRET_MAX bytes.
 */
RESULT hmac_secret_new(struct ctx *c, struct arena *a, struct bytes secret,
                       const struct hmac_secret **out);

struct jws_policy {
    unsigned algs;                            /* enum jws_alg: those that are good here */
    const struct key_set *keys;               /* or NULL */
    const struct hmac_secret *const *secrets; /* for HS256: any of them; or NULL */
    size_t secrets_n;
    /* The key is the public one in the `jwk` of the header (RFC 9449 4.2) and proves nothing but
     * that its holder made this; `keys` and `secrets` are not looked at. */
    bool key_in_header;
    size_t bytes_max;      /* of the whole token; 0: JWS_BYTES_MAX */
    enum err_code refusal; /* what to fail with; 0 is INVALID_TOKEN */
};

/* What a good signature covers. */
struct jws {
    enum jws_alg alg;
    const char *kid;       /* NULL: none */
    const char *typ;       /* in lower case and without "application/", or NULL */
    const char *cty;       /* as it is, or NULL */
    const struct key *key; /* that verified; NULL for HS256 */
    struct bytes payload;
    enum err_code refusal; /* the policy's, for what is looked at later */
};

/*
 * Verifies `token`.  Refused, whatever its signature: more than policy->bytes_max, not exactly two
 * dots, base64url that an encoder would not have written, a header that is not one strict JSON
 * object, an `alg` or `kid` that is not a text (kid: 1 to KID_MAX bytes), an algorithm that the
 * policy or the key does not allow, and the members crit, b64, zip, jku, x5u, x5c, and jwk unless
 * the policy asks for it. Other members have no effect.  A kid chooses the key; without one the
 * only key for this algorithm is taken.  Why a token was refused is in c->fault.text, for the log.
 */
RESULT jws_verify(struct ctx *c, const char *token, const struct jws_policy *policy,
                  struct jws *out);

/* Signs `payload` with the private `key`; the header says alg, kid and, unless NULL, `typ`. */
RESULT jws_sign(struct ctx *c, const struct key *key, const char *typ, struct bytes payload,
                const char **token);

/* What a header may say of the signer (RFC 7515 4.1): each NULL or empty is left out. */
struct jws_head {
    const char *typ, *kid;
    const char *x5t_s256; /* of crypto/certificate.h */
    struct texts x5c;     /* base64 of DER, own first */
    const char *jwk;      /* the JSON of a public key: a DPoP proof (RFC 9449 4.2) */
};

/* The same with this header: for those who know a key by its certificate. */
RESULT jws_sign_head(struct ctx *c, const struct key *key, const struct jws_head *head,
                     struct bytes payload, const char **token);

/* The two halves of it, for a key that somebody else has: what is signed, and the token of it and
 * its signature. */
const char *jws_unsigned(struct arena *a, enum jws_alg alg, const struct jws_head *head,
                         struct bytes payload) __attribute__((returns_nonnull));
const char *jws_complete(struct arena *a, const char *text, struct bytes signature)
    __attribute__((returns_nonnull));

/* The same with HS256 and no kid. */
RESULT jws_sign_secret(struct ctx *c, const struct hmac_secret *secret, const char *typ,
                       struct bytes payload, const char **token);

#endif
