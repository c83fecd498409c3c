/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/totp_secret.h"

#include "base/text.h"
#include "crypto/seal.h"

static const char purpose[] = "totp secret";

static const char *row_of(struct ctx *c, const char *user_id)
{
    return text_printf(c->arena, "user %s", user_id);
}

RESULT totp_secret_seal(struct ctx *c, const char *user_id, struct bytes secret,
                        const char **sealed)
{
    return seal_bytes(c, purpose, row_of(c, user_id), secret, sealed);
}

RESULT totp_secret_open(struct ctx *c, const char *user_id, const char *sealed,
                        struct bytes *secret)
{
    return seal_open(c, purpose, row_of(c, user_id), sealed, secret);
}
