/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_AZURE_PROGRAM_H
#define UAUTH_CLIENT_AZURE_PROGRAM_H

/*
 * Running a program and hearing what it says: for the Azure CLI, and only where a person or their
 * program asks for it.  The server starts no program (IN-11): it never asks the source that does.
 */

#include "client/azure_platform.h"

enum { PROGRAM_OUTPUT_MAX = 64 * 1024 };

struct program_said {
    int status;            /* its exit code; -1: it was ended, by us or a signal */
    bool late;             /* it was not done in time, and it and its children were ended */
    const char *out, *err; /* at most PROGRAM_OUTPUT_MAX bytes each, up to a NUL */
};

/*
 * Runs `argv[0]`, which is looked for in PATH of the platform's environment, in the folder /bin,
 * with nothing to read, and with `more` ("NAME=value") in its environment.  There is no shell.
 * NOT_FOUND: there is no such program; UNAVAILABLE: it cannot be started.
 */
RESULT program_run(struct ctx *c, const struct azure_platform *p, const char *const *argv,
                   const char *more, int64_t limit_ms, struct program_said *out);

#endif
