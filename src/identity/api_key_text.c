/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/api_key_text.h"

#include "base/codec.h"
#include "base/text.h"
#include "crypto/digest.h"

#include <string.h>

enum { ID_DIGITS = 32, PREFIX = sizeof API_KEY_PREFIX - 1 };

/* Where the dashes of a UUID are: after so many digits. */
static bool is_dash_after(size_t digits)
{
    return digits == 8 || digits == 12 || digits == 16 || digits == 20;
}

bool api_key_is_meant(const char *token)
{
    return token != NULL && text_starts(token, API_KEY_PREFIX);
}

static const char *checksum(struct arena *a, const char *text, size_t n)
{
    uint8_t digest[DIGEST_SHA256];
    sha256((struct bytes){ (const uint8_t *)text, n }, digest);
    return hex_encode(a, (struct bytes){ digest, API_KEY_CHECK_BYTES });
}

const char *api_key_write(struct arena *a, const char *id,
                          const uint8_t secret[static API_KEY_SECRET_BYTES])
{
    struct text_buffer b = text_buffer(a);
    text_add(&b, API_KEY_PREFIX);
    for (const char *at = id; *at != '\0'; at++)
        if (*at != '-')
            text_add_bytes(&b, at, 1);
    text_addf(&b, "_%s", hex_encode(a, (struct bytes){ secret, API_KEY_SECRET_BYTES }));
    const char *text = text_of(&b);
    return text_printf(a, "%s%s", text, checksum(a, text, strlen(text)));
}

static const char *id_of(struct arena *a, const char *digits)
{
    struct text_buffer b = text_buffer(a);
    for (size_t i = 0; i < ID_DIGITS; i++) {
        if (is_dash_after(i))
            text_add(&b, "-");
        text_add_bytes(&b, digits + i, 1);
    }
    return text_of(&b);
}

bool api_key_read(struct arena *a, const char *key, const char **id)
{
    static const char digits[] = "0123456789abcdef";
    enum { CHECKED = API_KEY_CHARACTERS - 2 * API_KEY_CHECK_BYTES };
    if (!api_key_is_meant(key) || strnlen(key, API_KEY_CHARACTERS + 1) != API_KEY_CHARACTERS)
        return false;
    const char *rest = key + PREFIX + ID_DIGITS;
    if (strspn(key + PREFIX, digits) != ID_DIGITS || *rest != '_' ||
        rest[1 + strspn(rest + 1, digits)] != '\0' ||
        !text_equal(key + CHECKED, checksum(a, key, CHECKED)))
        return false;
    *id = id_of(a, key + PREFIX);
    return true;
}
