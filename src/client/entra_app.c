/* SPDX-License-Identifier: Apache-2.0 */
#include "client/entra_inside.h"

#include "base/json.h"
#include "client/assertion_file.h"
#include "client/metadata.h"
#include "client/tenant_issuer.h"
#include "client/token_cache_file.h"
#include "net/http_client.h"
#include "net/url.h"

#include <string.h>

enum { DISCOVERY_MAX = 64 * 1024, DISCOVERY_LIMIT_MS = 10000, BAD_REQUEST = 400 };

/* ---- making one ---- */

static struct entra_options keep_options(struct arena *a, const struct entra_options *from)
{
    struct entra_options o = *from;
    o.client_id = text_keep(a, from->client_id);
    o.authority = text_keep(a, from->authority);
    o.known_authorities = texts_keep(a, from->known_authorities);
    o.secret = text_keep(a, from->secret);
    o.certificate_path = NULL;
    o.certificate_passphrase = NULL;
    o.assertion_file = text_keep(a, from->assertion_file);
    o.capabilities = texts_keep(a, from->capabilities);
    o.cache_path = NULL;
    o.discovery = text_keep(a, from->discovery == NULL ? "https://login.microsoftonline.com"
                                                       : from->discovery);
    return o;
}

static RESULT check(struct ctx *c, const struct entra_options *o)
{
    int proofs = (o->secret != NULL) + (o->certificate_path != NULL) + (o->assertion_file != NULL) +
                 (o->assertion != NULL);
    if (o->client_id == NULL || *o->client_id == '\0' || text_has_control(o->client_id))
        return fail(c, INVALID_REQUEST, "an application has a client id");
    if (o->authority == NULL)
        return fail(c, INVALID_REQUEST, "an application has an authority: https://HOST/TENANT");
    if (proofs > 1)
        return fail(c, INVALID_REQUEST,
                    "an application has a secret, a certificate or an assertion: one of them");
    if (o->secret != NULL && *o->secret == '\0')
        return fail(c, INVALID_REQUEST, "the secret is empty");
    return ok();
}

static RESULT fill(struct ctx *c, struct entra_app *app, const struct entra_options *o)
{
    TRY(check(c, o));
    app->options = keep_options(app->arena, o);
    TRY(entra_authority_read(c, app->arena, app->options.authority, &app->authority));
    if (o->certificate_path != NULL) {
        TRY(certificate_key_read(c, app->arena, o->certificate_path, o->certificate_passphrase,
                                 ALG_PS256, &app->pair));
        app->head = (struct jws_head){ .typ = "JWT", .x5t_s256 = app->pair.own.thumbprint };
        if (o->send_certificate_chain)
            app->head.x5c = app->pair.x5c;
    }
    app->flights = flights_new();
    app->throttles = throttles_new();
    if (o->cache_path != NULL)
        TRY(token_cache_open(c, o->cache_path, &app->cache));
    else
        app->cache = token_cache_new();
    if (app->cache == NULL || app->flights == NULL || app->throttles == NULL)
        return fail(c, UNAVAILABLE, "there is no memory for an application");
    return ok();
}

RESULT entra_app_new(struct ctx *c, const struct entra_options *options, struct entra_app **out)
{
    struct arena *arena = arena_new(ARENA_REQUEST_CEILING);
    if (arena == NULL)
        return fail(c, UNAVAILABLE, "there is no memory for an application");
    struct entra_app *app = ARENA_NEW(arena, struct entra_app);
    app->arena = arena;
    err e = fill(c, app, options);
    if (e.code != ERR_OK) {
        entra_app_free(app);
        return e;
    }
    *out = app;
    return ok();
}

void entra_app_free(struct entra_app *app)
{
    if (app == NULL)
        return;
    token_cache_free(app->cache);
    flights_free(app->flights);
    throttles_free(app->throttles);
    arena_end(app->arena);
}

struct token_cache *entra_app_cache(struct entra_app *app)
{
    return app->cache;
}

bool entra_is_confidential(const struct entra_app *app)
{
    return app->options.secret != NULL || app->pair.key != NULL ||
           app->options.assertion_file != NULL || app->options.assertion != NULL;
}

/* ---- where ---- */

/* Those that are known for what they are, and those that the caller trusts. */
static bool needs_no_asking(const struct entra_app *app)
{
    return app->authority.known || app->authority.kind == ENTRA_B2C ||
           app->authority.kind == ENTRA_CIAM || app->authority.kind == ENTRA_ADFS ||
           texts_hold(app->options.known_authorities, app->authority.host);
}

/* Asks Microsoft whether the host is one of an authority (entra.md 3.6).  What says no is believed;
 * who cannot be reached says nothing. */
static RESULT ask_instance(struct ctx *c, struct entra_app *app)
{
    struct upstreams *u = NULL;
    struct http_answer *answer = ARENA_NEW(c->arena, struct http_answer);
    struct entra_error error;
    const char *about = entra_authority_url(c->arena, &app->authority, "/oauth2/v2.0/authorize");
    const char *url = text_printf(c->arena,
                                  "%s/common/discovery/instance?api-version=1.1&"
                                  "authorization_endpoint=%s",
                                  app->options.discovery, percent_encode(c->arena, about));
    const struct http_call call = {
        .method = "GET", .url = url, .answer_max = DISCOVERY_MAX, .limit_ms = DISCOVERY_LIMIT_MS
    };
    TRY(upstreams_of(c, &u));
    if (http_call(c, u->resolver, &call, answer).code != ERR_OK) {
        fault_clear(c);
        return ok();
    }
    entra_error_read(c, answer->status, answer->body, &error);
    if (answer->status == BAD_REQUEST || error.error != NULL)
        return fail(c, FORBIDDEN,
                    "%s is no authority that is known (AADSTS50049): check it, or "
                    "name it among the known authorities",
                    app->authority.host);
    return ok();
}

static RESULT trust(struct ctx *c, struct entra_app *app)
{
    if (atomic_load(&app->trusted))
        return ok();
    if (!needs_no_asking(app))
        TRY(ask_instance(c, app));
    atomic_store(&app->trusted, true);
    return ok();
}

static bool is_tenant(const char *tenant)
{
    return *tenant != '\0' && strpbrk(tenant, "/?#%\\ ") == NULL && !text_has_control(tenant);
}

RESULT entra_place(struct ctx *c, struct entra_app *app, const char *tenant,
                   struct entra_place *out)
{
    const struct metadata *m = NULL;
    struct entra_place p = { .authority = entra_authority_for(&app->authority, tenant) };
    struct arena *a = c->arena;
    if (tenant != NULL && !is_tenant(tenant))
        return fail(c, INVALID_REQUEST, "this is no tenant");
    p.metadata_at =
        (struct upstream_url){ entra_authority_metadata(a, &p.authority), OUTBOUND_CONFIGURED };
    if (p.authority.known) {
        p.authorize = entra_authority_url(a, &p.authority, "/oauth2/v2.0/authorize");
        p.token = entra_authority_url(a, &p.authority, "/oauth2/v2.0/token");
        p.device = entra_authority_url(a, &p.authority, "/oauth2/v2.0/devicecode");
        *out = p;
        return ok();
    }
    TRY(trust(c, app));
    TRY(metadata_get(c, &p.metadata_at, &m));
    if (!entra_issuer_is_trusted(a, &p.authority, m->issuer, app->options.known_authorities))
        return fail(c, FORBIDDEN, "the metadata of %s name a foreign issuer: %.256s",
                    p.authority.host, m->issuer);
    p.authorize = m->authorization_endpoint;
    p.token = m->token_endpoint;
    p.device = m->device_authorization_endpoint;
    *out = p;
    return ok();
}

/* ---- whose ---- */

/* The id that an issuer has in its path (entra.md 1.1), or NULL. */
static const char *id_in(struct arena *a, const char *issuer)
{
    struct url url;
    if (!url_parse(a, bytes_of(issuer), &url))
        return NULL;
    struct texts path = text_split(a, url.path, '/');
    return path.n > 0 && tenant_is_guid(path.at[0]) ? text_lower(a, path.at[0]) : NULL;
}

/* A tenant that is named by a domain is known by its id to all who keep tokens of it. */
static const char *id_of(struct ctx *c, struct entra_app *app, const struct entra_authority *at)
{
    const struct metadata *m = NULL;
    const char *id = NULL;
    bool can_be_named = at->kind == ENTRA_TENANT || at->kind == ENTRA_CIAM;
    if (!can_be_named || tenant_is_guid(at->tenant) || !is_tenant(at->tenant))
        return at->tenant;
    const struct upstream_url place = { entra_authority_metadata(c->arena, at),
                                        OUTBOUND_CONFIGURED };
    err e = trust(c, app);
    if (e.code == ERR_OK)
        e = metadata_get(c, &place, &m);
    if (e.code != ERR_OK)
        fault_clear(c);
    else if (entra_issuer_is_trusted(c->arena, at, m->issuer, app->options.known_authorities))
        id = id_in(c->arena, m->issuer);
    return id == NULL ? at->tenant : id;
}

const char *entra_realm(struct ctx *c, struct entra_app *app, const struct entra_authority *at,
                        const char *home)
{
    const char *dot = home == NULL ? NULL : strrchr(home, '.');
    if (dot != NULL && !entra_authority_has_tenant(at))
        return dot + 1;
    return id_of(c, app, at);
}

/* ---- asking ---- */

static void add_scope(struct arena *a, struct texts *list, const char *scope)
{
    for (size_t i = 0; i < list->n; i++)
        if (text_equal_nocase(list->at[i], scope))
            return;
    if (list->n < ENTRA_SCOPES_MAX)
        list->at[list->n++] = text_copy(a, scope, strlen(scope));
}

const char *entra_scopes(struct arena *a, struct texts asked, const char *more)
{
    struct texts list = { ARENA_NEWS(a, const char *, ENTRA_SCOPES_MAX), 0 };
    struct texts rest = text_split(a, more, ' ');
    for (size_t i = 0; i < asked.n; i++)
        add_scope(a, &list, asked.at[i]);
    for (size_t i = 0; i < rest.n; i++)
        add_scope(a, &list, rest.at[i]);
    return text_join(a, list, " ");
}

/* Who we are, as the server is shown it. */
static RESULT client_of(struct ctx *c, struct entra_app *app, const char *token_endpoint,
                        struct oauth_client *out)
{
    const struct entra_options *o = &app->options;
    struct oauth_client client = { .client_id = o->client_id, .auth = OAUTH_AUTH_NONE };
    if (o->secret != NULL) {
        client.auth = OAUTH_AUTH_POST;
        client.secret = o->secret;
    } else if (app->pair.key != NULL) {
        client.auth = OAUTH_AUTH_PRIVATE_KEY;
        client.key = app->pair.key;
        client.known_as = &app->head;
        client.assertion_aud = token_endpoint;
    } else if (o->assertion != NULL || o->assertion_file != NULL) {
        client.auth = OAUTH_AUTH_PRIVATE_KEY;
        if (o->assertion != NULL)
            TRY(o->assertion(c, o->assertion_arg, &client.assertion));
        else
            TRY(assertion_file_read(c, o->assertion_file, &client.assertion));
        if (client.assertion == NULL || text_has_control(client.assertion))
            return fail(c, INVALID_REQUEST, "there is no assertion to show");
    }
    *out = client;
    return ok();
}

RESULT entra_ask(struct ctx *c, struct entra_app *app, const struct entra_place *place,
                 const struct oauth_form *form, struct entra_tokens *out, struct entra_error *error)
{
    struct oauth_client client;
    const struct entra_endpoint at = { .url = place->token,
                                       .throttles = app->throttles,
                                       .confidential = entra_is_confidential(app) };
    *error = (struct entra_error){ 0 };
    TRY(client_of(c, app, place->token, &client));
    return entra_call(c, &at, &client, form, out, error);
}
