/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_DATA_FOLDER_H
#define UAUTH_APP_DATA_FOLDER_H

/*
 * The data folder: the database, the master key, the log of erasures, the setup code of the first
 * run, and the outbox of mails where there is no mail server.  It is the service's alone: mode
 * 0700, and files 0600.
 *
 * All failures here are UNAVAILABLE and say what to do.
 */

#include "base/ctx.h"

#define DATA_DATABASE   "uauth.db"
#define DATA_MASTER_KEY "master.key"
#define DATA_SETUP_CODE "setup-code"
#define DATA_OUTBOX     "outbox"
#define DATA_ERASURES   "erased.log"

/* "FOLDER/NAME". */
const char *data_path(struct ctx *c, const char *folder, const char *name)
    __attribute__((returns_nonnull));

/*
 * Makes sure that `folder` is there and nobody else's: a missing one is made if `make`, but not the
 * folders above it.
 */
RESULT data_folder_check(struct ctx *c, const char *folder, bool make);

/* The master key in `folder`, SEAL_MASTER_BYTES in c->arena; `master->n` is 0 if there is none. */
RESULT data_master_read(struct ctx *c, const char *folder, struct bytes *master);

/* Makes one if there is none, and reads it: whoever else makes one at the same time, all get the
 * same. */
RESULT data_master_make(struct ctx *c, const char *folder, struct bytes *master);

/* Writes `text` and a line break to the file `path` in place of what was there; it is whole, on
 * disk, and of mode 0600 before it has its name. */
RESULT data_file_write(struct ctx *c, const char *path, const char *text);

/* Puts the name of the file `path` on disk, as its folder has it. */
RESULT data_name_keep(struct ctx *c, const char *path);

#endif
