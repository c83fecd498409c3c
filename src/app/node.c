/* SPDX-License-Identifier: Apache-2.0 */
#include "app/node.h"

#include "app/data_folder.h"
#include "base/random.h"
#include "base/text.h"
#include "base/time.h"
#include "client/upstreams.h"
#include "crypto/hash_gate.h"
#include "crypto/seal.h"
#include "db/kv.h"
#include "net/resolver.h"
#include "oauth/discovery_kept.h"
#include "store/erasure_log.h"
#include "store/meta.h"
#include "store/whereabouts.h"
#include "token/keyring.h"
#include "token/keyrings.h"
#include "token/revoke.h"
#include "token/status_list.h"
#include "web/metrics.h"
#include "web/refusals.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NODE_CEILING = 64 << 20 };

static int64_t wall_clock(void *arg)
{
    (void)arg;
    return time_now();
}

const char *node_database_url(struct ctx *c, const struct config *config)
{
    if (config->database_url[0] != '\0')
        return config->database_url;
    const char *path = data_path(c, config->data_dir, DATA_DATABASE);
    return text_printf(c->arena, path[0] == '/' ? "sqlite://%s" : "sqlite:%s", path);
}

/* ---- the database ---- */

static RESULT open_database(struct ctx *c, struct node *node, enum db_use use)
{
    TRY(database_open(c, node_database_url(c, node->config), use, &node->database));
    TRY(db_open(c, node->database, &node->db));
    c->db = node->db;
    return ok();
}

/* What the database says about its master key, or NULL if it has none yet. */
static RESULT read_check(struct ctx *c, const struct migrations_due *due, const char **stored)
{
    *stored = NULL;
    if (due->n == store_schema()->n)
        return ok(); /* not even the table is there */
    return meta_get(c, META_SEAL_CHECK, stored);
}

static RESULT find_master(struct ctx *c, const struct node_plan *plan, const char *stored,
                          struct bytes *master)
{
    const char *folder = plan->config->data_dir;
    if (plan->in_tests) {
        uint8_t *bytes = arena_alloc(c->arena, SEAL_MASTER_BYTES);
        random_fill(c->random, bytes, SEAL_MASTER_BYTES);
        *master = (struct bytes){ bytes, SEAL_MASTER_BYTES };
        return ok();
    }
    TRY(data_master_read(c, folder, master));
    if (master->n > 0)
        return ok();
    if (stored != NULL)
        return fail(c, UNAVAILABLE,
                    "%s is missing, and without it what is sealed in the database cannot be read: "
                    "put the file back from a backup",
                    data_path(c, folder, DATA_MASTER_KEY));
    if (!plan->make)
        return fail(c, UNAVAILABLE, "%s is missing: uauth init makes it",
                    data_path(c, folder, DATA_MASTER_KEY));
    return data_master_make(c, folder, master);
}

/* CR-17: before anything is written. */
static RESULT open_seal(struct ctx *c, struct node *node, const struct node_plan *plan,
                        const char *stored)
{
    struct bytes master;
    TRY(find_master(c, plan, stored, &master));
    TRY(seal_new(c, node->arena, &master, 1, &node->seal));
    c->seal = node->seal;
    if (stored != NULL && !seal_check(c, node->seal, stored))
        return fail(c, UNAVAILABLE,
                    "%s is not the key that the database was sealed with: put the right file back",
                    data_path(c, plan->config->data_dir, DATA_MASTER_KEY));
    return ok();
}

/* Notes which master key it is; of several processes that start at once, the first one says. */
static RESULT note_seal(struct ctx *c, const struct node *node)
{
    const char *found = NULL;
    TRY(meta_add(c, META_SEAL_CHECK, seal_check_value(c, node->seal), &found));
    if (!seal_check(c, node->seal, found))
        return fail(c, UNAVAILABLE, "another master key was used on this database first");
    return ok();
}

static void log_migrations(struct ctx *c, const struct migrations_due *applied)
{
    for (size_t i = 0; i < applied->n; i++)
        LOG_LINE(c->log, c, LOG_INFO, "the database was migrated",
                 { "migration", .text = applied->at[i].name });
}

static RESULT open_schema(struct ctx *c, struct node *node, const struct node_plan *plan)
{
    struct migrations_due due;
    struct migrations_due applied = { 0 };
    const char *stored = NULL;
    TRY(migrate_plan(c, store_schema(), &due));
    if (due.n < store_schema()->n && !plan->restoring)
        TRY(whereabouts_check(c));
    TRY(read_check(c, &due, &stored));
    TRY(open_seal(c, node, plan, stored));
    if (due.n > 0 && !plan->make)
        return fail(c, UNAVAILABLE, "the database has to be migrated first: uauth migrate");
    if (due.n > 0)
        TRY(migrate_run_told(c, store_schema(), plan->watch, &applied));
    log_migrations(c, &applied);
    return stored == NULL ? note_seal(c, node) : ok();
}

/* A database that knows less than the log beside it is an older one. */
static RESULT open_erasure_log(struct ctx *c, const struct node *node, const struct node_plan *plan)
{
    c->erasure_log = node->erasure_log;
    if (node->erasure_log == NULL || plan->restoring || plan->use == DB_COMMAND)
        return ok();
    TRY(erasure_log_make(c, node->erasure_log));
    return erasure_log_check(c, node->erasure_log);
}

/* ---- the rest ---- */

/* The service works without a shared server: only one that it can never use keeps it from starting.
 */
static RESULT check_kv(struct ctx *c)
{
    err checked = kv_check(c);
    if (checked.code != ERR_UNAVAILABLE)
        return checked;
    fault_clear(c);
    return ok();
}

static RESULT open_upstreams(struct ctx *c, struct node *node)
{
    node->upstreams = upstreams_new(node->arena, node->resolver);
    c->upstreams = node->upstreams;
    return node->upstreams != NULL ? ok() : fail(c, UNAVAILABLE, "no memory for calling others");
}

static RESULT open_means(struct ctx *c, struct node *node, const struct node_plan *plan)
{
    const struct config *config = plan->config;
    TRY(kv_open(c, config->redis_url, &node->kv));
    TRY(hash_gate_new(c, node->arena, (size_t)config->hash_workers, HASH_WAIT_MS, &node->hashes));
    c->kv = node->kv;
    c->hashes = node->hashes;
    if (plan->use == DB_COMMAND)
        return ok();
    TRY(check_kv(c));
    uint64_t seed = 0;
    random_fill(c->random, &seed, sizeof seed);
    node->metrics = metrics_new(node->arena, plan->rows);
    node->refusals = refusals_new(node->arena, seed);
    node->resolver = plan->in_tests ? NULL : resolver_new(RESOLVER_THREADS);
    if (node->resolver == NULL && !plan->in_tests)
        return fail(c, UNAVAILABLE, "no thread for looking up names");
    return plan->in_tests ? ok() : open_upstreams(c, node);
}

static struct node *node_new(struct ctx *c, const struct node_plan *plan)
{
    struct arena *arena = arena_new(NODE_CEILING);
    if (arena == NULL)
        return NULL;
    struct node *node = ARENA_NEW(arena, struct node);
    node->arena = arena;
    node->config = plan->config;
    node->log = (struct log){ .fd = STDERR_FILENO,
                              .level = (enum log_level)plan->config->log_level,
                              .dropped = &node->log_dropped };
    node->outbox = text_printf(arena, "%s/%s", plan->config->data_dir, DATA_OUTBOX);
    if (!plan->in_tests)
        node->erasure_log = text_printf(arena, "%s/%s", plan->config->data_dir, DATA_ERASURES);
    node->in_tests = plan->in_tests;
    node->random = plan->in_tests ? plan->random : random_system(arena);
    node->clock = plan->in_tests ? plan->clock : wall_clock;
    node->clock_arg = plan->clock_arg;
    node->started_at = node->clock(node->clock_arg);
    if (c->random == NULL)
        c->random = node->random;
    c->config = plan->config;
    return node;
}

static RESULT open_all(struct ctx *c, struct node *node, const struct node_plan *plan)
{
    if (!plan->in_tests)
        TRY(data_folder_check(c, plan->config->data_dir, plan->make));
    TRY(open_database(c, node, plan->use));
    TRY(open_schema(c, node, plan));
    TRY(open_erasure_log(c, node, plan));
    return open_means(c, node, plan);
}

RESULT node_open(struct ctx *c, const struct node_plan *plan, struct node **out)
{
    struct node *node = node_new(c, plan);
    if (node == NULL)
        return fail(c, UNAVAILABLE, "not enough memory to start");
    err opened = open_all(c, node, plan);
    if (opened.code != ERR_OK)
        node_close(node);
    else
        *out = node;
    return opened;
}

RESULT node_open_keys(struct ctx *c, struct node *node)
{
    TRY(keyring_open(c, node->arena, NULL, &node->keys));
    c->keys = node->keys;
    node->keyrings = keyrings_new(node->arena, node->keys, KEYRINGS_KEPT);
    c->keyrings = node->keyrings;
    node->revoked = revocations_new(node->arena);
    c->revoked = node->revoked;
    node->status_lists = status_lists_new(node->arena);
    node->discovery = discovery_kept_new(node->arena);
    if (node->keyrings == NULL || node->revoked == NULL || node->status_lists == NULL ||
        node->discovery == NULL)
        return fail(c, UNAVAILABLE, "not enough memory to start");
    TRY(discovery_kept_read(c, node->discovery));
    return revocations_read(c, node->revoked);
}

void node_close(struct node *node)
{
    discovery_kept_free(node->discovery);
    status_lists_free(node->status_lists);
    if (node->revoked != NULL)
        revocations_free(node->revoked);
    keyrings_free(node->keyrings);
    if (node->keys != NULL)
        keyring_close(node->keys);
    upstreams_free(node->upstreams);
    if (node->resolver != NULL)
        resolver_free(node->resolver);
    kv_close(node->kv);
    db_close(node->db);
    database_close(node->database);
    arena_end(node->arena);
}

RESULT node_plan_migrations(struct ctx *c, const struct node_plan *plan, struct migrations_due *due)
{
    struct node *node = node_new(c, plan);
    if (node == NULL)
        return fail(c, UNAVAILABLE, "not enough memory to start");
    err planned = data_folder_check(c, plan->config->data_dir, false);
    if (planned.code == ERR_OK)
        planned = open_database(c, node, plan->use);
    if (planned.code == ERR_OK)
        planned = migrate_plan(c, store_schema(), due);
    node_close(node);
    return planned;
}
