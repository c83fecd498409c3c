/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_LANGUAGE_H
#define UAUTH_WEB_LANGUAGE_H

/*
 * The languages of the hosted pages, and which of them a person reads.  Their words are
 * web/messages.h.
 */

#include "base/text.h"

struct req;

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
 * stand.  Weight 0 and what is malformed count for nothing.  English if there is no field or
 * nothing that we have.
 */
enum language language_of_accept(struct arena *a, const char *accept);

/*
 * Of a request: the parameter `lang`, else the cookie `lang` (both a person's own choice), else the
 * parameter ui_locales (the application's), else Accept-Language.
 */
enum language language_of(struct req *r);

/* Whether the person has chosen one: the first two of these. */
bool language_chosen(struct req *r, enum language *out);

/* Keeps the choice of the parameter `lang` in the cookie, if it came and is one of ours. */
void language_keep(struct req *r);

#endif
