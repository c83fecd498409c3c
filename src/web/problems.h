/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_PROBLEMS_H
#define UAUTH_WEB_PROBLEMS_H

/*
 * What each failure means and what to do about it: web/problems.def, one row for each row of
 * base/errors.def.
 */

#include "base/ctx.h"
#include "base/text.h"

struct problem {
    const char *meaning;
    const char *developer; /* what to do, for whoever builds an application */
    const char *person;    /* and for whoever uses one */
};

/* The row of `code`.  `code` is not ERR_OK. */
const struct problem *problem_of(enum err_code code) __attribute__((returns_nonnull));

/* "https://id.example.com/problems/invalid-grant": the type of RFC 9457 3.1.1, and its page. */
const char *problem_type(struct arena *a, const char *issuer, enum err_code code)
    __attribute__((returns_nonnull));

#endif
