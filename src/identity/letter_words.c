/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/letter_words.h"

#define WORDS(subject, before, after)                                                              \
    {                                                                                              \
        subject, before, after                                                                     \
    }

static const struct letter_words words[][LANGUAGES] = {
#define PHRASE(name, en, de, fr, es, zh, ja)
#define LETTER(kind, page, about, place, en, de, fr, es, zh, ja)                                   \
    [LETTER_##kind] = { en, de, fr, es, zh, ja },
#include "identity/letters.def"
#undef LETTER
#undef PHRASE
};
#define LETTERS (sizeof words / sizeof *words)

static const struct letter_form forms[LETTERS] = {
#define PHRASE(name, en, de, fr, es, zh, ja)
#define LETTER(kind, page, about, place, en, de, fr, es, zh, ja)                                   \
    [LETTER_##kind] = { page, about, place },
#include "identity/letters.def"
#undef LETTER
#undef PHRASE
};

static const char *const phrases[][LANGUAGES] = {
#define PHRASE(name, en, de, fr, es, zh, ja) [PHRASE_##name] = { en, de, fr, es, zh, ja },
#define LETTER(kind, page, about, place, en, de, fr, es, zh, ja)
#include "identity/letters.def"
#undef LETTER
#undef PHRASE
};

const struct letter_words *letter_words(enum letter_kind kind, enum language language)
{
    must(kind < LETTERS && language < LANGUAGES);
    return &words[kind][language];
}

const struct letter_form *letter_form(enum letter_kind kind)
{
    must(kind < LETTERS);
    return &forms[kind];
}

const char *letter_phrase(enum letter_phrase phrase, enum language language)
{
    must(phrase < PHRASES && language < LANGUAGES);
    return phrases[phrase][language];
}
