/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

static void texts_compare_with_and_without_case(void **state)
{
    (void)state;
    assert_true(text_equal("a", "a"));
    assert_false(text_equal("a", "A"));
    assert_false(text_equal("a", NULL));
    assert_true(text_equal(NULL, NULL));
    assert_true(text_equal_nocase("Content-TYPE", "content-type"));
    assert_false(text_equal_nocase("content-type", "content-typ"));
    assert_false(text_equal_nocase("content-typ", "content-type"));
    assert_false(text_equal_nocase("@", "`"));
    assert_false(text_equal_nocase("[", "{"));
    assert_false(text_equal_nocase(NULL, ""));
    assert_true(text_starts("sqlite:///x", "sqlite://"));
    assert_false(text_starts("sql", "sqlite"));
    assert_false(text_starts("", "s"));
    assert_true(text_starts("sql", "sql"));
    assert_true(text_starts("sql", ""));
    assert_true(text_ends("a.example.com", ".example.com"));
    assert_false(text_ends("evil-example.com", ".example.com"));
    assert_false(text_ends("com", "example.com"));
}

/* Whole words and what is left of them are looked at in different ways. */
static void each_byte_counts_in_a_hash(void **state)
{
    (void)state;
    uint8_t bytes[40] = { 0 };
    for (size_t n = 0; n < sizeof bytes; n++) {
        uint64_t of_zeros = bytes_hash_here((struct bytes){ bytes, n });
        assert_true(of_zeros != bytes_hash_here((struct bytes){ bytes, n + 1 }));
        for (size_t i = 0; i < n; i++) {
            bytes[i] = 1;
            uint64_t other = bytes_hash_here((struct bytes){ bytes, n });
            assert_true(other != of_zeros);
            assert_true(other == bytes_hash_here((struct bytes){ bytes, n }));
            bytes[i] = 0;
        }
    }
}

static void copies_change_only_what_they_say(void **state)
{
    struct ctx *c = *state;
    assert_string_equal(text_lower(c->arena, "ÄbC-Z@["), "Äbc-z@[");
    assert_string_equal(text_trim(c->arena, " \t a b \t"), "a b");
    assert_string_equal(text_trim(c->arena, " \t "), "");
    assert_string_equal(text_copy(c->arena, "abc", 2), "ab");
    assert_string_equal(text_copy(c->arena, NULL, 0), "");
    assert_string_equal(text_printf(c->arena, "%s-%05d", "x", 42), "x-00042");
}

/* RFC 9562 4, in lower case. */
static void a_uuid_has_its_form(void **state)
{
    (void)state;
    static const char *const none[] = { "",
                                        "acme",
                                        "01890a5dac96774bbcceb302099a8057",
                                        "01890a5d-ac96-774b-bcce-b302099a805",
                                        "01890a5d-ac96-774b-bcce-b302099a80570",
                                        "01890a5d-ac96-774b-bcce-b302099a805g",
                                        "01890a5d-ac96-774b-bcce-B302099a8057",
                                        "01890a5d-ac96-774bb-cce-b302099a8057",
                                        "01890a5d-ac96-774b-bcce-b302099-8057" };
    assert_true(text_is_uuid("01890a5d-ac96-774b-bcce-b302099a8057"));
    assert_true(text_is_uuid("00000000-0000-0000-0000-000000000000"));
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(text_is_uuid(none[i]));
}

static void copy_a_nul(void *argument)
{
    (void)text_copy(argument, "a\0b", 3);
}

static void a_nul_inside_text_is_a_bug(void **state)
{
    struct ctx *c = *state;
    assert_true(aborts(copy_a_nul, c->arena));
}

static void lists_split_and_join(void **state)
{
    struct ctx *c = *state;
    struct texts parts = text_split(c->arena, "  openid  email ", ' ');
    assert_int_equal(parts.n, 2);
    assert_string_equal(parts.at[0], "openid");
    assert_string_equal(parts.at[1], "email");
    assert_true(texts_hold(parts, "email"));
    assert_false(texts_hold(parts, "emai"));
    assert_string_equal(text_join(c->arena, parts, ", "), "openid, email");
    assert_int_equal(text_split(c->arena, "", ' ').n, 0);
    assert_string_equal(text_join(c->arena, text_split(c->arena, "", ' '), ","), "");
}

static void whole_numbers_are_read_to_their_last_digit(void **state)
{
    (void)state;
    int64_t out = 7;
    assert_true(text_int("0", INT64_MIN, INT64_MAX, &out));
    assert_int_equal(out, 0);
    assert_true(text_int("9223372036854775807", INT64_MIN, INT64_MAX, &out));
    assert_true(out == INT64_MAX);
    assert_true(text_int("-9223372036854775808", INT64_MIN, INT64_MAX, &out));
    assert_true(out == INT64_MIN);
}

/* SU-05: trailing junk, overflow and the like are refused, never cut off. */
static void what_is_no_whole_number_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "",
                                       "-",
                                       "+1",
                                       " 1",
                                       "1 ",
                                       "300x",
                                       "0x10",
                                       "1.0",
                                       "1e3",
                                       "--1",
                                       "1-",
                                       "\t1",
                                       "9223372036854775808",
                                       "-9223372036854775809",
                                       "99999999999999999999999999999999",
                                       "١" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t out = 7;
        assert_false(text_int(bad[i], INT64_MIN, INT64_MAX, &out));
        assert_int_equal(out, 7);
    }
    int64_t out = 0;
    assert_false(text_int("0", 1, 10, &out));
    assert_false(text_int("11", 1, 10, &out));
    assert_true(text_int("10", 1, 10, &out));
}

static void the_nearest_name_is_found_if_it_is_near(void **state)
{
    (void)state;
    static const char *const names[] = { "AUTH_LOG_LEVEL", "AUTH_LISTEN", "AUTH_WORKERS" };
    assert_string_equal(text_nearest("AUTH_LOGLEVEL", names, 3), "AUTH_LOG_LEVEL");
    assert_string_equal(text_nearest("AUTH_LISTENS", names, 3), "AUTH_LISTEN");
    assert_string_equal(text_nearest("AUTH_WROKERS", names, 3), "AUTH_WORKERS");
    assert_null(text_nearest("AUTH_COMPLETELY_DIFFERENT", names, 3));
    assert_null(text_nearest("", names, 3));
    assert_null(text_nearest("x", names, 0));
    char far[1000];
    memset(far, 'A', sizeof far - 1);
    far[sizeof far - 1] = '\0';
    assert_null(text_nearest(far, names, 3));
}

static void a_buffer_grows_without_losing_anything(void **state)
{
    struct ctx *c = *state;
    struct text_buffer b = text_buffer(c->arena);
    for (int i = 0; i < 1000; i++) {
        text_add(&b, "ab");
        text_add_bytes(&b, "c", 1);
        text_addf(&b, "%d", i % 10);
    }
    const char *text = text_of(&b);
    assert_int_equal(strlen(text), 4000);
    for (size_t i = 0; i < 4000; i++)
        assert_int_equal(text[i], i % 4 == 3 ? '0' + (int)(i / 4 % 10) : "abc"[i % 4]);
}

static void a_value_takes_the_place_of_its_name(void **state)
{
    (void)state;
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    assert_string_equal(text_fill(a, "{n} of {n}{m}", "n", "3"), "3 of 3{m}");
    assert_string_equal(text_fill(a, "none", "n", "3"), "none");
    assert_string_equal(text_fill(a, "{n}", "n", "{n}"), "{n}");
    arena_end(a);
}

static void a_list_in_order_is_searched(void **state)
{
    struct ctx *c = *state;
    struct texts list = text_split(c->arena, "b a-b a c \xc3\xa4", ' ');
    texts_sort(list);
    static const char *const in[] = { "a", "a-b", "b", "c", "\xc3\xa4" };
    static const char *const out[] = { "", "A", "a-", "bb", "d", "\xc3" };
    for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
        assert_string_equal(list.at[i], in[i]);
        assert_true(texts_sorted_hold(list, in[i]));
    }
    for (size_t i = 0; i < sizeof out / sizeof *out; i++)
        assert_false(texts_sorted_hold(list, out[i]));
    assert_false(texts_sorted_hold((struct texts){ 0 }, "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(texts_compare_with_and_without_case),
        TEST(each_byte_counts_in_a_hash),
        TEST(copies_change_only_what_they_say),
        TEST(a_uuid_has_its_form),
        TEST(a_nul_inside_text_is_a_bug),
        TEST(lists_split_and_join),
        TEST(a_list_in_order_is_searched),
        TEST(whole_numbers_are_read_to_their_last_digit),
        TEST(what_is_no_whole_number_is_refused),
        TEST(the_nearest_name_is_found_if_it_is_near),
        TEST(a_buffer_grows_without_losing_anything),
        cmocka_unit_test(a_value_takes_the_place_of_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
