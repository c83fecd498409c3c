/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_SQLITE_SETUP_H
#define UAUTH_DB_SQLITE_SETUP_H

/* How a connection to SQLite is set up: what it may do, its limits, its order of texts. */

#include "db/sqlite_connection.h"

/* What a connection keeps of the database: SQLite's own default, as asking for it here would have
 * every connection read the schema when it is opened. */
enum { SQLITE_PAGES_KIB = 2000 };

/* An SQLite result code. */
int sqlite_set_up(sqlite3 *handle, enum sqlite_access access);

#endif
