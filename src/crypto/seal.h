/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_SEAL_H
#define UAUTH_CRYPTO_SEAL_H

/*
 * What is secret and must be read again is sealed at rest: AES-256-GCM with a key of its own for
 * every value, derived by HKDF from a master key, 256 random bits and the purpose, so that no nonce
 * can repeat (CR-02).  A sealed value is bound to its purpose and its row: moved to another row,
 * column or user it does not open (CR-10).
 *
 * Sealed text: "v1.", the id of the master key (8 hexadecimal digits), ".", base64url of salt,
 * ciphertext and tag.
 */

#include "base/ctx.h"

struct seal;

enum { SEAL_MASTER_BYTES = 32, SEAL_MASTERS_MAX = 8 };

/*
 * The sealing keys of the process, in `a`: `masters` of SEAL_MASTER_BYTES each; the first seals,
 * all of them open, so that a master key can be replaced.  They are copied and wiped with the
 * arena.
 */
RESULT seal_new(struct ctx *c, struct arena *a, const struct bytes *masters, size_t n,
                struct seal **out);

/*
 * A master key from its text, which stands in a file of its own or in a setting: 64 hexadecimal
 * digits, after which one line break may stand, and nothing else.  INVALID_REQUEST for any other
 * text, and for a value that no random source gives (CR-15).
 */
RESULT seal_master_read(struct ctx *c, struct bytes text, struct bytes *master);

/* A new random master key as such a text, without the line break. */
const char *seal_master_new(struct ctx *c) __attribute__((returns_nonnull));

/* Seals `plain` for `purpose` ("totp secret") and `row`, the identity of where it will stand ("user
 * 0190..."). */
RESULT seal_bytes(struct ctx *c, const char *purpose, const char *row, struct bytes plain,
                  const char **sealed);

/* Opens it.  INTERNAL if it was changed, moved, or sealed under a master key that is not here. */
RESULT seal_open(struct ctx *c, const char *purpose, const char *row, const char *sealed,
                 struct bytes *plain);

/*
 * The same under a key that only the holder of `token` (256 random bits) can derive: for the
 * successor of a refresh token.  No master key is involved.
 */
RESULT seal_under_token(struct ctx *c, const char *token, const char *purpose, struct bytes plain,
                        const char **sealed);
RESULT seal_open_with_token(struct ctx *c, const char *token, const char *purpose,
                            const char *sealed, struct bytes *plain);

/*
 * The key of one sealed value (base64url), and opening that value with it: for whoever shall be
 * able to read this one and nothing else.  The first is for a value of seal_bytes or, with its
 * `token` (else NULL), of seal_under_token, for which `row` is "".  INTERNAL as seal_open; opening
 * fails with INVALID_REQUEST: the key comes from outside.
 */
RESULT seal_disclose(struct ctx *c, const char *token, const char *sealed, const char **key);
RESULT seal_open_disclosed(struct ctx *c, const char *key, const char *purpose, const char *row,
                           const char *sealed, struct bytes *plain);

/* A key for one purpose, derived from the first master key: the same on every node and after a
 * restart (CR-14). */
void seal_derive(const struct seal *seal, const char *purpose, uint8_t out[static 32]);

/* HMAC-SHA-256 of `in` under the key of `purpose`, as base64url. */
const char *seal_mac(struct ctx *c, const char *purpose, struct bytes in)
    __attribute__((returns_nonnull));

/*
 * A value to store beside the sealed ones: it tells at the next start whether the master key is
 * still the same (CR-17), and nothing else about it.
 */
const char *seal_check_value(struct ctx *c, const struct seal *seal)
    __attribute__((returns_nonnull));

/*
 * Whether `stored`, a check value from an earlier start, is that of one of the master keys.  If it
 * is not, nothing sealed so far would open: the caller refuses to start and writes nothing.
 */
bool seal_check(struct ctx *c, const struct seal *seal, const char *stored);

#endif
