/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/password.h"

#include "base/text.h"
#include "password_testing.h"

#include <argon2.h>
#include <pthread.h>

static void a_password_matches_its_hash_and_no_other_does(void **state)
{
    struct ctx *c = *state;
    const char *stored = hashed(c, PASSWORD), *rehash = "?";
    assert_true(text_starts(stored, "$argon2id$v=19$m=64,t=2,p=2$"));
    assert_true(matches(c, stored, PASSWORD, &rehash));
    assert_null(rehash);
    static const char *const others[] = { "Correct horse 8", "correct horse 7",  "Correct horse 7 ",
                                          "Correct horse ",  " Correct horse 7", "" };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(matches(c, stored, others[i], NULL));
}

static void equal_passwords_have_different_hashes(void **state)
{
    struct ctx *c = *state;
    assert_string_not_equal(hashed(c, PASSWORD), hashed(c, PASSWORD));
}

static void the_defaults_of_the_settings_make_the_costs(void **state)
{
    struct ctx *c = *state;
    set_costs(c, 3, 65536, 4);
    const char *stored = hashed(c, PASSWORD);
    assert_true(text_starts(stored, "$argon2id$v=19$m=65536,t=3,p=4$"));
    assert_int_equal(strlen(stored), 97);
    assert_int_equal(argon2id_verify(stored, PASSWORD, strlen(PASSWORD)), ARGON2_OK);
}

static void hashes_of_libargon2_are_taken(void **state)
{
    struct ctx *c = *state;
    char stored[128];
    assert_int_equal(argon2id_hash_encoded(2, 64, 2, PASSWORD, strlen(PASSWORD), "saltsaltsaltsalt",
                                           16, 32, stored, sizeof stored),
                     ARGON2_OK);
    assert_true(matches(c, stored, PASSWORD, NULL));
    assert_false(matches(c, stored, "Correct horse 8", NULL));
}

/* CR-09: a hash with other costs, salt or length than new ones is replaced at the next sign-in. */
static void a_hash_with_other_costs_is_hashed_again(void **state)
{
    struct ctx *c = *state;
    static const struct {
        uint32_t t, m, p;
        size_t salt_n, hash_n;
        bool is_current;
    } rows[] = { { 2, 64, 2, 16, 32, true },  { 1, 64, 2, 16, 32, false },
                 { 2, 32, 2, 16, 32, false }, { 2, 64, 1, 16, 32, false },
                 { 2, 64, 2, 8, 32, false },  { 2, 64, 2, 16, 16, false },
                 { 3, 128, 4, 16, 32, false } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char stored[128];
        const char *rehash = NULL;
        assert_int_equal(argon2id_hash_encoded(rows[i].t, rows[i].m, rows[i].p, PASSWORD,
                                               strlen(PASSWORD), "saltsaltsaltsalt", rows[i].salt_n,
                                               rows[i].hash_n, stored, sizeof stored),
                         ARGON2_OK);
        assert_true(matches(c, stored, PASSWORD, &rehash));
        assert_int_equal(rehash == NULL, rows[i].is_current);
        if (rehash != NULL)
            assert_true(matches(c, rehash, PASSWORD, NULL));
        assert_false(matches(c, stored, "Correct horse 8", &rehash));
        assert_null(rehash);
    }
}

/* The text of `n` characters 'x'. */
static const char *text_of_length(struct ctx *c, size_t n)
{
    char *text = arena_alloc(c->arena, n + 1);
    memset(text, 'x', n);
    return text;
}

static enum err_code hash_code(struct ctx *c, const char *password)
{
    const char *stored = NULL;
    fault_clear(c);
    enum err_code code = password_hash(c, password, &stored).code;
    if (code == ERR_INVALID_FIELD)
        assert_string_equal(c->fault.field, "password");
    assert_int_equal(stored == NULL, code != ERR_OK);
    return code;
}

/* DO-02: bounds in code points and bytes, before anything is hashed; nothing is cut off. */
static void a_new_password_has_8_to_128_code_points(void **state)
{
    struct ctx *c = *state;
    struct text_buffer wide = text_buffer(c->arena);
    assert_int_equal(hash_code(c, text_of_length(c, 7)), ERR_INVALID_FIELD);
    assert_int_equal(hash_code(c, text_of_length(c, 8)), ERR_OK);
    assert_int_equal(hash_code(c, text_of_length(c, 128)), ERR_OK);
    assert_int_equal(hash_code(c, text_of_length(c, 129)), ERR_INVALID_FIELD);
    assert_int_equal(hash_code(c, "\xF0\x9F\x90\xB4\xF0\x9F\x90\xB4\xF0\x9F\x90\xB4"),
                     ERR_INVALID_FIELD);
    for (size_t i = 0; i < 128; i++)
        text_add(&wide, "\xF0\x9F\x90\xB4");
    assert_int_equal(hash_code(c, text_of(&wide)), ERR_OK);
    /* Seven letters with an accent each, typed as fourteen code points. */
    assert_int_equal(hash_code(c, "e\xCC\x81"
                                  "e\xCC\x81"
                                  "e\xCC\x81"
                                  "e\xCC\x81"
                                  "e\xCC\x81"
                                  "e\xCC\x81"
                                  "e\xCC\x81"),
                     ERR_INVALID_FIELD);
}

/* DO-02: a megabyte costs nothing: the gate is closed, and is never asked. */
static void a_very_long_password_is_refused_before_hashing(void **state)
{
    struct ctx *c = *state;
    struct hash_slot *slot = NULL;
    const char *stored = hashed(c, PASSWORD), *rehash = NULL;
    bool same = true;
    assert_int_equal(hash_gate_take(c, &slot).code, ERR_OK);
    static const size_t lengths[] = { PASSWORD_BYTES_MAX + 1, 1 << 20 };
    for (size_t i = 0; i < 2; i++) {
        const char *password = text_of_length(c, lengths[i]);
        assert_int_equal(hash_code(c, password), ERR_INVALID_FIELD);
        fault_clear(c);
        assert_int_equal(password_verify(c, stored, password, &same, &rehash).code,
                         ERR_INVALID_FIELD);
        assert_int_equal(password_hash_like(c, stored, password, &rehash).code, ERR_INVALID_FIELD);
    }
    hash_gate_release(c->hashes, slot);
    assert_false(matches(c, stored, text_of_length(c, PASSWORD_BYTES_MAX), NULL));
}

static void a_password_that_is_not_utf8_is_refused(void **state)
{
    struct ctx *c = *state;
    static const char *const bad[] = { "Correct horse \xFF", "Correct \xC3(horse",
                                       "Correct horse \xC3", "\xED\xA0\x80 horse 7",
                                       "\xC0\xAF horses 7" };
    const char *stored = hashed(c, PASSWORD), *rehash = NULL;
    bool same = true;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(hash_code(c, bad[i]), ERR_INVALID_FIELD);
        assert_int_equal(password_verify(c, stored, bad[i], &same, &rehash).code,
                         ERR_INVALID_FIELD);
    }
}

/* One letter is one letter, however the keyboard made it; another letter is another. */
static void the_same_text_in_another_form_matches(void **state)
{
    struct ctx *c = *state;
    const char *composed = "Caf\xC3\xA9 du monde", *decomposed = "Cafe\xCC\x81 du monde";
    assert_true(matches(c, hashed(c, composed), decomposed, NULL));
    assert_true(matches(c, hashed(c, decomposed), composed, NULL));
    assert_false(matches(c, hashed(c, composed), "Cafe du monde", NULL));
    /* Compatibility forms are not folded (NFC, not NFKC): a ligature is not two letters. */
    assert_false(matches(c, hashed(c, "\xEF\xAC\x81le cabinet"), "file cabinet", NULL));
    /* Four bytes for each of the most that may come, all of them growing. */
    struct text_buffer much = text_buffer(c->arena);
    for (size_t i = 0; i < PASSWORD_BYTES_MAX / 4; i++)
        text_add(&much, "\xF0\x9D\x85\xA0"); /* U+1D160 becomes three code points in NFC */
    assert_false(matches(c, hashed(c, composed), text_of(&much), NULL));
}

/* CR-08: every byte counts, up to the last one that is allowed. */
static void nothing_of_a_password_is_cut_off(void **state)
{
    struct ctx *c = *state;
    char long_one[PASSWORD_MAX + 1];
    memset(long_one, 'x', PASSWORD_MAX);
    long_one[PASSWORD_MAX] = '\0';
    const char *stored = hashed(c, long_one);
    for (size_t i = 0; i < PASSWORD_MAX; i++) {
        long_one[i] = 'X';
        assert_false(matches(c, stored, long_one, NULL));
        long_one[i] = 'x';
    }
    assert_true(matches(c, stored, long_one, NULL));
}

/* EN-01: where there is no account, the same work is done and nothing matches. */
static void a_dummy_matches_nothing_and_looks_like_the_others(void **state)
{
    struct ctx *c = *state;
    const char *rehash = "?", *one = password_dummy(c, NULL), *stored = hashed(c, PASSWORD);
    assert_int_equal(strlen(one), strlen(stored));
    assert_true(text_starts(one, "$argon2id$v=19$m=64,t=2,p=2$"));
    assert_string_not_equal(one, password_dummy(c, NULL));
    assert_false(matches(c, one, PASSWORD, &rehash));
    assert_null(rehash);
    assert_int_equal(password_import_check(c, one).code, ERR_OK);
    assert_true(text_starts(password_dummy(c, "no hash at all"), "$argon2id$v=19$m=64,t=2,p=2$"));
}

/* A set of recovery codes has one salt: one hash tells which of them it is. */
static void hashes_under_one_salt_are_equal_if_the_texts_are(void **state)
{
    struct ctx *c = *state;
    const char *first = hashed(c, "one-1111"), *second = NULL, *again = NULL;
    assert_int_equal(password_hash_like(c, first, "two", &second).code, ERR_OK);
    assert_int_equal(password_hash_like(c, second, "one-1111", &again).code, ERR_OK);
    assert_string_not_equal(first, second);
    assert_string_equal(first, again);
    assert_true(matches(c, second, "two", NULL));
    set_costs(c, 3, 128, 4); /* costs set since then do not matter */
    assert_int_equal(password_hash_like(c, first, "two", &again).code, ERR_OK);
    assert_string_equal(second, again);
}

static void only_argon2id_can_be_hashed_like(void **state)
{
    struct ctx *c = *state;
    const char *stored = NULL;
    static const char *const others[] = {
        "$5$saltstring$kqJOZWLzZasZ.iegujSVNgJvA.jKFMbTF32qyNYO3Z4", ""
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(password_hash_like(c, others[i], "two", &stored).code, ERR_INTERNAL);
    assert_null(stored);
}

/* DO-01: while the gate is closed there are no answers, and no leaks of slots afterwards. */
static void a_closed_gate_is_unavailable(void **state)
{
    struct ctx *c = *state;
    const char *stored = hashed(c, PASSWORD), *rehash = NULL;
    struct hash_slot *slot = NULL;
    bool same = true;
    assert_int_equal(hash_gate_new(c, c->arena, 1, 0, &c->hashes).code, ERR_OK);
    assert_int_equal(hash_gate_take(c, &slot).code, ERR_OK);
    assert_int_equal(hash_code(c, PASSWORD), ERR_UNAVAILABLE);
    assert_true(c->fault.retry_after >= 1);
    assert_int_equal(password_verify(c, stored, PASSWORD, &same, &rehash).code, ERR_UNAVAILABLE);
    assert_int_equal(password_hash_like(c, stored, PASSWORD, &rehash).code, ERR_UNAVAILABLE);
    assert_true(same);
    hash_gate_release(c->hashes, slot);
    assert_true(matches(c, stored, PASSWORD, NULL));
    assert_int_equal(hash_gate_look(c->hashes).busy, 0);
}

/* The bytes of the gate's only slot that are not 0. */
static size_t bytes_left(struct ctx *c, size_t n)
{
    struct hash_slot *slot = NULL;
    void *memory = NULL;
    size_t left = 0;
    assert_int_equal(hash_gate_take(c, &slot).code, ERR_OK);
    assert_int_equal(hash_slot_memory(c, slot, n, &memory).code, ERR_OK);
    for (size_t i = 0; i < n; i++)
        left += ((const uint8_t *)memory)[i] != 0;
    hash_gate_release(c->hashes, slot);
    return left;
}

/* CR-06: what a hash of one pass leaves is wiped when it is done; else what is its result. */
static void what_would_help_to_guess_is_wiped(void **state)
{
    struct ctx *c = *state;
    enum { KIB = 64, LAST = 1024 };
    set_costs(c, 1, KIB, 1);
    (void)hashed(c, PASSWORD);
    assert_int_equal(bytes_left(c, (size_t)KIB * 1024), 0);
    set_costs(c, 2, KIB, 1);
    (void)hashed(c, PASSWORD);
    assert_true(bytes_left(c, (size_t)KIB * 1024) > 0);
    assert_int_equal(bytes_left(c, (size_t)KIB * 1024) - bytes_left(c, (size_t)KIB * 1024 - LAST),
                     0);
    hash_gate_idle(c->hashes, INT64_MAX);
    assert_int_equal(hash_gate_look(c->hashes).mapped_bytes, 0);
    assert_int_equal(bytes_left(c, (size_t)KIB * 1024), 0);
}

/* A hash of dearer costs does not leave its memory with the slot. */
static void a_slot_keeps_no_more_than_the_settings_say(void **state)
{
    struct ctx *c = *state;
    set_costs(c, 1, 32768, 1);
    const char *dear = hashed(c, PASSWORD);
    set_costs(c, 2, 64, 2);
    assert_true(matches(c, dear, PASSWORD, NULL));
    assert_true(hash_gate_look(c->hashes).mapped_bytes <= 2 << 20);
}

/* One of many who sign in at once, with a context of its own before one gate. */
struct visitor {
    const struct ctx *shared;
    const char *stored;
    uint64_t number;
    size_t right, wrong;
};

static void *sign_in(void *arg)
{
    enum { TRIES = 12 };
    struct visitor *visitor = arg;
    struct ctx c = *visitor->shared;
    c.arena = arena_new(ARENA_REQUEST_CEILING);
    c.random = random_seeded(c.arena, visitor->number);
    for (size_t i = 0; i < TRIES; i++) {
        visitor->right += matches(&c, visitor->stored, PASSWORD, NULL);
        visitor->wrong += !matches(&c, visitor->stored, "Correct horse 8", NULL);
    }
    arena_end(c.arena);
    return NULL;
}

/* DO-01, ME-14: a flood of sign-ins before two slots: each gets its own answer. */
static void sign_ins_at_once_get_their_own_answers(void **state)
{
    struct ctx *c = *state;
    enum { VISITORS = 12, TRIES = 12 };
    struct visitor visitors[VISITORS];
    pthread_t threads[VISITORS];
    assert_int_equal(hash_gate_new(c, c->arena, 2, 60000, &c->hashes).code, ERR_OK);
    for (size_t i = 0; i < VISITORS; i++) {
        visitors[i] = (struct visitor){ .shared = c, .stored = hashed(c, PASSWORD), .number = i };
        assert_int_equal(pthread_create(&threads[i], NULL, sign_in, &visitors[i]), 0);
    }
    for (size_t i = 0; i < VISITORS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(visitors[i].right, TRIES);
        assert_int_equal(visitors[i].wrong, TRIES);
    }
    assert_true(hash_gate_look(c->hashes).mapped_bytes <= (size_t)2 * (2 << 20));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CHEAP_TEST(a_password_matches_its_hash_and_no_other_does),
        CHEAP_TEST(equal_passwords_have_different_hashes),
        CHEAP_TEST(the_defaults_of_the_settings_make_the_costs),
        CHEAP_TEST(hashes_of_libargon2_are_taken),
        CHEAP_TEST(a_hash_with_other_costs_is_hashed_again),
        CHEAP_TEST(a_new_password_has_8_to_128_code_points),
        CHEAP_TEST(a_very_long_password_is_refused_before_hashing),
        CHEAP_TEST(a_password_that_is_not_utf8_is_refused),
        CHEAP_TEST(the_same_text_in_another_form_matches),
        CHEAP_TEST(nothing_of_a_password_is_cut_off),
        CHEAP_TEST(a_dummy_matches_nothing_and_looks_like_the_others),
        CHEAP_TEST(hashes_under_one_salt_are_equal_if_the_texts_are),
        CHEAP_TEST(only_argon2id_can_be_hashed_like),
        CHEAP_TEST(a_closed_gate_is_unavailable),
        CHEAP_TEST(what_would_help_to_guess_is_wiped),
        CHEAP_TEST(a_slot_keeps_no_more_than_the_settings_say),
        CHEAP_TEST(sign_ins_at_once_get_their_own_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
