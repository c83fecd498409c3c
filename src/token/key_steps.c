/* SPDX-License-Identifier: Apache-2.0 */
#include "token/key_steps.h"

#include "base/time.h"
#include "db/db.h"
#include "identity/audit.h"
#include "token/key_plan.h"
#include "token/key_snapshot.h"

enum { STEPS_MAX = 16 };

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

/* A new key as a row that signs from `at`. */
static RESULT make_row(struct ctx *c, enum jws_alg alg, enum key_row_state state, int64_t at,
                       struct key_row *out)
{
    const struct key *key = NULL;
    TRY(key_generate(c, c->arena, alg, RSA_BITS, &key));
    struct key_row row = { .state = state,
                           .activates_at = at,
                           .retires_at = time_add(at, key_times(c).rotation) };
    describe(c, key, &row);
    TRY(key_seal(c, key, &row.sealed_private));
    *out = row;
    return ok();
}

static RESULT add(struct ctx *c, enum jws_alg alg, enum key_row_state state, int64_t at)
{
    struct key_row row;
    bool added = false;
    TRY(make_row(c, alg, state, at, &row));
    return key_add(c, &row, &added);
}

static RESULT replace(struct ctx *c, enum jws_alg alg, int64_t old_expires_at)
{
    struct key_row row;
    bool changed = false;
    TRY(make_row(c, alg, KEY_ROW_CURRENT, c->now, &row));
    return key_replace(c, &row, old_expires_at, &changed);
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

/* Does one step of the plan.  Where another node was faster there is nothing to do. */
static RESULT take_step(struct ctx *c, enum jws_alg alg, const struct key_step *step)
{
    bool done = false;
    switch (step->kind) {
    case KEY_STEP_NONE:
        return ok();
    case KEY_STEP_ADD_CURRENT:
        return add(c, alg, KEY_ROW_CURRENT, step->at);
    case KEY_STEP_ADD_NEXT:
        return add(c, alg, KEY_ROW_NEXT, step->at);
    case KEY_STEP_REPLACE:
        return replace(c, alg, step->at);
    case KEY_STEP_PROMOTE:
        return promote(c, step->kid, step->at);
    case KEY_STEP_RETIRE:
        return key_retire(c, step->kid, step->at, &done);
    }
    must(false);
    return ok();
}

RESULT keys_advance(struct ctx *c, enum jws_alg alg)
{
    struct key_rows rows;
    struct key_times times = key_times(c);
    for (int i = 0; i < STEPS_MAX; i++) {
        TRY(keys_list(c, &rows));
        struct key_step step = key_plan(&rows, alg_name(alg), &times);
        if (step.kind == KEY_STEP_NONE)
            return ok();
        TRY(take_step(c, alg, &step));
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
    bool emergency;
    struct key_row row; /* the next key, if there is none yet */
};

/* When `next` may sign: as long after it was made as a key is published. */
static int64_t ready_at(const struct ctx *c, const struct key_row *next)
{
    int64_t at = time_add(next->created_at, key_times(c).publish);
    return at < c->now ? c->now : at;
}

/* `kid` signs now, and no key that has signed is published any more. */
static RESULT break_with(struct ctx *c, const struct key_rows *rows, const char *kid)
{
    bool done = false;
    int64_t removed = 0;
    TRY(promote(c, kid, c->now));
    for (size_t i = 0; i < rows->n; i++)
        if (!text_equal(rows->at[i].kid, kid))
            TRY(key_retire(c, rows->at[i].kid, c->now, &done));
    return keys_remove_expired(c, &removed);
}

static RESULT rotate(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct rotation *r = arg;
    struct key_rows rows;
    bool done = false;
    /* Not added if there is a next key: then that one is it. */
    TRY(key_add(c, &r->row, &done));
    TRY(keys_list(c, &rows));
    const struct key_row *next = key_row_of(&rows, r->row.alg, KEY_ROW_NEXT);
    if (next == NULL)
        return fail(c, INTERNAL, "there is no next key to rotate to");
    if (r->emergency)
        TRY(break_with(c, &rows, next->kid));
    else if (ready_at(c, next) < next->activates_at)
        TRY(key_hasten(c, next->alg, ready_at(c, next), &done));
    return audit_add(
        c, &(struct audit){ .event = AUDIT_KEY_ROTATED,
                            .details = { { "kid", next->kid },
                                         { "alg", next->alg },
                                         { "emergency", r->emergency ? "true" : "false" } } });
}

RESULT keys_rotate(struct ctx *c, enum jws_alg alg, bool emergency)
{
    struct rotation r = { .emergency = emergency };
    TRY(make_row(c, alg, KEY_ROW_NEXT, time_add(c->now, key_times(c).publish), &r.row));
    return db_atomically(c, rotate, &r);
}
