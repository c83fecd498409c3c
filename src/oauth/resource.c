/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/resource.h"
#include "oauth/uri_shown.h"

#include "store/resources.h"
#include "token/claims.h"

static RESULT check_one(struct ctx *c, const struct client *client, const char *uri)
{
    const struct resource_row *row = NULL;
    struct texts bound = client->metadata.resources;
    if (bound.n > 0 && !texts_hold(bound, uri))
        return because(
            c, RESOURCE, text_join(c->arena, client->metadata.resources, " "),
            uri_shown(c->arena, uri),
            fail(c, INVALID_TARGET, "client %s may not ask for this resource", client->id));
    if (text_equal(uri, token_audience(c)))
        return ok();
    TRY(resource_find(c, uri, &row));
    if (row == NULL)
        return because(
            c, RESOURCE, NULL, uri_shown(c->arena, uri),
            fail(c, INVALID_TARGET, "client %s asks for an unknown resource", client->id));
    return ok();
}

RESULT resource_check(struct ctx *c, const struct client *client, struct texts uris)
{
    for (size_t i = 0; i < uris.n; i++)
        TRY(check_one(c, client, uris.at[i]));
    return ok();
}
