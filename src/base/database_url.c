/* SPDX-License-Identifier: Apache-2.0 */
#include "base/database_url.h"

#include "base/text.h"

#include <string.h>

struct scheme {
    const char *name;
    const char *behind; /* what comes before a host or an absolute path */
    enum database_kind kind;
};
static const struct scheme schemes[] = {
    { "sqlite:", "///", DATABASE_SQLITE },
    { "postgres:", "//", DATABASE_POSTGRES },
    { "postgresql:", "//", DATABASE_POSTGRES },
};
enum { SCHEMES = sizeof schemes / sizeof *schemes };

enum database_kind database_kind_of(const char *url, const char **place)
{
    const struct scheme *found = NULL;
    for (size_t i = 0; found == NULL && i < SCHEMES; i++)
        if (text_starts(url, schemes[i].name))
            found = &schemes[i];
    if (place != NULL)
        *place = found == NULL ? NULL : url + strlen(found->name);
    return found == NULL ? DATABASE_UNKNOWN : found->kind;
}

const char *database_schemes(struct arena *a)
{
    struct text_buffer b = text_buffer(a);
    for (size_t i = 0; i < SCHEMES; i++)
        text_addf(&b, "%s%s", i == 0 ? "" : ", ", schemes[i].name);
    return text_of(&b);
}

const char *database_beginnings(struct arena *a)
{
    struct text_buffer b = text_buffer(a);
    for (size_t i = 0; i < SCHEMES; i++)
        text_addf(&b, "%s%s%s", i == 0 ? "" : " ", schemes[i].name, schemes[i].behind);
    return text_of(&b);
}
