/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/entra.h"

#include "client/entra_claims.h"
#include "lib/error.h"

enum { ASSERTION_ROOM = 32 * 1024 };

/* ---- for its calls ---- */

RESULT entra_wanted(struct ctx *c, const struct uauth_entra_wanted *from, struct entra_asked *out)
{
    struct uauth_entra_wanted o;
    TRY(options_read(c, from, &o, sizeof o));
    *out = (struct entra_asked){ .scopes = lib_words(c->arena, o.scopes),
                                 .tenant_id = o.tenant_id,
                                 .claims = o.claims,
                                 .force = o.force };
    return ok();
}

RESULT entra_told(struct call *k, err result, const struct entra_error *error)
{
    if (result.code == ERR_OK)
        return result;
    k->told.code = error->error;
    k->told.description = error->description;
    k->told.claims = error->claims;
    k->told.status = error->status;
    if (error->error != NULL && result.code == ERR_UPSTREAM)
        k->told.result = UAUTH_REFUSED;
    return result;
}

/* ---- the application ---- */

static RESULT ask_program(struct ctx *c, void *arg, const char **out)
{
    const struct uauth_entra *app = arg;
    char *text = arena_alloc(c->arena, ASSERTION_ROOM);
    if (!app->assertion(app->assertion_arg, text, ASSERTION_ROOM))
        return fail(c, INVALID_REQUEST, "the program has no assertion");
    text[ASSERTION_ROOM - 1] = '\0';
    *out = text;
    return ok();
}

static RESULT make(struct call *k, const struct uauth_entra_options *from, struct uauth_entra *out)
{
    struct ctx *c = &k->c;
    struct uauth_entra_options o;
    TRY(options_read(c, from, &o, sizeof o));
    out->assertion = o.assertion;
    out->assertion_arg = o.assertion_arg;
    const struct entra_options options = {
        .client_id = o.client_id,
        .authority = o.authority,
        .known_authorities = lib_words(c->arena, o.known_authorities),
        .secret = o.client_secret,
        .certificate_path = o.certificate_file,
        .certificate_passphrase = o.certificate_passphrase,
        .send_certificate_chain = o.send_certificate_chain,
        .assertion_file = o.assertion_file,
        .assertion = o.assertion == NULL ? NULL : ask_program,
        .assertion_arg = out,
        .capabilities = lib_words(c->arena, o.capabilities),
        .cache_path = o.cache_file,
    };
    return entra_app_new(c, &options, &out->app);
}

enum uauth_result uauth_entra_new(struct uauth *u, const struct uauth_entra_options *options,
                                  struct uauth_entra **out, struct uauth_error **error)
{
    struct call k;
    *out = NULL;
    if (!call_open(&k, u, error))
        return UAUTH_MEMORY;
    struct uauth_entra *made = ARENA_NEW(k.c.arena, struct uauth_entra);
    err result = make(&k, options, made);
    return CALL_CLOSE(&k, result, made, out, error);
}

void uauth_entra_free(struct uauth_entra *app)
{
    if (app == NULL)
        return;
    entra_app_free(app->app);
    held_free(&app->held);
}

/* ---- challenges ---- */

static RESULT read_challenge(struct ctx *c, const char *www_authenticate, const char **out)
{
    const char *claims =
        www_authenticate == NULL ? NULL : entra_challenge_claims(c->arena, www_authenticate);
    if (claims == NULL)
        return fail(c, NOT_FOUND, "no claims are asked for");
    *out = claims;
    return ok();
}

enum uauth_result uauth_challenge_claims(struct uauth *u, const char *www_authenticate,
                                         struct uauth_text **out, struct uauth_error **error)
{
    struct call k;
    *out = NULL;
    if (!call_open(&k, u, error))
        return UAUTH_MEMORY;
    struct uauth_text *made = ARENA_NEW(k.c.arena, struct uauth_text);
    err result = read_challenge(&k.c, www_authenticate, &made->text);
    return CALL_CLOSE(&k, result, made, out, error);
}

/* ---- for all that is kept ---- */

/* What many people have signed in to is larger than the work of one call may use. */
static bool large_call_open(struct call *k, const struct uauth_entra *app,
                            struct uauth_error **error)
{
    struct arena *large = arena_new((size_t)3 * TOKEN_CACHE_BYTES_MAX);
    if (large == NULL || !call_open(k, app->held.uauth, error)) {
        arena_end(large);
        if (error != NULL)
            *error = error_no_memory();
        return false;
    }
    held_free(&(struct held){ k->uauth, k->c.arena });
    k->c.arena = large;
    return true;
}

/* An arena of that size is not for other calls. */
static enum uauth_result large_call_close(struct call *k, err result, struct held *made,
                                          struct uauth_error **error)
{
    struct uauth_error *told = NULL;
    enum uauth_result how = call_close(k, result, made, &told);
    if (how == UAUTH_OK)
        made->uauth = NULL;
    error_part(&told);
    if (error != NULL)
        *error = told;
    else
        uauth_error_free(told);
    return how;
}

/* ---- accounts ---- */

struct uauth_entra_accounts {
    struct held held;
    struct entra_accounts accounts;
};

enum uauth_result uauth_entra_accounts(const struct uauth_entra *app,
                                       struct uauth_entra_accounts **out,
                                       struct uauth_error **error)
{
    struct call k;
    *out = NULL;
    if (!large_call_open(&k, app, error))
        return UAUTH_MEMORY;
    struct uauth_entra_accounts *made = ARENA_NEW(k.c.arena, struct uauth_entra_accounts);
    err result = entra_accounts(&k.c, app->app, &made->accounts);
    *out = result.code == ERR_OK ? made : NULL;
    return large_call_close(&k, result, &made->held, error);
}

size_t uauth_entra_accounts_count(const struct uauth_entra_accounts *accounts)
{
    return accounts->accounts.n;
}

const char *uauth_entra_accounts_account(const struct uauth_entra_accounts *accounts, size_t index)
{
    return index < accounts->accounts.n ? accounts->accounts.at[index].home_account_id : NULL;
}

const char *uauth_entra_accounts_username(const struct uauth_entra_accounts *accounts, size_t index)
{
    return index < accounts->accounts.n ? accounts->accounts.at[index].username : NULL;
}

void uauth_entra_accounts_free(struct uauth_entra_accounts *accounts)
{
    if (accounts != NULL)
        held_free(&accounts->held);
}

enum uauth_result uauth_entra_account_remove(const struct uauth_entra *app, const char *account,
                                             struct uauth_error **error)
{
    struct call k;
    if (!call_open(&k, app->held.uauth, error))
        return UAUTH_MEMORY;
    err result = account == NULL ? fail(&k.c, INVALID_REQUEST, "there is no account")
                                 : entra_account_remove(&k.c, app->app, account);
    return call_close(&k, result, NULL, error);
}

/* ---- the cache ---- */

enum uauth_result uauth_entra_cache_write(const struct uauth_entra *app, struct uauth_text **out,
                                          struct uauth_error **error)
{
    struct call k;
    *out = NULL;
    if (!large_call_open(&k, app, error))
        return UAUTH_MEMORY;
    struct uauth_text *made = ARENA_NEW(k.c.arena, struct uauth_text);
    made->text = token_cache_write(&k.c, entra_app_cache(app->app));
    *out = made;
    return large_call_close(&k, ok(), &made->held, error);
}

enum uauth_result uauth_entra_cache_read(const struct uauth_entra *app, const char *json,
                                         struct uauth_error **error)
{
    struct call k;
    if (!call_open(&k, app->held.uauth, error))
        return UAUTH_MEMORY;
    err result =
        token_cache_read(&k.c, entra_app_cache(app->app), bytes_of(json == NULL ? "" : json));
    if (result.code == ERR_INVALID_JSON)
        k.told.result = UAUTH_ARGUMENT;
    return call_close(&k, result, NULL, error);
}

bool uauth_entra_cache_changed(const struct uauth_entra *app)
{
    return token_cache_has_changed(entra_app_cache(app->app));
}
