/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_FIRST_RUN_H
#define UAUTH_APP_FIRST_RUN_H

/*
 * What the first run tells: how the first administrator comes to be (decision 16).  The setup code
 * is printed only where nobody but the person before the screen can read it; elsewhere it is in a
 * file of the data folder.
 */

#include "base/ctx.h"

/*
 * If there is no administrator yet: makes a new setup code, and prints it if `in_person`, else
 * writes it to DATA_SETUP_CODE.  Tells both ways to use it; the command can be copied to any
 * folder's terminal, with `program` (argv[0]; NULL: uauth) as it was started here.
 */
RESULT first_run_tell(struct ctx *c, const char *program, bool in_person);

/* `program` with the folder of the data, as a shell takes it from any folder.  For tests. */
const char *first_run_command(struct ctx *c, const char *program);

#endif
