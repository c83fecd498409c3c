/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/known_passwords.h"

#include "tests/unit/base/testing.h"

/* The plain list, line by line. */
struct plain {
    FILE *file;
    char line[128];
};

static bool plain_next(struct plain *from)
{
    do {
        if (fgets(from->line, sizeof from->line, from->file) == NULL)
            return false;
    } while (from->line[0] == '#');
    size_t n = strcspn(from->line, "\n");
    assert_int_equal(from->line[n], '\n');
    from->line[n] = '\0';
    return true;
}

static struct plain plain_open(void)
{
    struct plain list = { fopen(SOURCE_ROOT "/src/identity/known_passwords.txt", "r"), "" };
    assert_non_null(list.file);
    return list;
}

/* Whether `text` is in the plain list, without any cleverness. */
static bool is_in(const char *const *all, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(all[i], text) == 0)
            return true;
    return false;
}

/* Sorted, each once, in lower case, and long enough to be of use. */
static void the_packed_list_is_the_plain_one(void **state)
{
    struct arena *a = ((struct ctx *)*state)->arena;
    struct arena_mark mark = arena_mark(a);
    struct known_passwords list = known_passwords();
    struct known_word word = { .at = list.words.at };
    struct plain plain = plain_open();
    char before[128] = "";
    size_t n = 0;
    size_t long_ones = 0;
    for (; plain_next(&plain); n++) {
        assert_true(known_word_next(&list, &word));
        assert_string_equal(word.text, plain.line);
        assert_true(strcmp(before, plain.line) < 0);
        assert_string_equal(text_lower(a, plain.line), plain.line);
        arena_rewind(a, mark);
        memcpy(before, plain.line, sizeof before);
        long_ones += strlen(plain.line) >= 8;
    }
    assert_false(known_word_next(&list, &word));
    fclose(plain.file);
    assert_true(n >= 28000 && long_ones >= 10000);
    assert_true(list.words.n < 100 * 1024);
}

static void every_word_is_found(void **state)
{
    (void)state;
    struct plain plain = plain_open();
    while (plain_next(&plain))
        if (!password_is_known(plain.line))
            fail_msg("%s", plain.line);
    fclose(plain.file);
}

/* Every word without its last character, with one more, and with another last one. */
static void what_is_next_to_a_word_is_found_only_if_it_is_one(void **state)
{
    struct arena *a = ((struct ctx *)*state)->arena;
    enum { MOST = 40000 };
    const char **all = arena_alloc(a, MOST * sizeof *all);
    size_t n = 0;
    struct plain plain = plain_open();
    for (; plain_next(&plain); n++) {
        assert_true(n < MOST);
        all[n] = text_copy(a, plain.line, strlen(plain.line));
    }
    fclose(plain.file);
    for (size_t i = 0; i < n; i += 37) {
        char other[64];
        size_t length = strlen(all[i]);
        snprintf(other, sizeof other, "%.*s", (int)length - 1, all[i]);
        assert_int_equal(password_is_known(other), is_in(all, n, other));
        snprintf(other, sizeof other, "%sa", all[i]);
        assert_int_equal(password_is_known(other), is_in(all, n, other));
        snprintf(other, sizeof other, "%.*s%c", (int)length - 1, all[i], all[i][length - 1] + 1);
        assert_int_equal(password_is_known(other), is_in(all, n, other));
    }
}

static void what_no_list_has_is_not_found(void **state)
{
    (void)state;
    static const char *const others[] = { "",
                                          "\x01",
                                          "\x7f",
                                          "\xff\xfe",
                                          "m\u00fcnchen",
                                          "zzzzzzzzzzzzzzzzzzzzzzzzzzzzz~~~~~~~q",
                                          "passwordpasswordpasswordpasswordpasswordpassword" };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(password_is_known(others[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_packed_list_is_the_plain_one),
        TEST(every_word_is_found),
        TEST(what_is_next_to_a_word_is_found_only_if_it_is_one),
        TEST(what_no_list_has_is_not_found),
    };
    return cmocka_run_group_tests_name("identity/known_passwords", tests, NULL, NULL);
}
