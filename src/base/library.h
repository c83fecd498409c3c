/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_LIBRARY_H
#define UAUTH_BASE_LIBRARY_H

/*
 * Shared libraries: what the code relies on, and opening those that only some installations need.
 * A library that is opened stays until the process ends, as does what it keeps for threads.
 */

#include "base/ctx.h"

#include <stddef.h>

struct library_version {
    unsigned major, minor, patch;
};

/* "3.40.1". */
const char *library_version_text(struct arena *a, struct library_version version);

struct library_need {
    const char *name; /* as in the bill of materials */
    struct library_version version;
    const char *why; /* what an older one lacks */
};

/* UNAVAILABLE, naming library, both versions and the reason, if `loaded` is older than `need`. */
RESULT library_check(struct ctx *c, const struct library_need *need, struct library_version loaded);

/* One that is opened when it is needed. */
struct library {
    struct library_need need;
    const char *soname;  /* exactly what is opened, where the system looks for libraries */
    const char *package; /* of Debian, which has it */
    const char *const *functions;
    size_t functions_n;
};

/*
 * Opens `library`, with all of what it needs in turn, and writes the addresses of its functions to
 * `functions`, a struct of as many pointers, in their order.  May be called by any thread, and
 * again: the process has each library once.  UNAVAILABLE, naming the package, if it is not there or
 * lacks a function.
 */
RESULT library_open(struct ctx *c, const struct library *library, void *functions);

#endif
