/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/admin_keycloak.h"

#include "identity/authority.h"
#include "store/tenants.h"
#include "web/door.h"
#include "web/reply.h"

/* An export on its way through a transaction. */
struct work {
    struct keycloak_order order;
    struct keycloak_outcome out;
};

static RESULT apply_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct work *work = arg;
    return keycloak_apply(c, &work->order, &work->out);
}

static struct items show_made(struct arena *a, const struct realm_outcome *applied)
{
    struct admin_keycloak_made *out = ARENA_NEWS(a, struct admin_keycloak_made, applied->changes_n);
    for (size_t i = 0; i < applied->changes_n; i++)
        out[i] = (struct admin_keycloak_made){ .kind = applied->changes[i].kind_name,
                                               .key = applied->changes[i].key,
                                               .secret = applied->changes[i].secret };
    return (struct items){ out, applied->changes_n };
}

static struct items show_left(struct arena *a, const struct keycloak_outcome *done)
{
    struct admin_keycloak_left *out = ARENA_NEWS(a, struct admin_keycloak_left, done->left_n);
    for (size_t i = 0; i < done->left_n; i++)
        out[i] = (struct admin_keycloak_left){ .where = done->left[i].where,
                                               .what = done->left[i].what,
                                               .why = done->left[i].why };
    return (struct items){ out, done->left_n };
}

static RESULT take(struct req *r, void *arg)
{
    (void)arg;
    const struct admin_keycloak_query *query = r->query;
    const struct actor actor = admin_actor(r);
    const char *tenant = query->tenant == NULL ? TENANT_DEFAULT_SLUG : query->tenant;
    struct work work = { .order = { .bytes = r->http->body,
                                    .tenant = tenant,
                                    .router = r->door->router,
                                    .dry_run = query->dry_run } };
    TRY(authority_act(r->c, &actor, apply_in, &work));
    const struct keycloak_outcome *done = &work.out;
    const struct admin_keycloak_outcome shown = { .made = show_made(r->c->arena, &done->applied),
                                                  .left_out = show_left(r->c->arena, done),
                                                  .roles = done->roles.known,
                                                  .pretended_roles = done->roles.pretended };
    return reply(r, &shown);
}

RESULT post_admin_import_keycloak(struct req *r)
{
    return req_with_room(r, ADMIN_KEYCLOAK_CEILING, take, NULL);
}
