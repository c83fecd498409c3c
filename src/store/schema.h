/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_SCHEMA_H
#define UAUTH_STORE_SCHEMA_H

/*
 * The tables, as numbered files in store/schema/, and what holds for the whole room.
 *
 * A function here is one fact and one transaction; what it found is an outcome (an enum or a bool),
 * not a failure.  Failures are those of db/db.h: UNAVAILABLE, OUT_OF_MEMORY, and INTERNAL for what
 * only a bug brings about. A caller that needs several facts to hold together, above all a change
 * and its audit event (store/events.h), calls the functions inside db_atomically; everything here
 * may be called there.  The rules (who may, when, how often) are the business of identity/, token/
 * and oauth/; single use, live or not, and what dies with what are decided here, in the statement
 * that changes the row.
 *
 * Ids are UUIDv7 texts, made here unless the caller must know one beforehand (to seal a value for
 * its row). `hash` is always the token_hash (crypto/digest.h) of a secret; `sealed` a sealed text
 * (crypto/seal.h): no secret comes in here in the clear.  Times are Unix seconds; 0 stands for
 * never, and now is c->now.  Text that may be absent is NULL.  Rows handed out live in the arena.
 * Lists come in pages, ordered by id, from after `after` (NULL: from the start), at most PAGE_MAX.
 */

#include "base/text.h"
#include "db/migrate.h"

enum { PAGE_MAX = 200 };

struct page {
    const char *after; /* the last id of the page before, or NULL */
    int64_t limit;     /* 1 to PAGE_MAX */
};

const struct migrations *store_schema(void);

#endif
