/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_HASH_GATE_H
#define UAUTH_CRYPTO_HASH_GATE_H

/*
 * The gate before password hashing: as many hashes at once as it has slots, each in the memory of
 * its slot, so that no flood of sign-ins takes more memory or more processors than configured
 * (DO-01, SD-17).  Who waits is served in order, and no longer than the gate allows: who would wait
 * longer is refused at once.
 *
 * A slot's memory is mapped when it is first used and kept, warm and on huge pages, while there is
 * work; after ten seconds without any it is wiped and given back.  In between, the next hash
 * overwrites what the last one left.
 */

#include "base/ctx.h"

struct hash_gate;
struct hash_slot;

enum { HASH_GATE_SLOTS_MAX = 64, HASH_WAIT_MS = 5000, HASH_IDLE_MS = 10000 };

/*
 * A gate of `slots` slots (1 to HASH_GATE_SLOTS_MAX) at which nobody waits longer than `wait_ms`
 * (HASH_WAIT_MS where nothing speaks for another figure).  It lives in `a`, may be used by many
 * threads at once, and is wiped and unmapped when `a` ends; nobody may use it then.
 */
RESULT hash_gate_new(struct ctx *c, struct arena *a, size_t slots, int64_t wait_ms,
                     struct hash_gate **out);

/*
 * Takes a slot of c->hashes for one job, waiting for it if need be.  UNAVAILABLE, with
 * c->fault.retry_after in seconds, if the expected wait is longer than the gate allows, or turns
 * out to be; and without it if c->given_up says that nobody waits.  The slot belongs to the job,
 * not to the request that may have been abandoned meanwhile: whoever took it releases it when the
 * work is done.
 */
RESULT hash_gate_take(struct ctx *c, struct hash_slot **out);
void hash_gate_release(struct hash_gate *gate, struct hash_slot *slot);

/*
 * At least `n` bytes of the slot's memory, aligned to 64 bytes, for the time until it is released;
 * the content is whatever was left there.  A later call for the same slot may move it.  UNAVAILABLE
 * if the system has no memory.
 */
RESULT hash_slot_memory(struct ctx *c, struct hash_slot *slot, size_t n, void **out);

/* Wipes the slot's memory and gives it back now. */
void hash_slot_forget(struct hash_slot *slot);

/*
 * Wipes and gives back the memory of each slot that nobody has used for HASH_IDLE_MS before
 * `now_ms` (time_monotonic_ms).  To be called about once a second.  Whether there was one.
 */
bool hash_gate_idle(struct hash_gate *gate, int64_t now_ms);

/* How the gate stands, for metrics. */
struct hash_gate_state {
    size_t slots, busy, waiting;
    size_t mapped_bytes;
    int64_t typical_ms; /* moving average of the time that a slot is held */
    uint64_t done;      /* jobs that have released their slot so far */
};
struct hash_gate_state hash_gate_look(struct hash_gate *gate);

#endif
