/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/client_keys.h"

bool client_has_keys(const struct client *client)
{
    return client->metadata.jwks.n > 0;
}

RESULT client_keys(struct ctx *c, const struct client *client, const struct key_set **out)
{
    struct key_set *keys = ARENA_NEW(c->arena, struct key_set);
    TRY(key_set_read(c, c->arena, client->metadata.jwks, keys));
    *out = keys;
    return ok();
}

RESULT client_encryption_key(struct ctx *c, const struct client *client, enum jwe_alg alg,
                             const struct encryption_key **out)
{
    struct encryption_keys keys = { 0 };
    if (client->metadata.jwks.n > 0)
        TRY(encryption_keys_read(c, c->arena, client->metadata.jwks, &keys));
    *out = encryption_key_choose(&keys, alg);
    if (*out != NULL)
        return ok();
    return fail_say(c, INVALID_CLIENT_METADATA,
                    text_printf(c->arena, "This client has no public key for %s (use: enc).",
                                jwe_alg_name(alg)),
                    "client %s has no key for %s", client->id, jwe_alg_name(alg));
}

RESULT client_may_have_encryption_key(struct ctx *c, const struct client_metadata *m,
                                      enum jwe_alg alg, bool *has)
{
    struct encryption_keys keys = { 0 };
    if (m->jwks.n > 0)
        TRY(encryption_keys_read(c, c->arena, m->jwks, &keys));
    *has = encryption_key_choose(&keys, alg) != NULL;
    return ok();
}
