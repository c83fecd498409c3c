/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_PROGRAM_H
#define UAUTH_WEB_PROGRAM_H

/* What a User-Agent says in the words of a person: for lists of one's own sessions.  It is what the
 * program said of itself, and nothing is decided by it. */

#include "web/language.h"

/* "Firefox on Windows"; of what is no browser that is known the first word ("curl/8.5"); NULL: the
 * message that says so. */
const char *program_name(struct arena *a, enum language language, const char *user_agent)
    __attribute__((returns_nonnull));

#endif
