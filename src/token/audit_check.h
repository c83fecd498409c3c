/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_AUDIT_CHECK_H
#define UAUTH_TOKEN_AUDIT_CHECK_H

/*
 * Checks an export of the audit (token/audit_export.h) line by line, without a database and without
 * whoever made it: all that is trusted are keys that were kept before.  Each record shows itself
 * that it is the next one of the tree that was signed, so that the first which was changed,
 * dropped, added or moved is named, and all before it are proven.
 */

#include "token/audit_head.h"

struct audit_check;

/* Begins; in `a`, which lasts as long.  `keys` are trusted; the export has to begin with record
 * `from`. */
struct audit_check *audit_check_begin(struct arena *a, struct key_set keys, int64_t from)
    __attribute__((returns_nonnull));

/* A head that was kept before: the tree has to have had that root when it had that size.  Before
 * the first line. */
void audit_check_known(struct audit_check *check, const char *token);

/* Some records are enough, wherever they begin and end: a proof of one.  Before the first line. */
void audit_check_in_part(struct audit_check *check);

/* The next line, without its end.  INVALID_TOKEN says what is wrong, and with which record.  What
 * it leaves in the arena of `c` may be given back. */
RESULT audit_check_line(struct ctx *c, struct audit_check *check, struct bytes line);

/* After the last line: whether all records have come, and all heads that were kept are of this
 * log. */
RESULT audit_check_end(struct ctx *c, const struct audit_check *check);

/*
 * Instead of lines: the one line of a proof of consistency (token/audit_export.h), that the audit
 * as it is now begins with what it was when a head that was kept was signed.
 */
RESULT audit_check_consistency(struct ctx *c, struct audit_check *check, struct bytes line);

/* What the export is of; NULL before the first line was good. */
const struct audit_head *audit_check_head(const struct audit_check *check);

/* The number of the record that is next: all before it are good, and where a line was refused it is
 * the first bad one. */
int64_t audit_check_next(const struct audit_check *check);

/* How many heads that were kept the records agree with.  Those of a size before the first record
 * are not looked at. */
size_t audit_check_agreed(const struct audit_check *check);

#endif
