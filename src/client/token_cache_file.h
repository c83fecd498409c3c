/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_TOKEN_CACHE_FILE_H
#define UAUTH_CLIENT_TOKEN_CACHE_FILE_H

/*
 * A token cache in a file that processes share, also those with Microsoft's msal-extensions: one
 * lock, "PATH.lockfile", which is made with O_EXCL (as .NET, Node.js and Python do) and held with
 * flock(2) (as Python does).  A lock of a process that has died is taken over.
 *
 * The file is read when it has changed, and written whole, under another name, and put in its place
 * (mode 0600).  What is not known in it is kept.
 */

#include "client/token_cache.h"

enum { TOKEN_LOCK_WAIT_MS = 10000 };

/*
 * A cache in the file `path`, which need not be there yet.  INVALID_REQUEST if it is not one that
 * secret_file_read takes; INVALID_JSON if it holds something else.
 */
RESULT token_cache_open(struct ctx *c, const char *path, struct token_cache **out);

#endif
