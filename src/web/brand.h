/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_BRAND_H
#define UAUTH_WEB_BRAND_H

/*
 * How the service presents itself on its pages: the settings brand_name, brand_logo and
 * brand_accent.  The logo is read once, and served from /assets/ under a name that changes with it;
 * the colour becomes a style sheet of its own there, so that the strict policy of pages holds.
 */

#include "base/config.h"
#include "web/reply.h"

enum { BRAND_LOGO_MAX = 256 * 1024 };

/* One of our own assets. */
struct brand_asset {
    const char *name; /* "logo.0123456789abcdef.svg"; NULL: there is none */
    struct reply_fixed fixed;
};

struct brand {
    const char *name; /* NULL: "uauth" */
    struct brand_asset logo, accent;
};

/*
 * Reads the settings; what it keeps is in c->arena.  INVALID_FIELD: the logo cannot be read, is
 * larger than BRAND_LOGO_MAX, or is none of SVG, PNG, JPEG and WebP; the colour is not #rrggbb.
 */
RESULT brand_read(struct ctx *c, const struct config *config, struct brand *out);

/* The file `path`, of 1 to `max` bytes, which the setting or option `field` names.  INVALID_FIELD.
 */
RESULT brand_read_file(struct ctx *c, const char *field, const char *path, size_t max,
                       struct bytes *out);

/* Of a brand that was not read these are those of uauth. */
const char *brand_name(const struct brand *brand) __attribute__((returns_nonnull));
const char *brand_logo_path(struct arena *a, const struct brand *brand)
    __attribute__((returns_nonnull));

/* NULL without a colour of its own. */
const char *brand_accent_path(struct arena *a, const struct brand *brand);

/* The asset that is served as `name`, or NULL. */
const struct reply_fixed *brand_asset(const struct brand *brand, const char *name);

#endif
