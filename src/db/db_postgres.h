/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_DB_POSTGRES_H
#define UAUTH_DB_DB_POSTGRES_H

/*
 * PostgreSQL (13 or newer, encoding UTF8), shared by as many nodes as one likes.  Each worker has a
 * connection of its own; every transaction, that of a single statement too, is SERIALIZABLE, and is
 * run again here when the server asks for that (two wrote what the other read, or waited for each
 * other).
 *
 * No call takes longer than POSTGRES_CALL_MS, however often it is run again, a new connection
 * included; and while the server cannot be reached, one worker at a time tries it, half a second
 * apart, and all others are refused at once.
 *
 * When the connection is lost, what cannot have happened is run again on a new one: a read, a unit
 * whose commit was not asked for yet, a statement that the server refused because it was going
 * down.  A write whose outcome is not known is never run again, nor reported as done.
 *
 * URL: as libpq reads it.  A server that is not on this machine is connected to with
 * sslmode=verify-full unless the URL says otherwise.  Tables are in the schema public unless the
 * URL's `options` sets a search_path.  A pooler has to keep a client on one connection (PgBouncer:
 * pool_mode=session).  A host's name is looked up by libpq when it connects, which may take as long
 * as the system's resolver does.
 */

#include "db/db.h"

enum { POSTGRES_CALL_MS = 5000 };

extern const struct db_driver db_postgres;

#endif
