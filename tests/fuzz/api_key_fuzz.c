/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may be an API key: it is one exactly where writing its id and secret anew gives the same.
 */
#include "base/codec.h"
#include "base/result.h"
#include "base/text.h"
#include "identity/api_key_text.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SECRET_AT = sizeof API_KEY_PREFIX - 1 + 32 + 1 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096 || memchr(data, 0, size) != NULL)
        return -1;
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    must(a != NULL);
    const char *key = text_copy(a, (const char *)data, size);
    const char *id = NULL;
    struct bytes secret = { NULL, 0 };
    if (api_key_read(a, key, &id)) {
        const struct bytes digits = { data + SECRET_AT, (size_t)2 * API_KEY_SECRET_BYTES };
        must(api_key_is_meant(key) && strlen(id) == 36);
        must(hex_decode(a, digits, &secret) && secret.n == API_KEY_SECRET_BYTES);
        must(text_equal(api_key_write(a, id, secret.at), key));
    } else {
        must(id == NULL);
    }
    arena_end(a);
    return 0;
}
