/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The figures of the process: what the front door counts, and what the server, the gate before
 * password hashing, the outbox and the keys can tell of now.
 */
#include "app/app.h"
#include "app/figures.h"

#include "client/key_vault.h"
#include "client/upstreams.h"
#include "crypto/hash_gate.h"
#include "db/kv.h"
#include "store/outbox.h"
#include "token/keyring.h"

#include <stdatomic.h>

enum { DAY = 86400 };

static void add_connections(struct figures *f, const struct http_counters *n)
{
    figures_add(f, (struct figure){ "uauth_connections_open", NULL, "Open connections", false },
                figure_of(n->open));
    figures_add(f, (struct figure){ "uauth_connections_total", NULL, "Connections accepted", true },
                figure_of(n->accepted));
    figures_add(f,
                (struct figure){ "uauth_connections_rejected_total", "cap=\"all\"",
                                 "Connections over a cap", true },
                figure_of(n->rejected_total));
    figures_add(f,
                (struct figure){ "uauth_connections_rejected_total", "cap=\"address\"",
                                 "Connections over a cap", true },
                figure_of(n->rejected_address));
    figures_add(f,
                (struct figure){ "uauth_tls_failures_total", NULL, "Failed TLS handshakes", true },
                figure_of(n->tls_failures));
    figures_add(f, (struct figure){ "uauth_received_bytes_total", NULL, "Bytes received", true },
                figure_of(n->bytes_in));
    figures_add(f, (struct figure){ "uauth_sent_bytes_total", NULL, "Bytes sent", true },
                figure_of(n->bytes_out));
}

static void add_timeouts(struct figures *f, const struct http_counters *n)
{
    static const char *const labels[HTTP_PHASES] = {
        [HTTP_PHASE_TLS] = "phase=\"tls\"",         [HTTP_PHASE_HEAD] = "phase=\"head\"",
        [HTTP_PHASE_BODY] = "phase=\"body\"",       [HTTP_PHASE_QUEUE] = "phase=\"queue\"",
        [HTTP_PHASE_HANDLER] = "phase=\"handler\"", [HTTP_PHASE_WRITE] = "phase=\"write\"",
        [HTTP_PHASE_IDLE] = "phase=\"idle\"",       [HTTP_PHASE_LINGER] = "phase=\"linger\"",
    };
    for (int phase = 0; phase < HTTP_PHASES; phase++)
        figures_add(f,
                    (struct figure){ "uauth_timeouts_total", labels[phase],
                                     "Connections whose phase took too long", true },
                    figure_of(n->timeouts[phase]));
}

static void add_requests(struct figures *f, const struct http_counters *n)
{
    figures_add(f, (struct figure){ "uauth_requests_received_total", NULL, "Complete heads", true },
                figure_of(n->requests));
    figures_add(f,
                (struct figure){ "uauth_requests_refused_total", "why=\"malformed\"",
                                 "Requests that did not reach the routes", true },
                figure_of(n->refused));
    figures_add(f,
                (struct figure){ "uauth_requests_refused_total", "why=\"overload\"",
                                 "Requests that did not reach the routes", true },
                figure_of(n->overloaded));
    figures_add(f,
                (struct figure){ "uauth_replies_dropped_total", NULL,
                                 "Replies whose connection had gone", true },
                figure_of(n->dropped));
}

static void add_queues(struct figures *f, const struct http_counters *n)
{
    static const char *const labels[HTTP_QUEUES] = {
        [HTTP_PLAIN] = "queue=\"plain\"",
        [HTTP_HASH] = "queue=\"hash\"",
        [HTTP_OUTBOUND] = "queue=\"outbound\"",
    };
    for (int i = 0; i < HTTP_QUEUES; i++)
        figures_add(f,
                    (struct figure){ "uauth_queue_length", labels[i],
                                     "Requests that wait for a worker", false },
                    figure_of(n->queued[i]));
    for (int i = 0; i < HTTP_QUEUES; i++)
        figures_add(
            f, (struct figure){ "uauth_queue_running", labels[i], "Requests in a worker", false },
            figure_of(n->running[i]));
}

static void add_server(struct figures *f, struct http_server *server)
{
    struct http_counters n;
    if (server == NULL)
        return;
    http_server_counters(server, &n);
    add_connections(f, &n);
    add_timeouts(f, &n);
    add_requests(f, &n);
    add_queues(f, &n);
}

static void add_gate(struct figures *f, struct hash_gate *gate)
{
    struct hash_gate_state state = hash_gate_look(gate);
    figures_add(f, (struct figure){ "uauth_hash_slots", NULL, "Password hashes at once", false },
                (int64_t)state.slots);
    figures_add(f, (struct figure){ "uauth_hash_busy", NULL, "Password hashes being made", false },
                (int64_t)state.busy);
    figures_add(
        f, (struct figure){ "uauth_hash_waiting", NULL, "Jobs that wait for a hash slot", false },
        (int64_t)state.waiting);
    figures_add(f,
                (struct figure){ "uauth_hash_memory_bytes", NULL, "Memory of hash slots", false },
                (int64_t)state.mapped_bytes);
    figures_add(f,
                (struct figure){ "uauth_hash_typical_milliseconds", NULL,
                                 "Moving average of the time of one hash", false },
                state.typical_ms);
}

static void add_pages(struct ctx *c, struct figures *f)
{
    struct db_pages pages;
    db_pages(c->db, &pages);
    if (pages.most == 0)
        return;
    figures_add(f,
                (struct figure){ "uauth_database_pages_bytes", NULL,
                                 "Pages of the database that are kept in memory", false },
                pages.bytes);
    figures_add(
        f,
        (struct figure){ "uauth_database_pages_max_bytes", NULL, "What they may come to", false },
        pages.most);
}

/* Without the database the figures that come from it are left out: the others are wanted most then.
 */
static void add_database(struct ctx *c, struct figures *f)
{
    int64_t waiting = 0;
    int64_t oldest = 0;
    bool up = db_check(c).code == ERR_OK && outbox_waiting(c, &waiting, &oldest).code == ERR_OK;
    figures_add(f,
                (struct figure){ "uauth_database_up", NULL,
                                 "Whether the database can be read and written", false },
                up);
    fault_clear(c);
    if (!up)
        return;
    figures_add(
        f, (struct figure){ "uauth_outbox_waiting", NULL, "Mails that wait to be sent", false },
        waiting);
    figures_add(f,
                (struct figure){ "uauth_outbox_oldest_seconds", NULL,
                                 "For how long the oldest mail has been due", false },
                oldest);
}

static RESULT add_keys(struct ctx *c, struct figures *f)
{
    static const char *const labels[] = { [KEY_NEXT] = "state=\"next\"",
                                          [KEY_CURRENT] = "state=\"current\"",
                                          [KEY_RETIRED] = "state=\"retired\"" };
    struct key_infos keys;
    int64_t counts[] = { 0, 0, 0 };
    int64_t age = 0;
    TRY(keyring_list(c, c->keys, &keys));
    for (size_t i = 0; i < keys.n; i++) {
        counts[keys.at[i].state]++;
        if (keys.at[i].state == KEY_CURRENT && c->now - keys.at[i].created_at > age)
            age = c->now - keys.at[i].created_at;
    }
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        figures_add(f, (struct figure){ "uauth_signing_keys", labels[i], "Signing keys", false },
                    counts[i]);
    figures_add(
        f,
        (struct figure){ "uauth_signing_key_age_seconds", NULL, "Age of the current key", false },
        age);
    bool rotates =
        c->config->jwt_private_key_path[0] == '\0' && c->config->jwt_key_vault_key[0] == '\0';
    figures_add(f,
                (struct figure){ "uauth_signing_key_rotation_seconds", NULL,
                                 "Age at which a key is replaced; 0: it is in a file or vault",
                                 false },
                rotates ? c->config->key_rotation_days * DAY : 0);
    return ok();
}

static void add_kv(struct figures *f, struct kv *kv)
{
    struct kv_figures n;
    kv_figures(kv, &n);
    if (!n.is_shared)
        return;
    figures_add(
        f, (struct figure){ "uauth_redis_up", NULL, "Whether the last call was answered", false },
        !n.is_away);
    figures_add(
        f, (struct figure){ "uauth_redis_calls_total", NULL, "Calls that Redis answered", true },
        figure_of(n.calls));
    figures_add(f, (struct figure){ "uauth_redis_failures_total", NULL, "Calls that failed", true },
                figure_of(n.failures));
    figures_add(f,
                (struct figure){ "uauth_redis_local_total", NULL,
                                 "Calls that this node answered by itself instead", true },
                figure_of(n.local));
}

static void add_vault(struct ctx *c, struct figures *f)
{
    struct keyring_vault vault;
    if (!keyring_vault(c, c->keys, &vault))
        return;
    figures_add(f,
                (struct figure){ "uauth_key_vault_signs", NULL,
                                 "1: the key vault did so when it was last asked", false },
                vault.signs);
    figures_add(f,
                (struct figure){ "uauth_key_vault_waiting", NULL,
                                 "Requests that wait for a signature", false },
                vault.waiting);
    figures_add(f,
                (struct figure){ "uauth_key_vault_signatures_total", NULL,
                                 "Signatures of the key vault", true },
                vault.signatures);
    figures_add(f,
                (struct figure){ "uauth_key_vault_failures_total", NULL,
                                 "Signatures that the key vault did not make", true },
                vault.failures);
}

/* With whom people sign in.  Which of them it is, the log tells. */
static void add_upstreams(struct ctx *c, struct figures *f, struct upstreams *u)
{
    int64_t refused = 0;
    int64_t failed = 0;
    if (u == NULL)
        return;
    struct breaker_states all = breakers_state(c, u->breakers);
    for (size_t i = 0; i < all.n; i++) {
        if (text_starts(all.at[i].name, KEY_VAULT_BREAKER))
            continue;
        refused += all.at[i].open;
        failed += all.at[i].failed;
    }
    figures_add(f,
                (struct figure){ "uauth_upstreams_refused", NULL,
                                 "Providers that are not called, because they do not answer",
                                 false },
                refused);
    figures_add(f,
                (struct figure){ "uauth_upstream_failures_total", NULL,
                                 "Calls to providers that were not answered properly", true },
                failed);
}

RESULT app_metrics(struct ctx *c, const struct app *app, const char **text)
{
    struct node *node = app->node;
    struct figures *f = ARENA_NEW(c->arena, struct figures);
    f->arena = c->arena;
    add_server(f, atomic_load(&node->server));
    add_gate(f, node->hashes);
    add_kv(f, node->kv);
    add_upstreams(c, f, node->upstreams);
    add_pages(c, f);
    add_database(c, f);
    TRY(add_keys(c, f));
    add_vault(c, f);
    figures_add_process(c, f, app);
    figures_add_jobs(c, f, node);
    size_t rows_n = 0;
    const struct route *rows = router_rows(app->door->router, &rows_n);
    *text = metrics_text(c, app->door->metrics, rows, f->at, f->n);
    return ok();
}
