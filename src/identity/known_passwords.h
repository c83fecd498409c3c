/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_KNOWN_PASSWORDS_H
#define UAUTH_IDENTITY_KNOWN_PASSWORDS_H

/*
 * The embedded list (src/identity/known_passwords.txt without its head): passwords in lower case,
 * sorted by bytes, each once.  Those of eight characters and more stand for themselves and, as the
 * shorter ones, for what they become with other digits at the end.
 *
 * It is packed to two fifths (tools/embed_files.sh): a word says how many bytes it shares with the
 * one before; of the rest a byte is one character, or two that are frequent.  One
 * word in 64 shares nothing, so that a look-up begins there.
 */

#include "base/arena.h"

enum {
    KNOWN_HEAD = '\n',  /* begins a word that shares nothing */
    KNOWN_SHARED = 11,  /* and this plus n one that shares n bytes */
    KNOWN_CODE = ' ',   /* and this plus n is the code n */
    KNOWN_WORD_MAX = 32 /* bytes */
};

struct known_passwords {
    struct bytes words;
    const char *codes; /* two characters each, or one and NUL */
};

/* As it is embedded. */
struct known_passwords known_passwords(void);

/* A place in it, and the word before that. */
struct known_word {
    const uint8_t *at;
    char text[KNOWN_WORD_MAX + 2];
};

/* Reads the word at `to->at`, the beginning or where this left it; false at the end. */
bool known_word_next(const struct known_passwords *list, struct known_word *to);

/* Whether `lower`, in lower case, is one of them. */
bool password_is_known(const char *lower);

#endif
