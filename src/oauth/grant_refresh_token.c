/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/grant.h"

#include "store/authorizations.h"
#include "store/sessions.h"
#include "token/refresh.h"

/* The session in which it was granted, while that lives: offline access outlives it, and signing
 * out at an application takes an ID token of the very session. */
static RESULT find_sid(struct ctx *c, const struct authorization_row *a, const char **sid)
{
    enum session_state state;
    const struct session_row *session = NULL;
    if (*sid != NULL || a->sid == NULL)
        return ok();
    TRY(session_find_id(c, a->sid, &state, &session));
    if (session != NULL && state == SESSION_LIVE)
        *sid = session->id;
    return ok();
}

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
        .details = in->authorization_details,
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
    if (authorization == NULL)
        return ok();
    out->claims = authorization->claims;
    return find_sid(r->c, authorization, &out->sid);
}

const struct grant grant_refresh_token = { "refresh_token", give, true };
