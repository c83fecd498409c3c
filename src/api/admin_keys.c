/* SPDX-License-Identifier: Apache-2.0 */
#include "api/admin_keys.h"

#include "token/keyring.h"
#include "web/reply.h"

static const char *const states[] = {
    [KEY_NEXT] = "next", [KEY_CURRENT] = "current", [KEY_RETIRED] = "retired"
};

RESULT get_admin_keys(struct req *r)
{
    struct key_infos keys;
    TRY(keyring_list(r->c, r->c->keys, &keys));
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
    TRY(keyring_rotate(r->c, r->c->keys, REQ_IN(r, admin_key_rotate)->emergency));
    return get_admin_keys(r);
}
