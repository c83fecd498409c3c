/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_SQLITE_SETUP_H
#define UAUTH_DB_SQLITE_SETUP_H

/* How a connection to SQLite is opened and set up: what it may do, its limits, its order of texts.
 */

#include "db/sqlite_connection.h"
#include "db/sqlite_log_file.h"

/* What a connection keeps of the database, until it rests.  The writer has more, since only its own
 * commits change what it has in memory: the pages that writes come back to stay there, also where
 * people are many. */
#define SQLITE_READER_PAGES_KIB 8192
#define SQLITE_WRITER_PAGES_KIB 16384

/* A file that exists, or one in memory; one that writes does so by `writes`, NULL if there was no
 * memory for it.  An SQLite result code; what it opened is closed also if it failed. */
int sqlite_open_file(const char *path, enum sqlite_access access,
                     const struct sqlite_log_vfs *writes, sqlite3 **out);

/* An SQLite result code. */
int sqlite_set_up(sqlite3 *handle, enum sqlite_access access);

/* For a reader: how much it keeps, which has it read the schema. */
void sqlite_set_up_pages(sqlite3 *handle);

#endif
