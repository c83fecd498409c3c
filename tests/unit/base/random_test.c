/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include "base/codec.h"
#include "base/time.h"
#include "tally.h"

static void the_same_seed_gives_the_same_bytes(void **state)
{
    struct ctx *c = *state;
    uint8_t a[100], b[100], other[100];
    random_fill(random_seeded(c->arena, 7), a, sizeof a);
    random_fill(random_seeded(c->arena, 7), b, sizeof b);
    random_fill(random_seeded(c->arena, 8), other, sizeof other);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_not_equal(a, other, sizeof a);
}

static void the_systems_bytes_are_never_the_same(void **state)
{
    struct ctx *c = *state;
    struct random *r = random_system(c->arena);
    uint8_t a[64] = { 0 }, b[64] = { 0 }, none[64] = { 0 };
    random_fill(r, a, sizeof a);
    random_fill(r, b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    assert_memory_not_equal(a, none, sizeof a);
    random_fill(r, a, 0);
}

static void a_buffered_source_never_gives_a_byte_twice(void **state)
{
    enum { PART = 16, PARTS = 100 }; /* more than one buffer, and not in step with it */
    struct ctx *c = *state;
    struct random *r = random_buffered(c->arena);
    uint8_t parts[PARTS][PART] = { { 0 } }, large[2000] = { 0 };
    random_fill(r, parts[0], PART - 3);
    for (size_t i = 0; i < PARTS; i++)
        random_fill(r, parts[i], PART);
    for (size_t i = 0; i < PARTS; i++)
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(parts[i], parts[k], PART);
    random_fill(r, large, sizeof large);
    assert_memory_not_equal(large, large + sizeof large / 2, sizeof large / 2);
    random_fill(r, large, 0);
}

/* What was handed out is nowhere in the memory of the source. */
static void a_buffered_source_keeps_nothing_that_it_gave(void **state)
{
    struct ctx *c = *state;
    uint8_t part[32];
    struct random *r = random_buffered(c->arena);
    random_fill(r, part, sizeof part);
    struct bytes drawn = random_drawn(r);
    assert_null(memmem(drawn.at, drawn.n, part, sizeof part));
    uint8_t next[32];
    memcpy(next, drawn.at + sizeof part, sizeof next);
    random_fill(r, part, sizeof part);
    assert_memory_equal(part, next, sizeof part);
    assert_null(memmem(drawn.at, drawn.n, part, sizeof part));
}

enum { CHILDREN = 100, FIRST_BYTES = 24 };

/* Starts a child that writes what `r` gives it first to `pipe`. */
static void fork_and_draw(struct random *r, const int pipe[2])
{
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        uint8_t first[FIRST_BYTES];
        random_fill(r, first, sizeof first);
        _exit(write(pipe[1], first, sizeof first) == sizeof first ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* CR-04: neither the children of a process nor the process itself give the same bytes, although
 * some were drawn before they parted. */
static void no_two_processes_give_the_same_bytes(void **state)
{
    struct ctx *c = *state;
    struct random *const sources[] = { random_system(c->arena), random_buffered(c->arena) };
    uint8_t given[CHILDREN + 1][FIRST_BYTES];
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    for (size_t s = 0; s < 2; s++) {
        random_fill(sources[s], given[CHILDREN], FIRST_BYTES);
        for (size_t i = 0; i < CHILDREN; i++) {
            fork_and_draw(sources[s], pipes);
            assert_int_equal(read(pipes[0], given[i], FIRST_BYTES), FIRST_BYTES);
        }
        random_fill(sources[s], given[CHILDREN], FIRST_BYTES);
        for (size_t i = 0; i <= CHILDREN; i++)
            for (size_t k = 0; k < i; k++)
                assert_memory_not_equal(given[i], given[k], FIRST_BYTES);
    }
    (void)close(pipes[0]);
    (void)close(pipes[1]);
}

static void numbers_stay_below_their_bound_and_are_even(void **state)
{
    struct ctx *c = *state;
    struct random *r = random_seeded(c->arena, 1);
    int seen[10] = { 0 };
    for (int i = 0; i < 10000; i++)
        seen[random_below(r, 10)]++;
    for (int i = 0; i < 10; i++)
        assert_in_range(seen[i], 850, 1150);
    assert_int_equal(random_below(r, 1), 0);
    for (int i = 0; i < 100; i++)
        assert_true(random_below(r, 0x80000001U) <= 0x80000000U);
}

/* CR-16: a bound that divides 2^32 as badly as can be; by remainders alone, each number below 2^30
 * would come twice as often as the others. */
static void no_number_is_likelier_than_another(void **state)
{
    enum { DRAWS = 1000000, PARTS = 12, CHI_MAX = 50 };
    struct ctx *c = *state;
    struct random *r = random_seeded(c->arena, 16);
    const uint32_t bound = 3U << 30;
    double seen[PARTS] = { 0 }, chi = 0, expected = (double)DRAWS / PARTS;
    for (int i = 0; i < DRAWS; i++)
        seen[random_below(r, bound) / (bound / PARTS)]++;
    for (int i = 0; i < PARTS; i++)
        chi += (seen[i] - expected) * (seen[i] - expected) / expected;
    /* Chance exceeds it once in a million times; such a bias gives more than 100,000. */
    assert_true(chi < CHI_MAX);
}

static void below_nothing(void *argument)
{
    (void)random_below(argument, 0);
}

static void there_is_no_number_below_nothing(void **state)
{
    struct ctx *c = *state;
    assert_true(aborts(below_nothing, random_seeded(c->arena, 1)));
}

static void a_token_is_256_bits_of_base64url(void **state)
{
    struct ctx *c = *state;
    c->random = random_system(c->arena);
    const char *token = random_token(c);
    struct bytes out = { 0 };
    assert_int_equal(strlen(token), 43);
    assert_true(base64url_decode(c->arena, bytes_of(token), &out));
    assert_int_equal(out.n, 32);
    assert_string_not_equal(token, random_token(c));
}

/* CR-16, CD-06: authorization codes, device codes, handles of pushed requests, access and refresh
 * tokens are all made of it; 256 bits are 42 letters of 6 and one of 4. */
static void the_letters_of_tokens_are_equally_likely(void **state)
{
    enum { TOKENS = 20000 };
    static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    struct ctx *c = *state;
    struct tally places[RANDOM_TOKEN_CHARS];
    for (size_t i = 0; i < RANDOM_TOKEN_CHARS; i++)
        places[i] = (struct tally){ i + 1 < RANDOM_TOKEN_CHARS ? base64 : "AEIMQUYcgkosw048" };
    c->random = random_seeded(c->arena, 16);
    for (int made = 0; made < TOKENS; made++) {
        struct arena_mark mark = arena_mark(c->arena);
        tally_count(places, random_token(c));
        arena_rewind(c->arena, mark);
    }
    for (size_t i = 0; i < RANDOM_TOKEN_CHARS; i++) {
        assert_int_equal(places[i].n, TOKENS);
        tally_is_even(&places[i]);
    }
}

/* The secret is that of random_token, and the time is no part of it. */
static void a_timed_token_is_a_token_behind_its_millisecond(void **state)
{
    struct ctx *c = *state;
    c->now = 1645557742; /* long over: its last millisecond, as below */
    c->random = random_seeded(c->arena, 1);
    const char *secret = random_token(c);
    c->random = random_seeded(c->arena, 1);
    const char *first = random_timed_token(c);
    assert_int_equal(strlen(first), RANDOM_TIMED_TOKEN_CHARS);
    assert_memory_equal(first, "017f22e27d97", RANDOM_TIME_CHARS);
    assert_string_equal(first + RANDOM_TIME_CHARS, secret);
    c->now++;
    assert_true(strcmp(first, random_timed_token(c)) < 0);
    c->now = -1;
    assert_true(text_starts(random_timed_token(c), "000000000000"));
}

static void an_id_is_a_uuid_of_version_7_and_ordered_by_time(void **state)
{
    struct ctx *c = *state;
    c->random = random_seeded(c->arena, 1);
    c->now = 1645557742;
    const char *first = random_uuid(c);
    /* RFC 9562 A.6 has the same second, which is long over: its last millisecond. */
    assert_true(text_starts(first, "017f22e2-7d97-7"));
    assert_int_equal(strlen(first), 36);
    assert_int_equal(first[14], '7');
    assert_non_null(strchr("89ab", first[19]));
    assert_string_not_equal(first, random_uuid(c));
    c->now++;
    assert_true(strcmp(first, random_uuid(c)) < 0);
    c->now = -1;
    assert_true(text_starts(random_uuid(c), "00000000-0000-7"));
    c->now = 4102444800; /* in the year 2100, which has not begun: its first millisecond */
    assert_true(text_starts(random_uuid(c), "03bb2cc3-d800-7"));
}

static void ids_of_one_second_are_ordered_by_their_millisecond(void **state)
{
    struct ctx *c = *state;
    c->random = random_seeded(c->arena, 1);
    c->now = time_now();
    const char *first = random_uuid(c);
    int64_t ms = time_now_ms();
    while (time_now_ms() == ms)
        continue;
    const char *next = random_uuid(c);
    /* Unless the second is over. */
    assert_true(strcmp(first, next) < 0 || time_now() > c->now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_same_seed_gives_the_same_bytes),
        TEST(the_systems_bytes_are_never_the_same),
        TEST(a_buffered_source_never_gives_a_byte_twice),
        TEST(a_buffered_source_keeps_nothing_that_it_gave),
        TEST(no_two_processes_give_the_same_bytes),
        TEST(numbers_stay_below_their_bound_and_are_even),
        TEST(no_number_is_likelier_than_another),
        TEST(there_is_no_number_below_nothing),
        TEST(a_token_is_256_bits_of_base64url),
        TEST(the_letters_of_tokens_are_equally_likely),
        TEST(a_timed_token_is_a_token_behind_its_millisecond),
        TEST(an_id_is_a_uuid_of_version_7_and_ordered_by_time),
        TEST(ids_of_one_second_are_ordered_by_their_millisecond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
