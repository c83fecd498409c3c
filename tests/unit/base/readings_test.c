/* SPDX-License-Identifier: Apache-2.0 */
#include "base/readings.h"

#include "testing.h"

#include "base/random.h"

/* What the tests read: each reading is of its own, so that its address tells whether it is one. */
struct words {
    struct texts list;
};

static RESULT read_words(struct ctx *c, struct bytes bytes, void *out)
{
    const char *text = text_copy(c->arena, (const char *)bytes.at, bytes.n);
    if (text_starts(text, "bad"))
        return fail_at(c, ERR_INVALID_JSON, __FILE__, __LINE__, "%s", text);
    struct words *words = out;
    words->list = text_split(c->arena, text, ' ');
    return ok();
}

/* It takes 64 bytes of memory for each byte of its text. */
static RESULT read_widely(struct ctx *c, struct bytes text, void *out)
{
    memset(arena_alloc(c->arena, 64 * text.n), 1, 64 * text.n);
    return read_words(c, text, out);
}

static const struct reading words_reading = { sizeof(struct words), read_words };
static const struct reading same_reading = { sizeof(struct words), read_words };
static const struct reading wide_reading = { sizeof(struct words), read_widely };

static const struct words *read_by(struct ctx *c, const struct reading *how, const char *of,
                                   const char *text)
{
    const void *read = NULL;
    err done = readings_read(c, how, of, bytes_of(text), &read);
    assert_int_equal(done.code, ERR_OK);
    const struct words *words = read;
    assert_string_equal(text_join(c->arena, words->list, " "), text);
    return words;
}

static const struct words *words_of(struct ctx *c, const char *of, const char *text)
{
    return read_by(c, &words_reading, of, text);
}

static void a_text_that_comes_again_is_read_no_more(void **state)
{
    struct ctx *c = *state;
    c->readings = readings_new(c->arena);
    const struct words *first = words_of(c, "a", "one two");
    const struct words *second = words_of(c, "a", "one two");
    assert_true(first != second); /* it is kept when it comes twice in a row */
    for (int i = 0; i < 3; i++)
        assert_ptr_equal(words_of(c, "a", "one two"), second);
    assert_true(read_by(c, &same_reading, "a", "one two") != second);
    readings_end(c->readings);
}

/* What is kept is found by all of its text: no change is overlooked, whoever made it. */
static void another_text_is_another_reading(void **state)
{
    struct ctx *c = *state;
    c->readings = readings_new(c->arena);
    for (int i = 0; i < 3; i++)
        (void)words_of(c, "a", "one two");
    (void)words_of(c, "a", "one twp");
    (void)words_of(c, "a", "one tw");
    (void)words_of(c, "a", "one two three");
    (void)words_of(c, "a", "");
    (void)words_of(c, "a", "one two");
    readings_end(c->readings);
}

static void what_gives_way_lives_as_long_as_somebody_reads_it(void **state)
{
    struct ctx *c = *state;
    struct ctx other = *c;
    other.arena = arena_new(ARENA_REQUEST_CEILING);
    other.readings = c->readings = readings_new(c->arena);
    (void)words_of(c, "a", "one two");
    const struct words *held = words_of(&other, "a", "one two");
    for (int i = 0; i < 3; i++)
        (void)words_of(c, "a", "three");
    for (int i = 0; i < 3; i++)
        (void)words_of(c, "a", "four");
    assert_string_equal(held->list.at[1], "two");
    readings_end(c->readings);
    assert_string_equal(held->list.at[0], "one");
    arena_end(other.arena);
}

/* Whatever their names are, two that come in turns are both kept. */
static void two_do_not_drive_each_other_out(void **state)
{
    struct ctx *c = *state;
    c->readings = readings_new(c->arena);
    for (int i = 0; i < 100; i++) {
        const char *other = text_printf(c->arena, "token%d", i);
        for (int turn = 0; turn < 2; turn++) {
            (void)words_of(c, "client", "one two");
            (void)words_of(c, other, other);
        }
        const struct words *client = words_of(c, "client", "one two");
        const struct words *token = words_of(c, other, other);
        assert_ptr_equal(words_of(c, "client", "one two"), client);
        assert_ptr_equal(words_of(c, other, other), token);
    }
    readings_end(c->readings);
}

static void a_crowd_drives_nobody_out(void **state)
{
    struct ctx *c = *state;
    c->readings = readings_new(c->arena);
    (void)words_of(c, "client", "one two");
    const struct words *client = words_of(c, "client", "one two");
    for (int i = 0; i < 200; i++) {
        const char *other = text_printf(c->arena, "token%d", i);
        (void)words_of(c, other, other);
        assert_ptr_equal(words_of(c, "client", "one two"), client);
    }
    readings_end(c->readings);
}

static void what_cannot_be_read_fails_each_time(void **state)
{
    struct ctx *c = *state;
    c->readings = readings_new(c->arena);
    for (int i = 0; i < 4; i++) {
        const void *read = NULL;
        fault_clear(c);
        assert_int_equal(readings_read(c, &words_reading, "a", bytes_of("bad one"), &read).code,
                         ERR_INVALID_JSON);
        assert_string_equal(c->fault.text, "bad one");
        assert_null(read);
    }
    (void)words_of(c, "a", "good one");
    readings_end(c->readings);
}

/* Whether it is kept, though it comes again and again. */
static bool is_kept(struct ctx *c, const struct reading *how, const char *text)
{
    (void)read_by(c, how, "a", text);
    (void)read_by(c, how, "a", text);
    return read_by(c, how, "a", text) == read_by(c, how, "a", text);
}

static const char *text_of_size(struct ctx *c, size_t n)
{
    char *text = arena_alloc(c->arena, n + 1);
    memset(text, 'x', n);
    return text;
}

static void what_is_kept_is_small(void **state)
{
    struct ctx *c = *state;
    assert_false(is_kept(c, &words_reading, "nothing is kept here"));
    c->readings = readings_new(c->arena);
    assert_true(is_kept(c, &words_reading, text_of_size(c, READINGS_TEXT_MAX)));
    assert_false(is_kept(c, &words_reading, text_of_size(c, READINGS_TEXT_MAX + 1)));
    assert_true(is_kept(c, &wide_reading, text_of_size(c, READINGS_BYTES_MAX / 64 - 40)));
    assert_false(is_kept(c, &wide_reading, text_of_size(c, READINGS_BYTES_MAX / 64)));
    readings_end(c->readings);
    readings_end(NULL);
}

/* Beside plain reading, for many names with texts that change: each is what its text says. */
static void whatever_comes_is_what_its_text_says(void **state)
{
    struct ctx *c = *state;
    struct random *random = random_seeded(c->arena, 26);
    c->readings = readings_new(c->arena);
    struct arena_mark mark = arena_mark(c->arena);
    uint32_t last = 0;
    for (int i = 0; i < 20000; i++) {
        uint32_t drawn = random_below(random, 3) == 0 ? random_below(random, 40 * 3) : last;
        last = drawn;
        const char *of = text_printf(c->arena, "client%u", drawn % 40);
        (void)words_of(c, of, text_printf(c->arena, "%s version %u", of, drawn / 40));
        if (random_below(random, 4) == 0)
            arena_rewind(c->arena, mark);
    }
    readings_end(c->readings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_text_that_comes_again_is_read_no_more),
        TEST(another_text_is_another_reading),
        TEST(what_gives_way_lives_as_long_as_somebody_reads_it),
        TEST(two_do_not_drive_each_other_out),
        TEST(a_crowd_drives_nobody_out),
        TEST(what_cannot_be_read_fails_each_time),
        TEST(what_is_kept_is_small),
        TEST(whatever_comes_is_what_its_text_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
