/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_DB_POWER_VFS_H
#define UAUTH_TESTS_UNIT_DB_POWER_VFS_H

/*
 * A file system under SQLite that notes each write, cut and sync of a database and its log, and can
 * make the files as a loss of power at any moment may leave them: what was synced is there; of what
 * came after, any part, sector by sector.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct power;

/* Begins to note what becomes of the database at `path`; makes itself SQLite's default.  `safe`: it
 * promises, as SQLite's own does, that a write leaves the bytes beside it alone. */
struct power *power_begin(const char *path, bool safe);
void power_end(struct power *p);

/* Notes that everything up to `number` was acknowledged. */
void power_acknowledge(struct power *p, int64_t number);

/* How many moments there are; how many of them are writes to the log. */
size_t power_moments(struct power *p);
size_t power_log_writes(struct power *p);

/* Writes the database and its log into `folder` as they may be after a loss of power at `moment`;
 * `dice` chooses the parts.  What was acknowledged by then. */
int64_t power_lose(struct power *p, const char *folder, size_t moment, uint64_t dice);

#endif
