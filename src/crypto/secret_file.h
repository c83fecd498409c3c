/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_SECRET_FILE_H
#define UAUTH_CRYPTO_SECRET_FILE_H

/* The one way to read a file with a key in it. */

#include "base/ctx.h"

/*
 * All of the file `path`, at most `max` bytes, into c->arena.  INVALID_REQUEST, saying what to do,
 * if it cannot be opened, its last part is a link, it is not a regular file, it is another user's
 * than root's and ours, anybody else may read or write it (CR-05), or it is empty or too long.  The
 * folder above is root's or ours too, and one that others cannot write to, or (as /tmp) cannot
 * rename in.
 */
RESULT secret_file_read(struct ctx *c, const char *path, size_t max, struct bytes *out);

#endif
