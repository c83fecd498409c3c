/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_BACKUP_H
#define UAUTH_APP_BACKUP_H

/*
 * Backups of an SQLite database, and what has to happen when an older state of a database, from a
 * backup or a dump, takes the place of the present one.
 */

#include "app/node.h"
#include "db/sqlite_copy.h"

struct backup_made {
    int64_t bytes;
    const char *schema; /* the newest migration that is in it */
};

/*
 * Makes the backup `to` of the database at `from`, however busy that is: whole, checked, on disk
 * and of mode 0600 before it has its name.  It says of itself that it is a backup, so that no
 * server takes it for its database.  CONFLICT if `to` is there; UNAVAILABLE.
 */
RESULT backup_make(struct ctx *c, const char *from, const char *to, struct copy_watch watch,
                   struct backup_made *out);

struct restore_plan {
    const char *data_dir;
    const char *database; /* where it is to be; its folder is there */
    const char *backup;
    struct texts erasures; /* logs of erasures beside the one of the data folder */
    bool without_erasures; /* there is none, and that is known */
    bool only_try;         /* nothing stays */
    struct copy_watch watch;
};
struct restored {
    const char *made_at; /* of the backup; NULL: it was made by other means */
    int64_t generation;
    int64_t erased;    /* people who had come back and were erased again */
    const char *aside; /* where the old database is now; NULL: there was none */
};

/*
 * Puts the backup in the place of the database: people are as they were then, less those who were
 * erased since, and nothing of before that was good once or could have been revoked is any more
 * (store/generation.h).  Killed at any moment, the old database or the new one is in place, or
 * running it again completes it.
 *
 * UNAVAILABLE, with nothing changed: a server runs; the backup is damaged, not ours, of a newer
 * version or sealed with another master key; no log of erasures is there or it is damaged.
 */
RESULT restore_backup(struct ctx *c, const struct restore_plan *plan, struct restored *out);

/* The same for the database of `node` (opened with node_plan.restoring), whose content was put back
 * by other means. */
RESULT restore_in_place(struct ctx *c, const struct node *node, const struct restore_plan *plan,
                        struct restored *out);

#endif
