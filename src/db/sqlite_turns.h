/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_SQLITE_TURNS_H
#define UAUTH_DB_SQLITE_TURNS_H

/*
 * Asks the kernel for short turns of the calling thread, which get it a processor sooner and no
 * more of it: for the writer, on which all that write wait, and which often sleeps for the disk.
 * Linux knows of it since 6.12; what does not, or may not, goes on as before.
 */
void sqlite_take_short_turns(void);

#endif
