/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_REVOKED_SET_H
#define UAUTH_TOKEN_REVOKED_SET_H

/*
 * A bounded hash set of what was revoked, by kind and id.  Belongs to one thread at a time: the
 * lock is token/revoke.c's.
 */

#include "store/revocations.h"

enum { REVOKED_MAX = 128 * 1024 /* entries: about 20 MB */ };

struct revoked_set;

/* An empty one; NULL if there is no memory. */
struct revoked_set *revoked_set_new(void);
void revoked_set_free(struct revoked_set *set); /* NULL is fine */

/*
 * Takes in `row`; of a repeated one the later times count.  Rows that have expired at `now` make
 * room.  False if there is none left, or no memory: the set is as it was.
 */
bool revoked_set_add(struct revoked_set *set, const struct revocation_row *row, int64_t now);

/* The row of `kind` and `id` (NULL is nobody's), or NULL.  Valid until the next addition. */
const struct revocation_row *revoked_set_find(const struct revoked_set *set, const char *kind,
                                              const char *id);

/* How many there are. */
size_t revoked_set_count(const struct revoked_set *set);

/* Gives up what has expired at `now`.  False if there is no memory to do that in. */
bool revoked_set_purge(struct revoked_set *set, int64_t now);

#endif
