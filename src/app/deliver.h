/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_DELIVER_H
#define UAUTH_APP_DELIVER_H

/*
 * Takes one mail, or logout token, from the outbox to where it goes.  What could not be sent is
 * tried again, first soon and then ever more rarely, until DELIVER_TRIES_MAX; what a mail server
 * refuses for good, is no acceptable mail, or goes to an address that may not be called, is given
 * up at once.  Whatever happens is in the outbox's row, and the log has it without the text.
 */

#include "app/app.h"

enum {
    DELIVER_TRIES_MAX = 15,
    DELIVER_LEASE = 90,
    DELIVER_FIRST_WAIT = 20,
    DELIVER_WAIT_MAX = 7200
};

/* *delivered: whether there was one to deal with. */
RESULT deliver_one(struct ctx *c, const struct app *app, bool *dealt);

/* Seconds to wait after attempt number `attempts` (from 1): DELIVER_FIRST_WAIT, doubled each time,
 * at most DELIVER_WAIT_MAX, and moved by up to a quarter either way. */
int64_t deliver_wait(struct ctx *c, int64_t attempts);

#endif
