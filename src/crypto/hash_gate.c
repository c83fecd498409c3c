/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hash_gate.h"

#include "base/time.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum {
    HUGE_PAGE = 2 << 20,
    AVERAGE_OVER = 8,     /* hashes that the moving average forgets slowly */
    TYPICAL_FIRST_MS = 50 /* before there is an average */
};

struct hash_slot {
    struct hash_slot *next; /* among the free ones, last released first */
    uint8_t *memory;        /* NULL: not mapped */
    _Atomic size_t mapped;  /* written by who has the slot, read by hash_gate_look too */
    int64_t since_ms;       /* when it was taken, or released */
};

/* Somebody in the queue; lives on the waiting thread's stack. */
struct waiter {
    struct waiter *next;
    struct hash_slot *slot; /* what it has been given */
    pthread_cond_t given;
};

struct hash_gate {
    pthread_mutex_t lock; /* over everything but the memory of slots that are taken */
    pthread_condattr_t clock;
    struct hash_slot slots[HASH_GATE_SLOTS_MAX];
    struct hash_slot *free;
    struct waiter *first, **last;
    size_t n, busy, waiting;
    int64_t wait_ms, typical_ms;
    uint64_t done;
};

static void gate_end(struct hash_gate *gate)
{
    must(gate->busy == 0 && gate->waiting == 0);
    for (size_t i = 0; i < gate->n; i++)
        hash_slot_forget(&gate->slots[i]);
    (void)pthread_mutex_destroy(&gate->lock);
    (void)pthread_condattr_destroy(&gate->clock);
}

RESULT hash_gate_new(struct ctx *c, struct arena *a, size_t slots, int64_t wait_ms,
                     struct hash_gate **out)
{
    if (slots == 0 || slots > HASH_GATE_SLOTS_MAX)
        return fail(c, INTERNAL, "a hash gate has 1 to %d slots", HASH_GATE_SLOTS_MAX);
    struct hash_gate *gate = ARENA_NEW(a, struct hash_gate);
    must(pthread_mutex_init(&gate->lock, NULL) == 0);
    must(pthread_condattr_init(&gate->clock) == 0);
    must(pthread_condattr_setclock(&gate->clock, CLOCK_MONOTONIC) == 0);
    gate->n = slots;
    gate->wait_ms = wait_ms;
    gate->typical_ms = TYPICAL_FIRST_MS;
    gate->last = &gate->first;
    for (size_t i = slots; i-- > 0;) {
        gate->slots[i].next = gate->free;
        gate->free = &gate->slots[i];
    }
    ARENA_OWN(a, struct hash_gate, gate_end, gate);
    *out = gate;
    return ok();
}

static void lock(struct hash_gate *gate)
{
    must(pthread_mutex_lock(&gate->lock) == 0);
}

static void unlock(struct hash_gate *gate)
{
    must(pthread_mutex_unlock(&gate->lock) == 0);
}

/* How long whoever comes now will have to wait, if all goes as usual. */
static int64_t expected_ms(const struct hash_gate *gate)
{
    return gate->typical_ms * (int64_t)(gate->waiting + 1) / (int64_t)gate->n;
}

static struct timespec monotonic(int64_t ms)
{
    return (struct timespec){ .tv_sec = (time_t)(ms / 1000),
                              .tv_nsec = (long)(ms % 1000) * 1000000 };
}

static void leave_queue(struct hash_gate *gate, struct waiter *waiter)
{
    struct waiter **at = &gate->first;
    while (*at != waiter)
        at = &(*at)->next;
    *at = waiter->next;
    if (*at == NULL)
        gate->last = at;
    gate->waiting--;
}

/* Waits in the queue for a slot until the deadline; NULL if none came. */
static struct hash_slot *wait_for_slot(struct hash_gate *gate)
{
    struct waiter waiter = { .next = NULL };
    struct timespec deadline = monotonic(time_monotonic_ms() + gate->wait_ms);
    must(pthread_cond_init(&waiter.given, &gate->clock) == 0);
    *gate->last = &waiter;
    /* The waiter leaves the queue before this function does. */
    /* cppcheck-suppress autoVariables */
    gate->last = &waiter.next;
    gate->waiting++;
    int status = 0;
    while (waiter.slot == NULL && status == 0)
        status = pthread_cond_timedwait(&waiter.given, &gate->lock, &deadline);
    if (waiter.slot == NULL)
        leave_queue(gate, &waiter);
    (void)pthread_cond_destroy(&waiter.given);
    return waiter.slot;
}

/* A slot for the caller, who holds the lock; NULL if it would take, or has taken, too long. */
static struct hash_slot *next_slot(struct hash_gate *gate)
{
    struct hash_slot *slot = gate->free;
    if (slot == NULL)
        return expected_ms(gate) > gate->wait_ms ? NULL : wait_for_slot(gate);
    gate->free = slot->next;
    gate->busy++;
    return slot;
}

RESULT hash_gate_take(struct ctx *c, struct hash_slot **out)
{
    struct hash_gate *gate = c->hashes;
    must(gate != NULL);
    if (c->given_up != NULL && atomic_load(c->given_up))
        return fail(c, UNAVAILABLE, "nobody waits for this hash any longer");
    lock(gate);
    struct hash_slot *slot = next_slot(gate);
    size_t waiting = gate->waiting;
    int64_t expected = expected_ms(gate);
    unlock(gate);
    if (slot == NULL) {
        err refused = fail(c, UNAVAILABLE, "%zu hashes are waiting, for %lld ms", waiting,
                           (long long)expected);
        c->fault.retry_after = expected / 1000 + 1;
        return refused;
    }
    slot->since_ms = time_monotonic_ms();
    *out = slot;
    return ok();
}

/* Hands a slot to who has waited longest, or puts it with the free ones. */
static void hand_on(struct hash_gate *gate, struct hash_slot *slot)
{
    struct waiter *waiter = gate->first;
    if (waiter == NULL) {
        slot->next = gate->free;
        gate->free = slot;
        gate->busy--;
        return;
    }
    leave_queue(gate, waiter);
    waiter->slot = slot;
    must(pthread_cond_signal(&waiter->given) == 0);
}

void hash_gate_release(struct hash_gate *gate, struct hash_slot *slot)
{
    int64_t now = time_monotonic_ms();
    lock(gate);
    gate->typical_ms += (now - slot->since_ms - gate->typical_ms) / AVERAGE_OVER;
    slot->since_ms = now;
    gate->done++;
    hand_on(gate, slot);
    unlock(gate);
}

void hash_slot_forget(struct hash_slot *slot)
{
    if (slot->memory == NULL)
        return;
    OPENSSL_cleanse(slot->memory, slot->mapped);
    must(munmap(slot->memory, slot->mapped) == 0);
    slot->memory = NULL;
    slot->mapped = 0;
}

/* `n` bytes, a multiple of HUGE_PAGE, that begin at a multiple of it; NULL if there are none. */
static uint8_t *map_aligned(size_t n)
{
    void *at =
        mmap(NULL, n + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return NULL;
    size_t before = -(uintptr_t)at % HUGE_PAGE;
    uint8_t *memory = (uint8_t *)at + before;
    if (before > 0)
        must(munmap(at, before) == 0);
    if (before < HUGE_PAGE)
        must(munmap(memory + n, HUGE_PAGE - before) == 0);
    /* Both are wishes: without huge pages a hash takes longer, and dumps are off anyway. */
    (void)madvise(memory, n, MADV_HUGEPAGE);
    (void)madvise(memory, n, MADV_DONTDUMP);
    return memory;
}

RESULT hash_slot_memory(struct ctx *c, struct hash_slot *slot, size_t n, void **out)
{
    must(n <= SIZE_MAX / 2);
    if (slot->mapped < n) {
        hash_slot_forget(slot);
        size_t rounded = (n + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
        uint8_t *memory = map_aligned(rounded);
        if (memory == NULL)
            return fail(c, UNAVAILABLE, "there are no %zu bytes for a hash", rounded);
        slot->memory = memory;
        slot->mapped = rounded;
    }
    *out = slot->memory;
    return ok();
}

/* Takes a slot out of the free ones that nobody has used since `before_ms`; NULL: there is none. */
static struct hash_slot *take_idle(struct hash_gate *gate, int64_t before_ms)
{
    for (struct hash_slot **at = &gate->free; *at != NULL; at = &(*at)->next) {
        struct hash_slot *slot = *at;
        if (slot->memory != NULL && slot->since_ms <= before_ms) {
            *at = slot->next;
            gate->busy++;
            return slot;
        }
    }
    return NULL;
}

bool hash_gate_idle(struct hash_gate *gate, int64_t now_ms)
{
    bool found = false;
    lock(gate);
    for (struct hash_slot *slot; (slot = take_idle(gate, now_ms - HASH_IDLE_MS)) != NULL;) {
        /* Wiping takes a while, and nobody should have to wait for that. */
        unlock(gate);
        hash_slot_forget(slot);
        lock(gate);
        hand_on(gate, slot);
        found = true;
    }
    unlock(gate);
    return found;
}

struct hash_gate_state hash_gate_look(struct hash_gate *gate)
{
    lock(gate);
    struct hash_gate_state state = { .slots = gate->n,
                                     .busy = gate->busy,
                                     .waiting = gate->waiting,
                                     .typical_ms = gate->typical_ms,
                                     .done = gate->done };
    unlock(gate);
    for (size_t i = 0; i < gate->n; i++)
        state.mapped_bytes += gate->slots[i].mapped;
    return state;
}
