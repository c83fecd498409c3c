/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_ERASURES_H
#define UAUTH_STORE_ERASURES_H

/*
 * Who was erased.  A backup of before knows them still; so each erasure is also a line of a log
 * outside of the database (store/erasure_log.h), and restoring a backup applies that log again
 * (decision 35).
 */

#include "store/schema.h"

struct erasure {
    const char *id; /* of the user */
    int64_t at;
};
struct erasures {
    const struct erasure *at;
    size_t n;
};

enum { ERASURES_MAX = 2000 };

/* Notes that the user was erased at `erasure->at`; nothing changes if that is known. */
RESULT erasure_note(struct ctx *c, const struct erasure *erasure);

/* Those of `after->at` and later, oldest first, after that very one (its id may be ""), at most
 * `limit` (to ERASURES_MAX). */
RESULT erasures_since(struct ctx *c, const struct erasure *after, int64_t limit,
                      struct erasures *out);

/* Whether the database knows of the erasure of `id`. */
RESULT erasure_known(struct ctx *c, const char *id, bool *known);

/*
 * Brings a database that may be older to what the log says: erases the user if there still is one,
 * and notes the erasure as of its own time.  *erased: whether somebody was there.
 */
RESULT erasure_apply(struct ctx *c, const struct erasure *erasure, bool *erased);

#endif
