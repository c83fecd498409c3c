/* SPDX-License-Identifier: Apache-2.0 */
#include "db/postgres_link.h"

#include "base/text.h"
#include "base/time.h"
#include "db/postgres_rows.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STATEMENTS_MAX = 512, /* a power of two */
    NUMBER_BYTES = 24,
    NAME_BYTES = 16,
    RETRY_AFTER = 1,
    VERSION_MIN = 130000,
    OID_INT8 = 20,
    OID_TEXT = 25,
};

/*
 * What a session has to be like.  The time limits hold on the server, so that it ends what nobody
 * waits for any longer.  Whoever waits for a lock for longer than a transaction takes is, most
 * likely, in a circle, of which the server itself would break one a second.  Scans of whole tables
 * are shunned because, in a SERIALIZABLE transaction, they conflict with every write to the table;
 * and plans are made once.
 */
static const char set_up[] = "SET statement_timeout = 4000;"
                             "SET lock_timeout = 300;"
                             "SET idle_in_transaction_session_timeout = 10000;"
                             "SET default_transaction_isolation = 'serializable';"
                             "SET plan_cache_mode = force_generic_plan;"
                             "SET enable_seqscan = off;"
                             "SET jit = off;"
                             "SET standard_conforming_strings = on;"
                             "SET client_min_messages = error;"
                             /* What is acknowledged is on disk. */
                             "SELECT set_config('synchronous_commit', 'on', false)"
                             " WHERE current_setting('synchronous_commit') = 'off';";
static const char set_search_path[] = "SET search_path = public, pg_temp;";

struct postgres_link {
    const struct libpq *pq;
    PGconn *handle;
    bool spent; /* the server said good-bye, or answers are missing */
    size_t used;
    const char *prepared[STATEMENTS_MAX]; /* found by the address of the literal */
};

bool postgres_reads_only(const char *sql)
{
    return text_starts(sql, "SELECT");
}

/* ---- failures ---- */

RESULT postgres_unavailable(struct ctx *c, const char *text, ...)
{
    va_list args;
    va_start(args, text);
    const char *why = text_vprintf(c->arena, text, args);
    va_end(args);
    bool first = c->fault.code == ERR_OK;
    err failed = fail(c, UNAVAILABLE, "database: %s", why);
    if (first)
        c->fault.retry_after = RETRY_AFTER;
    return failed;
}

/* What libpq says, on one line. */
static const char *said(struct ctx *c, const char *message)
{
    return text_join(c->arena, text_split(c->arena, message, '\n'), "; ");
}

/* A primary message names tables and constraints; its details would show values. */
static RESULT fail_answer(struct ctx *c, struct postgres_link *l, const PGresult *failed,
                          enum err_code code)
{
    const char *sqlstate = l->pq->resultErrorField(failed, PG_DIAG_SQLSTATE);
    const char *message = l->pq->resultErrorField(failed, PG_DIAG_MESSAGE_PRIMARY);
    const char *why = message != NULL ? message : l->pq->errorMessage(l->handle);
    if (code == ERR_UNAVAILABLE)
        return postgres_unavailable(c, "%s (%s)", said(c, why),
                                    sqlstate != NULL ? sqlstate : "connection");
    return fail_at(c, code, __FILE__, __LINE__, "database: %s (%s)", message != NULL ? message : "",
                   sqlstate != NULL ? sqlstate : "");
}

/* ---- waiting ---- */

/* False: the deadline is over. */
static bool wait_socket(struct postgres_link *l, short events, int64_t deadline_ms)
{
    struct pollfd at = { .fd = l->pq->socket(l->handle), .events = events };
    for (;;) {
        int64_t left = deadline_ms - time_monotonic_ms();
        if (left <= 0)
            return false;
        int ready = poll(&at, 1, (int)(left < INT32_MAX ? left : INT32_MAX));
        if (ready > 0)
            return true;
        must(ready == 0 || errno == EINTR);
    }
}

/* Waits until the next answer can be taken, or will never come.  False: the deadline is over. */
static bool wait_answer(struct postgres_link *l, int64_t deadline_ms)
{
    for (;;) {
        int unsent = l->pq->flush(l->handle);
        if (unsent < 0 || l->pq->isBusy(l->handle) == 0)
            return true;
        if (!wait_socket(l, (short)(unsent > 0 ? POLLIN | POLLOUT : POLLIN), deadline_ms))
            return false;
        if (l->pq->consumeInput(l->handle) == 0)
            return true;
    }
}

/* What was said without being asked is a change of a setting, or good-bye. */
bool postgres_link_is_alive(struct postgres_link *l)
{
    struct pollfd at = { .fd = l->pq->socket(l->handle), .events = POLLIN };
    while (!l->spent && l->pq->status(l->handle) == CONNECTION_OK) {
        if (poll(&at, 1, 0) == 0)
            return true;
        if (l->pq->consumeInput(l->handle) == 0 || l->pq->isBusy(l->handle) != 0)
            return false;
    }
    return false;
}

/* ---- connecting ---- */

/* Of all that a server may mention besides, only its end matters: class 57P. */
static void take_notice(void *link, const PGresult *notice)
{
    struct postgres_link *l = link;
    const char *sqlstate = l->pq->resultErrorField(notice, PG_DIAG_SQLSTATE);
    if (sqlstate != NULL && text_starts(sqlstate, "57P"))
        l->spent = true;
}

static RESULT connect_to(struct ctx *c, struct postgres_link *l, int64_t deadline_ms)
{
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    if (l->pq->status(l->handle) == CONNECTION_BAD)
        next = PGRES_POLLING_FAILED;
    while (next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING) {
        if (!wait_socket(l, next == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline_ms))
            return postgres_unavailable(c, "%s:%s did not answer in time when connected to",
                                        l->pq->host(l->handle), l->pq->port(l->handle));
        next = l->pq->connectPoll(l->handle);
    }
    return next == PGRES_POLLING_OK
               ? ok()
               : postgres_unavailable(c, "%s", said(c, l->pq->errorMessage(l->handle)));
}

static RESULT run_simple(struct ctx *c, struct postgres_link *l, const char *statements,
                         int64_t deadline_ms, enum postgres_fate *fate)
{
    *fate = POSTGRES_UNKNOWN;
    if (l->pq->sendQuery(l->handle, statements) == 0)
        return postgres_unavailable(c, "%s", said(c, l->pq->errorMessage(l->handle)));
    err done = ok();
    struct postgres_verdict verdict = { ERR_OK, POSTGRES_DONE };
    for (;;) {
        if (!wait_answer(l, deadline_ms))
            return postgres_unavailable(c, "no answer in time");
        PGresult *answer = l->pq->getResult(l->handle);
        if (answer == NULL)
            break;
        if (postgres_is_foreign(l->pq, answer)) {
            l->pq->clear(answer);
            return postgres_unavailable(c, "the server said what nobody asked for");
        }
        if (l->pq->resultStatus(answer) == PGRES_FATAL_ERROR && done.code == ERR_OK) {
            verdict = postgres_judge(l->pq, answer);
            done = fail_answer(c, l, answer, verdict.code);
        }
        l->pq->clear(answer);
    }
    *fate = verdict.fate;
    return done;
}

static RESULT check_server(struct ctx *c, struct postgres_link *l)
{
    const char *encoding = l->pq->parameterStatus(l->handle, "server_encoding");
    if (l->pq->serverVersion(l->handle) < VERSION_MIN)
        return postgres_unavailable(c, "PostgreSQL 13 or newer is needed; this is %d",
                                    l->pq->serverVersion(l->handle) / 10000);
    if (!text_equal(encoding, "UTF8"))
        return postgres_unavailable(c,
                                    "its encoding is %s: one made with ENCODING 'UTF8' is needed",
                                    encoding != NULL ? encoding : "unknown");
    return ok();
}

static RESULT set_session(struct ctx *c, struct postgres_link *l, const struct postgres_url *url,
                          int64_t deadline_ms)
{
    enum postgres_fate fate;
    const char *options = postgres_url_value(url, "options");
    TRY(check_server(c, l));
    if (l->pq->setnonblocking(l->handle, 1) != 0)
        return postgres_unavailable(c, "%s", said(c, l->pq->errorMessage(l->handle)));
    TRY(run_simple(c, l, set_up, deadline_ms, &fate));
    if (options == NULL || strstr(options, "search_path") == NULL)
        TRY(run_simple(c, l, set_search_path, deadline_ms, &fate));
    if (l->pq->enterPipelineMode(l->handle) != 1)
        return postgres_unavailable(c, "%s", said(c, l->pq->errorMessage(l->handle)));
    return ok();
}

RESULT postgres_link_open(struct ctx *c, const struct postgres_url *url, int64_t deadline_ms,
                          struct postgres_link **out)
{
    struct postgres_link *l = calloc(1, sizeof *l);
    if (l == NULL)
        return fail(c, UNAVAILABLE, "database: no memory for a connection");
    l->pq = postgres_url_libpq(url);
    l->handle = l->pq->connectStartParams(postgres_url_keywords(url), postgres_url_values(url), 0);
    if (l->handle == NULL) {
        free(l);
        return fail(c, UNAVAILABLE, "database: no memory for a connection");
    }
    (void)l->pq->setNoticeReceiver(l->handle, take_notice, l);
    int64_t until = time_monotonic_ms() + POSTGRES_CONNECT_MS;
    until = until < deadline_ms ? until : deadline_ms;
    err opened = connect_to(c, l, until);
    if (opened.code == ERR_OK)
        opened = set_session(c, l, url, until);
    if (opened.code != ERR_OK)
        postgres_link_close(l);
    else
        *out = l;
    return opened;
}

void postgres_link_close(struct postgres_link *l)
{
    if (l == NULL)
        return;
    l->pq->finish(l->handle);
    free(l);
}

/* ---- sending ---- */

/* Where `sql` is among the prepared ones, or the free place where it belongs. */
static size_t place_of(const struct postgres_link *l, const char *sql)
{
    size_t i = (size_t)(((uintptr_t)sql >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 40);
    while (l->prepared[i % STATEMENTS_MAX] != NULL && l->prepared[i % STATEMENTS_MAX] != sql)
        i++;
    return i % STATEMENTS_MAX;
}

static bool send_prepare(struct postgres_link *l, const char *name,
                         const struct postgres_call *call)
{
    Oid types[DB_PARAMS_MAX];
    for (size_t i = 0; i < call->n; i++)
        types[i] = call->params[i].is_text ? OID_TEXT : OID_INT8;
    return l->pq->sendPrepare(l->handle, name, call->sql, (int)call->n, types) == 1;
}

static bool send_statement(struct postgres_link *l, const char *name,
                           const struct postgres_call *call)
{
    const char *values[DB_PARAMS_MAX];
    char numbers[DB_PARAMS_MAX][NUMBER_BYTES];
    for (size_t i = 0; i < call->n; i++) {
        const struct param *p = &call->params[i];
        (void)snprintf(numbers[i], NUMBER_BYTES, "%lld", (long long)p->number);
        values[i] = p->null ? NULL : p->text != NULL ? p->text : numbers[i];
    }
    return l->pq->sendQueryPrepared(l->handle, name, (int)call->n, values, NULL, NULL, 0) == 1;
}

/* Writes all of the call; *commands: how many answers it will have. */
static bool send_call(struct postgres_link *l, const struct postgres_call *call, bool is_new,
                      size_t *commands)
{
    *commands = 0;
    for (size_t i = 0; i < call->before_n; i++, ++*commands) {
        if (l->pq->sendQueryParams(l->handle, call->before[i], 0, NULL, NULL, NULL, NULL, 0) == 0)
            return false;
    }
    if (call->sql == NULL)
        return true;
    char name[NAME_BYTES];
    (void)snprintf(name, sizeof name, "u%zu", place_of(l, call->sql));
    if (is_new && !send_prepare(l, name, call))
        return false;
    *commands += is_new ? 2 : 1;
    return send_statement(l, name, call);
}

/* ---- receiving ---- */

/* What is known so far about a call. */
struct receipt {
    const struct postgres_call *call;
    struct table *out;
    size_t commands, ended; /* answers that will come, and that came to their end */
    bool is_new;
    struct postgres_verdict verdict;
    err done;
};

static void take_answer(struct ctx *c, struct postgres_link *l, struct receipt *r, PGresult *answer)
{
    ExecStatusType status = l->pq->resultStatus(answer);
    if (r->done.code != ERR_OK || status == PGRES_PIPELINE_ABORTED)
        return;
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        r->verdict = postgres_judge(l->pq, answer);
        /* The transaction was being committed when the connection ended. */
        if (r->ended == r->commands && r->verdict.fate == POSTGRES_GONE)
            r->verdict.fate = POSTGRES_UNKNOWN;
        r->done = fail_answer(c, l, answer, r->verdict.code);
        return;
    }
    if (r->is_new && r->ended == r->call->before_n) {
        must(++l->used < STATEMENTS_MAX);
        l->prepared[place_of(l, r->call->sql)] = r->call->sql;
    }
    if (r->call->sql != NULL && r->ended + 1 == r->commands && r->out != NULL)
        r->done = postgres_rows(c, l->pq, answer, postgres_reads_only(r->call->sql), r->out);
}

/* Some answers will not come: what came so far, or nobody knows. */
static RESULT give_up(struct ctx *c, struct postgres_link *l, struct receipt *r, const char *why)
{
    l->spent = true;
    if (r->done.code != ERR_OK)
        return r->done;
    r->verdict = (struct postgres_verdict){ ERR_UNAVAILABLE, POSTGRES_UNKNOWN };
    return postgres_unavailable(c, "%s", said(c, why));
}

static RESULT receive(struct ctx *c, struct postgres_link *l, struct receipt *r)
{
    for (;;) {
        if (!wait_answer(l, r->call->deadline_ms))
            return give_up(c, l, r, "no answer in time");
        PGresult *answer = l->pq->getResult(l->handle);
        bool is_strange = answer != NULL && postgres_is_foreign(l->pq, answer);
        bool is_end = answer != NULL && l->pq->resultStatus(answer) == PGRES_PIPELINE_SYNC;
        if (answer == NULL)
            r->ended++;
        else if (!is_end && !is_strange)
            take_answer(c, l, r, answer);
        l->pq->clear(answer);
        if (is_strange)
            return give_up(c, l, r, "the server said what nobody asked for");
        if (is_end)
            return r->done;
        if (l->pq->status(l->handle) != CONNECTION_OK || r->ended > r->commands)
            return give_up(c, l, r, l->pq->errorMessage(l->handle));
    }
}

RESULT postgres_link_call(struct ctx *c, struct postgres_link *l, const struct postgres_call *call,
                          struct table *out, enum postgres_fate *fate)
{
    must(call->before_n <= POSTGRES_BEFORE_MAX && call->n <= DB_PARAMS_MAX);
    struct receipt r = { .call = call, .out = out, .verdict = { ERR_OK, POSTGRES_DONE } };
    r.is_new = call->sql != NULL && l->prepared[place_of(l, call->sql)] == NULL;
    /* Without the sync at its end the server commits nothing of it. */
    *fate = POSTGRES_GONE;
    if (!send_call(l, call, r.is_new, &r.commands))
        return postgres_unavailable(c, "%s", said(c, l->pq->errorMessage(l->handle)));
    *fate = POSTGRES_UNKNOWN;
    if (l->pq->pipelineSync(l->handle) == 0)
        return postgres_unavailable(c, "%s", said(c, l->pq->errorMessage(l->handle)));
    err done = receive(c, l, &r);
    *fate = r.verdict.fate;
    return done;
}

RESULT postgres_link_script(struct ctx *c, struct postgres_link *l, const char *statements,
                            int64_t deadline_ms, enum postgres_fate *fate)
{
    *fate = POSTGRES_GONE;
    if (l->pq->exitPipelineMode(l->handle) == 0)
        return postgres_unavailable(c, "%s", said(c, l->pq->errorMessage(l->handle)));
    err done = run_simple(c, l, statements, deadline_ms, fate);
    l->spent = l->spent || *fate == POSTGRES_UNKNOWN || l->pq->enterPipelineMode(l->handle) == 0;
    return done;
}
