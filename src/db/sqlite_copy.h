/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_SQLITE_COPY_H
#define UAUTH_DB_SQLITE_COPY_H

/*
 * A second file with what an SQLite database holds at one moment, made while others write to it.
 */

#include "base/ctx.h"

/* Who is told how far it is: pages of how many. */
struct copy_watch {
    void (*tell)(void *arg, int64_t done, int64_t of); /* NULL: nobody */
    void *arg;
};

/*
 * Copies the database at `from` into the new file `to` (mode 0600), which is on disk, and one file
 * without a log, when this returns OK; after a failure it is gone.  `from` is read in one
 * transaction: writers go on, and none of what they do meanwhile is in the copy.  CONFLICT if `to`
 * is there already; UNAVAILABLE if `from` cannot be read, is no database of ours or is damaged, or
 * `to` cannot be written.
 */
RESULT sqlite_copy(struct ctx *c, const char *from, const char *to, struct copy_watch watch);

/* Whether the file `path`, which nobody writes to, is whole: each page, index and reference.
 * UNAVAILABLE, saying what is not. */
RESULT sqlite_check_whole(struct ctx *c, const char *path);

/* Puts the file `path`, written by its last writer, on disk.  UNAVAILABLE. */
RESULT sqlite_keep_file(struct ctx *c, const char *path);

#endif
