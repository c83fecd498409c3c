/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_IMPORTS_H
#define UAUTH_STORE_IMPORTS_H

/*
 * How far the import of a file has come.  Each step stands in the transaction of the people that it
 * counts, so that none is taken over twice and none is forgotten, whenever the process ends.
 */

#include "store/schema.h"

struct import_row {
    const char *id;
    int64_t position;        /* bytes of the file that are done */
    int64_t number;          /* records that are done */
    int64_t added, left_out; /* what came of them */
    int64_t report_bytes;    /* how long the report is by then */
    const char *tail;        /* its end, as the last step has written it */
    int64_t started_at;
};

/* Where to go on with the import `id`: at its beginning if it has none, or was done. */
RESULT import_begin(struct ctx *c, const char *id, struct import_row *out);

/* Where the import `id` is now.  CONFLICT if it has not begun. */
RESULT import_find(struct ctx *c, const char *id, struct import_row *out);

/* It has come from `position` to `row`.  *done is false if it is no longer at `position`: another
 * process does the same. */
RESULT import_step(struct ctx *c, int64_t position, const struct import_row *row, bool *done);

/* It is done; the end of the report is not kept. */
RESULT import_end(struct ctx *c, const char *id);

#endif
