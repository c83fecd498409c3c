/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept, told: tokens, and who has signed in here. */
#include "client/entra_inside.h"

#include <string.h>

static struct entra_account account_from(const struct token_entry *e)
{
    return (struct entra_account){ .home_account_id = e->home_account_id,
                                   .tenant_id = e->realm,
                                   .local_account_id = e->local_account_id,
                                   .username = e->username,
                                   .name = e->name,
                                   .environment = e->environment };
}

struct entra_result entra_result_of(struct ctx *c, struct entra_app *app,
                                    const struct token_entry *token)
{
    struct entra_result r = { .access_token = token->secret,
                              .token_type = token->token_type,
                              .scope = token->target,
                              .tenant_id = token->realm,
                              .expires_on = token->expires_on,
                              .refresh_on = token->refresh_on,
                              .from_cache = true };
    if (token->home_account_id == NULL || *token->home_account_id == '\0')
        return r;
    struct token_query query = { .kind = TOKEN_ACCOUNT,
                                 .home_account_id = token->home_account_id,
                                 .environments = app->authority.aliases,
                                 .realm = token->realm };
    struct token_entries found = token_cache_find(c, app->cache, &query);
    if (found.n == 0) {
        query.realm = NULL;
        found = token_cache_find(c, app->cache, &query);
    }
    if (found.n > 0)
        r.account = account_from(&found.at[0]);
    query.kind = TOKEN_ID;
    query.client_id = app->options.client_id;
    query.realm = token->realm;
    query.user_assertion_hash = "";
    found = token_cache_find(c, app->cache, &query);
    if (found.n > 0)
        r.id_token = found.at[0].secret;
    return r;
}

/* Whether it is what they are at home, and not as a guest elsewhere. */
static bool is_home(const struct token_entry *e)
{
    const char *dot = e->home_account_id == NULL ? NULL : strrchr(e->home_account_id, '.');
    return dot != NULL && text_equal_nocase(dot + 1, e->realm);
}

RESULT entra_accounts(struct ctx *c, struct entra_app *app, struct entra_accounts *out)
{
    const struct token_query query = { .kind = TOKEN_ACCOUNT,
                                       .environments = app->authority.aliases };
    TRY(token_cache_sync(c, app->cache));
    struct token_entries found = token_cache_find(c, app->cache, &query);
    struct entra_account *at = ARENA_NEWS(c->arena, struct entra_account, found.n);
    size_t n = 0;
    for (size_t i = 0; i < found.n; i++) {
        size_t k = 0;
        while (k < n && !text_equal_nocase(at[k].home_account_id, found.at[i].home_account_id))
            k++;
        if (k == n || is_home(&found.at[i]))
            at[k] = account_from(&found.at[i]);
        n += k == n;
    }
    *out = (struct entra_accounts){ at, n };
    return ok();
}

const char *entra_family(struct ctx *c, const struct entra_app *app, const char *unknown)
{
    const struct token_query query = { .kind = TOKEN_APP,
                                       .environments = app->authority.aliases,
                                       .client_id = app->options.client_id };
    struct token_entries found = token_cache_find(c, app->cache, &query);
    if (found.n == 0)
        return unknown;
    const char *family = found.at[0].family_id;
    return family == NULL || *family == '\0' ? NULL : family;
}

RESULT entra_account_remove(struct ctx *c, struct entra_app *app, const char *home_account_id)
{
    static const enum token_kind kinds[] = { TOKEN_ACCESS, TOKEN_REFRESH, TOKEN_ID, TOKEN_ACCOUNT };
    enum { KINDS = sizeof kinds / sizeof kinds[0] };
    struct token_query queries[KINDS + 1];
    struct token_change changes[KINDS + 1];
    size_t n = KINDS;
    for (size_t i = 0; i < KINDS; i++) {
        queries[i] = (struct token_query){ .kind = kinds[i],
                                           .home_account_id = home_account_id,
                                           .environments = app->authority.aliases };
        /* Tokens of other applications in the same file are not ours to end. */
        if (kinds[i] != TOKEN_ACCOUNT)
            queries[i].client_id = app->options.client_id;
        changes[i] = (struct token_change){ .removed = &queries[i] };
    }
    /* Those of its family are: with one of them it would be signed in again. */
    const char *family = entra_family(c, app, NULL);
    if (family != NULL) {
        queries[n] = (struct token_query){ .kind = TOKEN_REFRESH,
                                           .home_account_id = home_account_id,
                                           .environments = app->authority.aliases,
                                           .family_id = family };
        changes[n] = (struct token_change){ .removed = &queries[n] };
        n++;
    }
    return token_cache_change(c, app->cache, changes, n);
}
