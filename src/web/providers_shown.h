/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_PROVIDERS_SHOWN_H
#define UAUTH_WEB_PROVIDERS_SHOWN_H

/* The providers that pages offer to sign in with, as rows of a template: `provider` (its id) and
 * `provider_name`. */

#include "web/req.h"
#include "web/template.h"

RESULT providers_shown(struct ctx *c, struct page_values **rows, size_t *n);

/* Whether people can prove there anew who they are: that provider says when they did. */
bool provider_says_when(const struct page_values *row);

/* The name that people know a provider by; its id if it is gone. */
const char *provider_name_of(const struct page_values *rows, size_t n, const char *id);

#endif
