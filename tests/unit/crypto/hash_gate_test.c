/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hash_gate.h"

#include "base/time.h"
#include "tests/unit/base/testing.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { SLOTS = 3, THREADS = 16, ROUNDS = 40, WORK_BYTES = 5 << 20, PATIENCE_MS = 60000 };

static struct hash_gate *new_gate(struct ctx *c, size_t slots, int64_t wait_ms)
{
    struct hash_gate *gate = NULL;
    assert_int_equal(hash_gate_new(c, c->arena, slots, wait_ms, &gate).code, ERR_OK);
    c->hashes = gate;
    return gate;
}

static struct hash_slot *take(struct ctx *c)
{
    struct hash_slot *slot = NULL;
    assert_int_equal(hash_gate_take(c, &slot).code, ERR_OK);
    return slot;
}

/* What the threads of a test share. */
struct crowd {
    struct hash_gate *gate;
    _Atomic size_t inside, most, refused, served;
    size_t threads, rounds;
    _Atomic size_t order[THREADS], arrived;
};

static void remember_most(struct crowd *crowd, size_t inside)
{
    size_t most = crowd->most;
    while (inside > most && !atomic_compare_exchange_weak(&crowd->most, &most, inside))
        continue;
}

static void work_once(struct ctx *c, struct crowd *crowd)
{
    struct hash_slot *slot = NULL;
    void *memory = NULL;
    fault_clear(c);
    if (hash_gate_take(c, &slot).code != ERR_OK) {
        crowd->refused++;
        return;
    }
    remember_most(crowd, ++crowd->inside);
    if (hash_slot_memory(c, slot, WORK_BYTES, &memory).code == ERR_OK) {
        memset(memory, (int)(crowd->served & 0xFF), 64 * 1024);
        crowd->served++;
    }
    crowd->inside--;
    hash_gate_release(c->hashes, slot);
}

static void *work(void *arg)
{
    struct crowd *crowd = arg;
    struct ctx c = { .arena = arena_new(ARENA_REQUEST_CEILING), .hashes = crowd->gate };
    for (size_t i = 0; i < crowd->rounds; i++)
        work_once(&c, crowd);
    arena_end(c.arena);
    return NULL;
}

static void run(struct crowd *crowd, void *(*what)(void *))
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < crowd->threads; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, what, crowd), 0);
    for (size_t i = 0; i < crowd->threads; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

/* DO-01, SD-17: as many at once as there are slots, in as much memory as they have. */
static void no_more_work_at_once_than_there_are_slots(void **state)
{
    struct ctx *c = *state;
    struct crowd crowd = { .gate = new_gate(c, SLOTS, PATIENCE_MS),
                           .threads = THREADS,
                           .rounds = ROUNDS };
    run(&crowd, work);
    struct hash_gate_state after = hash_gate_look(crowd.gate);
    assert_int_equal(crowd.served, THREADS * ROUNDS);
    assert_int_equal(crowd.refused, 0);
    assert_in_range(crowd.most, 1, SLOTS);
    assert_int_equal(after.busy + after.waiting, 0);
    assert_int_equal(after.done, THREADS * ROUNDS);
    assert_true(after.mapped_bytes > 0 && after.mapped_bytes <= (size_t)SLOTS * (6 << 20));
}

/* DO-01: with no patience at all, each one is either served or refused; nothing is lost. */
static void whoever_is_not_served_is_refused(void **state)
{
    struct ctx *c = *state;
    struct crowd crowd = { .gate = new_gate(c, 1, 1), .threads = THREADS, .rounds = ROUNDS };
    run(&crowd, work);
    assert_int_equal(crowd.served + crowd.refused, THREADS * ROUNDS);
    assert_true(crowd.served >= 1);
    assert_int_equal(crowd.most, 1);
    assert_int_equal(hash_gate_look(crowd.gate).busy, 0);
    struct hash_slot *slot = take(c);
    hash_gate_release(crowd.gate, slot);
}

/* DO-01: who would wait too long is told at once, with the time to come back. */
static void a_wait_that_will_be_too_long_is_refused_at_once(void **state)
{
    struct ctx *c = *state;
    struct hash_gate *gate = new_gate(c, 1, 0);
    struct hash_slot *slot = take(c), *other = NULL;
    assert_int_equal(hash_gate_take(c, &other).code, ERR_UNAVAILABLE);
    assert_null(other);
    assert_true(c->fault.retry_after >= 1);
    hash_gate_release(gate, slot);
    hash_gate_release(gate, take(c));
}

/* a set of recovery codes is ten hashes, and a stop waits for them only if somebody does. */
static void a_hash_that_nobody_waits_for_is_not_begun(void **state)
{
    struct ctx *c = *state;
    _Atomic bool given_up = false;
    struct hash_gate *gate = new_gate(c, 1, PATIENCE_MS);
    struct hash_slot *slot = NULL;
    c->given_up = &given_up;
    hash_gate_release(gate, take(c));
    given_up = true;
    assert_int_equal(hash_gate_take(c, &slot).code, ERR_UNAVAILABLE);
    assert_null(slot);
    assert_int_equal(hash_gate_look(gate).busy, 0);
    assert_int_equal(hash_gate_look(gate).done, 1);
}

/* The gate does not know yet how long a job takes, waits, and gives up when the time is over. */
static void a_wait_ends_at_its_deadline(void **state)
{
    struct ctx *c = *state;
    enum { WAIT_MS = 60 };
    struct hash_gate *gate = new_gate(c, 1, WAIT_MS);
    struct hash_slot *slot = take(c), *other = NULL;
    int64_t began = time_monotonic_ms();
    assert_int_equal(hash_gate_take(c, &other).code, ERR_UNAVAILABLE);
    assert_true(time_monotonic_ms() - began >= WAIT_MS);
    assert_true(c->fault.retry_after >= 1);
    assert_int_equal(hash_gate_look(gate).waiting, 0);
    hash_gate_release(gate, slot);
    hash_gate_release(gate, take(c));
}

/* Queues up, one thread after the other, and notes its number when its turn comes. */
static void *queue_up(void *arg)
{
    struct crowd *crowd = arg;
    struct ctx c = { .arena = arena_new(ARENA_REQUEST_CEILING), .hashes = crowd->gate };
    size_t number = crowd->arrived++;
    while (hash_gate_look(crowd->gate).waiting != number)
        (void)sched_yield();
    struct hash_slot *slot = take(&c);
    crowd->order[crowd->served++] = number;
    hash_gate_release(crowd->gate, slot);
    arena_end(c.arena);
    return NULL;
}

static void who_waits_is_served_in_order(void **state)
{
    struct ctx *c = *state;
    struct crowd crowd = { .gate = new_gate(c, 1, PATIENCE_MS), .threads = 8 };
    struct hash_slot *slot = take(c);
    pthread_t threads[8];
    for (size_t i = 0; i < crowd.threads; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, queue_up, &crowd), 0);
    while (hash_gate_look(crowd.gate).waiting != crowd.threads)
        (void)sched_yield();
    hash_gate_release(crowd.gate, slot);
    for (size_t i = 0; i < crowd.threads; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (size_t i = 0; i < crowd.threads; i++)
        assert_int_equal(crowd.order[i], i);
}

/* P11: memory is kept while there is work and given back ten seconds after. */
static void idle_memory_is_given_back(void **state)
{
    struct ctx *c = *state;
    struct hash_gate *gate = new_gate(c, 2, PATIENCE_MS);
    struct hash_slot *slot = take(c);
    void *memory = NULL;
    assert_int_equal(hash_gate_look(gate).mapped_bytes, 0);
    assert_int_equal(hash_slot_memory(c, slot, WORK_BYTES, &memory).code, ERR_OK);
    assert_false(hash_gate_idle(gate, time_monotonic_ms() + 2 * HASH_IDLE_MS)); /* in use */
    assert_true(hash_gate_look(gate).mapped_bytes >= WORK_BYTES);
    hash_gate_release(gate, slot);
    assert_false(hash_gate_idle(gate, time_monotonic_ms() + HASH_IDLE_MS - 5000));
    assert_true(hash_gate_look(gate).mapped_bytes >= WORK_BYTES);
    assert_true(hash_gate_idle(gate, time_monotonic_ms() + HASH_IDLE_MS));
    assert_int_equal(hash_gate_look(gate).mapped_bytes, 0);
    assert_int_equal(hash_gate_look(gate).busy, 0);
}

/* Gives idle memory back all the time while others work. */
static void *tidy(void *arg)
{
    struct crowd *crowd = arg;
    if (crowd->arrived++ > 0)
        return work(crowd);
    while (crowd->served + crowd->refused < (crowd->threads - 1) * crowd->rounds)
        hash_gate_idle(crowd->gate, time_monotonic_ms() + 2 * HASH_IDLE_MS);
    return NULL;
}

/* ME-15: giving back and using are not in each other's way. */
static void memory_is_given_back_while_others_work(void **state)
{
    struct ctx *c = *state;
    struct crowd crowd = { .gate = new_gate(c, SLOTS, PATIENCE_MS),
                           .threads = 6,
                           .rounds = ROUNDS };
    run(&crowd, tidy);
    assert_int_equal(crowd.served, 5 * ROUNDS);
    hash_gate_idle(crowd.gate, time_monotonic_ms() + 2 * HASH_IDLE_MS);
    assert_int_equal(hash_gate_look(crowd.gate).mapped_bytes, 0);
}

static void the_memory_grows_and_is_aligned(void **state)
{
    struct ctx *c = *state;
    struct hash_gate *gate = new_gate(c, 1, PATIENCE_MS);
    struct hash_slot *slot = take(c);
    static const size_t sizes[] = { 1, 4096, 2 << 20, (2 << 20) + 1, 9 << 20, 100 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        void *memory = NULL;
        assert_int_equal(hash_slot_memory(c, slot, sizes[i], &memory).code, ERR_OK);
        assert_int_equal((uintptr_t)memory % 64, 0);
        memset(memory, 0xFF, sizes[i]);
    }
    hash_slot_forget(slot);
    assert_int_equal(hash_gate_look(gate).mapped_bytes, 0);
    hash_slot_forget(slot);
    hash_gate_release(gate, slot);
}

/* ME-12: no memory is an answer, not a hash. */
static void memory_that_there_is_not_is_unavailable(void **state)
{
    struct ctx *c = *state;
    struct hash_gate *gate = new_gate(c, 1, PATIENCE_MS);
    struct hash_slot *slot = take(c);
    void *memory = NULL;
    assert_int_equal(hash_slot_memory(c, slot, SIZE_MAX / 4, &memory).code, ERR_UNAVAILABLE);
    assert_null(memory);
    assert_int_equal(hash_slot_memory(c, slot, 4096, &memory).code, ERR_OK);
    hash_gate_release(gate, slot);
}

static void a_gate_has_between_one_slot_and_the_most(void **state)
{
    struct ctx *c = *state;
    struct hash_gate *gate = NULL;
    assert_int_equal(hash_gate_new(c, c->arena, 0, 1, &gate).code, ERR_INTERNAL);
    assert_int_equal(hash_gate_new(c, c->arena, HASH_GATE_SLOTS_MAX + 1, 1, &gate).code,
                     ERR_INTERNAL);
    assert_null(gate);
    (void)new_gate(c, HASH_GATE_SLOTS_MAX, 1);
}

static void end_while_busy(void *arg)
{
    struct ctx *c = arg;
    (void)take(c);
    arena_reset(c->arena);
}

static void a_gate_that_ends_under_work_is_a_bug(void **state)
{
    struct ctx *c = *state;
    (void)new_gate(c, 1, 1);
    assert_true(aborts(end_while_busy, c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_more_work_at_once_than_there_are_slots),
        TEST(whoever_is_not_served_is_refused),
        TEST(a_wait_that_will_be_too_long_is_refused_at_once),
        TEST(a_hash_that_nobody_waits_for_is_not_begun),
        TEST(a_wait_ends_at_its_deadline),
        TEST(who_waits_is_served_in_order),
        TEST(idle_memory_is_given_back),
        TEST(memory_is_given_back_while_others_work),
        TEST(the_memory_grows_and_is_aligned),
        TEST(memory_that_there_is_not_is_unavailable),
        TEST(a_gate_has_between_one_slot_and_the_most),
        TEST(a_gate_that_ends_under_work_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
