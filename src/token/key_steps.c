/* SPDX-License-Identifier: Apache-2.0 */
#include "token/key_steps.h"

#include "base/time.h"
#include "db/db.h"
#include "identity/audit.h"
#include "token/key_plan.h"

enum { STEPS_MAX = 32, ALGS_MAX = 5 };

/* Fills in what `key` says of itself. */
static void describe(struct ctx *c, const struct key *key, struct key_row *row)
{
    struct json_writer w = json_writer(c->arena);
    key_write_jwk(&w, key);
    row->kid = key->kid;
    row->alg = alg_name(key->alg);
    row->public_jwk = json_written(&w);
    row->created_at = c->now;
}

/* Fills in a new key that signs from `at`; whose it is and its state are there. */
static RESULT make_row(struct ctx *c, enum jws_alg alg, int64_t at, struct key_row *row)
{
    const struct key *key = NULL;
    TRY(key_generate(c, c->arena, alg, RSA_BITS, &key));
    row->activates_at = at;
    row->retires_at = time_add(at, key_times(c).rotation);
    describe(c, key, row);
    return key_seal(c, row->tenant_id, key, &row->sealed_private);
}

static RESULT add(struct ctx *c, struct key_row *row, enum jws_alg alg, int64_t at)
{
    bool added = false;
    TRY(make_row(c, alg, at, row));
    return key_add(c, row, &added);
}

static RESULT replace(struct ctx *c, struct key_row *row, enum jws_alg alg, int64_t old_expires_at)
{
    bool changed = false;
    TRY(make_row(c, alg, c->now, row));
    return key_replace(c, row, old_expires_at, &changed);
}

static RESULT promote(struct ctx *c, const char *kid, int64_t old_expires_at)
{
    bool done = false;
    const struct key_promotion promotion = { .kid = kid,
                                             .old_expires_at = old_expires_at,
                                             .retires_at =
                                                 time_add(c->now, key_times(c).rotation) };
    return key_promote(c, &promotion, &done);
}

/* The key that is elsewhere, as a row.  When its successor is due is a wish: whoever has it rotates
 * it. */
static RESULT adopt(struct ctx *c, const struct key_source *source, const struct key_step *step)
{
    bool may_sign = false, enabled = false, done = false;
    const struct key *key = key_remote_find(source->remote, step->kid, &may_sign, &enabled);
    bool is_next = step->kind == KEY_STEP_ADOPT_NEXT;
    int64_t from = is_next ? step->at : c->now;
    struct key_row row = { .state = is_next ? KEY_ROW_NEXT : KEY_ROW_CURRENT,
                           .activates_at = from,
                           .retires_at = time_add(from, key_times(c).rotation) };
    if (key == NULL)
        return fail(c, UNAVAILABLE, "the key %s is not known any more", step->kid);
    describe(c, key, &row);
    return is_next ? key_add(c, &row, &done) : key_replace(c, &row, step->at, &done);
}

/* Does one step of the plan.  Where another node was faster there is nothing to do. */
static RESULT take_step(struct ctx *c, const struct key_source *source, enum jws_alg alg,
                        const struct key_step *step)
{
    struct key_row row = { .tenant_id = source->tenant_id, .state = KEY_ROW_CURRENT };
    bool done = false;
    switch (step->kind) {
    case KEY_STEP_NONE:
        return ok();
    case KEY_STEP_ADD_CURRENT:
        return add(c, &row, alg, step->at);
    case KEY_STEP_ADD_NEXT:
        row.state = KEY_ROW_NEXT;
        return add(c, &row, alg, step->at);
    case KEY_STEP_REPLACE:
        return replace(c, &row, alg, step->at);
    case KEY_STEP_PROMOTE:
        return promote(c, step->kid, step->at);
    case KEY_STEP_RETIRE:
        return key_retire(c, step->kid, step->at, &done);
    case KEY_STEP_ADOPT_NEXT:
    case KEY_STEP_ADOPT:
        return adopt(c, source, step);
    }
    must(false);
    return ok();
}

/* The algorithms of `algs`, one after the other. */
static size_t list_algs(unsigned algs, enum jws_alg out[static ALGS_MAX])
{
    size_t n = 0;
    for (unsigned bit = ALG_RS256; bit <= ALG_EDDSA; bit <<= 1)
        if ((algs & bit) != 0)
            out[n++] = (enum jws_alg)bit;
    return n;
}

/* When a next or current key of `alg` came to be that. */
static int64_t last_change(const struct key_rows *rows, const char *alg)
{
    const struct key_row *current = key_row_of(rows, alg, KEY_ROW_CURRENT);
    const struct key_row *next = key_row_of(rows, alg, KEY_ROW_NEXT);
    int64_t at = current == NULL ? 0 : current->activates_at;
    return next != NULL && next->created_at > at ? next->created_at : at;
}

/* Of the main algorithm.  While a key that is elsewhere is not known well enough, nothing is done.
 */
static struct key_step main_step(const struct ctx *c, const struct key_rows *rows,
                                 const struct key_source *source, const struct key_times *times)
{
    const char *alg = alg_name(source->alg);
    const struct key_row *current = key_row_of(rows, alg, KEY_ROW_CURRENT);
    struct key_target target = { .kid = NULL };
    bool may_sign = false, enabled = false;
    if (source->file != NULL)
        return (struct key_step){ .kind = KEY_STEP_NONE };
    if (source->remote == NULL)
        return key_plan(rows, alg, true, times);
    const struct key *newest = key_remote_newest(source->remote);
    bool is_first = current == NULL && key_row_of(rows, alg, KEY_ROW_NEXT) == NULL;
    if (newest == NULL || !(is_first || key_remote_knows(source->remote, last_change(rows, alg)))) {
        key_remote_miss(c, source->remote);
        return (struct key_step){ .kind = KEY_STEP_NONE };
    }
    target.kid = newest->kid;
    if (current != NULL) {
        bool known = key_remote_find(source->remote, current->kid, &may_sign, &enabled) != NULL;
        target.current_signs = key_row_signs(current) || may_sign;
        target.current_revoked = known && !enabled;
    }
    return key_plan_remote(rows, alg, &target, times);
}

/* What is to be done next, and for which algorithm.  The main one is first. */
static struct key_step next_step(const struct ctx *c, const struct key_rows *rows,
                                 const struct key_source *source, const struct key_times *times,
                                 enum jws_alg *alg)
{
    struct key_step step = main_step(c, rows, source, times);
    enum jws_alg more[ALGS_MAX];
    size_t n = list_algs(source->more, more);
    *alg = source->alg;
    for (size_t i = 0; step.kind == KEY_STEP_NONE && i < n; i++) {
        *alg = more[i];
        step = key_plan(rows, alg_name(*alg), false, times);
    }
    if (step.kind == KEY_STEP_NONE && source->file == NULL)
        step = key_plan_leftover(rows, source->alg | source->more, times);
    return step;
}

RESULT keys_advance(struct ctx *c, const struct key_source *source)
{
    struct key_rows rows;
    struct key_times times = key_times(c);
    for (int i = 0; i < STEPS_MAX; i++) {
        enum jws_alg alg = source->alg;
        TRY(keys_list(c, source->tenant_id, &rows));
        struct key_step step = next_step(c, &rows, source, &times, &alg);
        if (step.kind == KEY_STEP_NONE)
            return ok();
        TRY(take_step(c, source, alg, &step));
    }
    return fail(c, INTERNAL, "the plan of the signing keys comes to no end");
}

RESULT keys_adopt(struct ctx *c, const struct key *key)
{
    struct key_times times = key_times(c);
    struct key_row row = { .state = KEY_ROW_CURRENT, .activates_at = c->now };
    bool changed = false;
    describe(c, key, &row);
    /* Nodes get the new file one after the other; so long the key before stays published. */
    return key_replace(c, &row, time_add(time_add(c->now, times.publish), times.linger), &changed);
}

/* ---- rotation on demand ---- */

struct rotation {
    const char *tenant_id;
    bool emergency;
    struct key_row rows[ALGS_MAX]; /* of each algorithm the next key, if there is none yet */
    size_t n;
};

/* When `next` may sign: as long after it was made as a key is published. */
static int64_t ready_at(const struct ctx *c, const struct key_row *next)
{
    int64_t at = time_add(next->created_at, key_times(c).publish);
    return at < c->now ? c->now : at;
}

/* Whether `row` is the key that one of the algorithms rotates to. */
static bool is_wanted(const struct rotation *r, const struct key_row *row)
{
    for (size_t i = 0; i < r->n; i++)
        if (row->state == KEY_ROW_NEXT && text_equal(row->alg, r->rows[i].alg))
            return true;
    return false;
}

/* What was next signs now, and no key that has signed is published any more. */
static RESULT break_with(struct ctx *c, const struct rotation *r, const struct key_rows *rows)
{
    bool done = false;
    int64_t removed = 0;
    for (size_t i = 0; i < rows->n; i++)
        if (is_wanted(r, &rows->at[i]))
            TRY(promote(c, rows->at[i].kid, c->now));
    for (size_t i = 0; i < rows->n; i++)
        if (!is_wanted(r, &rows->at[i]))
            TRY(key_retire(c, rows->at[i].kid, c->now, &done));
    return keys_remove_expired(c, &removed);
}

static RESULT rotate_one(struct ctx *c, const struct rotation *r, const struct key_rows *rows,
                         const char *alg)
{
    const struct key_row *next = key_row_of(rows, alg, KEY_ROW_NEXT);
    bool done = false;
    if (next == NULL)
        return fail(c, INTERNAL, "there is no next key to rotate to");
    if (!r->emergency && ready_at(c, next) < next->activates_at)
        TRY(key_hasten(c, r->tenant_id, next->alg, ready_at(c, next), &done));
    return audit_add(
        c, &(struct audit){ .event = AUDIT_KEY_ROTATED,
                            .tenant_id = r->tenant_id,
                            .details = { { "kid", next->kid },
                                         { "alg", next->alg },
                                         { "emergency", r->emergency ? "true" : "false" } } });
}

static RESULT rotate(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct rotation *r = arg;
    struct key_rows rows;
    bool done = false;
    /* Not added where there is a next key: then that one is it. */
    for (size_t i = 0; i < r->n; i++)
        TRY(key_add(c, &r->rows[i], &done));
    TRY(keys_list(c, r->tenant_id, &rows));
    for (size_t i = 0; i < r->n; i++)
        TRY(rotate_one(c, r, &rows, r->rows[i].alg));
    return r->emergency ? break_with(c, r, &rows) : ok();
}

RESULT keys_rotate(struct ctx *c, const struct key_source *source, bool emergency)
{
    struct rotation r = { .tenant_id = source->tenant_id, .emergency = emergency };
    enum jws_alg algs[ALGS_MAX];
    r.n = list_algs(source->alg | source->more, algs);
    for (size_t i = 0; i < r.n; i++) {
        r.rows[i] = (struct key_row){ .tenant_id = source->tenant_id, .state = KEY_ROW_NEXT };
        TRY(make_row(c, algs[i], time_add(c->now, key_times(c).publish), &r.rows[i]));
    }
    return db_atomically(c, rotate, &r);
}
