/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_MOVER_H
#define UAUTH_APP_MOVER_H

/*
 * Moving a deployment from SQLite to PostgreSQL: opens both, keeps everybody else out of the
 * source, and tells how far it is (store/move.h moves the rows).
 */

#include "app/progress.h"
#include "store/move.h"

struct mover {
    const char *url;   /* of the target */
    const char *place; /* set: the same without user and password */
    struct progress copying, comparing;
};

/* Whether there is a password in the URL of a target.  INVALID_FIELD if it is none of PostgreSQL.
 */
RESULT mover_has_password(struct ctx *c, const char *url, bool *has);

/* UNAVAILABLE if a server runs on `source`; INVALID_FIELD if it is no file of SQLite, or the target
 * no PostgreSQL; else as move_all. */
RESULT mover_run(struct ctx *c, struct mover *mover, const char *source, struct moved *out);

#endif
