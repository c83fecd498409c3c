/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_REALM_REALM_H
#define UAUTH_REALM_REALM_H

/*
 * All that is configured in the database as one document: tenants, roles, resources, providers,
 * clients, and if asked for who has which role.  People are no configuration: they are imported.
 *
 * What a list of the file names is made as the file says; what the file leaves out of a thing is
 * the default.  What stands in no list stays, unless it is to be pruned; a kind whose list the file
 * does not have is not looked at.  What is built in, our own API, and clients that registered
 * themselves are in no file and never touched.
 */

#include "base/text.h"
#include "realm/things.h"
#include "web/router.h"

/* ---- the file ---- */

/* A file that has been read and completed; its secrets have been looked up. */
struct realm;

/*
 * Reads `file`.  INVALID_JSON; INVALID_FIELD, naming the place as "clients[2].tenant", for what is
 * unknown, wrong, or stands twice, and for a secret that is not where the file says.
 */
RESULT realm_read(struct ctx *c, struct bytes file, const struct realm **out);

/* The same for a file that somebody has sent, who must not have anything read here: INVALID_FIELD
 * if it refers to a secret. */
RESULT realm_read_sent(struct ctx *c, struct bytes file, const struct realm **out);

/* The JSON Schema (2020-12) of the file. */
const char *realm_schema(struct arena *a) __attribute__((returns_nonnull));

struct realm_wish {
    bool members;          /* and who has which role */
    bool secrets_from_env; /* name a variable for each secret that has to be there elsewhere */
};

/* What is configured now, as a file that applies without a change.  INVALID_REQUEST if a list would
 * have more than REALM_LIST_MAX entries. */
RESULT realm_export(struct ctx *c, const struct realm_wish *wish, const char **json);

/* ---- planning and applying ---- */

struct realm_kind;

enum realm_op { REALM_ADD, REALM_CHANGE, REALM_REMOVE };

/* One member that will be different: as JSON, or NULL where there is none. */
struct realm_difference {
    const char *name, *before, *after;
};

struct realm_change {
    enum realm_op op;
    const struct realm_kind *kind;
    const char *kind_name, *key;
    const struct realm_difference *differences;
    size_t differences_n;
    const void *now, *wanted;
    const char *secret; /* that was made, shown this once; or NULL */
};

/* What came of a scenario. */
struct realm_proof {
    const char *name;
    int64_t expected, got;
    const char *why; /* of a refusal, for people; or NULL */
    bool held;
};

struct realm_order {
    const struct realm *realm;
    const struct router *router; /* the rows that scenarios are about */
    bool plan;                   /* everything is done, proven, and undone */
    bool prune;                  /* what a list does not name is removed */
    const char *actor_id;        /* whose call it is; NULL: a command on the machine */
    const char *if_version;      /* the version that was planned for; or NULL */
};

struct realm_outcome {
    const char *version; /* of what was configured before: changes with whatever a file can say */
    const struct realm_change *changes;
    size_t changes_n;
    const struct realm_proof *proofs;
    size_t proofs_n;
    bool proven;  /* every scenario holds in the state that was planned */
    bool applied; /* false: nothing has changed */
};

/*
 * Fetches what clients of the file that are not yet as it says name of others
 * (sector_identifier_uri), and proves it (oauth/client_sector.h); before the transaction, so that
 * no writer waits for the server of another.  INVALID_CLIENT_METADATA, naming the client;
 * UNAVAILABLE when that takes over REALM_FETCH_MS, for who asks again: what was fetched is kept.
 */
enum { REALM_FETCH_MS = 30000 };
RESULT realm_fetch(struct ctx *c, const struct realm *realm);

/*
 * Compares, changes and proves, in one transaction.  Nothing is changed if `plan`, if a scenario
 * does not hold (`proven` is false), or on failure: CONFLICT if the configuration has another
 * version than `if_version`, and whatever the rooms of the things say, naming the thing.
 */
RESULT realm_apply(struct ctx *c, const struct realm_order *order, struct realm_outcome *out);

#endif
