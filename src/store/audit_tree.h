/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_AUDIT_TREE_H
#define UAUTH_STORE_AUDIT_TREE_H

/*
 * The audit as one Merkle tree (RFC 9162 2.1; decision 35).  An event is written with its leaf hash
 * in the transaction of the change; its place in the tree is given later, by whoever comes first:
 * the change never waits for the tree, and no order in which transactions commit leaves a gap.
 *
 * The data of a leaf are the 32 bytes of the event's leaf_hash.  The tree has one log after the
 * other: each restore of an older state begins a new one at the size that the tree has then, and
 * says so, since what was signed before of more than that has no event any more.
 */

#include "crypto/merkle.h"
#include "store/schema.h"

struct audit_log {
    int64_t number;
    const char *log; /* its id */
    int64_t generation;
    struct merkle_range range; /* the tree as it is */
    const char *previous_log;  /* the one before, and where this one leaves it; or NULL */
    int64_t previous_size;
    const char *previous_root; /* base64url */
    int64_t created_at;
};

/* The log that grows; NULL: there is none yet. */
RESULT audit_log_current(struct ctx *c, const struct audit_log **out);

/* Begins the first log as `id`, unless there is one. */
RESULT audit_log_begin(struct ctx *c, const char *id);

/* Begins another log as `id` where the present one stands; nothing if there is none.  Of
 * `generation` (store/generation.h). */
RESULT audit_log_fork(struct ctx *c, const char *id, int64_t generation);

enum { AUDIT_BATCH = 256 };

/* Whether there are events that have no place yet. */
RESULT audit_tree_waits(struct ctx *c, bool *waits);

/* Gives at most AUDIT_BATCH of them their places, in one transaction.  *given: how many; any number
 * of callers may try at once, and no place is given twice or left free. */
RESULT audit_tree_grow(struct ctx *c, int64_t *given);

/* Nodes of the tree, from the database.  `cache` holds what was read last: zeroed before its first
 * use, and used with one tree. */
enum { AUDIT_TILE = 256 };
struct audit_tile {
    int64_t first, n;
    struct merkle_hash leaves[AUDIT_TILE];
};
struct merkle_source audit_tree_source(struct audit_tile *cache);

/* ---- heads ---- */

struct audit_head_row {
    int64_t number; /* of the log */
    int64_t size, at;
    const char *root;  /* base64url */
    const char *token; /* token/audit_head.h */
};
struct audit_head_rows {
    const struct audit_head_row *at;
    size_t n;
};

/* Keeps a head, unless that size of that log has one. */
RESULT audit_head_add(struct ctx *c, const struct audit_head_row *head);

/* The newest one; NULL: there is none. */
RESULT audit_head_newest(struct ctx *c, const struct audit_head_row **out);

/* The newest first, those before `before` (a size; 0: all) of the present log and those before it,
 * at most `limit` (1 to PAGE_MAX). */
RESULT audit_heads_page(struct ctx *c, const struct audit_head_row *before, int64_t limit,
                        struct audit_head_rows *out);

/* ---- keys ---- */

struct audit_signer {
    int64_t number;
    const char *kid;
    const char *public_jwk;     /* JSON */
    const char *sealed_private; /* NULL: it signs no more */
    const char *endorsement;    /* by the one before; NULL for the first */
    int64_t created_at;
};
struct audit_signers {
    const struct audit_signer *at;
    size_t n;
};

/* All of them, the oldest first. */
RESULT audit_signers_list(struct ctx *c, struct audit_signers *out);

/* Adds one with the number after those that are there, and destroys the private halves of those;
 * *added is false if that number is taken: somebody else was faster. */
RESULT audit_signer_add(struct ctx *c, const struct audit_signer *signer, bool *added);

#endif
