/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_KEYS_H
#define UAUTH_STORE_KEYS_H

/*
 * Signing keys, of the service and of each tenant that has an issuer of its own: at most one `next`
 * and one `current` of each algorithm, and the retired ones.
 * Private halves are sealed for their row (the kid) by token/keyring.c.  Each step is conditional,
 * so that all nodes may take it at once.
 */

#include "store/schema.h"

enum key_row_state { KEY_ROW_NEXT, KEY_ROW_CURRENT, KEY_ROW_RETIRED };

struct key_row {
    const char *tenant_id; /* NULL: the service's own */
    const char *kid;
    const char *alg;
    enum key_row_state state;
    const char *sealed_private; /* NULL: the private half is in a file */
    const char *public_jwk;     /* JSON */
    int64_t created_at;
    int64_t activates_at; /* next: when it shall become current; others: when it did */
    int64_t retires_at;   /* when its successor is due, or was */
    int64_t expires_at;   /* retired: when it goes; else 0 */
};
struct key_rows {
    const struct key_row *at;
    size_t n;
};

/* Those of one tenant, or the service's own (NULL), newest first. */
RESULT keys_list(struct ctx *c, const char *tenant_id, struct key_rows *out);

/* Adds a `next` or `current` key; *added is false if its tenant has one of that algorithm in that
 * state, or the kid exists. */
RESULT key_add(struct ctx *c, const struct key_row *key, bool *added);

/*
 * Makes the next key `kid` current: the current one of its algorithm retires, and is published
 * until `old_expires_at` (c->now: goes at once).  *done is false if `kid` is not next any more. The
 * successor of `kid` is due at `retires_at`.
 */
struct key_promotion {
    const char *kid;
    int64_t old_expires_at;
    int64_t retires_at;
};
RESULT key_promote(struct ctx *c, const struct key_promotion *promotion, bool *done);

/* Makes `key` (from a file) current whatever was; the current one of its algorithm, if it is
 * another, retires until `old_expires_at`.  *changed is false if it was current. */
RESULT key_replace(struct ctx *c, const struct key_row *key, int64_t old_expires_at, bool *changed);

/* Brings forward when the next key of `alg` becomes current. */
RESULT key_hasten(struct ctx *c, const char *tenant_id, const char *alg, int64_t activates_at,
                  bool *done);

/*
 * Retires the key `kid` without a successor, whatever it was: for an algorithm that is not used any
 * more, and for keys that are not to be trusted any more.  It is published until `expires_at`
 * (c->now: goes at once), or for less if that was decided before.  *done is false if there is none,
 * or nothing changed.
 */
RESULT key_retire(struct ctx *c, const char *kid, int64_t expires_at, bool *done);

/* Removes retired keys that have expired, whosever they are. */
RESULT keys_remove_expired(struct ctx *c, int64_t *removed);

#endif
