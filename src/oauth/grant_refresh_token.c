/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/grant.h"

#include "store/authorizations.h"
#include "token/refresh.h"

static RESULT give(struct req *r, const struct client *client, const struct token_request *in,
                   struct grant_given *out)
{
    const struct authorization_row *authorization = NULL;
    struct refresh_asked asked = {
        .token = in->refresh_token,
        .client_id = client->id,
        .scope = in->scope,
        .jkt = in->jkt,
        .x5t = in->x5t,
        .keeps = client->metadata.reuse_refresh_tokens,
        .style = client_style(client),
    };
    if (in->refresh_token == NULL)
        return fail_field(r->c, INVALID_REQUEST, "refresh_token", "This field is required.");
    TRY(grant_resource(r->c, in, &asked.resource));
    TRY(refresh_exchange(r->c, &asked, &out->tokens, &out->facts));
    /* OpenID Connect Core 12.2: a new ID token has no nonce; it tells of the same sign-in. */
    out->sid = out->facts.sid;
    TRY(authorization_find_live(r->c, out->facts.authorization_id, &authorization));
    if (authorization != NULL)
        out->claims = authorization->claims;
    return ok();
}

const struct grant grant_refresh_token = { "refresh_token", give };
