/* SPDX-License-Identifier: Apache-2.0 */
#include "app/serve.h"

#include "app/app.h"
#include "app/first_run.h"
#include "app/jobs.h"
#include "app/systemd.h"
#include "base/memory.h"
#include "base/text.h"
#include "token/keyring.h"

#include <stdatomic.h>
#include <stdio.h>

enum { LISTENERS_MAX = SYSTEMD_SOCKETS_MAX + 16, RELOAD_CEILING = 16 << 20 };

struct listeners {
    struct http_listener at[LISTENERS_MAX];
    size_t n;
};

/* All that runs while the service does. */
struct running {
    const struct serving *serving;
    struct http_server *server;
    struct job_runner *jobs;
};

/* ---- where it listens ---- */

/* The figures are for this machine or a network of the operator's: plain, and apart (SU-04). */
static RESULT add_listener(struct ctx *c, struct listeners *l, struct http_listener listener)
{
    if (l->n == LISTENERS_MAX)
        return fail_field(c, INVALID_FIELD, "listen", "These are too many addresses.");
    listener.number = listener.plain ? LISTENER_METRICS : LISTENER_SERVICE;
    l->at[l->n++] = listener;
    return ok();
}

static RESULT add_addresses(struct ctx *c, struct listeners *l, const char *addresses, bool plain)
{
    struct texts all = text_split(c->arena, addresses, ',');
    for (size_t i = 0; i < all.n; i++)
        TRY(add_listener(
            c, l,
            (struct http_listener){ .address = text_trim(c->arena, all.at[i]), .plain = plain }));
    return ok();
}

static RESULT add_sockets(struct ctx *c, struct listeners *l, const struct systemd_socket *sockets,
                          size_t n)
{
    for (size_t i = 0; i < n; i++)
        TRY(add_listener(
            c, l,
            (struct http_listener){ .socket = sockets[i].fd,
                                    .plain = text_equal(sockets[i].name, "metrics") }));
    return ok();
}

static bool has_listener(const struct listeners *l, unsigned number)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->at[i].number == number)
            return true;
    return false;
}

/* The sockets of systemd stand in for the settings: those called "metrics" for metrics_listen, the
 * others for listen. */
static RESULT find_listeners(struct ctx *c, const struct config *config, struct listeners *l)
{
    struct systemd_socket sockets[SYSTEMD_SOCKETS_MAX];
    size_t n = 0;
    TRY(systemd_sockets(c, sockets, &n));
    TRY(add_sockets(c, l, sockets, n));
    if (!has_listener(l, LISTENER_SERVICE))
        TRY(add_addresses(c, l, config->listen, false));
    if (!has_listener(l, LISTENER_METRICS))
        TRY(add_addresses(c, l, config->metrics_listen, true));
    return ok();
}

/* ---- starting ---- */

static RESULT start_server(struct ctx *c, struct running *r, struct app *app, struct listeners *l)
{
    const struct config *config = app->config;
    struct node *node = app->node;
    const struct http_plan plan = {
        .listeners = l->at,
        .listeners_n = l->n,
        .io_threads = (unsigned)config->io_threads,
        .workers = { [HTTP_PLAIN] = (unsigned)config_workers(config),
                     [HTTP_HASH] = (unsigned)config->hash_workers,
                     [HTTP_OUTBOUND] = 2 },
        .queue_max = (unsigned)config->queue_max,
        .connections_max = (unsigned)config->connections_max,
        .application = app_application(app),
        .threads = app_threads(node),
        .log = &node->log,
    };
    TRY(http_server_start(c, &plan, &r->server));
    atomic_store(&node->server, r->server);
    return ok();
}

/* One line says where it is; a service that nobody watches writes it to its log. */
static void tell_addresses(struct ctx *c, const struct running *r, const struct listeners *l)
{
    struct text_buffer bound = text_buffer(c->arena);
    for (size_t i = 0; i < l->n; i++)
        text_addf(&bound, i == 0 ? "%s" : ", %s", http_server_address(r->server, i));
    const char *addresses = text_of(&bound);
    if (r->serving->terminal) {
        (void)printf("uauth serves %s on %s\n", c->config->public_url, addresses);
        (void)fflush(stdout);
    } else {
        LOG_LINE(c->log, c, LOG_INFO, "serving", { "url", .text = c->config->public_url },
                 { "listen", .text = addresses });
    }
}

static RESULT start(struct ctx *c, struct running *r, struct app *app)
{
    struct listeners *l = ARENA_NEW(c->arena, struct listeners);
    bool in_person = r->serving->terminal && config_is_local(c, c->config);
    r->serving->node->shows_mail = in_person;
    TRY(find_listeners(c, app->config, l));
    TRY(first_run_tell(c, r->serving->program, in_person));
    TRY(start_server(c, r, app, l));
    TRY(jobs_start(c, app, &r->jobs));
    tell_addresses(c, r, l);
    systemd_ready(text_printf(c->arena, "serves %s", c->config->public_url));
    /* What only the start needed is given back. */
    memory_give_back();
    return ok();
}

/* ---- reading the settings anew ---- */

/* A key file that changed is taken up now, and only now. */
static RESULT load(struct ctx *c, struct running *r, struct app **app)
{
    struct node *node = r->serving->node;
    TRY(app_load(c, node, r->serving->settings, app));
    struct ctx under = node_ctx(node, c->arena, (*app)->config, node->db);
    if (keyring_reload(&under, node->keys).code == ERR_OK)
        return ok();
    const char *why = under.fault.text == NULL ? "" : under.fault.text;
    app_release(*app);
    return fail(c, UNAVAILABLE, "the signing keys cannot be used: %s", why);
}

static RESULT take_up(struct ctx *c, struct running *r)
{
    struct app *app = NULL;
    TRY(load(c, r, &app));
    struct http_application application = app_application(app);
    err swapped = http_server_swap(c, r->server, &application);
    if (swapped.code == ERR_OK)
        jobs_swap(r->jobs, app);
    else
        app_release(app);
    return swapped;
}

static void log_reload(struct ctx *c, err done)
{
    const struct fault *fault = &c->fault;
    if (done.code == ERR_OK) {
        LOG_LINE(c->log, c, LOG_INFO, "the settings were read anew", { "outcome", .text = "done" });
        return;
    }
    LOG_LINE(c->log, c, LOG_ERROR, "the settings were read anew and not taken; the old ones stay",
             { "outcome", .text = "refused" },
             { "setting", .text = fault->field == NULL ? "" : fault->field },
             { "why", .text = fault->say != NULL    ? fault->say
                              : fault->text != NULL ? fault->text
                                                    : "" });
}

static void reload(struct running *r)
{
    struct node *node = r->serving->node;
    struct arena *arena = arena_new(RELOAD_CEILING);
    systemd_reloading();
    if (arena != NULL) {
        struct ctx c = node_ctx(node, arena, node->config, node->db);
        log_reload(&c, take_up(&c, r));
        arena_end(arena);
    }
    systemd_ready("serves");
}

/* ---- the whole ---- */

static void stop(struct running *r)
{
    struct node *node = r->serving->node;
    systemd_stopping();
    if (r->jobs != NULL)
        jobs_ask_to_stop(r->jobs);
    if (r->server != NULL)
        http_server_stop(r->server, SERVE_DRAIN_MS);
    atomic_store(&node->server, NULL);
    jobs_stop(r->jobs);
}

RESULT serve(struct ctx *c, const struct serving *serving)
{
    struct app *app = NULL;
    struct running running = { .serving = serving };
    TRY(app_new(c, serving->node, serving->node->config, &app));
    err started = start(c, &running, app);
    if (running.server == NULL)
        app_release(app);
    while (started.code == ERR_OK && http_server_wait())
        reload(&running);
    stop(&running);
    return started;
}
