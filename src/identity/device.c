/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/device.h"

#include "base/codec.h"
#include "base/config.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "crypto/seal.h"

#include <openssl/crypto.h>
#include <string.h>

enum { TOKEN_CHARACTERS = 43, COOKIE_CHARACTERS = 2 * TOKEN_CHARACTERS + 1 };

static const char purpose[] = "device cookie";

/* Decision 14: the setting, where it is given, stands in for the derived key. */
static void derive_key(const struct ctx *c, uint8_t key[static KEY_BYTES])
{
    const char *secret = c->config->session_secret;
    if (secret != NULL && secret[0] != '\0')
        hkdf_sha256(bytes_of(secret), (struct bytes){ NULL, 0 }, purpose, key);
    else
        seal_derive(c->seal, purpose, key);
}

static const char *cookie_of(struct ctx *c, const char *token, const char *email)
{
    uint8_t key[KEY_BYTES], mac[DIGEST_SHA256];
    struct framed input = framed(c->arena);
    framed_add_text(&input, token);
    framed_add_text(&input, email);
    derive_key(c, key);
    hmac_sha256((struct bytes){ key, sizeof key }, framed_bytes(&input), mac);
    OPENSSL_cleanse(key, sizeof key);
    return text_printf(c->arena, "%s.%s", token,
                       base64url_encode(c->arena, (struct bytes){ mac, sizeof mac }));
}

bool device_read(struct ctx *c, const char *cookie, const char *email, const char **hash)
{
    if (strnlen(cookie, COOKIE_CHARACTERS + 1) != COOKIE_CHARACTERS)
        return false;
    const char *token = text_copy(c->arena, cookie, TOKEN_CHARACTERS);
    if (!ct_equal(bytes_of(cookie_of(c, token, email)), bytes_of(cookie)))
        return false;
    *hash = token_hash(c->arena, token);
    return true;
}

const char *device_new(struct ctx *c, const char *email, const char **hash)
{
    const char *token = random_token(c);
    *hash = token_hash(c->arena, token);
    return cookie_of(c, token, email);
}
