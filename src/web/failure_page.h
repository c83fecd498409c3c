/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_FAILURE_PAGE_H
#define UAUTH_WEB_FAILURE_PAGE_H

/*
 * A failure as a person meets it: a page in their language that says what to do; or, on hosted
 * pages, the page where they can do it.
 */

#include "web/req.h"

/*
 * Answers with the page of the failure `code`; `say` and `field` as in struct fault, or NULL.  On a
 * row that is HOSTED, whoever has to sign in, to confirm that it is them, or to change a password
 * first is sent to the page for that (303), and from there back.
 */
void reply_failure_page(struct req *r, enum err_code code, const char *say, const char *field);

#endif
