/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_SQLITE_LOG_FILE_H
#define UAUTH_DB_SQLITE_LOG_FILE_H

/*
 * The write-ahead log as the writer writes it.  SQLite writes each page of a commit by two calls of
 * the system; here they are gathered, and written when SQLite syncs the log, in pieces of up to 31
 * pages.  Nobody misses them until then, as others learn of a commit after its sync: the connection
 * has to be `synchronous` = FULL or above.  Where the file system does not promise that a write
 * leaves the bytes beside it alone, SQLite writes on after the sync, and nothing is gathered.
 */

struct sqlite_log_vfs;

/* A file system over SQLite's default one, for one connection; NULL: no memory. */
struct sqlite_log_vfs *sqlite_log_vfs_new(void);

/* What sqlite3_open_v2 is told. */
const char *sqlite_log_vfs_name(const struct sqlite_log_vfs *v);

/* After the connection was closed.  `v` may be NULL. */
void sqlite_log_vfs_free(struct sqlite_log_vfs *v);

#endif
