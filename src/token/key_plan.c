/* SPDX-License-Identifier: Apache-2.0 */
#include "token/key_plan.h"

#include "base/config.h"
#include "base/time.h"
#include "crypto/key.h"
#include "token/claims.h"
#include "token/keyring.h"

enum { DAY = 86400, OVERDUE = DAY };

struct key_times key_times(const struct ctx *c)
{
    int64_t publish = c->config->key_publish_seconds;
    return (struct key_times){
        .now = c->now,
        .publish = publish < KEYRING_LEARN_SECONDS ? KEYRING_LEARN_SECONDS : publish,
        .rotation = c->config->key_rotation_days * DAY,
        .linger = token_life(c->config) + KEYRING_LINGER_SECONDS,
    };
}

const struct key_row *key_row_of(const struct key_rows *rows, const char *alg,
                                 enum key_row_state state)
{
    for (size_t i = 0; i < rows->n; i++)
        if (rows->at[i].state == state && text_equal(rows->at[i].alg, alg))
            return &rows->at[i];
    return NULL;
}

bool key_row_signs(const struct key_row *row)
{
    return row->state == KEY_ROW_CURRENT && row->sealed_private != NULL;
}

const struct key_row *key_signer(const struct key_rows *rows, const char *alg)
{
    const struct key_row *best = NULL;
    for (size_t i = 0; i < rows->n; i++) {
        const struct key_row *row = &rows->at[i];
        if (key_row_signs(row) && text_equal(row->alg, alg))
            return row;
        if (key_row_signs(row) && (best == NULL || row->activates_at > best->activates_at))
            best = row;
    }
    return best;
}

/* A key of an algorithm that no node is configured for any more: nobody rotated it when it was due.
 */
struct key_step key_plan_leftover(const struct key_rows *rows, unsigned algs,
                                  const struct key_times *t)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct key_row *row = &rows->at[i];
        bool signs = row->state == KEY_ROW_CURRENT;
        int64_t due = signs ? row->retires_at : row->activates_at;
        if (row->state != KEY_ROW_RETIRED && (alg_from_name(row->alg) & algs) == 0 &&
            time_add(due, OVERDUE) <= t->now)
            return (struct key_step){ KEY_STEP_RETIRE, row->kid,
                                      signs ? time_add(t->now, t->linger) : t->now };
    }
    return (struct key_step){ KEY_STEP_NONE, NULL, 0 };
}

/* Whether all keys were made in this moment: nobody can have seen the set without what is added. */
static bool is_new(const struct key_rows *rows, const struct key_times *t)
{
    for (size_t i = 0; i < rows->n; i++)
        if (rows->at[i].created_at != t->now)
            return false;
    return true;
}

/* No key of the algorithm is current: how does the first one become so? */
static struct key_step begin(const struct key_rows *rows, const char *alg, bool main,
                             const struct key_times *t)
{
    const struct key_row *next = key_row_of(rows, alg, KEY_ROW_NEXT);
    bool may_wait = main ? key_signer(rows, alg) != NULL : !is_new(rows, t);
    if (next == NULL && may_wait)
        return (struct key_step){ KEY_STEP_ADD_NEXT, NULL, time_add(t->now, t->publish) };
    if (next == NULL)
        return (struct key_step){ KEY_STEP_ADD_CURRENT, NULL, t->now };
    if (next->activates_at <= t->now || !may_wait)
        return (struct key_step){ KEY_STEP_PROMOTE, next->kid, time_add(t->now, t->linger) };
    return (struct key_step){ KEY_STEP_NONE, NULL, 0 };
}

struct key_step key_plan(const struct key_rows *rows, const char *alg, bool main,
                         const struct key_times *t)
{
    const struct key_row *current = key_row_of(rows, alg, KEY_ROW_CURRENT);
    const struct key_row *next = key_row_of(rows, alg, KEY_ROW_NEXT);
    if (current == NULL)
        return begin(rows, alg, main, t);
    if (next != NULL && (next->activates_at <= t->now || !key_row_signs(current)))
        return (struct key_step){ KEY_STEP_PROMOTE, next->kid, time_add(t->now, t->linger) };
    if (next == NULL && !key_row_signs(current))
        return (struct key_step){ KEY_STEP_REPLACE, NULL, time_add(t->now, t->linger) };
    /* The next key is published in time for the day on which it is due. */
    int64_t learnt = time_add(t->now, t->publish);
    if (next == NULL && current->retires_at <= learnt)
        return (struct key_step){ KEY_STEP_ADD_NEXT, NULL,
                                  current->retires_at > learnt ? current->retires_at : learnt };
    return (struct key_step){ KEY_STEP_NONE, NULL, 0 };
}

static const struct key_row *row_called(const struct key_rows *rows, const char *kid)
{
    for (size_t i = 0; i < rows->n; i++)
        if (text_equal(rows->at[i].kid, kid))
            return &rows->at[i];
    return NULL;
}

struct key_step key_plan_remote(const struct key_rows *rows, const char *alg,
                                const struct key_target *target, const struct key_times *t)
{
    const struct key_row *current = key_row_of(rows, alg, KEY_ROW_CURRENT);
    const struct key_row *next = key_row_of(rows, alg, KEY_ROW_NEXT);
    bool signs = current != NULL ? target->current_signs : key_signer(rows, alg) != NULL;
    int64_t until = target->current_revoked ? t->now : time_add(t->now, t->linger);
    /* Another next key never signs; and what signs already is not waited for. */
    if (next != NULL && !text_equal(next->kid, target->kid))
        return (struct key_step){ KEY_STEP_RETIRE, next->kid, t->now };
    if (current != NULL && text_equal(current->kid, target->kid))
        return (struct key_step){ KEY_STEP_NONE, NULL, 0 };
    if (next != NULL && (next->activates_at <= t->now || !signs))
        return (struct key_step){ KEY_STEP_PROMOTE, next->kid, until };
    if (next != NULL)
        return (struct key_step){ KEY_STEP_NONE, NULL, 0 };
    /* One that is published still, or that has to sign at once. */
    if (!signs || row_called(rows, target->kid) != NULL)
        return (struct key_step){ KEY_STEP_ADOPT, target->kid, until };
    return (struct key_step){ KEY_STEP_ADOPT_NEXT, target->kid, time_add(t->now, t->publish) };
}
