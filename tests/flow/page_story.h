/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_FLOW_PAGE_STORY_H
#define UAUTH_TESTS_FLOW_PAGE_STORY_H

/* What stories on hosted pages say again and again: forms with the token of the page they stand on.
 */

#include "story.h"

/* The value of the hidden field `name` of a page, or NULL. */
const char *page_hidden(const struct answer *page, const char *name);

/* The CSRF token of the page at `path`, which answers 200. */
const char *page_token(struct client *browser, const char *path);

/* Sends the form `fields` ("a=b&c=d") of the page at `from` to `action`, with that page's token. */
struct answer page_send(struct client *browser, const char *from, const char *action,
                        const char *fields);

/* The same with a token of the caller's choice; NULL: none. */
struct answer page_post(struct client *browser, const char *action, const char *token,
                        const char *fields);

/* A browser that has signed in on the page with STORY_PASSWORD. */
struct client page_browser(struct world *w, const char *email);

/* Whether the answer is 303 to `path`. */
#define assert_leads(answer, path) assert_leads_at((answer), (path), __FILE__, __LINE__)
void assert_leads_at(struct answer answer, const char *path, const char *file, int line);

/* Whether it is a page with `status` that has `text` in it. */
#define assert_page(answer, status, text)                                                          \
    assert_page_at((answer), (status), (text), __FILE__, __LINE__)
void assert_page_at(struct answer answer, int status, const char *text, const char *file, int line);

/* `text` as the value of a form field. */
const char *page_field(struct world *w, const char *text);

#endif
