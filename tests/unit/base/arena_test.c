/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#endif

static bool all_zero(const uint8_t *at, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (at[i] != 0)
            return false;
    }
    return true;
}

static void all_sizes_are_aligned_and_zeroed(void **state)
{
    struct ctx *c = *state;
    for (size_t n = 0; n < 300; n++) {
        uint8_t *at = arena_alloc(c->arena, n);
        assert_int_equal((uintptr_t)at % 16, 0);
        assert_true(all_zero(at, n));
        memset(at, 0xA5, n);
    }
}

static void rewinding_wipes_and_hands_out_the_same_place(void **state)
{
    struct ctx *c = *state;
    struct arena_mark mark = arena_mark(c->arena);
    uint8_t *secret = arena_alloc(c->arena, 4000);
    memset(secret, 0xA5, 4000);
    size_t used = arena_used(c->arena);
    arena_rewind(c->arena, mark);
    assert_true(arena_used(c->arena) < used);
    uint8_t *again = arena_alloc(c->arena, 4000);
    assert_ptr_equal(again, secret);
    assert_true(all_zero(again, 4000));
}

static void what_was_allocated_before_the_mark_stays(void **state)
{
    struct ctx *c = *state;
    const char *kept = text_copy(c->arena, "kept", 4);
    struct arena_mark mark = arena_mark(c->arena);
    (void)text_copy(c->arena, "gone", 4);
    arena_rewind(c->arena, mark);
    assert_string_equal(kept, "kept");
}

static void a_reset_gives_large_pages_back_and_starts_anew(void **state)
{
    struct ctx *c = *state;
    uint8_t *first = arena_alloc(c->arena, 1 << 20);
    memset(first, 0xA5, 1 << 20);
    arena_reset(c->arena);
    assert_int_equal(arena_used(c->arena), 0);
    uint8_t *again = arena_alloc(c->arena, 1 << 20);
    assert_ptr_equal(again, first);
    assert_true(all_zero(again, 1 << 20));
}

struct order {
    int at[128];
    int n;
};
struct owned_number {
    struct order *order;
    int number;
};

static void note_release(void *object)
{
    struct owned_number *mine = object;
    mine->order->at[mine->order->n++] = mine->number;
}

static void own_numbers(struct ctx *c, struct order *order, int from, int to)
{
    for (int i = from; i < to; i++) {
        struct owned_number *mine = ARENA_NEW(c->arena, struct owned_number);
        *mine = (struct owned_number){ order, i };
        arena_own(c->arena, note_release, mine);
    }
}

static void what_is_owned_is_released_last_tied_first(void **state)
{
    struct ctx *c = *state;
    struct order order = { .n = 0 };
    own_numbers(c, &order, 0, 20);
    struct arena_mark mark = arena_mark(c->arena);
    own_numbers(c, &order, 20, 100);
    arena_rewind(c->arena, mark);
    assert_int_equal(order.n, 80);
    for (int i = 0; i < 80; i++)
        assert_int_equal(order.at[i], 99 - i);
    own_numbers(c, &order, 20, 21);
    arena_reset(c->arena);
    assert_int_equal(order.n, 80 + 21);
    assert_int_equal(order.at[80], 20);
    assert_int_equal(order.at[100], 0);
}

static void the_ceiling_is_told_not_enforced(void **state)
{
    struct ctx *c = *state;
    (void)arena_alloc(c->arena, ARENA_REQUEST_CEILING / 2);
    assert_false(arena_over(c->arena));
    assert_int_equal(ctx_check_memory(c).code, ERR_OK);
    (void)arena_alloc(c->arena, ARENA_REQUEST_CEILING);
    assert_true(arena_over(c->arena));
    assert_int_equal(ctx_check_memory(c).code, ERR_OUT_OF_MEMORY);
}

static void allocate_beyond_the_reservation(void *argument)
{
    (void)arena_alloc(argument, (size_t)ARENA_REQUEST_CEILING * 17);
}

static void allocate_an_overflowing_array(void *argument)
{
    volatile size_t count = SIZE_MAX / 4 + 2;
    (void)arena_array(argument, count, 4);
}

static void allocate_nearly_everything(void *argument)
{
    volatile size_t n = SIZE_MAX - 8;
    (void)arena_alloc(argument, n);
}

/* ME-01: a size that wraps around is a bug that aborts, never a small allocation. */
static void sizes_out_of_all_bounds_abort(void **state)
{
    struct ctx *c = *state;
    assert_true(aborts(allocate_beyond_the_reservation, c->arena));
    assert_true(aborts(allocate_an_overflowing_array, c->arena));
    assert_true(aborts(allocate_nearly_everything, c->arena));
}

static void the_address_sanitizer_sees_what_is_not_allocated(void **state)
{
#ifdef WITH_ASAN
    struct ctx *c = *state;
    struct arena_mark mark = arena_mark(c->arena);
    uint8_t *at = arena_alloc(c->arena, 24);
    assert_false(__asan_address_is_poisoned(at + 23));
    assert_true(__asan_address_is_poisoned(at + 24));
    assert_true(__asan_address_is_poisoned(at + 40));
    arena_rewind(c->arena, mark);
    assert_true(__asan_address_is_poisoned(at));
#else
    (void)state;
    skip();
#endif
}

static void ending_nothing_is_allowed(void **state)
{
    (void)state;
    arena_end(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_sizes_are_aligned_and_zeroed),
        TEST(rewinding_wipes_and_hands_out_the_same_place),
        TEST(what_was_allocated_before_the_mark_stays),
        TEST(a_reset_gives_large_pages_back_and_starts_anew),
        TEST(what_is_owned_is_released_last_tied_first),
        TEST(the_ceiling_is_told_not_enforced),
        TEST(sizes_out_of_all_bounds_abort),
        TEST(the_address_sanitizer_sees_what_is_not_allocated),
        TEST(ending_nothing_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
