/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_POSTGRES_ROWS_H
#define UAUTH_DB_POSTGRES_ROWS_H

/*
 * The rows of an answer as a table in the arena; what is true or false as 1 or 0, as SQLite says
 * it.
 */

#include "db/db.h"
#include "db/libpq.h"

/* `refusable`: nothing is lost if the arena cannot hold them (OUT_OF_MEMORY). */
RESULT postgres_rows(struct ctx *c, const struct libpq *pq, PGresult *answer, bool refusable,
                     struct table *out);

#endif
