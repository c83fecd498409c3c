/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_TURN_H
#define UAUTH_BASE_TURN_H

/*
 * The turn of a thread to work.  There are more threads than processors, because some wait: for a
 * commit, for another server.  Who waits leaves its turn to another for that time, so that as many
 * work at once as there are processors, and the others do not push each other out of the caches.
 */

#include "base/ctx.h"

struct turn {
    void (*leave)(struct turn *t);
    void (*come_back)(struct turn *t); /* does not wait */
};

/* Around all that waits for long, as seen by a processor: 50 us and more. */
static inline void turn_leave(struct ctx *c)
{
    if (c->turn != NULL)
        c->turn->leave(c->turn);
}

static inline void turn_come_back(struct ctx *c)
{
    if (c->turn != NULL)
        c->turn->come_back(c->turn);
}

#endif
