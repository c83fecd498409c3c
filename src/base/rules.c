/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rules.h"

#include "base/result.h"
#include "base/spell.h"

#include <string.h>

struct slug {
    char at[SPELL_MAX];
};

#define DASH(c) ((char)((c) == '\0' ? '\0' : (c) == '_' ? '-' : (c) | 0x20))

static const struct slug slugs[RULE_ROWS] = {
#define RULE(name, clause, cause, matters, fix) [RULE_##name] = { { SPELL(DASH, #name) } },
#include "base/rules.def"
#undef RULE
};

#define RULE(name, clause, cause, matters, fix)                                                    \
    _Static_assert(sizeof(#name) <= SPELL_MAX, "the name " #name " is too long for a slug");
#include "base/rules.def"
#undef RULE

static const struct rule_row rows[RULE_ROWS] = {
#define RULE(name, clause, cause, matters, fix)                                                    \
    [RULE_##name] = { slugs[RULE_##name].at, clause, cause, matters, fix },
#include "base/rules.def"
#undef RULE
};

const struct rule_row *rule_row(enum rule rule)
{
    must(rule > RULE_NONE && rule < RULE_ROWS);
    return &rows[rule];
}

enum rule rule_from_slug(const char *slug)
{
    for (unsigned rule = RULE_NONE + 1; rule < RULE_ROWS; rule++)
        if (strcmp(rows[rule].slug, slug) == 0)
            return (enum rule)rule;
    return RULE_NONE;
}
