/* SPDX-License-Identifier: Apache-2.0 */
#include "db/sqlite_log_file.h"

#include "base/result.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SQLite writes less than 128 KiB at once. */
enum { GATHERED_MAX = 31 * (4096 + 24), NAME_BYTES = 32 };

struct sqlite_log_vfs {
    sqlite3_vfs vfs, *below;
    char name[NAME_BYTES];
};

/* `below` lies behind it. */
struct log_file {
    sqlite3_file base;
    sqlite3_file *below;
    sqlite3_int64 at; /* where what is gathered belongs */
    int n;
    unsigned char *gathered; /* GATHERED_MAX bytes; NULL: nothing is gathered */
};

static struct log_file *file_of(sqlite3_file *f)
{
    return (struct log_file *)(void *)f;
}

/* What cannot be written is dropped: the commit fails then. */
static int write_gathered(struct log_file *f)
{
    int n = f->n;
    f->n = 0;
    return n == 0 ? SQLITE_OK : f->below->pMethods->xWrite(f->below, f->gathered, n, f->at);
}

static int log_write(sqlite3_file *file, const void *from, int n, sqlite3_int64 at)
{
    struct log_file *f = file_of(file);
    if (f->n > 0 && (at != f->at + f->n || n > GATHERED_MAX - f->n)) {
        int code = write_gathered(f);
        if (code != SQLITE_OK)
            return code;
    }
    if (f->gathered == NULL || n > GATHERED_MAX)
        return f->below->pMethods->xWrite(f->below, from, n, at);
    if (f->n == 0)
        f->at = at;
    memcpy(f->gathered + f->n, from, (size_t)n);
    f->n += n;
    return SQLITE_OK;
}

static int log_read(sqlite3_file *file, void *to, int n, sqlite3_int64 at)
{
    struct log_file *f = file_of(file);
    int code = write_gathered(f);
    return code != SQLITE_OK ? code : f->below->pMethods->xRead(f->below, to, n, at);
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 n)
{
    struct log_file *f = file_of(file);
    int code = write_gathered(f);
    return code != SQLITE_OK ? code : f->below->pMethods->xTruncate(f->below, n);
}

static int log_sync(sqlite3_file *file, int flags)
{
    struct log_file *f = file_of(file);
    int code = write_gathered(f);
    return code != SQLITE_OK ? code : f->below->pMethods->xSync(f->below, flags);
}

static int log_size(sqlite3_file *file, sqlite3_int64 *n)
{
    struct log_file *f = file_of(file);
    int code = write_gathered(f);
    return code != SQLITE_OK ? code : f->below->pMethods->xFileSize(f->below, n);
}

/* What was not synced belongs to no commit. */
static int log_close(sqlite3_file *file)
{
    struct log_file *f = file_of(file);
    free(f->gathered);
    return f->below->pMethods->xClose(f->below);
}

static int log_lock(sqlite3_file *file, int how)
{
    struct log_file *f = file_of(file);
    return f->below->pMethods->xLock(f->below, how);
}

static int log_unlock(sqlite3_file *file, int how)
{
    struct log_file *f = file_of(file);
    return f->below->pMethods->xUnlock(f->below, how);
}

static int log_reserved(sqlite3_file *file, int *out)
{
    struct log_file *f = file_of(file);
    return f->below->pMethods->xCheckReservedLock(f->below, out);
}

static int log_control(sqlite3_file *file, int what, void *arg)
{
    struct log_file *f = file_of(file);
    return f->below->pMethods->xFileControl(f->below, what, arg);
}

static int log_sector(sqlite3_file *file)
{
    struct log_file *f = file_of(file);
    return f->below->pMethods->xSectorSize(f->below);
}

static int log_traits(sqlite3_file *file)
{
    struct log_file *f = file_of(file);
    return f->below->pMethods->xDeviceCharacteristics(f->below);
}

static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = log_close,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = log_sync,
    .xFileSize = log_size,
    .xLock = log_lock,
    .xUnlock = log_unlock,
    .xCheckReservedLock = log_reserved,
    .xFileControl = log_control,
    .xSectorSize = log_sector,
    .xDeviceCharacteristics = log_traits,
};

/* ---- opening ---- */

static bool may_gather(sqlite3_file *file)
{
    int traits = file->pMethods->xDeviceCharacteristics(file);
    return (traits & SQLITE_IOCAP_POWERSAFE_OVERWRITE) != 0;
}

/* What has methods is closed, also if opening it failed. */
static int open_log(sqlite3_vfs *below, const char *name, struct log_file *f, int flags, int *out)
{
    *f = (struct log_file){ .below = (sqlite3_file *)(void *)(f + 1) };
    int code = below->xOpen(below, name, f->below, flags, out);
    if (f->below->pMethods == NULL)
        return code;
    f->base.pMethods = &methods;
    if (code != SQLITE_OK || !may_gather(f->below))
        return code;
    f->gathered = malloc(GATHERED_MAX);
    return f->gathered == NULL ? SQLITE_NOMEM : SQLITE_OK;
}

/* Any other file is the one below. */
static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    sqlite3_vfs *below = vfs->pAppData;
    if ((flags & SQLITE_OPEN_WAL) == 0)
        return below->xOpen(below, name, file, flags, out);
    return open_log(below, name, file_of(file), flags, out);
}

static int delete_file(sqlite3_vfs *vfs, const char *name, int sync)
{
    sqlite3_vfs *below = vfs->pAppData;
    return below->xDelete(below, name, sync);
}

struct sqlite_log_vfs *sqlite_log_vfs_new(void)
{
    struct sqlite_log_vfs *v = calloc(1, sizeof *v);
    if (v == NULL)
        return NULL;
    v->below = sqlite3_vfs_find(NULL);
    must(v->below != NULL);
    must(snprintf(v->name, sizeof v->name, "log %p", (void *)v) < NAME_BYTES);
    v->vfs = *v->below;
    v->vfs.zName = v->name;
    v->vfs.pNext = NULL;
    v->vfs.szOsFile = (int)sizeof(struct log_file) + v->below->szOsFile;
    v->vfs.pAppData = v->below;
    v->vfs.xOpen = open_file;
    v->vfs.xDelete = delete_file;
    must(sqlite3_vfs_register(&v->vfs, 0) == SQLITE_OK);
    return v;
}

const char *sqlite_log_vfs_name(const struct sqlite_log_vfs *v)
{
    return v->name;
}

void sqlite_log_vfs_free(struct sqlite_log_vfs *v)
{
    if (v == NULL)
        return;
    must(sqlite3_vfs_unregister(&v->vfs) == SQLITE_OK);
    free(v);
}
