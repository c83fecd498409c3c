/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/registration_tokens.h"

#include "base/random.h"
#include "crypto/digest.h"
#include "identity/audit.h"

/* One change on its way through a transaction. */
struct change {
    const struct actor *actor;
    const struct registration_token_row *row;
    int64_t ended;
};

static RESULT record(struct ctx *c, const struct change *change, enum audit_event event,
                     const char *what, const char *value)
{
    const struct actor *actor = change->actor;
    return audit_add(c, &(struct audit){ .event = event,
                                         .actor_id = actor == NULL ? NULL : actor->user_id,
                                         .details = { { what, value } } });
}

/* An operator is looked at in the transaction; a command may. */
static RESULT act(struct ctx *c, struct change *change, db_unit *fn)
{
    return change->actor == NULL ? db_atomically(c, fn, change)
                                 : authority_act(c, change->actor, fn, change);
}

static RESULT make_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct change *change = arg;
    TRY(registration_token_add(c, change->row));
    return record(c, change, AUDIT_REGISTRATION_TOKEN_MADE, "uses",
                  text_printf(c->arena, "%lld", (long long)change->row->uses));
}

RESULT registration_token_make(struct ctx *c, const struct registration_token_new *new,
                               struct registration_token_made *out)
{
    enum { HOUR = 3600 };
    int64_t hours = new->hours == 0 ? REGISTRATION_HOURS : new->hours;
    const char *token = random_token(c);
    const struct registration_token_row row = {
        .hash = token_hash(c->arena, token),
        .label = new->label == NULL ? "" : new->label,
        .uses = new->uses == 0 ? REGISTRATION_USES : new->uses,
        .expires_at = c->now + hours *HOUR,
    };
    struct change change = { .actor = new->actor, .row = &row };
    TRY(act(c, &change, make_in));
    *out = (struct registration_token_made){ .row = row, .token = token };
    return ok();
}

static RESULT withdraw_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    TRY(registration_tokens_end(c, &change->ended));
    return record(c, change, AUDIT_REGISTRATION_TOKENS_ENDED, "ended",
                  text_printf(c->arena, "%lld", (long long)change->ended));
}

RESULT registration_tokens_withdraw(struct ctx *c, const struct actor *actor, int64_t *ended)
{
    struct change change = { .actor = actor };
    TRY(act(c, &change, withdraw_in));
    *ended = change.ended;
    return ok();
}
