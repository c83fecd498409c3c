/* SPDX-License-Identifier: Apache-2.0 */
#include "base/config.h"

#include <string.h>

static const char redacted[] = "[redacted]";

/* "postgres://user:[redacted]@host/name": what stands between the first ':' of the user part and
 * '@'. */
static const char *without_password(struct arena *a, const char *value)
{
    const char *from = strstr(value, "://");
    if (from == NULL)
        return value;
    /* libpq takes it in the query as well. */
    if (strcasestr(value, "password=") != NULL)
        return redacted;
    from += 3;
    size_t authority = strcspn(from, "/?#");
    const char *at = memrchr(from, '@', authority);
    const char *colon = at == NULL ? NULL : memchr(from, ':', (size_t)(at - from));
    if (colon == NULL)
        return value;
    return text_printf(a, "%.*s:%s%s", (int)(colon - value), value, redacted, at);
}

static const char *choice_name(struct arena *a, const char *choices, int64_t i)
{
    struct texts known = text_split(a, choices, '|');
    must(i >= 0 && (size_t)i < known.n);
    return known.at[i];
}

/* A reference is none itself. */
static const char *show_secret(const char *value)
{
    return value[0] == '\0' || config_is_reference(value) ? value : redacted;
}

const char *config_show(struct arena *a, const struct config *config, const struct config_row *row)
{
    const void *at = (const uint8_t *)config + row->offset;
    switch (row->kind) {
    case CONFIG_TEXT:
    case CONFIG_PATH:
    case CONFIG_URL:
        return without_password(a, *(const char *const *)at);
    case CONFIG_SECRET:
        return show_secret(*(const char *const *)at);
    case CONFIG_INT:
        return text_printf(a, "%lld", (long long)*(const int64_t *)at);
    case CONFIG_BOOL:
        return *(const bool *)at ? "on" : "off";
    case CONFIG_CHOICE:
        return choice_name(a, row->choices, *(const int64_t *)at);
    case CONFIG_LIST:
        return text_join(a, *(const struct texts *)at, ",");
    }
    must(false);
    return "";
}
