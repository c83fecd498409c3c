/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_FLOW_MEMORY_H
#define UAUTH_TESTS_FLOW_MEMORY_H

/*
 * Memory that runs out as told: what the rooms, OpenSSL and SQLite ask the system for while a
 * request runs.  The linker puts these functions in the place of malloc and its kin (--wrap).
 */

#include <stdbool.h>
#include <stddef.h>

/* Before anything else in main(). */
void memory_begin(void);

/* From now on allocation number `n` (from 1) fails; `and_all_later`: and every one after it. */
void memory_fails(size_t n, bool and_all_later);

/* No allocation fails any more.  How many were asked for since memory_fails. */
size_t memory_works(void);

#endif
