/* SPDX-License-Identifier: Apache-2.0 */
#include "app/jobs.h"

#include "app/audit_heads.h"
#include "app/data_folder.h"
#include "app/deliver.h"
#include "app/systemd.h"
#include "base/memory.h"
#include "base/time.h"
#include "crypto/hash_gate.h"
#include "federation/recheck.h"
#include "identity/impersonation.h"
#include "oauth/discovery_kept.h"
#include "store/erasure_log.h"
#include "store/outbox.h"
#include "store/setup.h"
#include "store/sweep.h"
#include "store/tenant_removal.h"
#include "token/audit_sequence.h"
#include "token/keyring.h"
#include "token/revoke.h"

#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

static RESULT read_revocations(struct ctx *c, struct job_turn *turn)
{
    return revocations_read(c, turn->app->node->revoked);
}

static RESULT refresh_keys(struct ctx *c, struct job_turn *turn)
{
    return keyring_refresh(c, turn->app->node->keys);
}

static RESULT read_details_types(struct ctx *c, struct job_turn *turn)
{
    return discovery_kept_read(c, turn->app->node->discovery);
}

/* Looks first: a claim writes. */
static RESULT deliver_mails(struct ctx *c, struct job_turn *turn)
{
    bool due = false;
    TRY(outbox_is_due(c, &due));
    return due ? deliver_one(c, turn->app, &turn->again) : ok();
}

static RESULT recheck_people(struct ctx *c, struct job_turn *turn)
{
    return recheck_one(c, &turn->again);
}

static RESULT settle_impersonations(struct ctx *c, struct job_turn *turn)
{
    (void)turn;
    return impersonations_settle(c);
}

static RESULT sweep_expired(struct ctx *c, struct job_turn *turn)
{
    int64_t removed = 0;
    TRY(sweep(c, &removed, &turn->again));
    if (removed > 0)
        LOG_LINE(c->log, c, LOG_DEBUG, "expired rows were removed", { "rows", .number = removed });
    return ok();
}

static RESULT rest_database(struct ctx *c, struct job_turn *turn)
{
    (void)turn;
    if (db_rest(c->db))
        memory_give_back();
    return ok();
}

static RESULT remove_tenants(struct ctx *c, struct job_turn *turn)
{
    return tenant_removal_step(c, &turn->again);
}

static RESULT give_back_hash_memory(struct ctx *c, struct job_turn *turn)
{
    (void)turn;
    if (hash_gate_idle(c->hashes, time_monotonic_ms()))
        memory_give_back();
    return ok();
}

/* The code is good for nothing once somebody has used it; nor is its file. */
static RESULT remove_setup_code(struct ctx *c, struct job_turn *turn)
{
    bool open = true;
    const char *path = data_path(c, turn->app->node->config->data_dir, DATA_SETUP_CODE);
    if (access(path, F_OK) != 0)
        return ok();
    TRY(setup_is_open(c, &open));
    if (!open && unlink(path) != 0 && errno != ENOENT)
        return fail(c, UNAVAILABLE, "%s cannot be removed", path);
    return ok();
}

/* AU-07: what the log lost is told when it can be written again. */
static RESULT tell_dropped_lines(struct ctx *c, struct job_turn *turn)
{
    struct node *node = turn->app->node;
    uint64_t dropped = atomic_load(&node->log_dropped);
    uint64_t told = atomic_exchange(&node->log_told, dropped);
    if (dropped > told)
        LOG_LINE(c->log, c, LOG_WARN, "lines of this log could not be written",
                 { "lines", .number = (int64_t)(dropped - told) });
    return ok();
}

/* A row bears the time at which its request began, by the clock of its node. */
enum { ERASURES_LOOK_BACK = 300 };

/* What other nodes, or this one while it could not write, have erased. */
static RESULT follow_erasures(struct ctx *c, struct job_turn *turn)
{
    struct node *node = turn->app->node;
    if (node->erasure_log == NULL)
        return ok();
    TRY(erasure_log_follow(c, node->erasure_log, atomic_load(&node->followed_at)));
    atomic_store(&node->followed_at, time_add(c->now, -ERASURES_LOOK_BACK));
    return ok();
}

static RESULT grow_audit(struct ctx *c, struct job_turn *turn)
{
    return audit_sequence(c, &turn->again);
}

static RESULT write_audit_head(struct ctx *c, struct job_turn *turn)
{
    (void)turn;
    return audit_heads_write(c);
}

static RESULT post_audit_head(struct ctx *c, struct job_turn *turn)
{
    return audit_heads_post(c, turn->app->node->resolver);
}

static RESULT feed_watchdog(struct ctx *c, struct job_turn *turn)
{
    (void)c;
    (void)turn;
    systemd_alive();
    return ok();
}

/* clang-format off */
static const struct job rows[] = {
    { "revocations", JOB_QUICK,    500,    read_revocations,      "Reads what other nodes have revoked" },
    { "hash-memory", JOB_QUICK,    1000,   give_back_hash_memory, "Gives the memory of idle hash slots back" },
    { "watchdog",    JOB_QUICK,    1000,   feed_watchdog,         "Tells systemd that the service is alive" },
    { "keys",        JOB_QUICK,    2000,   refresh_keys,          "Makes, promotes, retires and removes signing keys, and reads those of other nodes" },
    { "audit",       JOB_QUICK,    1000,   grow_audit,            "Gives events their places in the tree of the audit, and signs what it is" },
    { "discovery",   JOB_QUICK,    1000,   read_details_types,    "Reads which types of authorization details the discovery document names" },
    { "impersonations", JOB_QUICK, 1000,   settle_impersonations, "Ends it where somebody may not act as a user any longer, and tells the audit" },
    { "sweep",       JOB_QUICK,    10000,  sweep_expired,         "Removes expired rows, a few hundred at a time" },
    { "memory",      JOB_QUICK,    5000,   rest_database,         "Wipes what is kept of the database in memory and is past its time, and gives back what rests" },
    { "tenants",     JOB_QUICK,    1000,   remove_tenants,        "Removes what is left of tenants that are gone, a few hundred rows at a time" },
    { "setup-code",  JOB_QUICK,    10000,  remove_setup_code,     "Removes the file of the setup code once it has been used" },
    { "erasures",    JOB_QUICK,    30000,  follow_erasures,       "Writes to the log of erasures what it does not have yet" },
    { "log",         JOB_QUICK,    10000,  tell_dropped_lines,    "Tells of log lines that could not be written" },
    { "federation",  JOB_OUTBOUND, 1000,   recheck_people,        "Asks providers again about people who are signed in" },
    { "audit-file",  JOB_QUICK,    5000,   write_audit_head,      "Adds the newest head of the audit to audit_heads_file" },
    { "audit-post",  JOB_OUTBOUND, 5000,   post_audit_head,       "Posts the newest head of the audit to audit_heads_url" },
    { "outbox",      JOB_OUTBOUND, 500,    deliver_mails,         "Sends mails and logout tokens, and again those that could not be sent" },
};
/* clang-format on */

const struct job *jobs(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}
