/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_AUDIT_RECORD_H
#define UAUTH_IDENTITY_AUDIT_RECORD_H

/*
 * One event of the audit outside of the database: a line of JSON (docs/guide/audit.md) that has all
 * that its leaf hash is made over, and what shows its place in the tree; and a line of CEF
 * (ArcSight Common Event Format 0) for those who collect events.
 */

#include "identity/audit.h"

enum { AUDIT_LINE_MAX = 256 * 1024 };

struct audit_record {
    struct event_row row;     /* with its leaf_index */
    const char *personal;     /* what is sealed, opened: a JSON object; or NULL */
    const char *personal_key; /* that opens it; or NULL */
    struct texts path;        /* hashes, base64url: crypto/merkle.h, merkle_walk_path */
};

/* The line, without a line break. */
const char *audit_record_write(struct arena *a, const struct audit_record *record)
    __attribute__((returns_nonnull));

/*
 * Reads a line that audit_record_write has written.  INVALID_REQUEST for any other: there is one
 * line for each record.  The leaf hash is made anew from what the line says, and `personal` is what
 * is sealed.
 */
RESULT audit_record_read(struct ctx *c, struct bytes line, struct audit_record *out);

/* The line of CEF, without a line break: nothing in it begins another field or line (AU-09). */
const char *audit_cef_write(struct ctx *c, const struct event_row *row,
                            const struct audit_personal *personal) __attribute__((returns_nonnull));

#endif
