/* SPDX-License-Identifier: Apache-2.0 */
#include "web/embedded.h"

#include "base/result.h"

#include <string.h>

static const char assets[] = "assets/";

const struct embedded *embedded_find(const char *name)
{
    size_t n;
    const struct embedded *files = embedded_files(&n);
    for (size_t i = 0; i < n; i++)
        if (text_equal(files[i].name, name))
            return &files[i];
    return NULL;
}

static const char *path_of(struct arena *a, const struct embedded *file)
{
    const char *point = strrchr(file->name, '.');
    must(point != NULL);
    return text_printf(a, "/%.*s.%s%s", (int)(point - file->name), file->name, file->digest, point);
}

const char *embedded_asset_path(struct arena *a, const char *name)
{
    const struct embedded *file = embedded_find(text_printf(a, "%s%s", assets, name));
    must(file != NULL);
    return path_of(a, file);
}

const struct embedded *embedded_asset(struct arena *a, const char *versioned)
{
    const char *path = text_printf(a, "/%s%s", assets, versioned);
    size_t n;
    const struct embedded *files = embedded_files(&n);
    for (size_t i = 0; i < n; i++)
        if (text_starts(files[i].name, assets) && text_equal(path_of(a, &files[i]), path))
            return &files[i];
    return NULL;
}
