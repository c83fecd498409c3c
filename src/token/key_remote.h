/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_KEY_REMOTE_H
#define UAUTH_TOKEN_KEY_REMOTE_H

/*
 * A signing key whose private half stays in a key vault (AUTH_JWT_KEY_VAULT_KEY): its versions, as
 * the vault told of them lately, and signatures by them.  One object serves all threads, and no
 * lock is held while the vault is called but that of who asks for versions.  For token/keyring.c
 * and its files alone (claim I13).
 *
 * Whoever waits for a signature is a worker that others need, too: at most half of them wait at
 * once, for AUTH_KEY_VAULT_TIMEOUT_MS at most; who comes beyond is told to come again.
 */

#include "crypto/key.h"

struct key_remote;

enum {
    KEY_REMOTE_POLL_SECONDS = 60, /* how often the vault is asked for versions */
    KEY_REMOTE_SOON_SECONDS = 5, /* the same where there is more to know; and by how much the clocks
                                    of nodes may differ */
    KEY_REMOTE_VERSIONS_MAX = 16, /* the newest ones count */
    KEY_REMOTE_RETRY_SECONDS = 5  /* what is told where the vault has not said how long */
};

/*
 * The key that c->config names; nobody is called yet.  It has one holder.  INVALID_REQUEST: it is
 * named wrongly.
 */
RESULT key_remote_new(struct ctx *c, enum jws_alg alg, struct key_remote **out);
struct key_remote *key_remote_hold(struct key_remote *r);
void key_remote_release(struct key_remote *r); /* NULL is fine */

/* Whether it is the one that c->config names, for `alg`. */
bool key_remote_is_configured(const struct ctx *c, const struct key_remote *r, enum jws_alg alg);

/*
 * Asks the vault for the versions; those that cannot sign with the algorithm are passed over.
 * INVALID_REQUEST: no version can, or may; otherwise as key_vault_key fails.  What was known stays
 * known.
 */
RESULT key_remote_poll(struct ctx *c, struct key_remote *r);

/* Whether it is time to do so, for the one caller who gets a yes. */
bool key_remote_is_due(const struct ctx *c, struct key_remote *r);

/* There is more to know: it is due soon. */
void key_remote_miss(const struct ctx *c, struct key_remote *r);

/*
 * Whether the vault was asked after what happened at `since`, on whichever node: only then a node
 * may change the table, or one that knows less would undo what another has learnt.
 */
bool key_remote_knows(const struct key_remote *r, int64_t since);

/* Counts changes of what is known; 0: nothing is. */
unsigned key_remote_generation(const struct key_remote *r);

/* The newest version that may sign, whose kid is its thumbprint; NULL: there is none. */
const struct key *key_remote_newest(struct key_remote *r);

/* The version called `kid`, or NULL; *may_sign is false if the vault does not let it sign any more,
 * *enabled if it was disabled there. */
const struct key *key_remote_find(struct key_remote *r, const char *kid, bool *may_sign,
                                  bool *enabled);

/* Signs as jwt_sign does, with the version that is `key`, and checks what came back.  UNAVAILABLE
 * with retry_after for whatever went wrong. */
RESULT key_remote_sign(struct ctx *c, struct key_remote *r, const struct key *key, const char *typ,
                       const char *payload, const char **token);

/*
 * Whether it signs at present: after a failure the vault is asked to sign something harmless, so
 * that nothing is used up for a token that cannot be made.  UNAVAILABLE as above.
 */
RESULT key_remote_ready(struct ctx *c, struct key_remote *r, const struct key *key);

struct key_remote_figures {
    bool answers; /* the last call did */
    int64_t signatures, failures, waiting;
};
struct key_remote_figures key_remote_figures(struct key_remote *r);

#endif
