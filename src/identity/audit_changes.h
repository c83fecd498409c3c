/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_AUDIT_CHANGES_H
#define UAUTH_IDENTITY_AUDIT_CHANGES_H

/*
 * What a change changed, for struct audit: the members in which two JSON objects differ, each with
 * what it was and what it is:
 *
 *     {"name":{"before":"Acme","after":"Acme Ltd"},"require_mfa":{"before":false,"after":true}}
 *
 * A member that one of them lacks is there without `before`, or without `after`.  Of a member whose
 * name tells that it is secret only the name is there (AU-01), and of one that is longer than
 * AUDIT_VALUE_MAX how long it is.
 */

#include "base/ctx.h"

enum { AUDIT_VALUE_MAX = 1024 /* bytes of JSON */ };

/* NULL if they do not differ.  `before` is NULL for what was made, `after` for what was removed. */
const char *audit_changes(struct ctx *c, const char *before, const char *after);

/* One object with the members of both, which have none in common; NULL counts as {}. */
const char *audit_object(struct ctx *c, const char *one, const char *other)
    __attribute__((returns_nonnull));

#endif
