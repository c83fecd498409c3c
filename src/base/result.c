/* SPDX-License-Identifier: Apache-2.0 */
#include "base/result.h"

#include "base/spell.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct slug {
    char at[SPELL_MAX];
};

static const struct err_row rows[ERR_CODES] = {
#define ERR(name, status, oauth, title) [ERR_##name] = { #name, status, oauth, title },
#include "base/errors.def"
#undef ERR
};

#define DASH(c) ((char)((c) == '\0' ? '\0' : (c) == '_' ? '-' : (c) | 0x20))

static const struct slug slugs[ERR_CODES] = {
#define ERR(name, status, oauth, title) [ERR_##name] = { { SPELL(DASH, #name) } },
#include "base/errors.def"
#undef ERR
};

#define ERR(name, status, oauth, title)                                                            \
    _Static_assert(sizeof(#name) <= SPELL_MAX, "the name " #name " is too long for a slug");
#include "base/errors.def"
#undef ERR

const struct err_row *err_row(enum err_code code)
{
    must(code > ERR_OK && code < ERR_CODES);
    return &rows[code];
}

const char *err_slug(enum err_code code)
{
    must(code > ERR_OK && code < ERR_CODES);
    return slugs[code].at;
}

enum err_code err_from_slug(const char *slug)
{
    for (unsigned code = ERR_OK + 1; code < ERR_CODES; code++) {
        if (strcmp(slugs[code].at, slug) == 0)
            return (enum err_code)code;
    }
    return ERR_OK;
}

_Noreturn void must_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "bug: %s:%d: %s\n", file, line, condition);
    abort();
}
