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
