/* SPDX-License-Identifier: Apache-2.0 */
#include "db/db_sqlite.h"

#include "base/text.h"
#include "db/sqlite_lock.h"
#include "db/sqlite_place.h"
#include "db/sqlite_readers.h"
#include "db/sqlite_setup.h"
#include "db/sqlite_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    APPLICATION_ID = SQLITE_APPLICATION_ID,
    QUICK_CHECK_BYTES_MAX = 8 << 20, /* larger files would delay the start */
    PAGE_BYTES = 4096,
    PAGE_NOTE_BYTES = 136, /* 128 here, and what rounding adds */
    MORE_READERS = 2,
};

static const char sql_application_id[] = "PRAGMA application_id";
static const char sql_objects[] = "SELECT count(*) FROM sqlite_schema";
static const char sql_journal_mode[] = "PRAGMA journal_mode = WAL";
static const char sql_quick_check[] = "PRAGMA quick_check(1)";
static const char sql_user_version[] = "PRAGMA user_version";

/* Writes the first page without changing what is in it. */
static const char sql_probe[] = "PRAGMA user_version = 0";
static const char sql_ours[] = "PRAGMA application_id = 1969321332";

/* What a worker has of it; or, inside db_atomically, the writer. */
struct sqlite_db {
    struct db base;
    struct sqlite_database *of;
    bool is_tx;
    bool low; /* its thread has a low priority */
    struct sqlite_waiter *waiter;
};

struct sqlite_database {
    struct database base;
    char *path;
    bool in_memory;
    int write_lock, server_lock;    /* -1: none */
    struct sqlite_marks *marks;     /* NULL: none */
    struct sqlite_readers *readers; /* NULL in memory: then the writer reads, too */
    struct sqlite_connection *connection;
    struct sqlite_writer *writer;
    struct sqlite_db tx;
    atomic_int opened;
};

static struct sqlite_db *db_of(struct db *db)
{
    return (struct sqlite_db *)(void *)db;
}

static struct sqlite_database *database_of(struct database *d)
{
    return (struct sqlite_database *)(void *)d;
}

/* ---- opening the file ---- */

/* "///absolute" as in a URL, or a plain path; NULL: neither. */
static const char *path_of(const char *where)
{
    if (text_starts(where, "///"))
        return where + 2;
    return text_starts(where, "//") || where[0] == '\0' ? NULL : where;
}

const char *sqlite_file(const char *where)
{
    const char *path = path_of(where);
    return path == NULL || text_equal(path, ":memory:") ? NULL : path;
}

/* Whether `path` was made now, and if so for good: its folder is on disk, too. */
static RESULT make_file(struct ctx *c, const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return errno == EEXIST ? ok()
                               : fail(c, UNAVAILABLE, "database: %s cannot be made: %s", path,
                                      strerrordesc_np(errno));
    (void)close(file);
    return sqlite_keep_names(c, path);
}

static RESULT read_number(struct ctx *c, struct sqlite_database *d, const char *sql, int64_t *out)
{
    struct table t;
    TRY(sqlite_run(c, d->connection, sql, NULL, 0, &t));
    *out = table_int(&t, 0, 0);
    return ok();
}

/* An empty file becomes ours, also one whose making was cut off after its first page; one of
 * another program is left alone. */
static RESULT own_file(struct ctx *c, struct sqlite_database *d, enum db_use use)
{
    int64_t id = 0;
    int64_t objects = 0;
    TRY(read_number(c, d, sql_application_id, &id));
    TRY(read_number(c, d, sql_objects, &objects));
    struct table mode;
    if (id != APPLICATION_ID && (id != 0 || objects > 0))
        return fail(c, UNAVAILABLE, "database: %s is not a database of uauth", d->path);
    if (use == DB_PRIVATE)
        return ok();
    TRY(sqlite_run(c, d->connection, sql_journal_mode, NULL, 0, &mode));
    if (!d->in_memory && !text_equal(table_text(&mode, 0, 0), "wal"))
        return fail(c, UNAVAILABLE, "database: %s cannot have a write-ahead log", d->path);
    if (id == APPLICATION_ID)
        return ok();
    return sqlite_script(c, d->connection, sql_ours);
}

static RESULT check_file(struct ctx *c, struct sqlite_database *d)
{
    struct stat about;
    if (d->in_memory || stat(d->path, &about) != 0 || about.st_size > QUICK_CHECK_BYTES_MAX)
        return ok();
    struct sqlite_connection *checker = NULL;
    struct table t;
    /* It reads every page, and few are needed again. */
    TRY(sqlite_connection_open(c, d->path, SQLITE_READS, &checker));
    err checked = sqlite_run(c, checker, sql_quick_check, NULL, 0, &t);
    sqlite_connection_close(checker);
    TRY(checked);
    if (!text_equal(table_text(&t, 0, 0), "ok"))
        return fail(c, UNAVAILABLE, "database: %s is damaged (%s); restore a backup", d->path,
                    table_text(&t, 0, 0));
    return ok();
}

static RESULT open_locks(struct ctx *c, struct sqlite_database *d, enum db_use use)
{
    if (d->in_memory || use == DB_PRIVATE)
        return ok();
    const char *folder = sqlite_folder(c, d->path);
    TRY(sqlite_lock_open(c, folder, "write.lock", &d->write_lock));
    if (use == DB_COMMAND)
        return ok();
    TRY(sqlite_lock_open(c, folder, "server.lock", &d->server_lock));
    if (!sqlite_lock_now(d->server_lock))
        return fail(c, UNAVAILABLE, "database: another server runs on %s, or it is being restored",
                    d->path);
    return ok();
}

/* With write.lock held. */
static RESULT open_connection(struct ctx *c, struct sqlite_database *d, enum db_use use)
{
    if (!d->in_memory && use != DB_PRIVATE) {
        TRY(sqlite_check_restored(c, d->path));
        TRY(make_file(c, d->path));
    }
    TRY(sqlite_connection_open(c, d->path, SQLITE_WRITES, &d->connection));
    TRY(own_file(c, d, use));
    return use == DB_SERVER ? check_file(c, d) : ok();
}

/* A few more than can run at once; who is not a server has one thread. */
static RESULT open_readers(struct ctx *c, struct sqlite_database *d, enum db_use use)
{
    size_t n = use != DB_SERVER ? 1 : (size_t)sysconf(_SC_NPROCESSORS_ONLN) + MORE_READERS;
    return d->in_memory ? ok() : sqlite_readers_open(c, d->path, n, d->marks, &d->readers);
}

static RESULT open_all(struct ctx *c, struct sqlite_database *d, enum db_use use)
{
    TRY(open_locks(c, d, use));
    if (!sqlite_lock(d->write_lock))
        return fail(c, UNAVAILABLE, "database: another process holds write.lock for too long");
    err opened = open_connection(c, d, use);
    d->marks = sqlite_marks_open(d->write_lock);
    sqlite_unlock(d->write_lock);
    TRY(opened);
    TRY(open_readers(c, d, use));
    return sqlite_writer_start(
        c,
        &(struct sqlite_writer_new){ .connection = d->connection,
                                     .tx = &d->tx.base,
                                     .marks = d->marks,
                                     .lock = d->write_lock,
                                     .checkpoints = use == DB_SERVER && !d->in_memory,
                                     .path = d->in_memory ? NULL : d->path },
        &d->writer);
}

static void close_database(struct database *database)
{
    struct sqlite_database *d = database_of(database);
    must(atomic_load(&d->opened) == 0);
    sqlite_readers_close(d->readers);
    if (d->writer != NULL)
        sqlite_writer_stop(d->writer);
    sqlite_connection_close(d->connection);
    sqlite_marks_close(d->marks);
    if (d->write_lock >= 0)
        (void)close(d->write_lock);
    if (d->server_lock >= 0)
        (void)close(d->server_lock);
    free(d->path);
    free(d);
}

static RESULT open_database(struct ctx *c, const char *where, enum db_use use,
                            struct database **out)
{
    /* Counting allocations takes a lock of the whole process; refused, harmlessly, once SQLite
     * runs. */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (path_of(where) == NULL)
        return fail_field(c, INVALID_FIELD, "database_url",
                          "after sqlite: stands the path of a file: sqlite:///var/lib/uauth.db");
    struct sqlite_database *d = calloc(1, sizeof *d);
    char *path = strdup(path_of(where));
    if (d == NULL || path == NULL) {
        free(d);
        free(path);
        return fail(c, UNAVAILABLE, "database: no memory to open it");
    }
    *d = (struct sqlite_database){ .base.driver = &db_sqlite,
                                   .path = path,
                                   .in_memory = text_equal(path, ":memory:"),
                                   .write_lock = -1,
                                   .server_lock = -1,
                                   .tx = { .base.driver = &db_sqlite, .of = d, .is_tx = true } };
    err opened = open_all(c, d, use);
    if (opened.code != ERR_OK)
        close_database(&d->base);
    else
        *out = &d->base;
    return opened;
}

/* ---- what a worker has of it ---- */

static void disconnect(struct db *db)
{
    struct sqlite_db *w = db_of(db);
    sqlite_waiter_free(w->waiter);
    (void)atomic_fetch_sub(&w->of->opened, 1);
    free(w);
}

static RESULT connect_worker(struct ctx *c, struct database *database, struct db **out)
{
    struct sqlite_database *d = database_of(database);
    struct sqlite_db *w = calloc(1, sizeof *w);
    struct sqlite_waiter *waiter = sqlite_waiter_new();
    if (w == NULL || waiter == NULL) {
        free(w);
        sqlite_waiter_free(waiter);
        return fail(c, UNAVAILABLE, "database: no memory for a worker");
    }
    *w = (struct sqlite_db){ .base.driver = &db_sqlite, .of = d, .waiter = waiter };
    (void)atomic_fetch_add(&d->opened, 1);
    *out = &w->base;
    return ok();
}

static void lower(struct db *db)
{
    db_of(db)->low = true;
    sqlite_waiter_lower(db_of(db)->waiter);
}

static RESULT submit(struct sqlite_db *w, struct sqlite_unit *unit)
{
    return sqlite_submit(sqlite_writer_queue(w->of->writer), w->waiter, unit);
}

static RESULT run(struct ctx *c, struct db *db, const char *sql, const struct param *params,
                  size_t n, struct table *out)
{
    struct sqlite_db *w = db_of(db);
    struct sqlite_reading call = { w->low, sql, params, n };
    if (w->is_tx)
        return sqlite_inside(c, w->of->writer, sql, params, n, out);
    bool reads = false;
    if (w->of->readers != NULL)
        TRY(sqlite_only_reads(c, w->of->readers, &call, &reads));
    if (reads)
        return sqlite_read(c, w->of->readers, &call, out);
    struct sqlite_unit unit = { .c = c, .sql = sql, .params = params, .n = n };
    TRY(submit(w, &unit));
    *out = unit.table;
    return ok();
}

static RESULT run_kept(struct ctx *c, struct db *db, const char *sql, const struct param *params,
                       size_t n, struct table *out)
{
    struct sqlite_db *w = db_of(db);
    if (w->is_tx || w->of->readers == NULL)
        return run(c, db, sql, params, n, out);
    struct sqlite_reading call = { w->low, sql, params, n };
    return sqlite_read_kept(c, w->of->readers, &call, out);
}

static RESULT atomically(struct ctx *c, struct db *db, db_unit *fn, void *arg)
{
    struct sqlite_db *w = db_of(db);
    if (w->is_tx)
        return sqlite_nested(c, w->of->writer, fn, arg);
    struct sqlite_unit unit = { .c = c, .fn = fn, .arg = arg };
    return submit(w, &unit);
}

/* A unit is: write.lock is held. */
static RESULT alone(struct ctx *c, struct db *db)
{
    (void)c;
    must(db_of(db)->is_tx);
    return ok();
}

static void overwrite(struct db *db)
{
    struct sqlite_db *w = db_of(db);
    must(w->is_tx);
    sqlite_overwrite(w->of->writer);
}

static RESULT script(struct ctx *c, struct db *db, const char *statements)
{
    struct sqlite_db *w = db_of(db);
    must(w->is_tx);
    return sqlite_script_inside(c, w->of->writer, statements);
}

/* A healthy writer is believed; an ailing one is asked to write something. */
static RESULT check(struct ctx *c, struct db *db)
{
    struct table t;
    TRY(run(c, db, sql_user_version, NULL, 0, &t));
    switch (sqlite_writer_health(db_of(db)->of->writer)) {
    case SQLITE_HEALTHY:
        return ok();
    case SQLITE_AILING:
        return run(c, db, sql_probe, NULL, 0, &t);
    case SQLITE_HALTED:
        break;
    }
    return fail(c, UNAVAILABLE,
                "database: the disk did not confirm a commit; check it and restart");
}

/* What a cache of `kib` may come to: SQLite counts the pages and what their trees note of them, and
 * not what the cache itself does. */
static int64_t cache_bytes(int64_t kib)
{
    return kib * 1024 + kib * 1024 / PAGE_BYTES * PAGE_NOTE_BYTES;
}

/* SQLite counts them for the whole process, but for the first few of each connection. */
static void pages(struct db *db, struct db_pages *out)
{
    sqlite3_int64 now = 0;
    sqlite3_int64 highest = 0;
    (void)sqlite3_status64(SQLITE_STATUS_PAGECACHE_OVERFLOW, &now, &highest, 0);
    const struct sqlite_readers *readers = db_of(db)->of->readers;
    int64_t n = readers == NULL ? 0 : (int64_t)sqlite_readers_size(readers);
    *out = (struct db_pages){ now, n * cache_bytes(SQLITE_READER_PAGES_KIB) +
                                       cache_bytes(SQLITE_WRITER_PAGES_KIB) };
}

static bool rest(struct db *db)
{
    struct sqlite_readers *readers = db_of(db)->of->readers;
    return readers != NULL && sqlite_readers_rest(readers);
}

const struct db_driver db_sqlite = {
    .name = "sqlite",
    .open = open_database,
    .close = close_database,
    .connect = connect_worker,
    .disconnect = disconnect,
    .lower = lower,
    .run = run,
    .run_kept = run_kept,
    .atomically = atomically,
    .alone = alone,
    .overwrite = overwrite,
    .script = script,
    .check = check,
    .pages = pages,
    .rest = rest,
};
