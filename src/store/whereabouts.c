/* SPDX-License-Identifier: Apache-2.0 */
#include "store/whereabouts.h"

#include "store/meta.h"

struct mark {
    const char *name, *what, *next;
};

/* clang-format off */
static const struct mark marks[] = {
    { META_BACKUP, "is a backup, made at",  "uauth restore puts it in place" },
    { META_MOVED,  "was moved to",          "set AUTH_DATABASE_URL to that one; to go back to what was here, uauth restore --in-place" },
    { META_MOVING, "is being filled from",  "run the same uauth migrate --to again" },
};
/* clang-format on */

RESULT whereabouts_check(struct ctx *c)
{
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const char *value = NULL;
        TRY(meta_get(c, marks[i].name, &value));
        if (value != NULL)
            return fail(c, UNAVAILABLE, "this database %s %s: %s", marks[i].what, value,
                        marks[i].next);
    }
    return ok();
}
