/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_LANGUAGE_H
#define UAUTH_BASE_LANGUAGE_H

/*
 * The languages that the service speaks to people: on its pages (words in web/messages.def) and in
 * its mails (identity/letters.def).
 */

#include "base/text.h"

enum language { ENGLISH, GERMAN, FRENCH, SPANISH, CHINESE, JAPANESE, LANGUAGES };

struct language_row {
    const char *name;     /* "zh": as in the parameter and cookie `lang` */
    const char *tag;      /* "zh-Hans": BCP 47, of the attribute `lang` */
    const char *own_name; /* as its readers call it */
};
const struct language_row *language_row(enum language language);

/*
 * The language that a BCP 47 tag asks for, by its first subtag and in any case ("de-AT": German);
 * false if there is none.
 */
bool language_of_tag(const char *tag, enum language *out);

/* The first of several tags, separated by spaces, that we have (OpenID Connect Core 3.1.2.1,
 * ui_locales); false if we have none of them. */
bool language_of_tags(struct arena *a, const char *tags, enum language *out);

/*
 * The one that an Accept-Language field wants most (RFC 9110 12.5.4): by weight, then as they
 * stand.  Weight 0 and what is malformed count for nothing.  False if there is no
 * field (NULL) or nothing that we have.
 */
bool language_of_accept(struct arena *a, const char *accept, enum language *out);

#endif
