/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_LANGUAGE_H
#define UAUTH_WEB_LANGUAGE_H

/*
 * Which language a person reads who asks for something.
 */

#include "base/language.h"

struct req;

/*
 * Of a request: the parameter `lang`, else the cookie `lang` (both a person's own choice), else the
 * parameter ui_locales (the application's), else Accept-Language; false if none of them names one.
 */
bool language_asked(struct req *r, enum language *out);

/* The same, or English. */
enum language language_of(struct req *r);

/* Notes it in the origin of the work: mails to whoever has no language yet are in it. */
void language_note(struct req *r);

/* Whether the person has chosen one: the first two of these. */
bool language_chosen(struct req *r, enum language *out);

/* Keeps a choice in the cookie. */
void language_choose(struct req *r, enum language language);

/* Keeps the choice of the parameter `lang` in the cookie, if it came and is one of ours. */
void language_keep(struct req *r);

#endif
