/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_POSTGRES_GATE_H
#define UAUTH_DB_POSTGRES_GATE_H

/*
 * What all workers of a process know about their server: whether it could be reached lately, when a
 * connection to it fell silent, and whether it could write.  While it cannot be reached, one of
 * them at a time tries, at most every half second; the others learn at once that there is nothing
 * to wait for.  And whose turn it is to run again what met others.  Used by many threads.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { POSTGRES_PAUSE_MS = 500 };

struct postgres_gate {
    _Atomic int64_t next_ms;   /* when it may be tried again; 0: it is there */
    _Atomic int64_t silent_ms; /* connections of before are not used any more */
    atomic_bool trying;
    atomic_bool ailing;
    atomic_bool turn; /* somebody has it */
};

/* Whether this worker may try to connect now; then postgres_gate_tell has to follow. */
bool postgres_gate_enter(struct postgres_gate *g, int64_t now_ms);
void postgres_gate_tell(struct postgres_gate *g, bool connected, int64_t now_ms);

/*
 * Those who met others more than once take turns, so that they do not meet each other again.
 * Waits for the turn; false: the deadline is over.  What is taken has to be given back.
 */
bool postgres_turn_take(struct postgres_gate *g, int64_t deadline_ms);
void postgres_turn_give(struct postgres_gate *g);

#endif
