/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_ACCENT_H
#define UAUTH_WEB_ACCENT_H

/*
 * The one colour of the pages, made fit for both themes.  Whatever colour is asked for, texts in it
 * and on it keep a contrast of ACCENT_CONTRAST to what they stand on (WCAG 2.2, 1.4.3 wants 4.5):
 * it is darkened for the light theme and lightened for the dark one, no further than that takes.
 */

#include "base/ctx.h"

#define ACCENT_CONTRAST 4.6

struct colour {
    uint8_t red, green, blue;
};

/* What the accent is in one theme: as the variables of style.css. */
struct accent {
    struct colour accent, strong, on, tint;
};

struct accent accent_light(struct colour wish);
struct accent accent_dark(struct colour wish);

/* The contrast of two colours, 1 to 21, to about a hundredth of it. */
double accent_contrast(struct colour a, struct colour b);

/* Reads "#rrggbb". */
bool accent_read(const char *text, struct colour *out);

/* The style sheet that sets the variables of both themes.  INVALID_FIELD if `text` is no colour. */
RESULT accent_style(struct ctx *c, const char *text, const char **css);

/* The path of the style sheet of the colour `text` ("#3046c5") for pages that have it. */
const char *accent_asset_path(struct arena *a, const char *text);

/* The style sheet of the asset `name`; NULL if it is not that of a colour. */
const char *accent_asset(struct ctx *c, const char *name);

#endif
