/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an export of Keycloak configures, taken over by a service that runs elsewhere.
 */
#include "app/import_send.h"
#include "realm/admin_keycloak.h"

static void read_made(struct arena *a, const struct items *made, struct realm_outcome *out)
{
    const struct admin_keycloak_made *from = made->at;
    struct realm_change *changes = ARENA_NEWS(a, struct realm_change, made->n);
    for (size_t i = 0; i < made->n; i++)
        changes[i] = (struct realm_change){
            .op = REALM_ADD, .kind_name = from[i].kind, .key = from[i].key, .secret = from[i].secret
        };
    out->changes = changes;
    out->changes_n = made->n;
}

static void read_left(struct arena *a, const struct items *left, struct keycloak_outcome *out)
{
    const struct admin_keycloak_left *from = left->at;
    struct keycloak_left *all = ARENA_NEWS(a, struct keycloak_left, left->n);
    for (size_t i = 0; i < left->n; i++)
        all[i] = (struct keycloak_left){ from[i].where, from[i].what, from[i].why };
    out->left = all;
    out->left_n = left->n;
}

static RESULT too_large(struct ctx *c, size_t n)
{
    return fail_say(c, BODY_TOO_LARGE,
                    "These are more roles and clients than a server takes at once (512 KiB): "
                    "import this realm where the data folder is.",
                    "%zu bytes of roles and clients", n);
}

RESULT import_configure(struct ctx *c, const struct admin_server *server,
                        const struct import_order *order, struct keycloak_outcome *out)
{
    struct admin_keycloak_outcome told;
    struct admin_call call = { .method = "POST",
                               .path = "/admin/import/keycloak",
                               .query = { { "tenant", order->tenant },
                                          { "dry_run", order->dry_run ? "true" : NULL } },
                               .out_shape = &admin_keycloak_outcome_shape,
                               .out = &told };
    TRY(keycloak_configuration(c, order->bytes, &call.json));
    if (call.json.n > ADMIN_KEYCLOAK_BODY_MAX)
        return too_large(c, call.json.n);
    err done = admin_send(c, server, &call, NULL);
    if (done.code == ERR_OUT_OF_MEMORY) {
        admin_refusal_clear(c);
        return too_large(c, call.json.n);
    }
    TRY(done);
    texts_sort(told.roles);
    texts_sort(told.pretended_roles);
    *out = (struct keycloak_outcome){ .roles = { told.roles, told.pretended_roles } };
    read_made(c->arena, &told.made, &out->applied);
    read_left(c->arena, &told.left_out, out);
    return ok();
}
