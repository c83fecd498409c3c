/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_POSTGRES_VERDICT_H
#define UAUTH_DB_POSTGRES_VERDICT_H

/*
 * What an answer of PostgreSQL means: whether it has happened, and whether to run it again.
 */

#include "db/libpq.h"

enum postgres_fate {
    POSTGRES_DONE,    /* it has happened */
    POSTGRES_REFUSED, /* it has not, and would not if it were run again */
    POSTGRES_AGAIN,   /* it has not, because of what others did at once: run it again */
    POSTGRES_GONE,    /* it has not, and the connection is of no use: run it again on another */
    POSTGRES_UNKNOWN  /* the connection is gone, and nobody knows whether it has */
};

struct postgres_verdict {
    enum err_code code;
    enum postgres_fate fate;
};

/* Of an answer that is an error. */
struct postgres_verdict postgres_judge(const struct libpq *pq, const PGresult *failed);

/* Whether the server offers to copy rows: again and again until somebody does, which nobody here
 * will. */
bool postgres_is_foreign(const struct libpq *pq, const PGresult *answer);

#endif
