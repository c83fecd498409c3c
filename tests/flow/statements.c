/* SPDX-License-Identifier: Apache-2.0 */
#include "statements.h"

#include "db/db.h"

#include <stdatomic.h>
#include <stdlib.h>

static atomic_size_t asked, failing; /* failing: 0 is none */

bool statements_should_fail(void)
{
    return getenv("UAUTH_STATEMENTS_FAIL") != NULL;
}

void statements_fail(size_t n)
{
    atomic_store(&asked, 0);
    atomic_store(&failing, n);
}

bool statements_have_failed(void)
{
    size_t n = atomic_exchange(&failing, 0);
    return atomic_load(&asked) >= n;
}

static RESULT look(struct ctx *c)
{
    size_t n = atomic_load(&failing);
    if (n == 0 || atomic_fetch_add(&asked, 1) + 1 != n)
        return ok();
    return fail(c, UNAVAILABLE, "the database fails, as the test wants");
}

/* ---- statements ---- */

RESULT __real_db_run(struct ctx *c, const char *sql, const struct param *params, size_t n,
                     struct table *out);
RESULT __real_db_run_kept(struct ctx *c, const char *sql, const struct param *params, size_t n,
                          struct table *out);
RESULT __real_db_atomically(struct ctx *c, db_unit *fn, void *arg);
RESULT __wrap_db_run(struct ctx *c, const char *sql, const struct param *params, size_t n,
                     struct table *out);
RESULT __wrap_db_run_kept(struct ctx *c, const char *sql, const struct param *params, size_t n,
                          struct table *out);
RESULT __wrap_db_atomically(struct ctx *c, db_unit *fn, void *arg);

RESULT __wrap_db_run(struct ctx *c, const char *sql, const struct param *params, size_t n,
                     struct table *out)
{
    TRY(look(c));
    return __real_db_run(c, sql, params, n, out);
}

RESULT __wrap_db_run_kept(struct ctx *c, const char *sql, const struct param *params, size_t n,
                          struct table *out)
{
    TRY(look(c));
    return __real_db_run_kept(c, sql, params, n, out);
}

/* ---- what others do meanwhile ---- */

static statements_others *_Atomic others;

void statements_before_unit(statements_others *work)
{
    atomic_store(&others, work);
}

static RESULT let_others(struct ctx *c)
{
    statements_others *work = atomic_exchange(&others, NULL);
    return work == NULL ? ok() : work(c);
}

/* ---- commits ---- */

struct unit {
    db_unit *fn;
    void *arg;
};

static RESULT run(struct ctx *c, struct db *tx, void *arg)
{
    const struct unit *unit = arg;
    TRY(unit->fn(c, tx, unit->arg));
    return look(c);
}

RESULT __wrap_db_atomically(struct ctx *c, db_unit *fn, void *arg)
{
    struct unit unit = { fn, arg };
    TRY(let_others(c));
    return __real_db_atomically(c, run, &unit);
}
