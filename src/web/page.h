/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_PAGE_H
#define UAUTH_WEB_PAGE_H

/*
 * HTML pages from templates that are compiled into the binary (web/pages/NAME.html).  In a template
 *     {{name}}            is the value, escaped for text and quoted attributes,
 *     {{#name}}...{{/name}}  stands if the value is set and not empty,
 *     {{^name}}...{{/name}}  stands if it is not.
 * There is no way to write a value unescaped.  Every page is put into web/pages/frame.html, which
 * carries the style sheet (/assets/, one immutable file); pages have no inline style and no inline
 * script.
 */

#include "web/req.h"

struct page_value {
    const char *name, *value;
};

struct page {
    const char *template; /* "problem" */
    const char *title;
    const struct page_value *values;
    size_t n;
};

/* The whole document. */
const char *page_render(struct ctx *c, const struct page *page);

/* `text` with & < > " ' as references. */
const char *page_escape(struct arena *a, const char *text);

/*
 * Answers with the page under the strict policy of pages: same-origin style and images, no script,
 * forms only to ourselves (or, with `redirects`, no form-action, since browsers apply it to the
 * whole chain of a redirect).
 */
RESULT reply_page(struct req *r, int status, const struct page *page, bool redirects);

/* Handler of GET /assets/{name}: style sheet and icon under their versioned names, immutable. */
RESULT get_asset(struct req *r);

/* Handler of GET /problems/{slug}: what a type of problem means and what to do; HTML, or JSON by
 * Accept. */
RESULT get_problem(struct req *r);

/* Handler of GET /problems: the list of all types. */
RESULT get_problems(struct req *r);

#endif
