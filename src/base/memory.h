/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_MEMORY_H
#define UAUTH_BASE_MEMORY_H

/*
 * Gives memory back to the system that the process holds and does not need now: what is free in the
 * heaps, and the pages of the program and its libraries, of which the start and signing in read far
 * more than is read later.  They stay in the system's cache as long as it has room, and come back
 * when they are read: 64 KiB in about a microsecond.  For any thread, at rest.
 */
void memory_give_back(void);

#endif
