/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/kind.h"

#include "base/codec.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "db/db.h"
#include "identity/audit.h"

enum { VERSION_BYTES = 12 };

struct applying {
    const struct realm_order *order;
    struct realm_changes changes;
    struct realm_outcome out;
    bool undone; /* on purpose */
};

/* ---- what is there ---- */

/* A name for all that a file can say of things, but for secrets. */
static const char *version_of(struct arena *a, const struct realm_things *now)
{
    size_t n = 0;
    const struct realm_kind *const *kinds = realm_kinds(&n);
    struct framed all = framed(a);
    uint8_t digest[DIGEST_SHA256];
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; !kinds[i]->when_asked && k < now[i].n; k++) {
            struct json_writer w = json_writer(a);
            realm_thing_write(&w, NULL, kinds[i]->shape, now[i].at[k]);
            framed_add_text(&all, kinds[i]->name);
            framed_add_text(&all, json_written(&w));
        }
    }
    sha256(framed_bytes(&all), digest);
    return hex_encode(a, (struct bytes){ digest, VERSION_BYTES });
}

static RESULT read_now(struct ctx *c, const struct realm_order *order, struct realm_things *now)
{
    size_t n = 0;
    const struct realm_kind *const *kinds = realm_kinds(&n);
    for (size_t i = 0; i < n; i++)
        if (order->realm->present[i] || !kinds[i]->when_asked)
            TRY(realm_now(c, kinds[i], &now[i]));
    return ok();
}

static RESULT check_version(struct ctx *c, const struct applying *a)
{
    const char *wanted = a->order->if_version;
    if (wanted == NULL || text_equal(wanted, a->out.version))
        return ok();
    return fail_say(c, CONFLICT,
                    "The configuration has changed since it was planned for: plan again.",
                    "the version is %s, planned for was %s", a->out.version, wanted);
}

/* ---- carrying out ---- */

/* Says which thing a failure is about. */
static err about(struct ctx *c, const struct realm_change *change, err done)
{
    bool ours = done.code != ERR_OK && done.code != ERR_UNAVAILABLE &&
                done.code != ERR_OUT_OF_MEMORY && done.code != ERR_INTERNAL;
    if (!ours)
        return done;
    const char *field = c->fault.field;
    c->fault.field = text_printf(c->arena, "%s %s%s%s", change->kind_name, change->key,
                                 field == NULL ? "" : ": ", field == NULL ? "" : field);
    return done;
}

static RESULT carry_out_one(struct ctx *c, const struct realm_order *order,
                            struct realm_change *change)
{
    const struct realm_work work = { change->now, change->wanted, order->actor_id };
    change->secret = NULL;
    switch (change->op) {
    case REALM_ADD:
        return change->kind->add(c, &work, &change->secret);
    case REALM_CHANGE:
        return change->kind->change(c, &work, &change->secret);
    case REALM_REMOVE:
        break;
    }
    return change->kind->remove(c, &work);
}

/* What is made in the order of the kinds, then what goes in the order backwards. */
static RESULT carry_out_all(struct ctx *c, struct applying *a)
{
    struct realm_changes *changes = &a->changes;
    for (size_t i = 0; i < changes->n; i++)
        if (changes->at[i].op != REALM_REMOVE)
            TRY(about(c, &changes->at[i], carry_out_one(c, a->order, &changes->at[i])));
    for (size_t i = changes->n; i-- > 0;)
        if (changes->at[i].op == REALM_REMOVE)
            TRY(about(c, &changes->at[i], carry_out_one(c, a->order, &changes->at[i])));
    return ok();
}

static RESULT record(struct ctx *c, const struct applying *a)
{
    return audit_add(c, &(struct audit){ .event = AUDIT_REALM_APPLIED,
                                         .details = { { "version", a->out.version },
                                                      { "changes", text_printf(c->arena, "%zu",
                                                                               a->changes.n) } } });
}

static RESULT try_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct applying *a = arg;
    a->undone = false;
    TRY(carry_out_all(c, a));
    TRY(realm_prove(c, a->order, &a->out));
    a->undone = a->order->plan || !a->out.proven;
    if (a->undone)
        return fail(c, CONFLICT, "undone");
    return a->changes.n == 0 ? ok() : record(c, a);
}

/* A secret that was never stored is nobody's. */
static void forget_secrets(struct realm_changes *changes)
{
    for (size_t i = 0; i < changes->n; i++)
        changes->at[i].secret = NULL;
}

/*
 * The part that is undone is a transaction within this one: so what was found is told of, and
 * nothing came between looking and changing.
 */
static RESULT apply_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct applying *a = arg;
    struct realm_things now[REALM_KINDS_MAX] = { 0 };
    *a = (struct applying){ .order = a->order };
    TRY(read_now(c, a->order, now));
    a->out.version = version_of(c->arena, now);
    TRY(check_version(c, a));
    TRY(realm_plan(c, a->order, now, &a->changes));
    err done = db_atomically(c, try_in, a);
    if (!a->undone)
        TRY(done);
    if (a->undone) {
        fault_clear(c);
        forget_secrets(&a->changes);
    }
    a->out.applied = !a->undone;
    a->out.changes = a->changes.at;
    a->out.changes_n = a->changes.n;
    return ok();
}

/* ---- before ---- */

static RESULT fetch_one(struct ctx *c, const struct realm_kind *kind, const void *thing)
{
    const struct realm_change change = { .kind_name = kind->name,
                                         .key = kind->key(c->arena, thing) };
    return about(c, &change, kind->fetch(c, thing));
}

RESULT realm_fetch(struct ctx *c, const struct realm *realm)
{
    size_t n = 0;
    const struct realm_kind *const *kinds = realm_kinds(&n);
    int64_t end_ms = time_monotonic_ms() + REALM_FETCH_MS;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; kinds[i]->fetch != NULL && k < realm->lists[i].n; k++) {
            if (time_monotonic_ms() > end_ms)
                return fail(c, UNAVAILABLE, "the servers of clients answer too slowly");
            TRY(fetch_one(c, kinds[i], realm->lists[i].at[k]));
        }
    }
    return ok();
}

RESULT realm_apply(struct ctx *c, const struct realm_order *order, struct realm_outcome *out)
{
    struct applying a = { .order = order };
    TRY(db_atomically(c, apply_in, &a));
    *out = a.out;
    return ok();
}
