/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_AUDIT_HEAD_H
#define UAUTH_TOKEN_AUDIT_HEAD_H

/*
 * Heads of the audit's tree (store/audit_tree.h): what is in the log, in one signed line.  A JWT of
 * type AUDIT_HEAD_TYP with the claims iss, log, generation, size, root (base64url), at (Unix
 * seconds, by the clock of whoever signed: heads are ordered by size, not by it), and, where the
 * log begins with what another one had when an older state of the database was put back,
 * previous_log, previous_size and previous_root.
 *
 * Whoever keeps one head can show that anything before it was changed.
 */

#include "crypto/jwt.h"
#include "store/audit_tree.h"

#define AUDIT_HEAD_TYP "uauth-audit-head+jwt"

struct audit_head {
    const char *iss, *log;
    int64_t generation, at;
    struct merkle_head tree;
    const char *previous_log; /* or NULL */
    struct merkle_head previous;
};

/* Signs what the tree is now, and keeps it, unless that is done already. */
RESULT audit_head_sign(struct ctx *c);

/* Reads `token`, signed with one of `keys`.  INVALID_TOKEN. */
RESULT audit_head_read(struct ctx *c, const char *token, const struct key_set *keys,
                       struct audit_head *out);

/* The JWK `json` to *key if it is endorsed by one of `keys` in `endorsement`.  INVALID_TOKEN. */
RESULT audit_key_endorsed(struct ctx *c, const char *json, const char *endorsement,
                          const struct key_set *keys, const struct key **key);

/* A hash as base64url, and back: false if it is none. */
const char *audit_hash_text(struct arena *a, const struct merkle_hash *hash)
    __attribute__((returns_nonnull));
bool audit_hash_read(struct arena *a, const char *text, struct merkle_hash *out);

#endif
