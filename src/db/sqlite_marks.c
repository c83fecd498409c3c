/* SPDX-License-Identifier: Apache-2.0 */
#include "db/sqlite_marks.h"

#include "base/text.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>

struct sqlite_marks {
    _Atomic uint64_t at[SQLITE_MARKS];
};

sqlite_tables sqlite_table(const char *name)
{
    return UINT64_C(1) << (bytes_hash(bytes_of(name)) >> 58);
}

/* A file only grows here: marks that another process uses stay.  Its blocks are taken now: a hole
 * would be filled by the first mark that rises, and that kills the process where the disk is full.
 */
struct sqlite_marks *sqlite_marks_open(int lock)
{
    if (lock < 0 || posix_fallocate(lock, 0, (off_t)sizeof(struct sqlite_marks)) != 0)
        return NULL;
    void *at = mmap(NULL, sizeof(struct sqlite_marks), PROT_READ | PROT_WRITE, MAP_SHARED, lock, 0);
    return at == MAP_FAILED ? NULL : at;
}

void sqlite_marks_close(struct sqlite_marks *m)
{
    if (m != NULL)
        (void)munmap(m, sizeof *m);
}

void sqlite_marks_raise(struct sqlite_marks *m, sqlite_tables tables)
{
    for (sqlite_tables left = m == NULL ? 0 : tables; left != 0; left &= left - 1)
        (void)atomic_fetch_add(&m->at[__builtin_ctzll(left)], 1);
}

uint64_t sqlite_marks_of(struct sqlite_marks *m, sqlite_tables tables)
{
    uint64_t sum = 0;
    for (sqlite_tables left = tables; left != 0; left &= left - 1)
        sum += atomic_load(&m->at[__builtin_ctzll(left)]);
    return sum;
}
