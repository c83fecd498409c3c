/* SPDX-License-Identifier: Apache-2.0 */
#include "power_vfs.h"

#include "base/result.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512, PATH_BYTES = 256, DATABASE = 0, LOG = 1, FILES = 2, OTHER = FILES };
enum what { WRITE, CUT, SYNC, ACKNOWLEDGED };

struct moment {
    enum what what;
    int which;
    int64_t at; /* offset; of CUT the size; of ACKNOWLEDGED the number */
    size_t n;
    uint8_t *bytes;
};

struct image {
    uint8_t *at;
    size_t n, room;
};

struct power {
    sqlite3_vfs vfs, *below;
    pthread_mutex_t lock;
    char path[PATH_BYTES], log_path[PATH_BYTES];
    struct image before[FILES];
    bool safe;
    struct moment *moments;
    size_t n, room;
};

struct power_file {
    sqlite3_file base;
    struct power *power;
    int which;
    sqlite3_file *below; /* behind this struct */
};

/* ---- images of files ---- */

static void image_size(struct image *image, size_t n)
{
    if (n > image->room) {
        image->room = n * 2;
        image->at = realloc(image->at, image->room);
        must(image->at != NULL);
    }
    if (n > image->n)
        memset(image->at + image->n, 0, n - image->n);
    image->n = n;
}

static void image_write(struct image *image, size_t offset, const uint8_t *bytes, size_t n)
{
    if (n == 0)
        return;
    if (offset + n > image->n)
        image_size(image, offset + n);
    memcpy(image->at + offset, bytes, n);
}

static void image_read(struct image *image, const char *path)
{
    FILE *file = fopen(path, "rb");
    *image = (struct image){ .n = 0 };
    if (file == NULL)
        return;
    uint8_t block[4096];
    for (size_t n = 0; (n = fread(block, 1, sizeof block, file)) > 0;)
        image_write(image, image->n, block, n);
    (void)fclose(file);
}

static void image_save(const struct image *image, const char *folder, const char *name)
{
    char path[PATH_BYTES];
    must(snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path);
    FILE *file = fopen(path, "wb");
    must(file != NULL);
    must(image->n == 0 || fwrite(image->at, 1, image->n, file) == image->n);
    must(fclose(file) == 0);
}

/* ---- what is noted ---- */

static void note(struct power *p, struct moment moment, const void *bytes)
{
    if (moment.which == OTHER)
        return;
    if (bytes != NULL) {
        moment.bytes = malloc(moment.n);
        must(moment.bytes != NULL);
        memcpy(moment.bytes, bytes, moment.n);
    }
    must(pthread_mutex_lock(&p->lock) == 0);
    if (p->n == p->room) {
        p->room = p->room == 0 ? 1024 : p->room * 2;
        p->moments = realloc(p->moments, p->room * sizeof *p->moments);
        must(p->moments != NULL);
    }
    p->moments[p->n++] = moment;
    must(pthread_mutex_unlock(&p->lock) == 0);
}

void power_acknowledge(struct power *p, int64_t number)
{
    note(p, (struct moment){ .what = ACKNOWLEDGED, .at = number }, NULL);
}

static struct power_file *file_of(sqlite3_file *file)
{
    return (struct power_file *)file;
}

#define BELOW(file)           (file_of(file)->below)
#define PASS(file, call, ...) (BELOW(file)->pMethods->call(BELOW(file), ##__VA_ARGS__))

static int power_close(sqlite3_file *f)
{
    return PASS(f, xClose);
}
static int power_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
    return PASS(f, xRead, to, n, at);
}
static int power_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
    struct moment moment = { WRITE, file_of(f)->which, at, (size_t)n, NULL };
    note(file_of(f)->power, moment, from);
    return PASS(f, xWrite, from, n, at);
}
static int power_truncate(sqlite3_file *f, sqlite3_int64 n)
{
    note(file_of(f)->power, (struct moment){ CUT, file_of(f)->which, n, 0, NULL }, NULL);
    return PASS(f, xTruncate, n);
}
static int power_sync(sqlite3_file *f, int flags)
{
    int code = PASS(f, xSync, flags);
    note(file_of(f)->power, (struct moment){ SYNC, file_of(f)->which, 0, 0, NULL }, NULL);
    return code;
}
static int power_size(sqlite3_file *f, sqlite3_int64 *n)
{
    return PASS(f, xFileSize, n);
}
static int power_lock(sqlite3_file *f, int how)
{
    return PASS(f, xLock, how);
}
static int power_unlock(sqlite3_file *f, int how)
{
    return PASS(f, xUnlock, how);
}
static int power_reserved(sqlite3_file *f, int *out)
{
    return PASS(f, xCheckReservedLock, out);
}
static int power_control(sqlite3_file *f, int what, void *arg)
{
    return PASS(f, xFileControl, what, arg);
}
static int power_sector(sqlite3_file *f)
{
    return PASS(f, xSectorSize);
}
/* Never that a page is written whole, or that an append is. */
static int power_traits(sqlite3_file *f)
{
    return file_of(f)->power->safe ? SQLITE_IOCAP_POWERSAFE_OVERWRITE : 0;
}
static int power_shm_map(sqlite3_file *f, int page, int n, int extend, void volatile **out)
{
    return PASS(f, xShmMap, page, n, extend, out);
}
static int power_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return PASS(f, xShmLock, offset, n, flags);
}
static void power_shm_barrier(sqlite3_file *f)
{
    PASS(f, xShmBarrier);
}
static int power_shm_unmap(sqlite3_file *f, int remove)
{
    return PASS(f, xShmUnmap, remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = power_close,
    .xRead = power_read,
    .xWrite = power_write,
    .xTruncate = power_truncate,
    .xSync = power_sync,
    .xFileSize = power_size,
    .xLock = power_lock,
    .xUnlock = power_unlock,
    .xCheckReservedLock = power_reserved,
    .xFileControl = power_control,
    .xSectorSize = power_sector,
    .xDeviceCharacteristics = power_traits,
    .xShmMap = power_shm_map,
    .xShmLock = power_shm_lock,
    .xShmBarrier = power_shm_barrier,
    .xShmUnmap = power_shm_unmap,
};

static int power_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
    struct power *p = vfs->pAppData;
    struct power_file *file = file_of(f);
    *file = (struct power_file){ .power = p, .which = OTHER };
    file->below = (sqlite3_file *)(file + 1);
    if (name != NULL && strcmp(name, p->path) == 0)
        file->which = DATABASE;
    else if (name != NULL && strcmp(name, p->log_path) == 0)
        file->which = LOG;
    int code = p->below->xOpen(p->below, name, file->below, flags, out);
    if (file->below->pMethods != NULL)
        f->pMethods = &methods;
    return code;
}

static int power_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    struct power *p = vfs->pAppData;
    return p->below->xDelete(p->below, name, sync);
}

struct power *power_begin(const char *path, bool safe)
{
    struct power *p = calloc(1, sizeof *p);
    must(p != NULL && pthread_mutex_init(&p->lock, NULL) == 0);
    p->safe = safe;
    must(snprintf(p->path, sizeof p->path, "%s", path) < (int)sizeof p->path);
    must(snprintf(p->log_path, sizeof p->log_path, "%s-wal", path) < (int)sizeof p->log_path);
    image_read(&p->before[DATABASE], p->path);
    image_read(&p->before[LOG], p->log_path);
    p->below = sqlite3_vfs_find(NULL);
    p->vfs = *p->below;
    p->vfs.zName = "power";
    p->vfs.szOsFile = (int)sizeof(struct power_file) + p->below->szOsFile;
    p->vfs.pAppData = p;
    p->vfs.xOpen = power_open;
    p->vfs.xDelete = power_delete;
    must(sqlite3_vfs_register(&p->vfs, 1) == SQLITE_OK);
    return p;
}

void power_end(struct power *p)
{
    must(sqlite3_vfs_register(p->below, 1) == SQLITE_OK);
    must(sqlite3_vfs_unregister(&p->vfs) == SQLITE_OK);
    for (size_t i = 0; i < p->n; i++)
        free(p->moments[i].bytes);
    for (int which = 0; which < FILES; which++)
        free(p->before[which].at);
    free(p->moments);
    (void)pthread_mutex_destroy(&p->lock);
    free(p);
}

size_t power_moments(struct power *p)
{
    return p->n;
}

size_t power_log_writes(struct power *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++)
        n += p->moments[i].what == WRITE && p->moments[i].which == LOG;
    return n;
}

/* ---- a loss of power ---- */

static uint64_t roll(uint64_t *dice)
{
    *dice = *dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *dice >> 33;
}

/* What was not synced: whole, not at all, or some of its sectors. */
static void apply_some(struct image *image, const struct moment *m, uint64_t *dice)
{
    uint64_t fate = roll(dice) % 4;
    for (size_t at = 0; fate != 0 && at < m->n; at += SECTOR) {
        size_t n = m->n - at < SECTOR ? m->n - at : SECTOR;
        if (fate > 1 || roll(dice) % 2 == 0)
            image_write(image, (size_t)m->at + at, m->bytes + at, n);
    }
}

static void apply(struct image *image, const struct moment *m, bool synced, uint64_t *dice)
{
    if (m->what == CUT && (synced || roll(dice) % 2 == 0))
        image_size(image, (size_t)m->at);
    else if (m->what == WRITE && synced)
        image_write(image, (size_t)m->at, m->bytes, m->n);
    else if (m->what == WRITE)
        apply_some(image, m, dice);
}

static struct image image_at(const struct power *p, int which, size_t moment, uint64_t *dice)
{
    size_t synced = 0;
    for (size_t i = 0; i < moment; i++)
        if (p->moments[i].what == SYNC && p->moments[i].which == which)
            synced = i;
    struct image image = { .n = 0 };
    image_write(&image, 0, p->before[which].at, p->before[which].n);
    for (size_t i = 0; i < moment; i++)
        if (p->moments[i].which == which)
            apply(&image, &p->moments[i], i < synced, dice);
    return image;
}

int64_t power_lose(struct power *p, const char *folder, size_t moment, uint64_t dice)
{
    static const char *const names[FILES] = { "uauth.db", "uauth.db-wal" };
    int64_t acknowledged = 0;
    for (int which = 0; which < FILES; which++) {
        struct image image = image_at(p, which, moment, &dice);
        image_save(&image, folder, names[which]);
        free(image.at);
    }
    for (size_t i = 0; i < moment; i++)
        if (p->moments[i].what == ACKNOWLEDGED)
            acknowledged = p->moments[i].at;
    return acknowledged;
}
