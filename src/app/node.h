/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_NODE_H
#define UAUTH_APP_NODE_H

/*
 * What lives as long as the process, whatever the settings become: the database, short-lived
 * values, keys, the gate before password hashing, the resolver, counters.  A server makes one and
 * serves from it; a command makes a lighter one beside a running server, does its work and goes.
 */

#include "base/config.h"
#include "base/log.h"
#include "db/db.h"
#include "db/migrate.h"

struct http_server;
struct metrics;
struct refusals;
struct resolver;
struct upstreams;

/* What a job has come to, by its row in jobs.c; kept for the figures. */
enum { NODE_JOBS_MAX = 24 };
struct job_record {
    _Atomic int64_t done_at; /* 0: not yet */
    _Atomic uint64_t failures;
};

struct node {
    struct arena *arena;         /* of this; written by the thread that makes it only */
    const struct config *config; /* what it was made with */
    const char *outbox;          /* the folder of mails where there is no mail server */
    const char *erasure_log;     /* store/erasure_log.h; NULL in tests */
    _Atomic int64_t followed_at; /* when the log of erasures had all of the database; 0: never */
    struct log log;
    _Atomic uint64_t log_dropped; /* lines that could not be written */
    _Atomic uint64_t log_told;    /* those that the log has been told of */
    int64_t started_at;
    struct job_record jobs[NODE_JOBS_MAX];
    struct random *random;
    bool in_tests; /* `random` and `clock` are the tests', for every thread */
    int64_t (*clock)(void *arg);
    void *clock_arg;
    struct database *database;
    struct db *db; /* of the thread that makes it */
    struct kv *kv;
    struct seal *seal;
    struct hash_gate *hashes;
    struct resolver *resolver;            /* servers only */
    struct upstreams *upstreams;          /* likewise */
    struct keyring *keys;                 /* from node_open_keys on */
    struct keyrings *keyrings;            /* likewise: those of tenants, too */
    struct revocations *revoked;          /* likewise */
    struct status_lists *status_lists;    /* likewise */
    struct discovery_kept *discovery;     /* likewise */
    struct metrics *metrics;              /* servers only */
    struct refusals *refusals;            /* likewise */
    _Atomic(struct http_server *) server; /* once it runs: for its figures */
    bool shows_mail; /* print mails that have no server to go to (decision 16) */
};

struct node_plan {
    const struct config *config; /* outlives the node */
    enum db_use use;
    bool make;   /* what is missing (folder, key, database) is made, and migrations are run */
    size_t rows; /* of the route table, for the counters of a server */
    struct migrate_watch watch; /* is told of migrations */
    bool restoring; /* what an older state of the database would be refused for is let pass */
    bool in_tests;  /* no folder; the members below are used, and the database is in memory */
    struct random *random;
    int64_t (*clock)(void *arg);
    void *clock_arg;
};

/*
 * Opens everything but the signing keys, and lets `c` use it.  UNAVAILABLE, saying what to do: the
 * folder or the master key is not acceptable, the master key is not the one that the database was
 * sealed with (CR-17: nothing has been written then) or is gone, the database cannot be opened, is
 * newer than this program (SU-12), or, without `make`, older; or it is not the one to work on
 * (store/whereabouts.h), or for a server older than the log of erasures.
 */
RESULT node_open(struct ctx *c, const struct node_plan *plan, struct node **out);

/* Opens the signing keys (making the first one if there is none) and what was revoked, and lets `c`
 * use them. */
RESULT node_open_keys(struct ctx *c, struct node *node);

/* Closes it; whatever was made from it has ended. */
void node_close(struct node *node);

/* The world of one unit of work in `arena`, under the settings `config`, on the connection `db`
 * (NULL: without a database). */
struct ctx node_ctx(const struct node *node, struct arena *arena, const struct config *config,
                    struct db *db);

/* What has to be done to the database before this program can use it; for uauth migrate. Opens and
 * closes the database. */
RESULT node_plan_migrations(struct ctx *c, const struct node_plan *plan,
                            struct migrations_due *due);

/* The URL of the database: the setting, or the file in the data folder. */
const char *node_database_url(struct ctx *c, const struct config *config)
    __attribute__((returns_nonnull));

#endif
