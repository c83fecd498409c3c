/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_AUDIT_HEADS_H
#define UAUTH_APP_AUDIT_HEADS_H

/*
 * Passing heads of the audit on to where who administers this service cannot change them: the
 * newest one every audit_heads_seconds, if there is a newer one, to the end of a file
 * (audit_heads_file) and by POST to an address (audit_heads_url).  What fails is tried again; a
 * head says all that those before it said, so that none has to be made up for.
 */

#include "base/ctx.h"

struct resolver;

/*
 * Adds the newest head to the file, one line, on disk when this returns OK.  UNAVAILABLE: it cannot
 * be written, or its last line is of more records than there are in the same log: the database is
 * an older one that was put back without uauth restore.
 */
RESULT audit_heads_write(struct ctx *c);

/* Posts it (application/jwt).  UPSTREAM: it was not taken. */
RESULT audit_heads_post(struct ctx *c, struct resolver *resolver);

#endif
