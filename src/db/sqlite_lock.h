/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_SQLITE_LOCK_H
#define UAUTH_DB_SQLITE_LOCK_H

/*
 * The files by which processes on one database keep out of each other's way (flock): beside it
 * stand write.lock, held during a write transaction or checkpoint, and server.lock, held by the one
 * server.  A lock goes with its process.
 */

#include "base/ctx.h"

enum { SQLITE_LOCK_MS = 4000 };

/* Opens the file `name` in `folder`, made with mode 0600 if it is missing.  UNAVAILABLE. */
RESULT sqlite_lock_open(struct ctx *c, const char *folder, const char *name, int *out);

/* Takes it within SQLITE_LOCK_MS; false if somebody holds it longer.  `lock` -1 is no lock: true.
 */
bool sqlite_lock(int lock);

/* Takes it at once or not at all. */
bool sqlite_lock_now(int lock);

void sqlite_unlock(int lock);

#endif
