/* SPDX-License-Identifier: Apache-2.0 */
#include "web/messages.h"

#include "base/config.h"
#include "identity/email.h"
#include "identity/full_name.h"
#include "identity/password_policy.h"
#include "tests/unit/web/web_testing.h"
#include "web/embedded.h"

/* The names in braces, in their order, as one text. */
static const char *names_in(struct arena *a, const char *text)
{
    struct text_buffer out = text_buffer(a);
    for (const char *at = strchr(text, '{'); at != NULL; at = strchr(at + 1, '{')) {
        size_t n = strcspn(at, "}");
        assert_true(at[n] == '}' && n > 1);
        text_add_bytes(&out, at, n + 1);
    }
    return text_of(&out);
}

static bool same_names(struct arena *a, const char *one, const char *other)
{
    const char *in_one = names_in(a, one);
    const char *in_other = names_in(a, other);
    struct texts names = text_split(a, in_one, '}');
    for (size_t i = 0; i < names.n; i++)
        if (strstr(in_other, names.at[i]) == NULL)
            return false;
    return strlen(in_one) == strlen(in_other);
}

static void every_message_says_the_same_in_every_language(void **state)
{
    (void)state;
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    for (unsigned m = 0; m < MESSAGES; m++) {
        const char *english = message_text(ENGLISH, (enum message)m);
        for (unsigned l = 0; l < LANGUAGES; l++) {
            const char *text = message_text((enum language)l, (enum message)m);
            if (text[0] == '\0' || !text_is_utf8(bytes_of(text)) || text_has_control(text) ||
                text[0] == ' ' || text_ends(text, " ") || !same_names(a, english, text))
                fail_msg("%s in %s: %s", message_name((enum message)m),
                         language_row((enum language)l)->name, text);
        }
    }
    arena_end(a);
}

/* What is the same word in English and another language. */
static const struct {
    enum language language;
    enum message message;
} same[] = {
    { SPANISH, MESSAGE_title_with_mistake },
    { SPANISH, MESSAGE_error_number },
    { GERMAN, MESSAGE_full_name },
    { GERMAN, MESSAGE_export },
    { GERMAN, MESSAGE_code },
    { FRENCH, MESSAGE_code },
    { FRENCH, MESSAGE_applications },
};

static bool may_be_same(enum language language, enum message message)
{
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        if (same[i].language == language && same[i].message == message)
            return true;
    return false;
}

static void nothing_is_left_in_english(void **state)
{
    (void)state;
    for (unsigned m = 0; m < MESSAGES; m++)
        for (unsigned l = 0; l < LANGUAGES; l++) {
            const char *english = message_text(ENGLISH, (enum message)m);
            bool equal = strcmp(message_text((enum language)l, (enum message)m), english) == 0;
            if (l != ENGLISH && equal != may_be_same((enum language)l, (enum message)m))
                fail_msg("%s in %s: %s", message_name((enum message)m),
                         language_row((enum language)l)->name, english);
        }
}

/* Sentences in English are sentences in the others. */
static void sentences_end_as_their_languages_do(void **state)
{
    (void)state;
    for (unsigned m = 0; m < MESSAGES; m++) {
        bool ends = text_ends(message_text(ENGLISH, (enum message)m), ".");
        const char *chinese = message_text(CHINESE, (enum message)m);
        const char *japanese = message_text(JAPANESE, (enum message)m);
        if (ends != text_ends(message_text(GERMAN, (enum message)m), ".") ||
            ends != text_ends(message_text(FRENCH, (enum message)m), ".") ||
            ends != text_ends(message_text(SPANISH, (enum message)m), ".") ||
            ends != text_ends(chinese, "。"))
            fail_msg("%s ends in different ways", message_name((enum message)m));
        assert_false(text_ends(chinese, "."));
        assert_false(text_ends(japanese, "."));
    }
}

/* In French these marks stand apart from their word, and stay on its line. */
static void french_marks_stay_with_their_words(void **state)
{
    (void)state;
    static const char *const apart[] = { " :", " ;", " ?", " !", "« ", " »" };
    for (unsigned m = 0; m < MESSAGES; m++)
        for (size_t i = 0; i < sizeof apart / sizeof *apart; i++)
            if (strstr(message_text(FRENCH, (enum message)m), apart[i]) != NULL)
                fail_msg("%s in French: a line can end before its \"%s\"",
                         message_name((enum message)m), apart[i]);
}

/* What templates ask for is there. */
static void every_message_of_a_template_is_in_the_table(void **state)
{
    (void)state;
    size_t n = 0;
    size_t asked = 0;
    const struct embedded *files = embedded_files(&n);
    for (size_t i = 0; i < n; i++) {
        for (const char *at = strstr(files[i].text, "{{@"); at != NULL;
             at = strstr(at + 1, "{{@")) {
            struct bytes name = { (const uint8_t *)at + 3, strcspn(at + 3, "}") };
            enum message found;
            asked++;
            if (!message_find(name, &found))
                fail_msg("%s: no message is called %.*s", files[i].name, (int)name.n, at + 3);
        }
    }
    assert_true(asked > 100);
    assert_false(message_find(bytes_of("nothing"), &(enum message){ MESSAGES }));
    assert_false(message_find(bytes_of(""), &(enum message){ MESSAGES }));
}

static void assert_translated(struct web *w, err e)
{
    assert_true(e.code != ERR_OK);
    if (message_translation(FRENCH, w->c->fault.say) == NULL)
        fail_msg("\"%s\" is not in the table", w->c->fault.say);
    fault_clear(w->c);
}

/* What other rooms say to whoever filled in a form is found by its English text. */
static void what_is_said_of_fields_is_translated(void **state)
{
    (void)state;
    struct web *w = web_new();
    struct email email;
    const struct password_owner ada = { "ada.lovelace@example.com", "Ada Lovelace" };
    static const char *const weak[] = { "alllower77", "ALLUPPER77", "NoDigitsHere", "Password123",
                                        "Lovelace2" };
    static const char *const words[] = { "uauth" };
    w->config.password_context_words = (struct texts){ (const char **)(uintptr_t)words, 1 };
    for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++)
        assert_translated(w, password_policy_check(w->c, "password", weak[i], ada));
    assert_translated(w, password_policy_check(w->c, "password", "my-Uauth-pass-9", ada));
    w->config.password_require_special = true;
    assert_translated(w, password_policy_check(w->c, "password", "Xq7mmmmmmm", ada));
    assert_translated(w, email_read(w->c, "email", "", &email));
    assert_translated(w, email_read(w->c, "email", "ada", &email));
    assert_translated(w, full_name_check(w->c, " "));
    assert_translated(w, full_name_check(w->c, "a\tb"));
    assert_null(message_translation(FRENCH, "Something else."));
    web_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_says_the_same_in_every_language),
        cmocka_unit_test(nothing_is_left_in_english),
        cmocka_unit_test(sentences_end_as_their_languages_do),
        cmocka_unit_test(french_marks_stay_with_their_words),
        cmocka_unit_test(every_message_of_a_template_is_in_the_table),
        cmocka_unit_test(what_is_said_of_fields_is_translated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
