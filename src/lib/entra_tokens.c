/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/entra.h"

#include "base/time.h"

#include <poll.h>

/* ---- what was got ---- */

const char *uauth_entra_access(const struct uauth_entra_token *token)
{
    return token->result.access_token;
}

const char *uauth_entra_scope(const struct uauth_entra_token *token)
{
    return token->result.scope;
}

int64_t uauth_entra_expires_at(const struct uauth_entra_token *token)
{
    return token->result.expires_on;
}

bool uauth_entra_from_cache(const struct uauth_entra_token *token)
{
    return token->result.from_cache;
}

const char *uauth_entra_id_token(const struct uauth_entra_token *token)
{
    return token->result.id_token;
}

const char *uauth_entra_account(const struct uauth_entra_token *token)
{
    return token->result.account.home_account_id;
}

const char *uauth_entra_username(const struct uauth_entra_token *token)
{
    return token->result.account.username;
}

const char *uauth_entra_tenant_id(const struct uauth_entra_token *token)
{
    return token->result.tenant_id;
}

const char *uauth_entra_object_id(const struct uauth_entra_token *token)
{
    return token->result.account.local_account_id;
}

void uauth_entra_token_free(struct uauth_entra_token *token)
{
    if (token != NULL)
        held_free(&token->held);
}

/* ---- ways to one ---- */

/* The ways that differ by one text. */
typedef RESULT way(struct ctx *c, struct entra_app *app, const char *text,
                   const struct entra_asked *asked, struct entra_result *out,
                   struct entra_error *error);

struct way_wanted {
    way *way;
    const char *text;
    const struct uauth_entra_wanted *wanted;
};

static RESULT go(struct call *k, const struct uauth_entra *app, const struct way_wanted *w,
                 struct entra_result *out)
{
    struct entra_asked asked;
    struct entra_error told = { 0 };
    TRY(entra_wanted(&k->c, w->wanted, &asked));
    err got = w->way(&k->c, app->app, w->text, &asked, out, &told);
    return entra_told(k, got, &told);
}

static enum uauth_result get(const struct uauth_entra *app, const struct way_wanted *w,
                             struct uauth_entra_token **out, struct uauth_error **error)
{
    struct call k;
    *out = NULL;
    if (!call_open(&k, app->held.uauth, error))
        return UAUTH_MEMORY;
    struct uauth_entra_token *made = ARENA_NEW(k.c.arena, struct uauth_entra_token);
    err result = go(&k, app, w, &made->result);
    return CALL_CLOSE(&k, result, made, out, error);
}

static RESULT own(struct ctx *c, struct entra_app *app, const char *text,
                  const struct entra_asked *asked, struct entra_result *out,
                  struct entra_error *error)
{
    (void)text;
    return entra_client_credentials(c, app, asked, out, error);
}

enum uauth_result uauth_entra_silent(const struct uauth_entra *app, const char *account,
                                     const struct uauth_entra_wanted *wanted,
                                     struct uauth_entra_token **out, struct uauth_error **error)
{
    const struct way_wanted w = { entra_silent, account, wanted };
    return get(app, &w, out, error);
}

enum uauth_result uauth_entra_application(const struct uauth_entra *app,
                                          const struct uauth_entra_wanted *wanted,
                                          struct uauth_entra_token **out,
                                          struct uauth_error **error)
{
    const struct way_wanted w = { own, NULL, wanted };
    return get(app, &w, out, error);
}

enum uauth_result uauth_entra_on_behalf_of(const struct uauth_entra *app, const char *assertion,
                                           const struct uauth_entra_wanted *wanted,
                                           struct uauth_entra_token **out,
                                           struct uauth_error **error)
{
    const struct way_wanted w = { entra_on_behalf_of, assertion, wanted };
    return get(app, &w, out, error);
}

enum uauth_result uauth_entra_by_refresh_token(const struct uauth_entra *app,
                                               const char *refresh_token,
                                               const struct uauth_entra_wanted *wanted,
                                               struct uauth_entra_token **out,
                                               struct uauth_error **error)
{
    const struct way_wanted w = { entra_by_refresh_token, refresh_token, wanted };
    return get(app, &w, out, error);
}

/* ---- a browser ---- */

struct uauth_entra_sign_in {
    struct held held;
    struct entra_begun begun;
};

static RESULT begin(struct ctx *c, const struct uauth_entra *app,
                    const struct uauth_entra_sign_in_options *from, struct entra_begun *out)
{
    struct uauth_entra_sign_in_options o;
    TRY(options_read(c, from, &o, sizeof o));
    const struct entra_sign_in wanted = { .asked = { .scopes = lib_words(c->arena, o.scopes),
                                                     .tenant_id = o.tenant_id,
                                                     .claims = o.claims },
                                          .redirect_uri = o.redirect_uri,
                                          .prompt = o.prompt,
                                          .login_hint = o.login_hint,
                                          .domain_hint = o.domain_hint,
                                          .form_post = o.form_post,
                                          .home_account_id = o.account,
                                          .sid = o.sid };
    return entra_sign_in_begin(c, app->app, &wanted, out);
}

enum uauth_result uauth_entra_sign_in_begin(const struct uauth_entra *app,
                                            const struct uauth_entra_sign_in_options *options,
                                            struct uauth_entra_sign_in **out,
                                            struct uauth_error **error)
{
    struct call k;
    *out = NULL;
    if (!call_open(&k, app->held.uauth, error))
        return UAUTH_MEMORY;
    struct uauth_entra_sign_in *made = ARENA_NEW(k.c.arena, struct uauth_entra_sign_in);
    err result = begin(&k.c, app, options, &made->begun);
    return CALL_CLOSE(&k, result, made, out, error);
}

const char *uauth_entra_sign_in_url(const struct uauth_entra_sign_in *sign_in)
{
    return sign_in->begun.url;
}

const char *uauth_entra_sign_in_kept(const struct uauth_entra_sign_in *sign_in)
{
    return sign_in->begun.kept;
}

void uauth_entra_sign_in_free(struct uauth_entra_sign_in *sign_in)
{
    if (sign_in != NULL)
        held_free(&sign_in->held);
}

enum uauth_result uauth_entra_sign_in_finish(const struct uauth_entra *app, const char *kept,
                                             const char *answer, struct uauth_entra_token **out,
                                             struct uauth_error **error)
{
    struct call k;
    struct entra_error told = { 0 };
    *out = NULL;
    if (!call_open(&k, app->held.uauth, error))
        return UAUTH_MEMORY;
    struct uauth_entra_token *made = ARENA_NEW(k.c.arena, struct uauth_entra_token);
    err got = entra_sign_in_finish(&k.c, app->app, kept, bytes_of(answer == NULL ? "" : answer),
                                   &made->result, &told);
    err result = entra_told(&k, got, &told);
    return CALL_CLOSE(&k, result, made, out, error);
}

/* ---- a device ---- */

enum { LOOK_MS = 200, MORE_SECONDS = 5 };

struct uauth_entra_device {
    struct held held;
    const struct uauth_entra *app;
    struct entra_asked asked;
    struct entra_device device;
};

static RESULT begin_device(struct call *k, const struct uauth_entra *app,
                           const struct uauth_entra_wanted *wanted, struct uauth_entra_device *out)
{
    struct entra_error told = { 0 };
    struct entra_asked asked;
    TRY(entra_wanted(&k->c, wanted, &asked));
    out->app = app;
    out->asked = (struct entra_asked){ .scopes = asked.scopes,
                                       .tenant_id = text_keep(k->c.arena, asked.tenant_id),
                                       .claims = text_keep(k->c.arena, asked.claims) };
    err begun = entra_device_begin(&k->c, app->app, &out->asked, &out->device, &told);
    return entra_told(k, begun, &told);
}

enum uauth_result uauth_entra_device_begin(const struct uauth_entra *app,
                                           const struct uauth_entra_wanted *wanted,
                                           struct uauth_entra_device **out,
                                           struct uauth_error **error)
{
    struct call k;
    *out = NULL;
    if (!call_open(&k, app->held.uauth, error))
        return UAUTH_MEMORY;
    struct uauth_entra_device *made = ARENA_NEW(k.c.arena, struct uauth_entra_device);
    err result = begin_device(&k, app, wanted, made);
    return CALL_CLOSE(&k, result, made, out, error);
}

const char *uauth_entra_device_message(const struct uauth_entra_device *device)
{
    return device->device.message;
}

const char *uauth_entra_device_uri(const struct uauth_entra_device *device)
{
    return device->device.verification_uri;
}

const char *uauth_entra_device_user_code(const struct uauth_entra_device *device)
{
    return device->device.user_code;
}

void uauth_entra_device_free(struct uauth_entra_device *device)
{
    if (device != NULL)
        held_free(&device->held);
}

struct waiting {
    bool (*go_on)(void *arg);
    void *arg;
};

static bool wait_a_while(struct ctx *c, const struct waiting *w, int64_t seconds)
{
    int64_t until = time_monotonic_ms() + seconds * 1000;
    for (int64_t left = seconds * 1000; left > 0; left = until - time_monotonic_ms()) {
        if (w->go_on != NULL && !w->go_on(w->arg))
            return false;
        (void)poll(NULL, 0, left < LOOK_MS ? (int)left : LOOK_MS);
    }
    c->now = time_now();
    return true;
}

/* RFC 8628 3.5: until somebody has answered; who does not answer is asked less often. */
static RESULT await(struct call *k, const struct uauth_entra_device *d, const struct waiting *w,
                    struct entra_result *out)
{
    struct entra_error told = { 0 };
    int64_t interval = d->device.interval;
    for (;;) {
        struct arena_mark mark = arena_mark(k->c.arena);
        fault_clear(&k->c);
        if (!wait_a_while(&k->c, w, interval))
            return fail(&k->c, ACCESS_DENIED, "the wait was ended");
        err got = entra_device_ask(&k->c, d->app->app, &d->device, &d->asked, out, &told);
        bool goes_on = got.code == ERR_AUTHORIZATION_PENDING || got.code == ERR_SLOW_DOWN ||
                       got.code == ERR_UNAVAILABLE;
        if (!goes_on)
            return entra_told(k, got, &told);
        interval += got.code == ERR_AUTHORIZATION_PENDING ? 0 : MORE_SECONDS;
        arena_rewind(k->c.arena, mark);
    }
}

enum uauth_result uauth_entra_device_wait(const struct uauth_entra_device *device,
                                          bool (*go_on)(void *arg), void *arg,
                                          struct uauth_entra_token **out,
                                          struct uauth_error **error)
{
    struct call k;
    const struct waiting w = { go_on, arg };
    *out = NULL;
    if (!call_open(&k, device->app->held.uauth, error))
        return UAUTH_MEMORY;
    struct uauth_entra_token *made = ARENA_NEW(k.c.arena, struct uauth_entra_token);
    err result = await(&k, device, &w, &made->result);
    return CALL_CLOSE(&k, result, made, out, error);
}
