/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_ADMIN_H
#define UAUTH_API_ADMIN_H

/*
 * What the endpoints under /admin share.  Who may call is a column of the route; how far their
 * power reaches is decided by identity/authority.h in the transaction of the change.  What belongs
 * to another tenant is as absent as what never was (AZ-01).
 */

#include "base/shape.h"
#include "identity/authority.h"
#include "web/cursor.h"

/* Who calls, as an actor with the permission of the row. */
struct actor admin_actor(const struct req *r);

/* Whether the caller acts in the operators' tenant. */
bool admin_is_operator(const struct req *r);

/* 201, the object, where it is now found, and its ETag. */
RESULT admin_created(struct req *r, const char *location, const void *object);

struct admin_page_query {
    const char *after;
    int64_t limit;
};
SHAPE(admin_page_query,
      FIELD(admin_page_query, after, OPTIONAL, 1, CURSOR_MAX, "The member next of the page before"),
      FIELD(admin_page_query, limit, OPTIONAL, 1, PAGE_MAX,
            "Entries of a page; 50 if it is not given"));

#endif
