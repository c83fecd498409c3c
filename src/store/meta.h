/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_META_H
#define UAUTH_STORE_META_H

/*
 * Single values of the whole installation: whether the master key is still the same, the generation
 * that a restore raises.
 */

#include "store/schema.h"

#define META_SEAL_CHECK   "seal_check"   /* seal_check_value of crypto/seal.h */
#define META_PAIRWISE_KEY "pairwise_key" /* sealed; what pairwise subjects are made with */
#define META_GENERATION   "generation"   /* a number; raised by restore */
#define META_RESTORED     "restored_at"  /* when the generation was raised last */

#define META_AUDIT_POSTED                                                                          \
    "audit_posted" /* which head of the audit was taken at audit_heads_url                         \
                    */

/* What a database says of itself that is not to be served: see store/whereabouts.h. */
#define META_BACKUP "backup_of"   /* this is a backup, made at that time */
#define META_MOVED  "moved_to"    /* its content lives elsewhere now */
#define META_MOVING "moving_from" /* it is being filled from elsewhere */

/* The value of `name`, or NULL. */
RESULT meta_get(struct ctx *c, const char *name, const char **value);

/* Sets it. */
RESULT meta_set(struct ctx *c, const char *name, const char *value);

/* Removes it. */
RESULT meta_remove(struct ctx *c, const char *name);

/* Sets it if it is absent; *found is what is there afterwards. */
RESULT meta_add(struct ctx *c, const char *name, const char *value, const char **found);

#endif
