/* SPDX-License-Identifier: Apache-2.0 */
#include "web/brand.h"

#include "base/codec.h"
#include "crypto/digest.h"
#include "web/accent.h"
#include "web/embedded.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { NAME_BYTES = 8 }; /* of the digest that stands in a name */

/* ---- the logo ---- */

RESULT brand_read_file(struct ctx *c, const char *field, const char *path, size_t max,
                       struct bytes *out)
{
    uint8_t *room = arena_alloc(c->arena, max + 1);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return fail_field(c, INVALID_FIELD, field,
                          text_printf(c->arena, "%s: %s", path, strerror(errno)));
    size_t n = fread(room, 1, max + 1, file);
    bool failed = ferror(file) != 0;
    (void)fclose(file);
    if (failed || n == 0 || n > max)
        return fail_field(
            c, INVALID_FIELD, field,
            text_printf(c->arena, "%s: a picture of 1 byte to %zu KiB, please", path, max / 1024));
    *out = (struct bytes){ room, n };
    return ok();
}

static const struct {
    const char *ending, *media;
} kinds[] = {
    { ".svg", "image/svg+xml; charset=utf-8" },
    { ".png", "image/png" },
    { ".webp", "image/webp" },
    { ".jpg", "image/jpeg" },
};

static const char *digest_name(struct arena *a, struct bytes bytes)
{
    uint8_t digest[DIGEST_SHA256];
    sha256(bytes, digest);
    return hex_encode(a, (struct bytes){ digest, NAME_BYTES });
}

/* Under a name that changes with its bytes. */
static struct brand_asset asset(struct arena *a, const char *kind, const char *ending,
                                const char *media, struct bytes bytes)
{
    const char *digest = digest_name(a, bytes);
    return (struct brand_asset){ .name = text_printf(a, "%s.%s%s", kind, digest, ending),
                                 .fixed = { .media = media,
                                            .bytes = bytes,
                                            .etag = text_printf(a, "\"%s\"", digest),
                                            .immutable = true } };
}

static RESULT read_logo(struct ctx *c, const char *path, struct brand_asset *out)
{
    struct bytes bytes;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!text_ends(text_lower(c->arena, path), kinds[i].ending))
            continue;
        TRY(brand_read_file(c, "brand_logo", path, BRAND_LOGO_MAX, &bytes));
        *out = asset(c->arena, "logo", kinds[i].ending, kinds[i].media, bytes);
        return ok();
    }
    return fail_field(c, INVALID_FIELD, "brand_logo",
                      "The logo is a file that ends in .svg, .png, .webp or .jpg.");
}

/* ---- all of it ---- */

RESULT brand_read(struct ctx *c, const struct config *config, struct brand *out)
{
    struct brand brand = { .name = config->brand_name };
    if (config->brand_logo[0] != '\0')
        TRY(read_logo(c, config->brand_logo, &brand.logo));
    if (config->brand_accent[0] != '\0') {
        const char *css = NULL;
        TRY(accent_style(c, config->brand_accent, &css));
        brand.accent = asset(c->arena, "accent", ".css", "text/css; charset=utf-8", bytes_of(css));
    }
    *out = brand;
    return ok();
}

const char *brand_name(const struct brand *brand)
{
    return brand->name == NULL || brand->name[0] == '\0' ? "uauth" : brand->name;
}

const char *brand_logo_path(struct arena *a, const struct brand *brand)
{
    if (brand->logo.name == NULL)
        return embedded_asset_path(a, "icon.svg");
    return text_printf(a, "/assets/%s", brand->logo.name);
}

const char *brand_accent_path(struct arena *a, const struct brand *brand)
{
    return brand->accent.name == NULL ? NULL : text_printf(a, "/assets/%s", brand->accent.name);
}

const struct reply_fixed *brand_asset(const struct brand *brand, const char *name)
{
    if (brand->logo.name != NULL && text_equal(brand->logo.name, name))
        return &brand->logo.fixed;
    if (brand->accent.name != NULL && text_equal(brand->accent.name, name))
        return &brand->accent.fixed;
    return NULL;
}
