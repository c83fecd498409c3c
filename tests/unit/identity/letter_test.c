/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/letter.h"

#include "identity/letter_words.h"
#include "tests/unit/identity/identity_testing.h"

#define LINK_TOKEN "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY"

static struct house *house_of(void **state)
{
    return *state;
}

/* The text of a letter of this kind. */
static const char *written(struct ctx *c, const struct letter *letter)
{
    OK(letter_post(c, letter));
    return mail_taken(c, letter->to);
}

static bool has_link(enum letter_kind kind)
{
    return letter_form(kind)->page != NULL;
}

static const char *of_kind(struct ctx *c, enum letter_kind kind)
{
    return written(
        c, &(struct letter){ .kind = kind,
                             .to = EMAIL,
                             .token = has_link(kind) ? LINK_TOKEN : NULL,
                             .ttl = has_link(kind) ? 1800 : 0,
                             .news = letter_form(kind)->place ? PHRASE_factor_added : PHRASE_hello,
                             .about = letter_form(kind)->place ? NULL : "Analytical Engines" });
}

static void a_letter_with_a_link_says_how_long_it_is_good(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *text = written(c, &(struct letter){ .kind = LETTER_RESET_PASSWORD,
                                                    .to = EMAIL,
                                                    .full_name = "Ada Lovelace",
                                                    .token = LINK_TOKEN,
                                                    .ttl = 1800 });
    assert_true(text_starts(text, "Hello Ada Lovelace,\n\n"));
    assert_non_null(
        strstr(text, "    http://localhost:8080/reset-password?token=" LINK_TOKEN "\n"));
    assert_non_null(strstr(text, "works once, and for 30 minutes."));
    assert_non_null(strstr(text, "Sent by http://localhost:8080\n"));
}

static void spans_are_said_in_words(void **state)
{
    struct ctx *c = house_of(state)->c;
    static const struct {
        int64_t ttl;
        const char *says;
    } spans[] = {
        { 300, "for 5 minutes." },  { 3600, "for 1 hour." },   { 7200, "for 2 hours." },
        { 86400, "for 24 hours." }, { 604800, "for 7 days." }, { 5400, "for 90 minutes." }
    };
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        struct letter letter = { .kind = LETTER_VERIFY_EMAIL, .to = EMAIL, .token = LINK_TOKEN };
        letter.ttl = spans[i].ttl;
        assert_non_null(strstr(written(c, &letter), spans[i].says));
    }
}

/* HH-01, PR-01: links are made from public_url, whatever the request said */
static void links_lead_to_the_configured_address(void **state)
{
    struct house *h = house_of(state);
    h->config->public_url = "https://id.example.com/sso/";
    h->c->origin.address = "evil.example";
    assert_non_null(strstr(of_kind(h->c, LETTER_VERIFY_EMAIL),
                           "https://id.example.com/sso/verify-email?token=" LINK_TOKEN "\n"));
}

/* AU-01: only the kinds that have a link have something like one */
static void kinds_without_a_link_have_none(void **state)
{
    struct ctx *c = house_of(state)->c;
    static const enum letter_kind linked[] = { LETTER_VERIFY_EMAIL, LETTER_RESET_PASSWORD,
                                               LETTER_CHANGE_EMAIL, LETTER_INVITATION,
                                               LETTER_JOIN,         LETTER_CHOOSE_PASSWORD };
    size_t n = 0;
    for (enum letter_kind kind = LETTER_VERIFY_EMAIL; kind <= LETTER_ACCOUNT_ERASED; kind++) {
        const char *text = of_kind(c, kind);
        assert_int_equal(strstr(text, "token=") != NULL, has_link(kind));
        n += has_link(kind);
    }
    assert_int_equal(n, 6);
    for (size_t i = 0; i < n; i++)
        assert_true(has_link(linked[i]));
}

static void every_kind_has_its_words(void **state)
{
    struct ctx *c = house_of(state)->c;
    for (enum letter_kind kind = LETTER_VERIFY_EMAIL; kind <= LETTER_ACCOUNT_ERASED; kind++) {
        const char *text = of_kind(c, kind);
        const char *subject = letter_words(kind, ENGLISH)->subject;
        assert_true(text_starts(text, "Hello,\n\n"));
        assert_true(strlen(subject) > 10 && strlen(subject) < 60);
        assert_false(text_has_control(subject));
        assert_false(text_has_control_but_lines(text));
        struct texts lines = text_split(c->arena, text, '\n');
        for (size_t i = 0; i < lines.n; i++)
            assert_true(strlen(lines.at[i]) <= 100);
    }
}

static void a_change_says_what_when_and_from_where(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *text = of_kind(c, LETTER_MFA_CHANGED);
    assert_non_null(strstr(text, "    An authenticator app was added.\n"));
    assert_non_null(strstr(text, "When:  2026-11-24T"));
    assert_non_null(strstr(text, "From:  192.0.2.7\n"));
    c->origin.address = NULL;
    text = of_kind(c, LETTER_NEW_SIGN_IN);
    assert_null(strstr(text, "From:"));
    assert_null(strstr(text, "authenticator"));
}

/* What is in no word of a table: names, addresses, times. */
static bool is_in(struct ctx *c, const char *text, enum language language, enum letter_kind kind)
{
    const struct letter_words *words = letter_words(kind, language);
    const char *hello = letter_phrase(PHRASE_hello, language);
    return text_starts(text, text_printf(c->arena, "%s\n\n%s\n", hello, words->before)) &&
           strstr(text, text_printf(c->arena, "\n%s\n\n-- \n", words->after)) != NULL;
}

static void every_letter_is_in_every_language(void **state)
{
    struct ctx *c = house_of(state)->c;
    for (unsigned i = 0; i < LANGUAGES; i++) {
        enum language language = (enum language)i;
        c->origin.locale = language_row(language)->tag;
        for (enum letter_kind kind = LETTER_VERIFY_EMAIL; kind <= LETTER_ACCOUNT_ERASED; kind++) {
            const char *text = of_kind(c, kind);
            const struct letter_words *words = letter_words(kind, language);
            assert_true(is_in(c, text, language, kind));
            assert_null(strchr(text, '{'));
            assert_false(text_has_control(words->subject));
            if (language == ENGLISH)
                continue;
            assert_string_not_equal(words->subject, letter_words(kind, ENGLISH)->subject);
            assert_false(is_in(c, text, ENGLISH, kind));
        }
    }
}

/* No line of a mail is so long that a terminal or a narrow window breaks it: a character of Chinese
 * or Japanese is as wide as two. */
static void lines_are_not_too_wide(void **state)
{
    struct ctx *c = house_of(state)->c;
    for (unsigned i = 0; i < LANGUAGES; i++) {
        c->origin.locale = language_row((enum language)i)->tag;
        for (enum letter_kind kind = LETTER_VERIFY_EMAIL; kind <= LETTER_ACCOUNT_ERASED; kind++) {
            struct texts lines = text_split(c->arena, of_kind(c, kind), '\n');
            for (size_t at = 0; at < lines.n; at++) {
                size_t width = 0;
                for (const uint8_t *b = (const uint8_t *)lines.at[at]; *b != '\0'; b++)
                    width += *b < 0x80 || (*b >= 0xc0 && *b < 0xe3) ? 1 : *b >= 0xe3 ? 2 : 0;
                if (width > 84 && strstr(lines.at[at], "token=") == NULL)
                    fail_msg("%zu wide: %s", width, lines.at[at]);
            }
        }
    }
}

/* The account's language counts more than that of whoever causes the mail. */
static void a_letter_is_in_the_language_of_the_account(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    struct letter letter = { .kind = LETTER_PASSWORD_CHANGED, .user_id = id, .to = EMAIL };
    bool found = false;
    (void)mails_taken(c);
    assert_true(text_starts(written(c, &letter), "Hello,"));
    c->origin.locale = "fr";
    assert_true(text_starts(written(c, &letter), "Bonjour,"));
    OK(user_set_profile(c, id, &(struct user_profile){ .locale = "ja" }, &found));
    assert_true(text_starts(written(c, &letter), "こんにちは。"));
    letter.locale = "zh-Hans";
    assert_true(text_starts(written(c, &letter), "您好："));
    letter.locale = "tlh";
    assert_true(text_starts(written(c, &letter), "Hello,"));
}

/* PR-09, CR-10: the text is sealed, for its row */
static void the_text_is_sealed_for_its_row(void **state)
{
    struct ctx *c = house_of(state)->c;
    const struct letter letter = {
        .kind = LETTER_VERIFY_EMAIL, .to = EMAIL, .token = LINK_TOKEN, .ttl = 3600
    };
    OK(letter_post(c, &letter));
    OK(letter_post(c, &letter));
    struct outbox_rows rows = mails_taken(c);
    assert_int_equal(rows.n, 2);
    assert_null(strstr(rows.at[0].sealed, LINK_TOKEN));
    struct outbox_row moved = rows.at[0];
    const char *text = NULL;
    moved.sealed = rows.at[1].sealed;
    REFUSED(letter_open(c, &moved, &text), INTERNAL);
    moved.sealed = NULL;
    REFUSED(letter_open(c, &moved, &text), INTERNAL);
    OK(letter_open(c, &rows.at[0], &text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(a_letter_with_a_link_says_how_long_it_is_good),
        HOUSE_TEST(spans_are_said_in_words),
        HOUSE_TEST(links_lead_to_the_configured_address),
        HOUSE_TEST(kinds_without_a_link_have_none),
        HOUSE_TEST(every_kind_has_its_words),
        HOUSE_TEST(a_change_says_what_when_and_from_where),
        HOUSE_TEST(every_letter_is_in_every_language),
        HOUSE_TEST(lines_are_not_too_wide),
        HOUSE_TEST(a_letter_is_in_the_language_of_the_account),
        HOUSE_TEST(the_text_is_sealed_for_its_row),
    };
    return cmocka_run_group_tests_name("identity/letter", tests, NULL, NULL);
}
