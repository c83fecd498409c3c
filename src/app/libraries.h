/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_LIBRARIES_H
#define UAUTH_APP_LIBRARIES_H

/*
 * The libraries that the process runs with, which need not be those it was built with: each has to
 * have what the code relies on.  meson.build asks the same of what it is built with.
 */

#include "base/ctx.h"

struct library_version {
    unsigned major, minor, patch;
};

struct library {
    const char *name; /* as in the bill of materials */
    struct library_version needed;
    const char *why; /* what an older one lacks */
    struct library_version (*loaded)(void);
};

/* What this service needs; `*n` rows. */
const struct library *libraries(size_t *n) __attribute__((returns_nonnull));

/* UNAVAILABLE, naming library, both versions and the reason, if one of the `n` at `all` is older
 * than needed. */
RESULT libraries_check(struct ctx *c, const struct library *all, size_t n);

/* "3.40.1". */
const char *library_version_text(struct arena *a, struct library_version version);

#endif
