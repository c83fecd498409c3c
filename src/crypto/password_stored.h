/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_PASSWORD_STORED_H
#define UAUTH_CRYPTO_PASSWORD_STORED_H

/*
 * The forms in which password hashes are stored, read into what is needed to compute them again.
 * For crypto/password.c, whose header lists the forms and their bounds.
 */

#include "base/ctx.h"
#include "crypto/argon2.h"

enum stored_kind { STORED_ARGON2ID, STORED_CRYPT, STORED_SCRYPT, STORED_PBKDF2 };

struct stored_password {
    enum stored_kind kind;
    const char *text;           /* all of it; STORED_CRYPT is computed from this alone */
    struct bytes salt, hash;    /* not of STORED_CRYPT */
    struct argon2_costs argon2; /* of STORED_ARGON2ID */
    int64_t memory_max_kib;     /* and what it was allowed */
    const char *digest;         /* of STORED_PBKDF2: "SHA256" */
    int64_t iterations;         /* of STORED_PBKDF2 */
    int64_t n, r, p;            /* of STORED_SCRYPT */
    size_t password_max;        /* bytes of a password that the form can tell apart */
};

/*
 * Reads `text`; Argon2id may use `memory_kib` or PASSWORD_IMPORT_MEMORY_KIB, whichever is more.
 * NULL, or a sentence that says why it is refused and holds nothing of the hash.
 */
const char *stored_password_read(struct arena *a, const char *text, int64_t memory_kib,
                                 struct stored_password *out);

/* The text of an Argon2id hash. */
const char *stored_password_write(struct arena *a, const struct argon2_costs *costs,
                                  struct bytes salt, struct bytes hash)
    __attribute__((returns_nonnull));

/* The text of `stored` with another, random hash: no password is known to match. */
const char *stored_password_dummy(struct ctx *c, const struct stored_password *stored)
    __attribute__((returns_nonnull));

#endif
