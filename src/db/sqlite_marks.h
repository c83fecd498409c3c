/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_SQLITE_MARKS_H
#define UAUTH_DB_SQLITE_MARKS_H

/*
 * How often the tables of a file have been written, for all processes that have it open: numbers
 * that only rise, in shared memory.  A table has one of SQLITE_MARKS by its name; two may share
 * one, which costs nothing but a read.
 *
 * A writer raises the marks of what it wrote after its commit and before it answers.  So who
 * remembers the marks of before a read, and finds them the same, knows that no write that was
 * acknowledged since has touched what was read.
 */

#include <stdint.h>

enum { SQLITE_MARKS = 64 };

/* Which marks: a bit for each. */
typedef uint64_t sqlite_tables;
#define SQLITE_TABLES_ALL UINT64_MAX

sqlite_tables sqlite_table(const char *name);

struct sqlite_marks;

/* In the file `lock`, of which nothing else is used; NULL: none (then nothing can be kept). */
struct sqlite_marks *sqlite_marks_open(int lock);
void sqlite_marks_close(struct sqlite_marks *m); /* NULL is fine */

/* NULL is fine for it, too. */
void sqlite_marks_raise(struct sqlite_marks *m, sqlite_tables tables);

/* One number for all of `tables`: another one after any of them was raised. */
uint64_t sqlite_marks_of(struct sqlite_marks *m, sqlite_tables tables);

#endif
