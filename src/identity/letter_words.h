/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_LETTER_WORDS_H
#define UAUTH_IDENTITY_LETTER_WORDS_H

/*
 * The words of each kind of letter, apart from what changes from one letter to the next: greeting,
 * link, how long it is good, when and from where, who sends it.
 */

#include "identity/letter.h"

struct letter_words {
    const char *subject;
    const char *before; /* what happened */
    const char *page;   /* path of the link; NULL: the kind has none */
    bool about;         /* `about` of the letter follows */
    bool place;         /* when and from where follows */
    const char *after;  /* what to do */
};

const struct letter_words *letter_words(enum letter_kind kind);

#endif
