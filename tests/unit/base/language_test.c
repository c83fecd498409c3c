/* SPDX-License-Identifier: Apache-2.0 */
#include "base/language.h"

#include "testing.h"

static void a_tag_is_known_by_its_first_part(void **state)
{
    (void)state;
    static const struct {
        const char *tag;
        enum language language;
    } known[] = { { "de", GERMAN },      { "de-AT", GERMAN },       { "DE", GERMAN },
                  { "zh", CHINESE },     { "zh-Hans-CN", CHINESE }, { "ja-JP", JAPANESE },
                  { "es-419", SPANISH }, { "fr-CA", FRENCH },       { "en-GB", ENGLISH } };
    static const char *const unknown[] = { "", "-", "d", "deu", "denmark", "it", "*", "en_GB" };
    enum language found;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        assert_true(language_of_tag(known[i].tag, &found));
        assert_int_equal(found, known[i].language);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_false(language_of_tag(unknown[i], &found));
}

static void the_first_of_several_tags_that_we_have_is_taken(void **state)
{
    (void)state;
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    enum language found;
    assert_true(language_of_tags(a, "it nl fr-CA en", &found));
    assert_int_equal(found, FRENCH);
    assert_false(language_of_tags(a, "it nl", &found));
    assert_false(language_of_tags(a, "", &found));
    arena_end(a);
}

static void accept_language_is_read_by_weight(void **state)
{
    (void)state;
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    static const struct {
        const char *accept;
        enum language language;
    } cases[] = {
        { NULL, LANGUAGES },
        { "", LANGUAGES },
        { "ja", JAPANESE },
        { "en;q=0.5, de;q=0.8", GERMAN },
        { "fi, fr;q=0.2", FRENCH },
        { "de, fr", GERMAN },
        { "de;q=0.9 , fr", FRENCH },
        { "de;q=0, es;q=0.001", SPANISH },
        { "de;q=0", LANGUAGES },
        { "*", LANGUAGES },
        { "zh-TW;q=1.000, en", CHINESE },
        /* Malformed weights count for nothing. */
        { "de;q=2, fr;q=0.1", FRENCH },
        { "de;q=1.5, fr;q=0.1", FRENCH },
        { "de;q=-1, fr;q=0.1", FRENCH },
        { "de;q=0.1234, fr;q=0.1", FRENCH },
        { "de;q=, fr;q=0.1", FRENCH },
        { "de;q=0,5, fr;q=0.1", FRENCH },
        { "de;level=1, fr;q=0.1", FRENCH },
        { ",;,;;q=1,fr", FRENCH },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum language found = LANGUAGES;
        bool known = language_of_accept(a, cases[i].accept, &found);
        if (known != (cases[i].language != LANGUAGES) || found != cases[i].language)
            fail_msg("%s is taken for %d", cases[i].accept, (int)found);
    }
    arena_end(a);
}

static void each_language_has_its_names(void **state)
{
    (void)state;
    for (unsigned i = 0; i < LANGUAGES; i++) {
        const struct language_row *row = language_row((enum language)i);
        enum language found;
        assert_true(language_of_tag(row->tag, &found) && found == (enum language)i);
        assert_true(language_of_tag(row->name, &found) && found == (enum language)i);
        assert_true(row->own_name[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tag_is_known_by_its_first_part),
        cmocka_unit_test(the_first_of_several_tags_that_we_have_is_taken),
        cmocka_unit_test(accept_language_is_read_by_weight),
        cmocka_unit_test(each_language_has_its_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
