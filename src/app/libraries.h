/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_LIBRARIES_H
#define UAUTH_APP_LIBRARIES_H

/*
 * The libraries that the process runs with, which need not be those it was built with: each has to
 * have what the code relies on.  meson.build asks the same of what it is built with.
 */

#include "base/library.h"

/* One that is linked. */
struct library_linked {
    struct library_need need;
    struct library_version (*loaded)(void);
};

/* What this service is linked with; `*n` rows. */
const struct library_linked *libraries_linked(size_t *n) __attribute__((returns_nonnull));

/* UNAVAILABLE if one of these is older than needed. */
RESULT libraries_check(struct ctx *c);

/* One that is opened when it is needed: opens it.  UNAVAILABLE if it is not there or too old. */
struct library_later {
    const char *name; /* as in the bill of materials */
    RESULT (*open)(struct ctx *c, struct library_version *loaded);
};

const struct library_later *libraries_later(size_t *n) __attribute__((returns_nonnull));

#endif
