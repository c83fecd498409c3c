/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_EMBEDDED_H
#define UAUTH_WEB_EMBEDDED_H

/*
 * The files of src/web/pages and src/web/assets, in the binary (tools/embed_files.sh).
 */

#include "base/text.h"

struct embedded {
    const char *name;   /* "pages/frame.html" */
    const char *digest; /* the first 16 hexadecimal digits of the SHA-256 of the file */
    const char *text;
};

/* All of them: made when the program is built. */
const struct embedded *embedded_files(size_t *n) __attribute__((returns_nonnull));

/* The file `name`, or NULL. */
const struct embedded *embedded_find(const char *name);

/*
 * The path of the asset `name` ("style.css"), which changes with its content:
 * "/assets/style.0123456789abcdef.css".  We have it: must().
 */
const char *embedded_asset_path(struct arena *a, const char *name) __attribute__((returns_nonnull));

/* The asset whose path is "/assets/" and `versioned`, or NULL. */
const struct embedded *embedded_asset(struct arena *a, const char *versioned);

#endif
