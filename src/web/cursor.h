/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_CURSOR_H
#define UAUTH_WEB_CURSOR_H

/*
 * Where a list goes on, sealed: a cursor is good for the tenant, the list and the filters that it
 * was given out with, and cannot be made or changed by anybody else (AZ-10).
 */

#include "store/schema.h"
#include "web/req.h"

enum { CURSOR_MAX = 512, CURSOR_LIMIT_DEFAULT = 50 };

/* The page that `after` (NULL: the first) and `limit` (0: CURSOR_LIMIT_DEFAULT) ask for.
 * INVALID_FIELD for a cursor that was not given out for this very list. */
RESULT cursor_page(struct req *r, const char *after, int64_t limit, struct page *out);

/* The cursor of what follows `last`. */
RESULT cursor_after(struct req *r, const char *last, const char **next);

/* The same; NULL where `n` rows tell that nothing does. */
RESULT cursor_next(struct req *r, const struct page *page, size_t n, const char *last,
                   const char **next);

#endif
