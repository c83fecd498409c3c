/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_ERASURE_LOG_H
#define UAUTH_STORE_ERASURE_LOG_H

/*
 * The log of erasures: a file beside the database (ctx.erasure_log) that outlives it.  One line for
 * each user who was erased: when, the id, and a check of both, for
 *
 *     2026-11-26T01:02:03Z 01a21517-bd18-7000-8000-0123456789ab 8c1f0e2d3b4a5968
 *
 * It holds nothing personal.  Lines are only added, each by one write and on disk before the
 * erasure is acknowledged; a line that was cut off names nobody, and is written again by whoever
 * follows the database (erasure_log_follow), as are those of other nodes.
 */

#include "store/erasures.h"

/* Makes the file (0600) unless it is there.  UNAVAILABLE. */
RESULT erasure_log_make(struct ctx *c, const char *path);

/* Adds a line for each; on disk when this returns OK.  UNAVAILABLE. */
RESULT erasure_log_add(struct ctx *c, const char *path, const struct erasures *list);

/*
 * For whoever has erased `user_id` just now and is about to say so.  What cannot be written is told
 * in the log of the service and made up for later: the user is erased all the same.
 */
void erasure_log_keep(struct ctx *c, const char *user_id);

/* Calls `each` for every line of `path`, in order; what it leaves in the arena is given back.
 * UNAVAILABLE if the file cannot be read, or a line of it was changed. */
typedef RESULT erasure_line(struct ctx *c, const struct erasure *erasure, void *arg);
RESULT erasure_log_read(struct ctx *c, const char *path, erasure_line *each, void *arg);

/* Adds what the database knows since `since` and the log does not. */
RESULT erasure_log_follow(struct ctx *c, const char *path, int64_t since);

/*
 * UNAVAILABLE, saying what to do, if the log's last lines tell of erasures of which the database
 * knows nothing: then it is older than the log, and what was used up since would be good again.
 */
RESULT erasure_log_check(struct ctx *c, const char *path);

#endif
