/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_USED_ONCE_H
#define UAUTH_CLIENT_USED_ONCE_H

/*
 * What must not come twice, such as the state of a request or the jti of a logout token, for as
 * long as it would be good: in the memory of this process.  One object serves all threads.
 */

#include "base/ctx.h"

struct used_once;

enum { USED_ONCE_MAX = 16384 };

/* NULL if there is no memory. */
struct used_once *used_once_new(void);
void used_once_free(struct used_once *u); /* NULL is fine */

/* Whether `value` is here for the first time; it is remembered until `until`.  False also if there
 * is no room: what cannot be remembered cannot be let pass. */
bool used_once_take(struct ctx *c, struct used_once *u, const char *value, int64_t until);

#endif
