/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens without anybody at hand (entra.md 3.2, 3.3): kept ones, refreshed ones, the
 * application's own, and those on behalf of somebody. */
#include "client/entra_inside.h"

#include "crypto/digest.h"

#include <string.h>

static const char oidc_scopes[] = "openid profile offline_access";

/* ---- kept ones ---- */

/* A token that may do: `fresh`, or good for a while yet. */
struct kept {
    struct token_entry token;
    bool is_there, is_fresh;
};

/* Whether a token has to be a new one: forced, or with claims, of which {} has none. */
static bool wants_new(struct ctx *c, const struct entra_asked *asked)
{
    const char *claims = NULL;
    if (asked->force || asked->claims == NULL)
        return asked->force;
    if (entra_claims_join(c, NULL, asked->claims, &claims).code == ERR_OK)
        return claims != NULL;
    fault_clear(c); /* it is said again when they are sent */
    return true;
}

static struct kept find_kept(struct ctx *c, struct entra_app *app, const struct token_query *query,
                             const struct entra_asked *asked)
{
    struct kept k = { .is_there = false };
    if (wants_new(c, asked))
        return k;
    k.is_there = token_cache_hit(c, app->cache, query, ENTRA_LEEWAY, &k.token);
    if (!k.is_there && query->realm != NULL) {
        /* MSAL for Python keeps those of all tenants, and the others those of the application
         * itself, under the name that was written. */
        struct token_query as_named = *query;
        as_named.realm = entra_authority_for(&app->authority, asked->tenant_id).tenant;
        k.is_there = token_cache_hit(c, app->cache, &as_named, ENTRA_LEEWAY, &k.token);
    }
    k.is_fresh = k.is_there && (k.token.refresh_on == 0 || k.token.refresh_on > c->now);
    return k;
}

/* ---- one request for all who ask at once ---- */

struct fetching {
    struct entra_app *app;
    const struct entra_asked *asked;
    const struct token_query *query;
    const char *what; /* home account, assertion or "" */
    RESULT(*fetch)
    (struct ctx *c, const struct fetching *f, struct entra_result *out, struct entra_error *error);
};

static const char *flight_key(struct ctx *c, const struct fetching *f)
{
    const struct entra_asked *a = f->asked;
    return text_printf(
        c->arena, "%s\n%s\n%s\n%s\n%d", f->what, f->query->realm == NULL ? "" : f->query->realm,
        text_join(c->arena, a->scopes, " "), a->claims == NULL ? "" : a->claims, a->force);
}

static RESULT fetch_once(struct ctx *c, const struct fetching *f, struct entra_result *out,
                         struct entra_error *error)
{
    const char *key = flight_key(c, f);
    err e = ok();
    enum flight turn = flight_board(c, f->app->flights, key, &e);
    if (turn == FLIGHT_FAILED)
        return e;
    /* Somebody may have fetched it between our look and now. */
    struct kept k = find_kept(c, f->app, f->query, f->asked);
    bool is_done = k.is_fresh || (turn == FLIGHT_LANDED && k.is_there);
    if (is_done)
        *out = entra_result_of(c, f->app, &k.token);
    else
        e = f->fetch(c, f, out, error);
    if (turn == FLIGHT_OURS)
        flight_land(c, f->app->flights, key, e);
    return e;
}

/* Kept, or fetched; and where fetching fails, what is kept while it is good. */
static RESULT get(struct ctx *c, const struct fetching *f, struct entra_result *out,
                  struct entra_error *error)
{
    *error = (struct entra_error){ 0 };
    TRY(token_cache_sync(c, f->app->cache));
    struct kept k = find_kept(c, f->app, f->query, f->asked);
    if (k.is_fresh) {
        *out = entra_result_of(c, f->app, &k.token);
        return ok();
    }
    err e = fetch_once(c, f, out, error);
    if (e.code == ERR_OK || !k.is_there)
        return e;
    fault_clear(c);
    *out = entra_result_of(c, f->app, &k.token);
    return ok();
}

/* ---- what is asked, and where ---- */

struct answered {
    struct entra_place place;
    struct entra_tokens tokens;
};

/* Asks at the tenant that is wanted, with the claims that are; `form` has the rest. */
static RESULT ask(struct ctx *c, const struct fetching *f, struct oauth_form *form,
                  struct answered *out, struct entra_error *error)
{
    const char *claims = NULL;
    TRY(entra_place(c, f->app, f->asked->tenant_id, &out->place));
    TRY(entra_claims_merge(c, f->app->options.capabilities, f->asked->claims, &claims));
    oauth_form_add(form, "claims", claims);
    return entra_ask(c, f->app, &out->place, form, &out->tokens, error);
}

/* What a kept access token of `home` would be: "" for the application's own, NULL for anybody's. */
static struct token_query access_of(struct ctx *c, struct entra_app *app,
                                    const struct entra_asked *asked, const char *home)
{
    struct entra_authority at = entra_authority_for(&app->authority, asked->tenant_id);
    return (struct token_query){ .kind = TOKEN_ACCESS,
                                 .home_account_id = home,
                                 .environments = app->authority.aliases,
                                 .client_id = app->options.client_id,
                                 .realm = entra_realm(c, app, &at, home),
                                 .token_type = "Bearer",
                                 .user_assertion_hash = "",
                                 .scopes = asked->scopes };
}

/* ---- somebody who has signed in ---- */

static RESULT refresh_with(struct ctx *c, const struct fetching *f, const struct token_entry *rt,
                           struct entra_result *out, struct entra_error *error)
{
    struct answered got;
    struct oauth_form form = { .n = 0 };
    oauth_form_add(&form, "grant_type", "refresh_token");
    oauth_form_add(&form, "refresh_token", rt->secret);
    oauth_form_add(&form, "scope", entra_scopes(c->arena, f->asked->scopes, oidc_scopes));
    oauth_form_add(&form, "client_info", "1");
    TRY(ask(c, f, &form, &got, error));
    const struct entra_grant grant = {
        .place = &got.place, .scopes = f->asked->scopes, .old_secret = rt->secret, .home = f->what
    };
    return entra_keep(c, f->app, &grant, &got.tokens, out);
}

/* What the server says is a bad token is of no use to anybody. */
static void forget_bad(struct ctx *c, struct entra_app *app, const struct token_entry *rt,
                       const struct entra_error *error)
{
    const struct token_query query = { .kind = TOKEN_REFRESH,
                                       .home_account_id = rt->home_account_id };
    const struct token_change gone = { .removed = &query, .secret = rt->secret };
    const struct fault before = c->fault;
    if (!text_equal(error->suberror, "bad_token"))
        return;
    (void)token_cache_change(c, app->cache, &gone, 1).code;
    c->fault = before;
}

/* Another one is of use only if this one was refused. */
static bool is_refused(enum err_code code)
{
    return code == ERR_INVALID_GRANT || code == ERR_INTERACTION_REQUIRED;
}

/* Those that `query` finds, one after the other, until one does or none can.  `tried`: there was
 * one. */
static RESULT refresh_by(struct ctx *c, const struct fetching *f, const struct token_query *query,
                         struct entra_result *out, struct entra_error *error, bool *tried)
{
    struct token_entries found = token_cache_find(c, f->app->cache, query);
    err e = ok();
    for (size_t i = 0; i < found.n; i++) {
        fault_clear(c);
        e = refresh_with(c, f, &found.at[i], out, error);
        *tried = true;
        if (e.code == ERR_OK)
            return e;
        forget_bad(c, f->app, &found.at[i], error);
        if (!is_refused(e.code) || text_equal(error->suberror, "client_mismatch"))
            return e;
    }
    return e;
}

/* By a token of the family, if there is one; else, and where that is refused, by one of its own. */
static RESULT refresh(struct ctx *c, const struct fetching *f, struct entra_result *out,
                      struct entra_error *error)
{
    struct token_query query = { .kind = TOKEN_REFRESH,
                                 .home_account_id = f->what,
                                 .environments = f->app->authority.aliases,
                                 .family_id = entra_family(c, f->app, "1"),
                                 .user_assertion_hash = "" };
    bool tried = false;
    err e = ok();
    if (query.family_id != NULL)
        e = refresh_by(c, f, &query, out, error, &tried);
    if (tried && (e.code == ERR_OK || !is_refused(e.code)))
        return e;
    query.family_id = NULL;
    query.client_id = f->app->options.client_id;
    bool by_own = false;
    err last = refresh_by(c, f, &query, out, error, &by_own);
    if (by_own)
        return last;
    return tried ? e : fail(c, NOT_FOUND, "there is no token of this account: sign in");
}

RESULT entra_silent(struct ctx *c, struct entra_app *app, const char *home_account_id,
                    const struct entra_asked *asked, struct entra_result *out,
                    struct entra_error *error)
{
    *error = (struct entra_error){ 0 };
    if (home_account_id == NULL || *home_account_id == '\0' || asked->scopes.n == 0)
        return fail(c, INVALID_REQUEST, "a token is asked for with an account and a scope");
    const struct token_query query = access_of(c, app, asked, home_account_id);
    const struct fetching f = { app, asked, &query, home_account_id, refresh };
    return get(c, &f, out, error);
}

/* ---- the application itself ---- */

static RESULT fetch_own(struct ctx *c, const struct fetching *f, struct entra_result *out,
                        struct entra_error *error)
{
    struct answered got;
    struct oauth_form form = { .n = 0 };
    oauth_form_add(&form, "grant_type", "client_credentials");
    oauth_form_add(&form, "scope", text_join(c->arena, f->asked->scopes, " "));
    TRY(ask(c, f, &form, &got, error));
    /* Nobody signs in here. */
    got.tokens.id_token = NULL;
    got.tokens.refresh_token = NULL;
    got.tokens.scope = NULL;
    const struct entra_grant grant = { .place = &got.place,
                                       .scopes = f->asked->scopes,
                                       .own = true };
    return entra_keep(c, f->app, &grant, &got.tokens, out);
}

static RESULT check_own(struct ctx *c, const struct entra_app *app, const struct entra_asked *asked)
{
    struct entra_authority at = entra_authority_for(&app->authority, asked->tenant_id);
    if (!entra_is_confidential(app))
        return fail(c, INVALID_REQUEST, "a public client gets no tokens of its own");
    if (!entra_authority_has_tenant(&at))
        return fail(c, INVALID_REQUEST,
                    "an application asks at a tenant, and %s is none (AADSTS9001023)", at.tenant);
    if (asked->scopes.n == 0)
        return fail(c, INVALID_REQUEST, "a token is asked for with a scope: RESOURCE/.default");
    return ok();
}

RESULT entra_client_credentials(struct ctx *c, struct entra_app *app,
                                const struct entra_asked *asked, struct entra_result *out,
                                struct entra_error *error)
{
    *error = (struct entra_error){ 0 };
    TRY(check_own(c, app, asked));
    const struct token_query query = access_of(c, app, asked, "");
    const struct fetching f = { app, asked, &query, "", fetch_own };
    return get(c, &f, out, error);
}

/* ---- on behalf of somebody ---- */

static RESULT fetch_for(struct ctx *c, const struct fetching *f, struct entra_result *out,
                        struct entra_error *error)
{
    struct answered got;
    struct oauth_form form = { .n = 0 };
    oauth_form_add(&form, "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
    oauth_form_add(&form, "requested_token_use", "on_behalf_of");
    oauth_form_add(&form, "assertion", f->what);
    oauth_form_add(&form, "scope", entra_scopes(c->arena, f->asked->scopes, oidc_scopes));
    oauth_form_add(&form, "client_info", "1");
    TRY(ask(c, f, &form, &got, error));
    const struct entra_grant grant = { .place = &got.place,
                                       .scopes = f->asked->scopes,
                                       .assertion = f->what };
    return entra_keep(c, f->app, &grant, &got.tokens, out);
}

RESULT entra_on_behalf_of(struct ctx *c, struct entra_app *app, const char *assertion,
                          const struct entra_asked *asked, struct entra_result *out,
                          struct entra_error *error)
{
    *error = (struct entra_error){ 0 };
    if (!entra_is_confidential(app))
        return fail(c, INVALID_REQUEST, "a public client acts on nobody's behalf");
    if (assertion == NULL || *assertion == '\0' || asked->scopes.n == 0)
        return fail(c, INVALID_REQUEST, "a token is asked for with an assertion and a scope");
    /* At an authority of all tenants whose they are is not known before they come. */
    struct token_query query = access_of(c, app, asked, NULL);
    query.user_assertion_hash = token_hash(c->arena, assertion);
    if (asked->tenant_id == NULL && !entra_authority_has_tenant(&app->authority))
        query.realm = NULL;
    const struct fetching f = { app, asked, &query, assertion, fetch_for };
    return get(c, &f, out, error);
}

/* ---- a refresh token of elsewhere ---- */

RESULT entra_by_refresh_token(struct ctx *c, struct entra_app *app, const char *refresh_token,
                              const struct entra_asked *asked, struct entra_result *out,
                              struct entra_error *error)
{
    const struct token_entry rt = { .kind = TOKEN_REFRESH, .secret = refresh_token };
    const struct fetching f = { app, asked, NULL, NULL, NULL };
    *error = (struct entra_error){ 0 };
    if (refresh_token == NULL || *refresh_token == '\0')
        return fail(c, INVALID_REQUEST, "there is no refresh token");
    return refresh_with(c, &f, &rt, out, error);
}
