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

extern const struct db_driver db_sqlite;

#endif
