/* SPDX-License-Identifier: Apache-2.0 */
#include "token/key_versions.h"

#include <string.h>

bool key_version_is_newer(const struct key_version *v, const struct key_version *than)
{
    return v->created_at != than->created_at ? v->created_at > than->created_at
                                             : strcmp(v->name, than->name) > 0;
}

static bool is_same(const struct key_version *a, const struct key_version *b)
{
    return strcmp(a->name, b->name) == 0 && a->key == b->key && a->may_sign == b->may_sign &&
           a->enabled == b->enabled && a->created_at == b->created_at;
}

bool key_versions_same(const struct key_version *a, const struct key_version *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_same(&a[i], &b[i]))
            return false;
    return true;
}

struct key_version *key_versions_find(struct key_versions *known, const char *name)
{
    for (size_t i = 0; i < known->n; i++)
        if (strcmp(known->at[i].name, name) == 0)
            return &known->at[i];
    return NULL;
}

struct key_version *key_versions_place(struct key_versions *known)
{
    struct key_version *oldest = known->at;
    if (known->n < KEY_REMOTE_VERSIONS_MAX)
        return &known->at[known->n++];
    for (size_t i = 1; i < known->n; i++)
        if (key_version_is_newer(oldest, &known->at[i]))
            oldest = &known->at[i];
    return oldest;
}

void key_versions_mark(struct key_versions *known, const struct vault_versions *told, int64_t now)
{
    for (size_t i = 0; i < known->n; i++)
        known->at[i].may_sign = known->at[i].enabled = false;
    for (size_t i = 0; i < told->n; i++) {
        struct key_version *v = key_versions_find(known, told->at[i].version);
        if (v == NULL)
            continue;
        v->enabled = told->at[i].enabled;
        v->may_sign = v->key != NULL && vault_version_is_good(&told->at[i], now);
    }
}
