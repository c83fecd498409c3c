/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_PAGE_H
#define UAUTH_WEB_PAGE_H

/*
 * HTML pages from templates that are compiled into the binary (web/pages/NAME.html); what may stand
 * in one, and that every value is escaped, is web/template.h.  Every page is put into
 * web/pages/frame.html, which carries the style sheet (/assets/, one immutable file), the name and
 * logo of the service and, where the page has an address, the choice of languages; pages have no
 * inline style and no script.  Beside the page's own values a template has page_title, and the
 * frame takes `wide`, `person` and `mistaken` from them.  Pages with forms: web/sheet.h.
 */

#include "web/language.h"
#include "web/req.h"
#include "web/template.h"

/* How a tenant presents itself; what is NULL is as the service does. */
struct page_brand {
    const char *name, *logo_path, *accent_path;
};

struct html_page {
    const char *template; /* "problem" */
    const char *title;
    const struct page_value *values;
    size_t n;
    enum language language; /* of title and values, and from now on of the messages */
    const char *address;    /* where the page is found in another language ("/sign-in"); NULL: it is
                               not, so there is no choice */
    const char *frames; /* origins whose pages it may show in frames, with a space between; NULL:
                           none */
    const struct page_brand *brand; /* NULL: that of the service */
};

/* The whole document. */
const char *page_render(struct req *r, const struct html_page *page);

/* `text` as template_escape writes it. */
const char *page_escape(struct arena *a, const char *text);

/*
 * Answers with the page under the strict policy of pages: same-origin style and images, no script,
 * forms only to ourselves (or, with `redirects`, no form-action, since browsers apply it to the
 * whole chain of a redirect).
 */
RESULT reply_page(struct req *r, int status, const struct html_page *page, bool redirects);

/* Handler of GET /assets/{name}: style sheets and pictures under their versioned names, immutable.
 */
RESULT get_asset(struct req *r);

/* Handler of GET /problems/{slug}: what a type of problem means and what to do; HTML, or JSON by
 * Accept. */
RESULT get_problem(struct req *r);

/* Handler of GET /problems: the list of all types. */
RESULT get_problems(struct req *r);

#endif
