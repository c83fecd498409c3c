/* SPDX-License-Identifier: Apache-2.0 */
#include "web/providers_shown.h"

#include "base/config.h"
#include "store/providers.h"

/* Google and OAuth 2.0 do not say when somebody proved who they are. */
static const char *says_when(const char *kind)
{
    return text_equal(kind, "google") || text_equal(kind, "oauth2") ? NULL : "yes";
}

static struct page_values row_of(struct arena *a, const char *id, const char *name,
                                 const char *kind)
{
    const struct page_value cells[] = { { .name = "provider", .value = id },
                                        { .name = "provider_name", .value = name },
                                        { .name = "says_when", .value = says_when(kind) } };
    return (struct page_values){ arena_copy(a, cells, sizeof cells), 3 };
}

RESULT providers_shown(struct ctx *c, struct page_values **rows, size_t *n)
{
    struct provider_rows found;
    bool entra = c->config->azure_client_id[0] != '\0';
    size_t shown = 0;
    TRY(provider_rows_list(c, &found));
    *rows = ARENA_NEWS(c->arena, struct page_values, found.n + 1);
    if (entra)
        (*rows)[shown++] = row_of(c->arena, "entra", "Microsoft", "entra");
    for (size_t i = 0; i < found.n; i++) {
        const struct provider_row *row = &found.at[i];
        if (!row->disabled && !(entra && text_equal(row->id, "entra")))
            (*rows)[shown++] = row_of(c->arena, row->id, row->name, row->kind);
    }
    *n = shown;
    return ok();
}

bool provider_says_when(const struct page_values *row)
{
    return row->at[2].value != NULL;
}

const char *provider_name_of(const struct page_values *rows, size_t n, const char *id)
{
    for (size_t i = 0; i < n; i++)
        if (text_equal(rows[i].at[0].value, id))
            return rows[i].at[1].value;
    return id;
}
