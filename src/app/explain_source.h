/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_EXPLAIN_SOURCE_H
#define UAUTH_APP_EXPLAIN_SOURCE_H

/* Where `uauth explain` finds a refusal: in the log of a service. */

#include "web/explanation.h"

/*
 * The last line of the log that tells of the request `id`; NOT_FOUND if none does.  What stands
 * before the first '{' of a line (the prefix of a journal) is skipped, as are lines that are none
 * of ours.  `path` NULL: standard input.
 */
RESULT explain_read_log(struct ctx *c, const char *path, const char *id, struct explanation *out);

#endif
