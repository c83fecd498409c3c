/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_DB_H
#define UAUTH_DB_DB_H

/*
 * How to run SQL.  One text for both databases: $1, $2; TEXT and BIGINT only; times are Unix
 * seconds, booleans 0 and 1; ON CONFLICT and RETURNING; nothing that reads a clock or makes a value
 * in the database.  Only the room store/ writes SQL.  Statements are prepared once per connection,
 * cached by the address of the literal: `sql` has static storage.
 *
 * A process opens one `struct database`; each of its workers one `struct db` from it, which belongs
 * to one thread at a time and is what ctx.db points to.  SQLite: reads run in the worker's thread,
 * each on one of a few connections that all share (db/sqlite_pool.h); writes are handed to the one
 * writer thread of the database, which commits what has gathered in one transaction and then
 * answers all (db/db_sqlite.c).
 *
 * A call that returns UNAVAILABLE has changed nothing; one that returns OK is durable.  There is
 * one exception, told in the fault's text: a commit that was asked for and not confirmed may have
 * happened or not.  With SQLite, because the disk failed: the process takes no further write, and
 * only the next start knows.  With PostgreSQL, because the connection was lost at that moment:
 * later reads know.
 */

#include "base/ctx.h"

/* A parameter: text, or int64 if it is not `is_text`; or NULL, of that type.  One whose mark and
 * text do not go together is a bug: must(). */
struct param {
    const char *text;
    int64_t number;
    bool null;
    bool is_text;
};
#define P_TEXT(t) ((struct param){ .text = (t), .null = (t) == NULL, .is_text = true })
#define P_INT(i)  ((struct param){ .number = (i) })
/* A time that may be absent: 0 is stored as NULL. */
#define P_TIME(i) ((struct param){ .number = (i), .null = (i) == 0 })

enum { DB_PARAMS_MAX = 32 };

/* Rows of text in the arena; NULL stands for SQL NULL. */
struct table {
    size_t rows, columns;
    const char **cells; /* rows * columns */
    int64_t written;    /* rows that one which writes has added, changed or removed */
};
const char *table_text(const struct table *t, size_t row, size_t column); /* NULL for SQL NULL */
int64_t table_int(const struct table *t, size_t row, size_t column);      /* 0 for SQL NULL */

struct database; /* what the connections of one process share */
struct db;       /* one worker's connection */

/*
 * Who opens it.  A server checks the file, takes care of its log (checkpoints) and keeps others of
 * its kind out; a command writes beside a running server and leaves all that to it, but for a log
 * that has become very long; a private file
 * of SQLite is there already, nobody else knows of it, and it stays one file, without a log or
 * locks.
 */
enum db_use { DB_SERVER, DB_COMMAND, DB_PRIVATE };

/* What runs in one transaction: see db_atomically. */
typedef RESULT db_unit(struct ctx *c, struct db *tx, void *arg);

struct db_pages {
    int64_t bytes, most;
};

struct db_driver {
    const char *name; /* "sqlite", "postgres" */
    RESULT (*open)(struct ctx *c, const char *where, enum db_use use, struct database **out);
    void (*close)(struct database *d);
    RESULT (*connect)(struct ctx *c, struct database *d, struct db **out);
    void (*disconnect)(struct db *db);
    void (*lower)(struct db *db);
    RESULT(*run)
    (struct ctx *c, struct db *db, const char *sql, const struct param *params, size_t n,
     struct table *out);
    RESULT(*run_kept)
    (struct ctx *c, struct db *db, const char *sql, const struct param *params, size_t n,
     struct table *out);
    RESULT (*atomically)(struct ctx *c, struct db *db, db_unit *fn, void *arg);
    RESULT (*alone)(struct ctx *c, struct db *tx);
    void (*overwrite)(struct db *tx);
    RESULT (*script)(struct ctx *c, struct db *tx, const char *statements);
    RESULT (*check)(struct ctx *c, struct db *db);
    void (*pages)(struct db *db, struct db_pages *out);
    bool (*rest)(struct db *db);
};

/* Both begin with their driver; the driver's own data follows. */
struct database {
    const struct db_driver *driver;
};
struct db {
    const struct db_driver *driver;
};

/*
 * Opens the database of `url` for the process: "sqlite:///absolute/path", "sqlite:relative/path",
 * "sqlite::memory:" (one database for all connections, in memory, for tests), or
 * "postgres://..." (db/db_postgres.h).  Makes the file
 * with mode 0600 if it is missing; its folder must exist.  Does not migrate: see db/migrate.h.
 * INVALID_FIELD for an unknown scheme, naming the known ones; UNAVAILABLE if it cannot be opened,
 * is no database of ours, is damaged, or (DB_SERVER) is served by another process.  The text says
 * what to do.
 */
RESULT database_open(struct ctx *c, const char *url, enum db_use use, struct database **out);

/* The path of the file of an SQLite URL, a part of `url`; NULL for any other URL, and for one in
 * memory. */
const char *database_file(const char *url);

/* Opens the private file `path`, runs `work` with it as c->db, and closes it. */
typedef RESULT db_work(struct ctx *c, void *arg);
RESULT db_on_file(struct ctx *c, const char *path, db_work *work, void *arg);

/* Commits what waits, and closes.  All its connections have been closed: must().  NULL is fine. */
void database_close(struct database *d);

/* A connection for one worker. */
RESULT db_open(struct ctx *c, struct database *d, struct db **out);
void db_close(struct db *db); /* NULL is fine */

/* Its worker has a low priority: what it shares with others must not keep them waiting. */
void db_lower(struct db *db);

/* Whether it can be read and written now; changes nothing.  For /readyz.  UNAVAILABLE says why. */
RESULT db_check(struct ctx *c);

/* The pages of the database that this process keeps in its own memory, and what they may come to:
 * 0 and 0 with PostgreSQL, which keeps its own. */
void db_pages(struct db *db, struct db_pages *out);

/*
 * Runs one statement on c->db.  A write commits by itself, durably, before this returns; inside
 * db_atomically it belongs to that transaction.  A read sees everything that was acknowledged
 * before it. `out` may be NULL and is written only on success.  OUT_OF_MEMORY before or amid rows
 * that the arena cannot hold; UNAVAILABLE when the database cannot be reached, is full, read-only
 * or busy for too long; CONFLICT when a constraint refuses.
 */
RESULT db_run(struct ctx *c, const char *sql, const struct param *params, size_t n,
              struct table *out);

/*
 * The same for a read that is asked again and again and seldom finds anything new: SQLite answers
 * it from memory that all connections of the process share (db/sqlite_kept.h) until one of its
 * tables is written, by whatever process (db/sqlite_marks.h).  It, too, sees everything that was
 * acknowledged before it; what another process wrote that was killed at that moment, a second
 * later.
 */
RESULT db_run_kept(struct ctx *c, const char *sql, const struct param *params, size_t n,
                   struct table *out);

/*
 * To be called every few seconds.  Wipes what was kept for db_run_kept and is past its time: it may
 * be about people who are erased.  Connections of SQLite that rest give back their memory.  Whether
 * the work of any has ended, after which the heaps may have much that is free.
 */
bool db_rest(struct db *db);

/* DB_RUN(c, sql, &table, P_TEXT(id), P_INT(now)); */
#define DB_RUN(c, sql, out, ...)                                                                   \
    db_run((c), (sql), (const struct param[]){ __VA_ARGS__ },                                      \
           sizeof((const struct param[]){ __VA_ARGS__ }) / sizeof(struct param), (out))
#define DB_RUN_KEPT(c, sql, out, ...)                                                              \
    db_run_kept((c), (sql), (const struct param[]){ __VA_ARGS__ },                                 \
                sizeof((const struct param[]){ __VA_ARGS__ }) / sizeof(struct param), (out))

/*
 * Runs `fn` as one transaction, serialisable, durable before this returns OK.  Inside, c->db is
 * `tx`, so fn calls the same functions of store/, and reads see its own writes.  fn may run again
 * (the arena rewinds and the fault clears before each attempt): it touches nothing but SQL, the
 * arena and its argument, which it sets anew each time.  It is short, because all writers wait for
 * it, and with SQLite runs on the writer's thread while the caller waits.  A failure that fn
 * returns rolls back, and is returned.  When this fails, what fn left in its argument means
 * nothing.
 *
 * A nested call joins the transaction that is open; if it fails and its caller goes on, only its
 * own part is undone.  A statement that fails outside a nested call ends the whole transaction: fn
 * returns that failure, else this fails with INTERNAL.  Where a conflict is an answer, use ON
 * CONFLICT DO NOTHING.
 */
RESULT db_atomically(struct ctx *c, db_unit *fn, void *arg);

/*
 * Inside db_atomically only: waits until no other transaction is open that called this, in any
 * process, and lets this one take as long as it needs.  For migrations.
 */
RESULT db_alone(struct ctx *c);

/*
 * Inside db_atomically only: what this transaction removes is soon after its commit in no file of
 * the database, neither in the log nor below it.  Of SQLite; PostgreSQL removes it when it vacuums,
 * and keeps its log as long as whoever runs it says.
 */
void db_overwrite(struct ctx *c);

/* Runs several statements, separated by semicolons, without parameters; inside db_atomically only.
 * For migrations. */
RESULT db_script(struct ctx *c, const char *statements);

#endif
