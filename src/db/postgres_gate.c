/* SPDX-License-Identifier: Apache-2.0 */
#include "db/postgres_gate.h"

#include "base/time.h"

#include <unistd.h>

enum { TURN_PAUSE_US = 500 };

bool postgres_gate_enter(struct postgres_gate *g, int64_t now_ms)
{
    int64_t next = atomic_load(&g->next_ms);
    if (next == 0)
        return true;
    return now_ms >= next && !atomic_exchange(&g->trying, true);
}

void postgres_gate_tell(struct postgres_gate *g, bool connected, int64_t now_ms)
{
    atomic_store(&g->next_ms, connected ? 0 : now_ms + POSTGRES_PAUSE_MS);
    atomic_store(&g->trying, false);
}

bool postgres_turn_take(struct postgres_gate *g, int64_t deadline_ms)
{
    while (atomic_exchange(&g->turn, true)) {
        if (time_monotonic_ms() >= deadline_ms)
            return false;
        (void)usleep(TURN_PAUSE_US);
    }
    return true;
}

void postgres_turn_give(struct postgres_gate *g)
{
    atomic_store(&g->turn, false);
}
