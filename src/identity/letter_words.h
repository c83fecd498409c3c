/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_LETTER_WORDS_H
#define UAUTH_IDENTITY_LETTER_WORDS_H

/*
 * The words of letters in all languages: one table, identity/letters.def.
 */

#include "base/language.h"
#include "identity/letter.h"

struct letter_words {
    const char *subject;
    const char *before; /* what happened */
    const char *after;  /* what to do */
};

/* Of a kind of letter, apart from its words. */
struct letter_form {
    const char *page; /* path of the link; NULL: the kind has none */
    bool about;       /* what it is about follows */
    bool place;       /* when and from where follows */
};

const struct letter_words *letter_words(enum letter_kind kind, enum language language)
    __attribute__((returns_nonnull));
const struct letter_form *letter_form(enum letter_kind kind) __attribute__((returns_nonnull));

/* A phrase with its {name} as it stands. */
const char *letter_phrase(enum letter_phrase phrase, enum language language)
    __attribute__((returns_nonnull));

#endif
