/* SPDX-License-Identifier: Apache-2.0 */
#include "app/app.h"

#include "app/routes.h"
#include "base/text.h"
#include "client/key_vault_settings.h"
#include "crypto/digest.h"
#include "crypto/seal.h"
#include "net/libcurl.h"
#include "net/tls.h"
#include "oauth/fapi.h"

#include <openssl/ssl.h>
#include <stdatomic.h>

enum { APP_CEILING = 32 << 20 };

/* ---- making one ---- */

/* AUTH_CSRF_SECRET takes the place of the derived key (decision 14). */
static void derive_keys(const struct node *node, const struct config *config,
                        struct door_plan *plan)
{
    const struct bytes no_salt = { 0 };
    if (config->csrf_secret[0] != '\0')
        hkdf_sha256(bytes_of(config->csrf_secret), no_salt, "csrf", plan->csrf_key);
    else
        seal_derive(node->seal, "csrf", plan->csrf_key);
    seal_derive(node->seal, "challenge", plan->challenge_key);
}

static RESULT make_door(struct ctx *c, struct app *app)
{
    struct door_plan *plan = ARENA_NEW(app->arena, struct door_plan);
    *plan = (struct door_plan){ .config = app->config,
                                .metrics = app->node->metrics,
                                .refusals = app->node->refusals,
                                .proof_algs = client_proof_algs };
    plan->routes = routes(&plan->routes_n);
    plan->limits = limit_classes(&plan->limits_n);
    derive_keys(app->node, app->config, plan);
    return door_new(c, app->arena, plan, &app->door);
}

static RESULT make_tls(struct ctx *c, struct app *app)
{
    const struct config *config = app->config;
    if (config->tls_cert[0] == '\0')
        return ok();
    TRY(tls_server_new(c, config->tls_cert, config->tls_key, &app->tls));
    ARENA_OWN(app->arena, SSL_CTX, SSL_CTX_free, app->tls);
    if (config->tls_client_certs == 0)
        return ok();
    const char *called =
        *config->mtls_url == '\0' ? NULL : hosts_of_url(c->arena, config->mtls_url);
    const char *usual = hosts_of_url(c->arena, config->public_url);
    return tls_server_ask(c, app->tls, text_equal(called, usual) ? NULL : called);
}

/* Who will call others by these settings is told now if it cannot; libcurl is opened with the first
 * call in any case, since a provider may be added at any time. */
static RESULT check_calls(struct ctx *c)
{
    const struct config *config = c->config;
    const char *const places[] = { config->smtp_url, config->azure_client_id,
                                   config->audit_heads_url };
    const struct libcurl *opened = NULL;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (places[i][0] != '\0')
            return libcurl_open(c, &opened);
    return ok();
}

/* `app` lies in `c->arena`, which is its own. */
static RESULT make(struct ctx *c, struct app *app)
{
    const struct config *config = app->config;
    app->log = app->node->log;
    app->log.level = (enum log_level)config->log_level;
    app->mailer = (struct mailer){ .resolver = app->node->resolver,
                                   .smtp_url = config->smtp_url,
                                   .from = config->mail_from,
                                   .folder = app->node->outbox };
    c->config = config;
    TRY(cidrs_parse(c, app->arena, config->trusted_proxies, &app->trusted));
    TRY(check_calls(c));
    TRY(make_tls(c, app));
    return make_door(c, app);
}

/* The failure of `inner`, told in `c`, whose arena lives on. */
static RESULT pass_on(struct ctx *c, const struct ctx *inner)
{
    const struct fault *from = &inner->fault;
    const char *text = from->text == NULL ? "" : text_printf(c->arena, "%s", from->text);
    const char *say = from->say == NULL ? NULL : text_printf(c->arena, "%s", from->say);
    fault_clear(c);
    err failed = fail_say_at(c, from->code, say, from->file, from->line, "%s", text);
    c->fault.field = from->field == NULL ? NULL : text_printf(c->arena, "%s", from->field);
    return failed;
}

static RESULT end_failed(struct ctx *c, struct app *app, const struct ctx *inner)
{
    err failed = pass_on(c, inner);
    arena_end(app->arena);
    return failed;
}

static struct app *app_empty(struct node *node)
{
    struct arena *arena = arena_new(APP_CEILING);
    if (arena == NULL)
        return NULL;
    struct app *app = ARENA_NEW(arena, struct app);
    app->node = node;
    app->arena = arena;
    atomic_store(&app->references, 1);
    return app;
}

RESULT app_new(struct ctx *c, struct node *node, const struct config *config, struct app **out)
{
    struct app *app = app_empty(node);
    if (app == NULL)
        return fail(c, UNAVAILABLE, "no memory for the settings");
    app->config = config;
    struct ctx inner = node_ctx(node, app->arena, config, c->db);
    if (make(&inner, app).code != ERR_OK)
        return end_failed(c, app, &inner);
    *out = app;
    return ok();
}

/* ---- making another ---- */

/* What is made once, from the settings of the start.  (The URLs of the two stores are not read
 * again once these are open.) */
static void keep_fixed(struct ctx *c, const struct config *old, struct config *new)
{
    static const char *const fixed[] = { "listen",         "data_dir",   "database_url",
                                         "redis_url",      "redis_cert", "redis_key",
                                         "metrics_listen", "workers",    "hash_workers",
                                         "io_threads",     "queue_max",  "connections_max" };
    bool is_file = false;
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        const struct config_row *row = config_find(fixed[i], &is_file);
        const char *was = config_show(c->arena, old, row);
        const char *is = config_show(c->arena, new, row);
        if (!text_equal(was, is))
            LOG_LINE(c->log, c, LOG_WARN, "a setting changes at the next start only",
                     { "setting", .text = row->variable }, { "value", .text = was },
                     { "next", .text = is });
    }
    new->listen = old->listen;
    new->data_dir = old->data_dir;
    new->metrics_listen = old->metrics_listen;
    new->workers = old->workers;
    new->hash_workers = old->hash_workers;
    new->io_threads = old->io_threads;
    new->queue_max = old->queue_max;
    new->connections_max = old->connections_max;
}

static RESULT load(struct ctx *c, struct app *app, const struct config_input *input)
{
    struct config *config = ARENA_NEW(app->arena, struct config);
    struct config_sources sources;
    TRY(config_load(c, input, config, &sources));
    c->config = config;
    TRY(key_vault_settings(c, config));
    keep_fixed(c, app->node->config, config);
    TRY(config_check(c, config));
    app->config = config;
    return make(c, app);
}

RESULT app_load(struct ctx *c, struct node *node, const struct config_input *input,
                struct app **out)
{
    struct app *app = app_empty(node);
    if (app == NULL)
        return fail(c, UNAVAILABLE, "no memory for the settings");
    struct ctx inner = node_ctx(node, app->arena, node->config, c->db);
    if (load(&inner, app, input).code != ERR_OK)
        return end_failed(c, app, &inner);
    *out = app;
    return ok();
}

/* ---- counting ---- */

struct app *app_hold(struct app *app)
{
    (void)atomic_fetch_add(&app->references, 1);
    return app;
}

void app_release(struct app *app)
{
    if (app != NULL && atomic_fetch_sub(&app->references, 1) == 1)
        arena_end(app->arena);
}
