/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_AUDIT_EXPORT_H
#define UAUTH_TOKEN_AUDIT_EXPORT_H

/*
 * The audit as lines, in the order of its tree: JSON lines that are checked without us
 * (token/audit_check.h), or CEF.
 *
 * The first line of JSON says what is signed: the member uauth_audit (1, the version of the form),
 * from (the place of the first record), head (token/audit_head.h) and keys (each with jwk and, but
 * for the first, the endorsement by the one before).  Then comes one record a line
 * (identity/audit_record.h) up to the size of the head.
 */

#include "store/events.h"
#include "token/audit_head.h"

enum audit_form { AUDIT_JSON_LINES, AUDIT_CEF };

struct audit_export {
    enum audit_form form;
    bool open;    /* what tells about people is shown, and can be read for ever by whoever has the
                     lines; else it is sealed, and what of a user is erased is gone there, too */
    int64_t from; /* the place of the first record of all */
    int64_t next; /* of these lines */
    int64_t size; /* of the head */
};

/* The newest head, and the first line for it, with export->from; sets `next` and `size`.
 * NOT_FOUND if nothing has been signed yet, INVALID_FIELD if `from` lies beyond. */
RESULT audit_export_begin(struct ctx *c, struct audit_export *export, const char **line);

/* At most `limit` (1 to PAGE_MAX) further lines, each with its end, in `out`; `next` goes on, up to
 * `size`. */
RESULT audit_export_next(struct ctx *c, struct audit_export *export, struct audit_tile *tile,
                         int64_t limit, struct text_buffer *out);

/* What shows a place in the tree, or what it was, under the newest head. */
struct audit_proof {
    int64_t index; /* of the event, or how many records there were */
    struct merkle_head tree;
    struct merkle_hash leaf; /* of the event */
    struct merkle_path path; /* RFC 9162 2.1.3.1 or 2.1.4.1 */
    const char *head;        /* token/audit_head.h */
};

/* That the event `row` (or NULL) is in the audit.  NOT_FOUND: there is none, or it has no place
 * that is signed yet. */
RESULT audit_proof_event(struct ctx *c, const struct event_row *row, struct audit_proof *out);

/* That the audit begins with what its first `size` records were.  INVALID_FIELD: there are fewer.
 */
RESULT audit_proof_consistency(struct ctx *c, int64_t size, struct audit_proof *out);

/* The two lines of a proof that the event `id` is in the audit: as an export that begins and ends
 * with it.  NOT_FOUND: there is none, or it has no place that is signed yet. */
RESULT audit_prove_event(struct ctx *c, const char *id, const char **lines);

/* The line of a proof that the audit begins with what its first `size` records were: as the first
 * line of an export, with the member path. */
RESULT audit_prove_consistency(struct ctx *c, int64_t size, const char **line);

#endif
