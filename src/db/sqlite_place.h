/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_SQLITE_PLACE_H
#define UAUTH_DB_SQLITE_PLACE_H

/*
 * The place of an SQLite database: its folder, the files beside it, and how another file takes its
 * place.
 *
 * The write-ahead log beside a database belongs to that database alone: SQLite would play the log
 * of an old one into a new one.  So an exchange is marked by "<path>.restoring" for as long as it
 * takes; while the mark stands, nobody opens the database, and the exchange can be made again from
 * its beginning, however far it had come.
 */

#include "base/ctx.h"

/* The folder in which `path` is. */
const char *sqlite_folder(struct ctx *c, const char *path) __attribute__((returns_nonnull));

/* Sees to it that what the folder of `path` says of its files is on disk.  UNAVAILABLE. */
RESULT sqlite_keep_names(struct ctx *c, const char *path);

/* UNAVAILABLE, saying what to do, if an exchange at `path` was begun and not ended. */
RESULT sqlite_check_restored(struct ctx *c, const char *path);

/* Keeps every other process out: its server, and whoever writes. */
struct sqlite_hold {
    int server_lock, write_lock;
};

/* UNAVAILABLE if a server runs on `path`, or somebody writes for too long. */
RESULT sqlite_hold(struct ctx *c, const char *path, struct sqlite_hold *out);
void sqlite_release(struct sqlite_hold *held);

/* A name beside `path` for a file in the making, which nobody else has. */
const char *sqlite_part_name(struct ctx *c, const char *path) __attribute__((returns_nonnull));

/* Removes such files beside `path`, which the caller holds: whoever made them was killed. */
void sqlite_remove_parts(struct ctx *c, const char *path);

/*
 * Puts the file `new`, whole and on disk and in the same folder, in the place of the database
 * `path`, which the caller holds.  What was there, its log included, is then in the folder *aside
 * (NULL: nothing was there).  UNAVAILABLE; also after a crash the same call, made again, completes
 * it.
 */
RESULT sqlite_exchange(struct ctx *c, const char *path, const char *new, const char **aside);

#endif
