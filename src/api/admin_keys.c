/* SPDX-License-Identifier: Apache-2.0 */
#include "api/admin_keys.h"

#include "token/issuer.h"
#include "token/keyring.h"
#include "web/reply.h"

static const char *const states[] = {
    [KEY_NEXT] = "next", [KEY_CURRENT] = "current", [KEY_RETIRED] = "retired"
};

static RESULT show(struct req *r, const struct keyring *of)
{
    struct key_infos keys;
    TRY(keyring_list(r->c, of, &keys));
    struct admin_key *out = ARENA_NEWS(r->c->arena, struct admin_key, keys.n);
    for (size_t i = 0; i < keys.n; i++)
        out[i] = (struct admin_key){ .kid = keys.at[i].kid,
                                     .alg = keys.at[i].alg,
                                     .state = states[keys.at[i].state],
                                     .created_at = keys.at[i].created_at,
                                     .activates_at = keys.at[i].activates_at,
                                     .retires_at = keys.at[i].retires_at,
                                     .expires_at = keys.at[i].expires_at };
    return reply(r, &(struct admin_key_list){ .keys = { out, keys.n } });
}

RESULT get_admin_keys(struct req *r)
{
    struct keyring *keys = NULL;
    TRY(issuer_keys(r->c, REQ_IN(r, admin_key_query)->tenant, &keys));
    return show(r, keys);
}

static RESULT may_still(struct ctx *c, struct db *tx, void *arg)
{
    (void)c;
    (void)tx;
    (void)arg;
    return ok();
}

/* Making a key takes longer than a transaction may: the right is looked at right before. */
RESULT post_admin_key_rotate(struct req *r)
{
    const struct actor actor = admin_actor(r);
    TRY(authority_look(r->c, &actor, may_still, NULL));
    struct keyring *keys = NULL;
    TRY(issuer_keys(r->c, REQ_IN(r, admin_key_rotate)->tenant, &keys));
    TRY(keyring_rotate(r->c, keys, REQ_IN(r, admin_key_rotate)->emergency));
    return show(r, keys);
}
