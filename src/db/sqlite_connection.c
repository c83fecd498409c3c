/* SPDX-License-Identifier: Apache-2.0 */
#include "db/sqlite_connection.h"

#include "base/text.h"
#include "db/sqlite_setup.h"

#include <stdlib.h>
#include <string.h>

/* A statement, found by the address of its literal. */
struct statement {
    const char *sql;
    sqlite3_stmt *prepared;                /* NULL on a reader: it writes */
    unsigned char position[DB_PARAMS_MAX]; /* of $1, $2, ... among SQLite's own numbers */
    size_t params;
    sqlite_tables reads, writes;
};

struct sqlite_connection {
    sqlite3 *handle;
    enum sqlite_access access;
    struct sqlite_log_vfs *vfs; /* NULL: SQLite's own */
    bool trouble;
    int log_frames;
    uint64_t writes;
    sqlite_tables written;
    struct statement *preparing; /* NULL: none */
    size_t used;
    struct statement *
        *statements; /* SQLITE_STATEMENTS_MAX places, NULL: free; from the first one on */
};

sqlite3 *sqlite_handle(struct sqlite_connection *s)
{
    return s->handle;
}

bool sqlite_trouble(const struct sqlite_connection *s)
{
    return s->trouble;
}

void sqlite_trouble_clear(struct sqlite_connection *s)
{
    s->trouble = false;
}

uint64_t sqlite_writes(const struct sqlite_connection *s)
{
    return s->writes;
}

int sqlite_log_frames(const struct sqlite_connection *s)
{
    return s->log_frames;
}

/* ---- failures ---- */

/* A mistake in our SQL or in how it is used is a bug; what else SQLite reports comes from its
 * surroundings. */
static enum err_code code_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
        return ERR_CONFLICT;
    case SQLITE_ERROR:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_SCHEMA:
        return ERR_INTERNAL;
    default:
        return ERR_UNAVAILABLE;
    }
}

static bool is_trouble(const struct sqlite_connection *s, int code)
{
    return code != SQLITE_OK && s->access == SQLITE_WRITES && code_of(code) == ERR_UNAVAILABLE;
}

RESULT sqlite_fail(struct ctx *c, struct sqlite_connection *s, int code, const char *what)
{
    s->trouble = s->trouble || is_trouble(s, code);
    return fail_at(c, code_of(code), __FILE__, __LINE__, "database: %s: %s (%s, %d)", what,
                   sqlite3_errmsg(s->handle), sqlite3_errstr(code), code);
}

/* ---- opening ---- */

static int note_frames(void *connection, sqlite3 *handle, const char *name, int frames)
{
    (void)handle;
    (void)name;
    struct sqlite_connection *s = connection;
    s->log_frames = frames;
    return SQLITE_OK;
}

/* Which tables a statement reads and writes, what follows from a foreign key included. */
static int note_table(void *arg, int action, const char *table, const char *column,
                      const char *database, const char *trigger)
{
    (void)column;
    (void)database;
    (void)trigger;
    struct statement *at = ((struct sqlite_connection *)arg)->preparing;
    if (at == NULL || table == NULL)
        return SQLITE_OK;
    if (action == SQLITE_READ)
        at->reads |= sqlite_table(table);
    if (action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE)
        at->writes |= sqlite_table(table);
    return SQLITE_OK;
}

static int set_up(struct sqlite_connection *s)
{
    int code = sqlite_set_up(s->handle, s->access);
    (void)sqlite3_set_authorizer(s->handle, note_table, s);
    if (s->access == SQLITE_WRITES)
        (void)sqlite3_wal_hook(s->handle, note_frames, s);
    return code;
}

RESULT sqlite_connection_open(struct ctx *c, const char *path, enum sqlite_access access,
                              struct sqlite_connection **out)
{
    struct sqlite_connection *s = calloc(1, sizeof *s);
    if (s == NULL)
        return fail(c, UNAVAILABLE, "database: no memory for a connection");
    s->access = access;
    s->vfs = access == SQLITE_WRITES ? sqlite_log_vfs_new() : NULL;
    int code = sqlite_open_file(path, access, s->vfs, &s->handle);
    if (code == SQLITE_OK)
        code = set_up(s);
    if (code == SQLITE_OK) {
        *out = s;
        return ok();
    }
    err failed = sqlite_fail(c, s, code, path);
    sqlite_connection_close(s);
    return failed;
}

static void statement_free(struct statement *at)
{
    if (at == NULL)
        return;
    (void)sqlite3_finalize(at->prepared);
    free(at);
}

static void statements_free(struct sqlite_connection *s)
{
    for (size_t i = 0; s->statements != NULL && i < SQLITE_STATEMENTS_MAX; i++)
        statement_free(s->statements[i]);
    free(s->statements);
    s->statements = NULL;
    s->used = 0;
}

void sqlite_connection_close(struct sqlite_connection *s)
{
    if (s == NULL)
        return;
    statements_free(s);
    must(sqlite3_close(s->handle) == SQLITE_OK);
    sqlite_log_vfs_free(s->vfs);
    free(s);
}

void sqlite_connection_pages_back(struct sqlite_connection *s)
{
    (void)sqlite3_db_release_memory(s->handle);
}

/* Only this has SQLite forget the schema that it has read; what it turns off is off. */
void sqlite_connection_rest(struct sqlite_connection *s)
{
    statements_free(s);
    (void)sqlite3_exec(s->handle, "PRAGMA writable_schema = RESET", NULL, NULL, NULL);
    sqlite_connection_pages_back(s);
}

/* ---- statements ---- */

/* The place of `sql`, or the free one where it belongs. */
static struct statement **place_of(struct sqlite_connection *s, const char *sql)
{
    for (size_t i = sqlite_statement_place(sql);; i++) {
        struct statement **at = &s->statements[i % SQLITE_STATEMENTS_MAX];
        if (*at == NULL || (*at)->sql == sql)
            return at;
    }
}

/* Maps $1, $2, ... to SQLite's numbers, which follow the order of first appearance. */
static void note_params(struct statement *at)
{
    at->params = (size_t)sqlite3_bind_parameter_count(at->prepared);
    for (size_t i = 0; i < at->params; i++) {
        const char *name = sqlite3_bind_parameter_name(at->prepared, (int)i + 1);
        int64_t number = 0;
        must(name != NULL && name[0] == '$');
        must(text_int(name + 1, 1, (int64_t)at->params, &number));
        at->position[number - 1] = (unsigned char)(i + 1);
    }
}

static int prepare(struct sqlite_connection *s, struct statement *at)
{
    const char *rest = NULL;
    s->preparing = at;
    int code =
        sqlite3_prepare_v3(s->handle, at->sql, -1, SQLITE_PREPARE_PERSISTENT, &at->prepared, &rest);
    s->preparing = NULL;
    if (code != SQLITE_OK)
        return code;
    must(at->prepared != NULL && rest[strspn(rest, " \n;")] == '\0'); /* one statement, not two */
    note_params(at);
    /* What a reader cannot run it need not keep; that it is known here says so. */
    if (s->access == SQLITE_READS && !sqlite3_stmt_readonly(at->prepared)) {
        (void)sqlite3_finalize(at->prepared);
        at->prepared = NULL;
    }
    return SQLITE_OK;
}

/* How much it keeps is said here, as that reads the schema, which the first statement does, too. */
static bool begin_statements(struct sqlite_connection *s)
{
    s->statements = calloc(SQLITE_STATEMENTS_MAX, sizeof(struct statement *));
    if (s->statements == NULL)
        return false;
    if (s->access == SQLITE_READS)
        sqlite_set_up_pages(s->handle);
    return true;
}

static int statement(struct sqlite_connection *s, const char *sql, struct statement **out)
{
    if (s->statements == NULL && !begin_statements(s))
        return SQLITE_NOMEM;
    struct statement **place = place_of(s, sql);
    *out = *place;
    if (*place != NULL)
        return SQLITE_OK;
    struct statement *at = calloc(1, sizeof *at);
    if (at == NULL)
        return SQLITE_NOMEM;
    at->sql = sql;
    int code = prepare(s, at);
    if (code != SQLITE_OK) {
        statement_free(at);
        return code;
    }
    must(++s->used < SQLITE_STATEMENTS_MAX);
    *place = at;
    *out = at;
    return SQLITE_OK;
}

RESULT sqlite_learn(struct ctx *c, struct sqlite_connection *s, const char *sql,
                    struct sqlite_fact *out)
{
    struct statement *at = NULL;
    int code = statement(s, sql, &at);
    if (code != SQLITE_OK)
        return sqlite_fail(c, s, code, sql);
    *out = (struct sqlite_fact){ sql, at->reads, at->prepared != NULL };
    return ok();
}

static int bind(struct statement *at, const struct param *params)
{
    int code = SQLITE_OK;
    for (size_t i = 0; i < at->params && code == SQLITE_OK; i++) {
        const struct param *p = &params[i];
        if (p->null)
            code = sqlite3_bind_null(at->prepared, at->position[i]);
        else if (p->text != NULL)
            code = sqlite3_bind_text(at->prepared, at->position[i], p->text, -1, SQLITE_STATIC);
        else
            code = sqlite3_bind_int64(at->prepared, at->position[i], p->number);
    }
    return code;
}

/* ---- rows ---- */

struct rows {
    struct arena *arena;
    size_t room;
    struct table table;
};

static void add_row(struct rows *r, sqlite3_stmt *prepared)
{
    struct table *t = &r->table;
    if (t->rows == r->room) {
        size_t room = r->room == 0 ? 1 : r->room * 4;
        const char **cells = ARENA_NEWS(r->arena, const char *, room * t->columns);
        if (t->rows > 0)
            memcpy(cells, t->cells, t->rows * t->columns * sizeof *cells);
        t->cells = cells;
        r->room = room;
    }
    const char **row = t->cells + t->rows * t->columns;
    for (size_t i = 0; i < t->columns; i++) {
        const char *text = (const char *)sqlite3_column_text(prepared, (int)i);
        row[i] = text_keep(r->arena, text);
    }
    t->rows++;
}

/* A write has done all its work before its first row comes, so its rows are not refused. */
static RESULT step_all(struct ctx *c, struct sqlite_connection *s, struct statement *at,
                       struct rows *rows)
{
    bool reads = sqlite3_stmt_readonly(at->prepared) != 0;
    for (;;) {
        int code = sqlite3_step(at->prepared);
        if (code == SQLITE_DONE)
            return ok();
        if (code != SQLITE_ROW)
            return sqlite_fail(c, s, code, at->sql);
        if (reads)
            TRY(ctx_check_memory(c));
        add_row(rows, at->prepared);
    }
}

/* What has changed nothing is no write. */
static RESULT run_statement(struct ctx *c, struct sqlite_connection *s, struct statement *at,
                            const struct param *params, struct table *out)
{
    sqlite3_int64 changes = sqlite3_total_changes64(s->handle);
    int code = bind(at, params);
    if (code != SQLITE_OK)
        return sqlite_fail(c, s, code, at->sql);
    s->writes += sqlite3_stmt_readonly(at->prepared) == 0;
    struct rows rows = { .arena = c->arena };
    rows.table.columns = (size_t)sqlite3_column_count(at->prepared);
    err done = step_all(c, s, at, &rows);
    (void)sqlite3_reset(at->prepared);
    (void)sqlite3_clear_bindings(at->prepared);
    if (sqlite3_total_changes64(s->handle) != changes) {
        s->written |= at->writes;
        rows.table.written = sqlite3_changes64(s->handle);
    }
    if (done.code == ERR_OK)
        *out = rows.table;
    return done;
}

RESULT sqlite_run(struct ctx *c, struct sqlite_connection *s, const char *sql,
                  const struct param *params, size_t n, struct table *out)
{
    struct statement *at = NULL;
    int code = statement(s, sql, &at);
    if (code != SQLITE_OK)
        return sqlite_fail(c, s, code, sql);
    must(at->prepared != NULL && at->params == n);
    return run_statement(c, s, at, params, out);
}

sqlite_tables sqlite_written(struct sqlite_connection *s)
{
    sqlite_tables written = s->written;
    s->written = 0;
    return written;
}

int sqlite_do(struct sqlite_connection *s, const char *sql)
{
    struct statement *at = NULL;
    int code = statement(s, sql, &at);
    if (code == SQLITE_OK) {
        do {
            code = sqlite3_step(at->prepared);
        } while (code == SQLITE_ROW);
        (void)sqlite3_reset(at->prepared);
    }
    if (code == SQLITE_DONE)
        return SQLITE_OK;
    s->trouble = s->trouble || is_trouble(s, code);
    return code;
}

RESULT sqlite_script(struct ctx *c, struct sqlite_connection *s, const char *statements)
{
    s->written = SQLITE_TABLES_ALL;
    s->writes++;
    int code = sqlite3_exec(s->handle, statements, NULL, NULL, NULL);
    return code == SQLITE_OK ? ok() : sqlite_fail(c, s, code, "script");
}
