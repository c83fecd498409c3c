/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_SETUP_H
#define UAUTH_STORE_SETUP_H

/*
 * The way to the first administrator: a one-time code, open only until somebody has used it
 * (`setup_done`, which stays for ever).
 *
 * Use it so: inside one db_atomically that also commits a refusal, setup_try, setup_finish, and if
 * that is DONE the user, the role and the event.
 */

#include "store/schema.h"

enum { SETUP_TRIES_MAX = 10 };

/* Whether the first administrator is still to be made. */
RESULT setup_is_open(struct ctx *c, bool *open);

/* Makes `hash` the only code until `expires_at`, with all its tries.  *issued is false, and nothing
 * changes, once setup is done. */
RESULT setup_issue(struct ctx *c, const char *hash, int64_t expires_at, bool *issued);

/* Counts an attempt with whatever code.  *allowed is false once SETUP_TRIES_MAX have been made. */
RESULT setup_try(struct ctx *c, bool *allowed);

enum setup_outcome {
    SETUP_DONE,    /* by this call; it was the only one */
    SETUP_WRONG,   /* no such code */
    SETUP_EXPIRED, /* the right code, too late or tried too often */
    SETUP_CLOSED   /* somebody was faster */
};

/* Closes setup if `hash` is the code. */
RESULT setup_finish(struct ctx *c, const char *hash, enum setup_outcome *how);

/* Closes setup without a code: for an administrator made by a command on the machine.  True if it
 * was open. */
RESULT setup_close(struct ctx *c, bool *closed);

#endif
