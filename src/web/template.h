/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_TEMPLATE_H
#define UAUTH_WEB_TEMPLATE_H

/*
 * Templates of HTML: our own text with tags in it, filled with values that anybody may have chosen.
 * A pure function; the pages are web/page.h.
 *
 *     {{name}}               the value, escaped for text and quoted attributes,
 *     {{#name}}...{{/name}}  stands if the value is set and not empty; once for each of its rows,
 *                            if it has rows: names are then looked for in the row first,
 *     {{^name}}...{{/name}}  stands if it is not,
 *     {{>content}}           the template of the page, in the frame,
 *     {{@name}}              the message of that name in the language of the page, escaped; a
 * {name} in its text stands for a value, as {{name}} does.
 *
 * There is no way to write a value unescaped.  Where a value is a URL (href, action) it is one that
 * the caller has checked: escaping does not make "javascript:" harmless.
 */

#include "base/codec.h"

struct page_value {
    const char *name, *value;
    const struct page_values *rows;
    size_t rows_n;
};

struct page_values {
    const struct page_value *at;
    size_t n;
};

/* Where messages come from.  `find` yields NULL if none has the name; without it there are none. */
struct template_words {
    const char *(*find)(const void *arg, struct bytes name);
    const void *arg;
};

struct template
{
    const char *text;    /* of the frame */
    const char *content; /* of the page, or NULL */
    struct page_values values;
    struct template_words words;
};

enum { TEMPLATE_DEPTH_MAX = 8, TEMPLATE_NAME_MAX = 32 };

/*
 * NULL if `text` is a template, else what is wrong with it: a tag that does not end, a name that is
 * not of a-z, 0-9 and '_', sections that are not closed in order or nested deeper than
 * TEMPLATE_DEPTH_MAX.
 */
const char *template_fault(const char *text);

/* Appends the filled template.  Neither text has a fault, and every message that they name is
 * there: must().  A name without value is "". */
void template_fill(struct text_buffer *out, const struct template *t);

/*
 * Appends `text` with & < > " ' as references.  Control characters other than line breaks and tabs,
 * and what turns the direction of writing, become U+FFFD (IN-16).
 */
void template_escape(struct text_buffer *out, const char *text);

#endif
