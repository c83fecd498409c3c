/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/admin_realm.h"

#include "identity/audit.h"
#include "identity/authority.h"
#include "web/door.h"
#include "web/ended.h"
#include "web/principal.h"
#include "web/reply.h"

static const char *const op_names[] = {
    [REALM_ADD] = "add", [REALM_CHANGE] = "change", [REALM_REMOVE] = "remove"
};

const char *admin_realm_op(enum realm_op op)
{
    return op_names[op];
}

enum realm_op admin_realm_op_of(const char *name)
{
    if (text_equal(name, op_names[REALM_CHANGE]))
        return REALM_CHANGE;
    return text_equal(name, op_names[REALM_REMOVE]) ? REALM_REMOVE : REALM_ADD;
}

/* ---- planning and applying ---- */

/* An order on its way through a transaction. */
struct work {
    struct realm_order order;
    struct realm_outcome out;
};

static RESULT apply_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct work *work = arg;
    struct upstreams *upstreams = c->upstreams;
    /* What was to be fetched was, and proven: in here nobody is called. */
    c->upstreams = NULL;
    err done = realm_apply(c, &work->order, &work->out);
    c->upstreams = upstreams;
    TRY(done);
    return work->out.changes_n <= ADMIN_REALM_CHANGES_MAX
               ? ok()
               : fail_say(c, BODY_TOO_LARGE, "Apply so many changes where the data folder is.",
                          "%zu changes at once", work->out.changes_n);
}

static struct items show_differences(struct arena *a, const struct realm_change *change)
{
    size_t n = change->differences_n;
    struct admin_realm_difference *out = ARENA_NEWS(a, struct admin_realm_difference, n);
    for (size_t i = 0; i < n; i++)
        out[i] = (struct admin_realm_difference){ change->differences[i].name,
                                                  change->differences[i].before,
                                                  change->differences[i].after };
    return (struct items){ out, n };
}

static struct items show_changes(struct arena *a, const struct realm_outcome *found)
{
    struct admin_realm_change *out = ARENA_NEWS(a, struct admin_realm_change, found->changes_n);
    for (size_t i = 0; i < found->changes_n; i++) {
        const struct realm_change *change = &found->changes[i];
        out[i] = (struct admin_realm_change){ .op = op_names[change->op],
                                              .kind = change->kind_name,
                                              .key = change->key,
                                              .secret = change->secret,
                                              .differences = show_differences(a, change) };
    }
    return (struct items){ out, found->changes_n };
}

static struct items show_proofs(struct arena *a, const struct realm_outcome *found)
{
    struct admin_realm_proof *out = ARENA_NEWS(a, struct admin_realm_proof, found->proofs_n);
    for (size_t i = 0; i < found->proofs_n; i++)
        out[i] = (struct admin_realm_proof){ .name = found->proofs[i].name,
                                             .why = found->proofs[i].why,
                                             .expected = found->proofs[i].expected,
                                             .got = found->proofs[i].got,
                                             .held = found->proofs[i].held };
    return (struct items){ out, found->proofs_n };
}

/* All that is configured is in memory at once: for the few who operate the service. */
static RESULT apply(struct req *r, void *arg)
{
    const bool *plan = arg;
    const struct admin_realm_query *query = r->query;
    const struct actor actor = admin_actor(r);
    struct work work = { .order = { .router = r->door->router,
                                    .plan = *plan,
                                    .prune = query->prune,
                                    .actor_id = actor.user_id,
                                    .if_version = query->if_version } };
    TRY(realm_read_sent(r->c, r->http->body, &work.order.realm));
    TRY(realm_fetch(r->c, work.order.realm));
    TRY(authority_act(r->c, &actor, apply_in, &work));
    TRY(ended(r));
    const struct admin_realm_outcome shown = { .version = work.out.version,
                                               .applied = work.out.applied,
                                               .proven = work.out.proven,
                                               .changes = show_changes(r->c->arena, &work.out),
                                               .scenarios = show_proofs(r->c->arena, &work.out) };
    return reply(r, &shown);
}

RESULT post_admin_plan(struct req *r)
{
    bool plan = true;
    return req_with_room(r, ADMIN_REALM_CEILING, apply, &plan);
}

RESULT post_admin_apply(struct req *r)
{
    bool plan = false;
    return req_with_room(r, ADMIN_REALM_CEILING, apply, &plan);
}

/* ---- exporting ---- */

struct exporting {
    struct realm_wish wish;
    const char *json;
    struct actor actor;
};

static RESULT export_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct exporting *export = arg;
    return realm_export(c, &export->wish, &export->json);
}

/* AU-02: who reads of many people at once is written down. */
static RESULT export_people_in(struct ctx *c, struct db *tx, void *arg)
{
    struct exporting *export = arg;
    TRY(export_in(c, tx, arg));
    return audit_add(c, &(struct audit){ .event = AUDIT_REALM_EXPORTED,
                                         .actor_id = export->actor.user_id,
                                         .tenant_id = export->actor.tenant_id });
}

static RESULT export_all(struct req *r, void *unused)
{
    (void)unused;
    const struct admin_realm_wish *in = r->in;
    struct exporting export = { .wish = { in->members, in->secrets_from_env },
                                .actor = admin_actor(r) };
    if (in->members)
        TRY(principal_check_recent(r));
    TRY(in->members ? authority_act(r->c, &export.actor, export_people_in, &export)
                    : authority_look(r->c, &export.actor, export_in, &export));
    return reply_text(r, 200, "application/json", export.json);
}

RESULT get_admin_realm(struct req *r)
{
    return req_with_room(r, ADMIN_REALM_CEILING, export_all, NULL);
}
