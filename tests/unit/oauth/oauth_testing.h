/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_OAUTH_OAUTH_TESTING_H
#define UAUTH_TESTS_UNIT_OAUTH_OAUTH_TESTING_H

/* Texts in which ' stands for ", and outcomes with the reason on failure. */

#include "tests/unit/base/testing.h"

static inline const char *quoted(struct ctx *c, const char *text)
{
    size_t n = strlen(text);
    char *out = arena_copy(c->arena, text, n + 1);
    for (size_t i = 0; i < n; i++)
        if (out[i] == '\'')
            out[i] = '"';
    return out;
}

static inline void passes(struct ctx *c, err done, const char *what)
{
    if (done.code != ERR_OK)
        fail_msg("%s: %s: %s", what, err_slug(done.code),
                 c->fault.say != NULL ? c->fault.say : c->fault.text);
}

static inline void refused(struct ctx *c, err done, enum err_code code, const char *what)
{
    if (done.code != code)
        fail_msg("%s: %s", what, done.code == ERR_OK ? "is taken" : err_slug(done.code));
    fault_clear(c);
}

#endif
