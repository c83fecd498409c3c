/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_SQLITE_SETUP_H
#define UAUTH_DB_SQLITE_SETUP_H

/* How a connection to SQLite is set up: what it may do, its limits, its order of texts. */

#include "db/sqlite_connection.h"

/* What a connection keeps of the database, until it rests.  The writer has more, since only its own
 * commits change what it has in memory: the pages that writes come back to stay there, also where
 * people are many. */
#define SQLITE_READER_PAGES_KIB 8192
#define SQLITE_WRITER_PAGES_KIB 16384

/* An SQLite result code. */
int sqlite_set_up(sqlite3 *handle, enum sqlite_access access);

/* For a reader: how much it keeps, which has it read the schema. */
void sqlite_set_up_pages(sqlite3 *handle);

#endif
