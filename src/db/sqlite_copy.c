/* SPDX-License-Identifier: Apache-2.0 */
#include "db/sqlite_copy.h"

#include "base/text.h"
#include "db/db_sqlite.h"
#include "db/sqlite_connection.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { PAGES_A_STEP = 1024 };

static const char sql_application_id[] = "PRAGMA application_id";
static const char sql_whole[] = "PRAGMA integrity_check(1)";
static const char sql_references[] = "PRAGMA foreign_key_check";

/* A read, so that the snapshot is taken. */
static const char begin_snapshot[] = "BEGIN; SELECT count(*) FROM sqlite_schema";

/* The copy is worth nothing before it is complete, and then the whole file is put on disk. */
static const char be_quick[] = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF";

/* The pages say that there is a log, as where they come from. */
static const char be_one_file[] = "PRAGMA journal_mode = DELETE";

/* ---- reading ---- */

static RESULT check_ours(struct ctx *c, struct sqlite_connection *from, const char *path)
{
    struct table t;
    TRY(sqlite_run(c, from, sql_application_id, NULL, 0, &t));
    if (table_int(&t, 0, 0) != SQLITE_APPLICATION_ID)
        return fail(c, UNAVAILABLE, "%s is not a database of uauth", path);
    return ok();
}

static RESULT open_source(struct ctx *c, const char *path, struct sqlite_connection **out)
{
    if (access(path, R_OK) != 0)
        return fail(c, UNAVAILABLE, "%s cannot be read: %s", path, strerrordesc_np(errno));
    TRY(sqlite_connection_open(c, path, SQLITE_READS, out));
    TRY(check_ours(c, *out, path));
    return sqlite_script(c, *out, begin_snapshot);
}

/* ---- writing ---- */

static RESULT make_target(struct ctx *c, const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return fail(c, CONFLICT, "%s is there already", path);
    if (fd < 0)
        return fail(c, UNAVAILABLE, "%s cannot be made: %s", path, strerrordesc_np(errno));
    (void)close(fd);
    return ok();
}

static RESULT fail_target(struct ctx *c, sqlite3 *target, const char *path)
{
    return fail(c, UNAVAILABLE, "%s cannot be written: %s", path,
                target == NULL ? "no memory" : sqlite3_errmsg(target));
}

static RESULT copy_pages(struct ctx *c, sqlite3 *from, sqlite3 *target, const char *to,
                         struct copy_watch watch)
{
    sqlite3_backup *pages = sqlite3_backup_init(target, "main", from, "main");
    if (pages == NULL)
        return fail_target(c, target, to);
    int code;
    do {
        code = sqlite3_backup_step(pages, PAGES_A_STEP);
        int64_t of = sqlite3_backup_pagecount(pages);
        if (watch.tell != NULL)
            watch.tell(watch.arg, of - sqlite3_backup_remaining(pages), of);
    } while (code == SQLITE_OK);
    (void)sqlite3_backup_finish(pages);
    if (code == SQLITE_DONE)
        return ok();
    return fail(c, UNAVAILABLE, "the copy %s cannot be made: %s", to, sqlite3_errstr(code));
}

/* Runs `work` on the file `path` as SQLite opens it by itself. */
static RESULT on_target(struct ctx *c, const char *path, const char *statements, sqlite3 **out)
{
    int code = sqlite3_open_v2(path, out, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(*out, statements, NULL, NULL, NULL);
    return code == SQLITE_OK ? ok() : fail_target(c, *out, path);
}

static RESULT fill(struct ctx *c, struct sqlite_connection *from, const char *to,
                   struct copy_watch watch)
{
    sqlite3 *target = NULL;
    err done = on_target(c, to, be_quick, &target);
    if (done.code == ERR_OK)
        done = copy_pages(c, sqlite_handle(from), target, to, watch);
    (void)sqlite3_close(target);
    TRY(done);
    target = NULL;
    done = on_target(c, to, be_one_file, &target);
    (void)sqlite3_close(target);
    TRY(done);
    return sqlite_keep_file(c, to);
}

RESULT sqlite_keep_file(struct ctx *c, const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    bool kept = fd >= 0 && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0)
        (void)close(fd);
    return kept ? ok()
                : fail(c, UNAVAILABLE, "%s cannot be written: %s", path, strerrordesc_np(why));
}

static RESULT copy_from(struct ctx *c, struct sqlite_connection *from, const char *to,
                        struct copy_watch watch)
{
    TRY(make_target(c, to));
    err done = fill(c, from, to, watch);
    if (done.code != ERR_OK)
        (void)unlink(to);
    return done;
}

RESULT sqlite_copy(struct ctx *c, const char *from, const char *to, struct copy_watch watch)
{
    struct sqlite_connection *source = NULL;
    err done = open_source(c, from, &source);
    if (done.code == ERR_OK)
        done = copy_from(c, source, to, watch);
    sqlite_connection_close(source);
    return done;
}

/* ---- looking at it ---- */

static RESULT check_all(struct ctx *c, struct sqlite_connection *s, const char *path)
{
    struct table t;
    TRY(sqlite_run(c, s, sql_whole, NULL, 0, &t));
    if (t.rows != 1 || !text_equal(table_text(&t, 0, 0), "ok"))
        return fail(c, UNAVAILABLE, "%s is damaged: %s", path,
                    t.rows == 0 ? "" : table_text(&t, 0, 0));
    TRY(sqlite_run(c, s, sql_references, NULL, 0, &t));
    if (t.rows > 0)
        return fail(c, UNAVAILABLE, "%s is damaged: a row of %s refers to one that is not there",
                    path, table_text(&t, 0, 0));
    return ok();
}

RESULT sqlite_check_whole(struct ctx *c, const char *path)
{
    struct sqlite_connection *s = NULL;
    TRY(sqlite_connection_open(c, path, SQLITE_READS, &s));
    err done = check_all(c, s, path);
    sqlite_connection_close(s);
    return done;
}
