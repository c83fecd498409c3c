/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_PASSWORD_H
#define UAUTH_CRYPTO_PASSWORD_H

/*
 * Passwords at rest: hashing them, checking them, taking over hashes that another system made.
 * What a good password is, is decided in identity.
 *
 * A password is UTF-8.  ASCII is taken byte for byte; other text is brought to NFC first, so that a
 * letter typed on another keyboard is the same letter.  Nothing is cut, trimmed or folded (CR-08).
 *
 * New hashes are `$argon2id$v=19$m=65536,t=3,p=4$salt$hash` (RFC 9106; 16 bytes of salt, 32 of
 * hash, base64 without padding) with the costs of the settings argon2_*.  Stored hashes may also be
 * imported ones:
 *
 *     $argon2id$v=19$m=KIB,t=N,p=N$salt$hash          m <= argon2_memory_kib or 131072, t and p <=
 * 16 $2a$ $2b$ $2y$ NN$ salt and hash                cost 4 to 14; never for more than 72 bytes $5$
 * $6$ [rounds=N$] salt $ hash                 1000 to 1000000 rounds $scrypt$ln=N,r=N,p=N$salt$hash
 * 128 MiB, N x r x p <= 2^22 $pbkdf2-sha1|sha256|sha512$i=N$salt$hash        up to 2000000
 * iterations; also without "i=" pbkdf2_sha1|sha256|sha512$N$salt$hash           the same in
 * Django's words
 *
 * Whatever else a stored hash says is refused before any work is done (CR-09).
 *
 * Time (EN-01).  Each check costs one Argon2id hash with the configured costs, whatever the stored
 * hash and whether it matches; one that is imported, or was made with other costs, is computed
 * besides.  So that this does not tell imported accounts from unknown ones, the caller hands
 * password_dummy() the stored hash of some account, always the same for the same address, where
 * there is no account.
 */

#include "base/ctx.h"

enum {
    PASSWORD_MIN = 8,   /* code points of a new password */
    PASSWORD_MAX = 128, /* the same */
    PASSWORD_BYTES_MAX = 1024,
    PASSWORD_STORED_MAX = 512, /* bytes of a stored hash */
    PASSWORD_IMPORT_MEMORY_KIB = 131072
};

/*
 * Hashes a new `password` under a fresh salt.  INVALID_FIELD (`field` "password") if it is not
 * UTF-8, has more than PASSWORD_BYTES_MAX bytes, or not PASSWORD_MIN to PASSWORD_MAX code points in
 * NFC; UNAVAILABLE as hash_gate_take.
 */
RESULT password_hash(struct ctx *c, const char *password, const char **stored);

/*
 * Whether `password` is the one of `stored`.  `rehash` is NULL if there is nothing to do, else (it
 * matches, but is imported or was made with other costs) the hash to store in its place.  A
 * password that is not UTF-8 or has more than PASSWORD_BYTES_MAX bytes is INVALID_FIELD before
 * anything is computed.  A stored hash that cannot be read or is out of bounds matches nothing,
 * takes as long, and is logged as an error.
 */
RESULT password_verify(struct ctx *c, const char *stored, const char *password, bool *matches,
                       const char **rehash);

/*
 * A stored hash that no password matches, to check against where there is no account, or none with
 * a password.  It has the form and the costs of `like`, or if that is NULL the configured ones.
 */
const char *password_dummy(struct ctx *c, const char *like) __attribute__((returns_nonnull));

/*
 * Hashes `text` under the salt and the costs of `like`, a hash that password_hash or this function
 * made: two texts are the same if and only if their hashes are.  For recovery codes: a set has one
 * salt, so that one hash checks them all.  `text` is bounded as in password_verify.  INTERNAL if
 * `like` is not an Argon2id hash within bounds.
 */
RESULT password_hash_like(struct ctx *c, const char *like, const char *text, const char **stored);

/*
 * Whether a hash from another system may be taken over.  INVALID_FIELD (`field` "password_hash")
 * says what is wrong with it: an unknown form, or costs out of bounds.
 */
RESULT password_import_check(struct ctx *c, const char *stored);

#endif
