/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_CLIENT_CHANGE_H
#define UAUTH_OAUTH_CLIENT_CHANGE_H

/*
 * What administrators do with clients, and clients with themselves: for commands, registration,
 * and later the API under /admin.  Whether the actor may is asked before; `actor_id` is NULL for a
 * command on the machine. Each change and its audit event are one transaction.
 */

#include "oauth/client_metadata.h"
#include "store/client_registrations.h"
#include "store/clients.h"

enum { CLIENT_ID_MAX = 64 };

struct client_new {
    const char *id;        /* NULL: one is made */
    const char *tenant_id; /* NULL: of all tenants */
    const char *actor_id;
    const struct client_registration_row *registration; /* it registers itself; its client_id is not
                                                           read; NULL: it does not */
    const char *initial_hash;        /* of the initial access token that is used up, or NULL */
    const char *secret;              /* that somebody else has made; NULL: one is made if needed */
    struct client_metadata metadata; /* checked here; without client_name the id is its name */
};

/* A client as it is now. */
struct client_made {
    const struct client_row *row;
    struct client_metadata metadata;
    const char *secret; /* shown this once; NULL: it has none, or keeps the one it has */
};

/*
 * INVALID_FIELD for an id that is not 1 to CLIENT_ID_MAX characters of A-Z a-z 0-9 . _ ~ -;
 * CONFLICT if it is taken; INVALID_TOKEN if initial_hash is not good (any more); else as
 * client_metadata_check.
 */
RESULT client_create(struct ctx *c, const struct client_new *client, struct client_made *out);

/* NOT_FOUND; also for our own API, which has no registration. */
RESULT client_read(struct ctx *c, const char *id, struct client_made *out);

/*
 * Replaces its metadata.  A method of authentication that works by a secret makes a new one if the
 * method before did not, or another kind is needed.  NOT_FOUND.
 */
RESULT client_change(struct ctx *c, const char *id, const struct client_metadata *metadata,
                     const char *actor_id, struct client_made *out);

/*
 * The same by the client itself (RFC 7592 2.2): its registration access token, which hashes to
 * `hash`, ends, and one that hashes to `next` takes its place.  INVALID_TOKEN if it was not the
 * present one.
 */
struct client_token_change {
    const char *hash, *next;
};
RESULT client_change_itself(struct ctx *c, const char *id, const struct client_metadata *metadata,
                            const struct client_token_change *token, struct client_made *out);

/*
 * Makes another secret; the ones before live on for `overlap` seconds.  NOT_FOUND; CONFLICT for a
 * client that has no secret.
 */
RESULT client_rotate_secret(struct ctx *c, const char *id, int64_t overlap, const char *actor_id,
                            struct client_made *out);

/*
 * Gives it a secret that somebody else has made (client_secret_take); the ones before live on for
 * `overlap` seconds.  NOT_FOUND; CONFLICT for a client that has no secret.
 */
RESULT client_set_secret(struct ctx *c, const char *id, const char *secret, int64_t overlap);

/* Disables or enables it, or removes it with all that was granted to it.  NOT_FOUND. */
RESULT client_switch(struct ctx *c, const char *id, enum client_status status,
                     const char *actor_id);
RESULT client_erase(struct ctx *c, const char *id, const char *actor_id);

#endif
