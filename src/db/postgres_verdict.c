/* SPDX-License-Identifier: Apache-2.0 */
#include "db/postgres_verdict.h"

#include <string.h>

/* What an SQLSTATE begins with (PostgreSQL's manual, appendix A), and what it means. */
struct row {
    const char *sqlstate;
    struct postgres_verdict verdict;
};

/* clang-format off */
static const struct row rows[] = {
    { "23",    { ERR_CONFLICT,    POSTGRES_REFUSED } }, /* a constraint */
    { "40001", { ERR_UNAVAILABLE, POSTGRES_AGAIN   } }, /* serialization_failure */
    { "40P01", { ERR_UNAVAILABLE, POSTGRES_AGAIN   } }, /* deadlock_detected */
    { "55P03", { ERR_UNAVAILABLE, POSTGRES_AGAIN   } }, /* waited for a lock: see lock_timeout */
    { "0A000", { ERR_INTERNAL,    POSTGRES_GONE    } }, /* a prepared statement does not fit its table any more */
    { "26000", { ERR_UNAVAILABLE, POSTGRES_GONE    } }, /* a prepared statement is not there: a pooler */
    { "42P05", { ERR_UNAVAILABLE, POSTGRES_GONE    } }, /* it is there already: a pooler */
    { "25006", { ERR_UNAVAILABLE, POSTGRES_GONE    } }, /* read only: no longer the primary */
    { "25P03", { ERR_UNAVAILABLE, POSTGRES_GONE    } }, /* idle in a transaction for too long */
    { "57P01", { ERR_UNAVAILABLE, POSTGRES_GONE    } }, /* the server, or this backend, is told to end */
    { "57P03", { ERR_UNAVAILABLE, POSTGRES_GONE    } }, /* the server starts or ends */
    { "57P05", { ERR_UNAVAILABLE, POSTGRES_GONE    } }, /* idle for too long */
    { "57P",   { ERR_UNAVAILABLE, POSTGRES_UNKNOWN } }, /* the server crashes, or the database was dropped */
    { "57",    { ERR_UNAVAILABLE, POSTGRES_REFUSED } }, /* took too long, or was cancelled */
    { "55",    { ERR_UNAVAILABLE, POSTGRES_REFUSED } }, /* not in a state for it */
    { "53",    { ERR_UNAVAILABLE, POSTGRES_REFUSED } }, /* disk, memory, connections */
    { "58",    { ERR_UNAVAILABLE, POSTGRES_REFUSED } }, /* a file */
    { "XX",    { ERR_UNAVAILABLE, POSTGRES_REFUSED } }, /* damage */
    { "42501", { ERR_UNAVAILABLE, POSTGRES_REFUSED } }, /* the role may not */
    { "08",    { ERR_UNAVAILABLE, POSTGRES_UNKNOWN } }, /* the connection */
    { "",      { ERR_INTERNAL,    POSTGRES_REFUSED } }, /* a mistake of ours */
};
/* clang-format on */

/* After which the backend is no more. */
static bool is_fatal(const struct libpq *pq, const PGresult *failed)
{
    const char *severity = pq->resultErrorField(failed, PG_DIAG_SEVERITY_NONLOCALIZED);
    return severity != NULL && strcmp(severity, "ERROR") != 0;
}

struct postgres_verdict postgres_judge(const struct libpq *pq, const PGresult *failed)
{
    const char *sqlstate = pq->resultErrorField(failed, PG_DIAG_SQLSTATE);
    if (sqlstate == NULL) /* libpq says it, not the server */
        return (struct postgres_verdict){ ERR_UNAVAILABLE, POSTGRES_UNKNOWN };
    const struct row *row = rows;
    while (strncmp(sqlstate, row->sqlstate, strlen(row->sqlstate)) != 0)
        row++;
    struct postgres_verdict verdict = row->verdict;
    if (verdict.fate == POSTGRES_REFUSED && is_fatal(pq, failed))
        verdict = (struct postgres_verdict){ ERR_UNAVAILABLE, POSTGRES_UNKNOWN };
    return verdict;
}

bool postgres_is_foreign(const struct libpq *pq, const PGresult *answer)
{
    ExecStatusType status = pq->resultStatus(answer);
    return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}
