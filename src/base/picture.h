/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_PICTURE_H
#define UAUTH_BASE_PICTURE_H

/*
 * What a picture says of itself in its first bytes: PNG (ISO/IEC 15948 11.2.2) and WebP (RFC 9649).
 * A pure function that decodes nothing.  SVG is neither: it can hold scripts and addresses.
 */

#include "base/codec.h"

struct picture {
    const char *media;  /* "image/png" */
    const char *ending; /* ".png" */
    uint32_t width, height;
};

/* Whether `bytes` begin as a picture does, with both sides at least 1. */
bool picture_read(struct bytes bytes, struct picture *out);

#endif
