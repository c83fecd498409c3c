/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_PAGE_H
#define UAUTH_STORE_PAGE_H

/*
 * Where a list goes on, as a caller may say it.  A cursor is the id after which the next page
 * begins: a place in an order.  It need not be there any more, nor be of one's own, since it opens
 * nothing: what a list shows is chosen by its owner, whatever the cursor.
 */

#include <stdbool.h>

/* Whether `after` is NULL or has the form of an id (text_is_uuid). */
bool page_after_is_sound(const char *after);

#endif
