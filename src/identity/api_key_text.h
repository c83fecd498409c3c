/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_API_KEY_TEXT_H
#define UAUTH_IDENTITY_API_KEY_TEXT_H

/*
 * An API key as it is written:
 *
 *     uauth_k_0193a5c0b2b27a3e8e5d7c1f00a1b2c3_3f1c...e07a41d9c2b0
 *
 * the prefix, by which scanners find it in what should not have it; the id of its row without the
 * dashes; API_KEY_SECRET_BYTES of chance; and a checksum, which tells a key from what only looks
 * like one and a typing error from a key that was revoked, without asking the database.
 */

#include "base/arena.h"

#define API_KEY_PREFIX "uauth_k_"

enum {
    API_KEY_SECRET_BYTES = 20, /* 160 bits */
    API_KEY_CHECK_BYTES = 4,   /* of the SHA-256 of all that stands before */
    API_KEY_CHARACTERS =
        sizeof API_KEY_PREFIX - 1 + 32 + 1 + 2 * (API_KEY_SECRET_BYTES + API_KEY_CHECK_BYTES)
};

/* Whether `token` means to be an API key: whether it begins as one. */
bool api_key_is_meant(const char *token);

/* The key of the row `id`, a UUID, with this secret. */
const char *api_key_write(struct arena *a, const char *id,
                          const uint8_t secret[static API_KEY_SECRET_BYTES])
    __attribute__((returns_nonnull));

/* The id of the row of `key`; false for what api_key_write cannot have written. */
bool api_key_read(struct arena *a, const char *key, const char **id);

#endif
