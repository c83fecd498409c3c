/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_SQLITE_POOL_H
#define UAUTH_DB_SQLITE_POOL_H

/*
 * The connections of a process that read.  A worker has one for the length of one statement, so
 * there are about as many as processors, however many workers there are.  All are opened at the
 * start: later there may be no descriptor left, or another file in the place of this one.
 */

#include "db/sqlite_connection.h"

struct sqlite_pool;

/* Opens `n` on `path`.  UNAVAILABLE. */
RESULT sqlite_pool_open(struct ctx *c, const char *path, size_t n, struct sqlite_pool **out);
void sqlite_pool_close(struct sqlite_pool *p); /* all were given back; NULL is fine */

size_t sqlite_pool_size(const struct sqlite_pool *p);

/*
 * Takes one that is free, of those the one that is used most, whose memory is warm; waits for one
 * for SQLITE_WAIT_MS at most: UNAVAILABLE.  A thread of low priority (`low`) may not run for long
 * while it has one: half of them are never its.
 */
RESULT sqlite_pool_take(struct ctx *c, struct sqlite_pool *p, bool low,
                        struct sqlite_connection **out);
void sqlite_pool_give(struct sqlite_pool *p, struct sqlite_connection *s);

/*
 * To be called every few seconds: those that were not used since the last call give back all but
 * the open file, those that were used little their pages.  Whether the work of any has ended.
 */
bool sqlite_pool_rest(struct sqlite_pool *p);

#endif
