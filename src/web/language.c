/* SPDX-License-Identifier: Apache-2.0 */
#include "web/language.h"

#include "web/cookies.h"
#include "web/req.h"

enum { YEAR = 365 * 86400 };

static const char *cookie(struct req *r)
{
    struct bytes found = { NULL, 0 };
    const char *field = req_header(r, "cookie");
    if (field == NULL ||
        cookie_find(bytes_of(field), cookie_name(r->door, COOKIE_LANG), &found) != 1)
        return NULL;
    return text_copy(r->c->arena, (const char *)found.at, found.n);
}

bool language_chosen(struct req *r, enum language *out)
{
    const char *lang = req_query(r, "lang");
    if (lang != NULL && language_of_tag(lang, out))
        return true;
    const char *kept = cookie(r);
    return kept != NULL && language_of_tag(kept, out);
}

bool language_asked(struct req *r, enum language *out)
{
    const char *locales = req_query(r, "ui_locales");
    if (language_chosen(r, out))
        return true;
    if (locales != NULL && language_of_tags(r->c->arena, locales, out))
        return true;
    return language_of_accept(r->c->arena, req_header(r, "accept-language"), out);
}

enum language language_of(struct req *r)
{
    enum language found = ENGLISH;
    return language_asked(r, &found) ? found : ENGLISH;
}

void language_note(struct req *r)
{
    enum language found = ENGLISH;
    if (!language_asked(r, &found))
        return;
    r->c->origin.locale = language_row(found)->tag;
    r->c->origin.locale_chosen = language_chosen(r, &found);
}

void language_choose(struct req *r, enum language language)
{
    cookie_set(r, COOKIE_LANG, language_row(language)->name, YEAR);
}

void language_keep(struct req *r)
{
    enum language found = ENGLISH;
    const char *lang = req_query(r, "lang");
    if (lang != NULL && language_of_tag(lang, &found))
        language_choose(r, found);
}
