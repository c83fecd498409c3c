/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_JWT_H
#define UAUTH_CRYPTO_JWT_H

/*
 * JSON Web Tokens (RFC 7519): the one strict verifier for every kind that comes in, ours or
 * another's (RFC 8725 3.12: a token of one kind is never taken for another).  Whoever calls says
 * the algorithms, keys, type, issuer and audience; what a policy leaves open it says in `open`, so
 * that it can be seen where it is done.
 */

#include "base/json.h"
#include "crypto/jws.h"

enum { JWT_SKEW = 60 /* seconds that nbf and iat may lie ahead of our clock */ };

/* What a policy may leave to its caller. */
enum jwt_open {
    JWT_ANY_ISSUER = 1 << 0,   /* iss is not compared, and may be absent */
    JWT_ANY_AUDIENCE = 1 << 1, /* aud is not compared, and may be absent */
    JWT_NO_EXPIRY = 1 << 2,    /* exp may be absent or past (RFC 9449 proofs, id_token_hint) */
    JWT_TYP_OPTIONAL = 1 << 3  /* beside `typ`, an absent one or "JWT" will do */
};

/* What a policy may ask for besides. */
enum jwt_required {
    JWT_SUB = 1 << 0,
    JWT_JTI = 1 << 1,
    JWT_IAT = 1 << 2,
    JWT_NBF = 1 << 3,
    JWT_ONE_AUDIENCE = 1 << 4, /* aud has one value and no other */
    JWT_TEXT_AUDIENCE = 1 << 5 /* aud is a text, not a list */
};

struct jwt_policy {
    struct jws_policy signature;
    const char *typ; /* "at+jwt", without "application/"; NULL: absent or "JWT" */
    const char *iss; /* exact; NULL only with JWT_ANY_ISSUER: must() */
    struct texts
        aud; /* one of these is among the token's; empty only with JWT_ANY_AUDIENCE: must() */
    unsigned required; /* enum jwt_required */
    unsigned open;     /* enum jwt_open */
    int64_t leeway;    /* seconds after exp in which a token is still good */
    int64_t max_age;   /* 0: any; else iat is required and not longer ago, leeway added */
    int64_t max_life;  /* 0: any; else exp is not further ahead, skew added */
};

enum { JWT_CLAIM_PLACES = 64 };

/* One member of the payload.  Containers are in value.raw. */
struct jwt_claim {
    const char *name;
    struct json_value value;
    size_t next; /* the one before it whose name is like this one, counted from 1; 0: none */
};

struct jwt {
    struct jws signature;
    const char *iss, *sub, *jti; /* NULL: absent */
    struct texts aud;
    int64_t exp, nbf, iat; /* Unix seconds; 0: absent */
    const struct jwt_claim *claims;
    size_t claims_n;
    const uint16_t *last; /* JWT_CLAIM_PLACES, by the trait of a name, as `next`: jwt_claim() */
};

/*
 * Verifies `token`: as jws_verify, then the payload is one strict JSON object whose registered
 * claims have their types (RFC 7519 4.1: iss, sub, jti texts that are not empty, aud a text or a
 * list of at least one, exp, nbf, iat numbers), `cty` is absent (no nesting: JOSE-35), and all that
 * `policy` says. Fails with policy->signature.refusal.
 */
RESULT jwt_verify(struct ctx *c, const char *token, const struct jwt_policy *policy,
                  struct jwt *out);

/*
 * Both halves of it for who keeps what a payload says, which depends on nothing else, beside a
 * signature that is checked each time.  jwt_read fills all but `signature` from the payload that is
 * in it, and fails as jwt->signature.refusal says; jwt_check is the rest.
 */
RESULT jwt_read(struct ctx *c, struct jwt *jwt);
RESULT jwt_check(struct ctx *c, const struct jwt *jwt, const struct jwt_policy *policy);

/* jwt_verify for a payload that is under no signature, as it never left us.  Its type is the
 * policy's; all else is checked. */
RESULT jwt_take(struct ctx *c, struct bytes payload, const struct jwt_policy *policy,
                struct jwt *out);

/* The claim called `name`, or NULL. */
const struct jwt_claim *jwt_claim(const struct jwt *jwt, const char *name);

/*
 * Typed access to further claims.  An absent claim, and null, give NULL, 0, false or an empty list;
 * another type than the asked one is refused as jwt_verify refuses.
 */
RESULT jwt_text(struct ctx *c, const struct jwt *jwt, const char *name, const char **out);
RESULT jwt_int(struct ctx *c, const struct jwt *jwt, const char *name, int64_t *out);
RESULT jwt_bool(struct ctx *c, const struct jwt *jwt, const char *name, bool *out);
RESULT jwt_texts(struct ctx *c, const struct jwt *jwt, const char *name, struct texts *out);

/*
 * Reads the text claim `name` of a token that nobody has verified, to find out whose keys to verify
 * it with, and for nothing else: the value is a guess of the sender's.  NULL if the token is not of
 * the form of one or has no such text.
 */
const char *jwt_unverified_text(struct ctx *c, const char *token, const char *name);

/*
 * Reads all that a token says before anybody has verified it: for a caller who does so before it
 * believes a word.  At most `bytes_max` bytes.  INVALID_TOKEN if it has not the form of one.
 */
RESULT jwt_unverified(struct ctx *c, const char *token, size_t bytes_max, struct jwt *out);

/* Signs `payload`, a JSON object, as a JWT of `typ` with the private `key`. */
RESULT jwt_sign(struct ctx *c, const struct key *key, const char *typ, const char *payload,
                const char **token);

#endif
