/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_ASSERTION_FILE_H
#define UAUTH_CLIENT_ASSERTION_FILE_H

/* Assertions that a platform puts into a file and renews there (Kubernetes' projected tokens). */

#include "base/ctx.h"

/*
 * The text of `path` without what is white behind it.  Read each time it is needed: it is renewed
 * about hourly.  Links are followed, as the platform makes them.  INVALID_REQUEST: it cannot be
 * read, is empty, too long, or no single line.
 */
RESULT assertion_file_read(struct ctx *c, const char *path, const char **out);

#endif
