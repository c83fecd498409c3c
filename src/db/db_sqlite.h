/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_DB_SQLITE_H
#define UAUTH_DB_DB_SQLITE_H

/*
 * The embedded database.  One file in write-ahead-log mode; in each process one thread owns the
 * only connection that writes (db/sqlite_writer.h), and each worker has a read-only connection of
 * its own.  A read never waits for a writer.
 *
 * Beside the file stand `write.lock`, held during every write transaction and every checkpoint by
 * whatever process makes it, and `server.lock`, held by the one server for as long as it runs.
 */

#include "db/db.h"

enum { SQLITE_APPLICATION_ID = 0x75617574 /* "uaut", in the header of the file */ };

extern const struct db_driver db_sqlite;

/* The path of a file, from what stands after "sqlite:"; NULL: in memory, or not well formed. */
const char *sqlite_file(const char *where);

#endif
