/* SPDX-License-Identifier: Apache-2.0 */
#include "base/library.h"

#include "base/text.h"

#include <dlfcn.h>
#include <string.h>

const char *library_version_text(struct arena *a, struct library_version version)
{
    return text_printf(a, "%u.%u.%u", version.major, version.minor, version.patch);
}

static bool is_older(struct library_version a, struct library_version b)
{
    if (a.major != b.major)
        return a.major < b.major;
    return a.minor != b.minor ? a.minor < b.minor : a.patch < b.patch;
}

RESULT library_check(struct ctx *c, const struct library_need *need, struct library_version loaded)
{
    if (!is_older(loaded, need->version))
        return ok();
    return fail(c, UNAVAILABLE, "%s %s is loaded, and %s or later is needed (%s)", need->name,
                library_version_text(c->arena, loaded),
                library_version_text(c->arena, need->version), need->why);
}

/* The linker's own words: which file is missing, or what in it. */
static RESULT fail_missing(struct ctx *c, const struct library *l)
{
    const char *why = dlerror();
    return fail(c, UNAVAILABLE, "%s is needed, of Debian's package %s: %s", l->need.name,
                l->package, why == NULL ? "it cannot be opened" : why);
}

RESULT library_open(struct ctx *c, const struct library *library, void *functions)
{
    /* All that it needs is looked up now: nothing can be missing later. */
    void *handle = dlopen(library->soname, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == NULL)
        return fail_missing(c, library);
    for (size_t i = 0; i < library->functions_n; i++) {
        void *found = dlsym(handle, library->functions[i]);
        if (found == NULL)
            return fail_missing(c, library);
        memcpy((char *)functions + i * sizeof found, &found, sizeof found);
    }
    return ok();
}
