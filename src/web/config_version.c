/* SPDX-License-Identifier: Apache-2.0 */
#include "web/config_version.h"

#include "base/codec.h"
#include "crypto/digest.h"

const char *config_version(struct arena *a, const struct config *config)
{
    size_t n = 0;
    const struct config_row *rows = config_rows(&n);
    struct framed values = framed(a);
    uint8_t digest[DIGEST_SHA256];
    for (size_t i = 0; i < n; i++) {
        framed_add_text(&values, rows[i].name);
        framed_add_text(&values, config_show(a, config, &rows[i]));
    }
    sha256(framed_bytes(&values), digest);
    return hex_encode(a, (struct bytes){ digest, CONFIG_VERSION_CHARS / 2 });
}
