/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/token.h"

#include "client/dpop.h"
#include "oauth/claims_request.h"
#include "oauth/client_auth_certificate.h"
#include "oauth/client_messages.h"
#include "oauth/client_sector.h"
#include "oauth/fapi.h"
#include "oauth/scope.h"
#include "oauth/user_claims.h"
#include "token/id_token.h"
#include "token/keyring.h"
#include "web/client_certificate.h"
#include "web/proof.h"
#include "web/reply.h"

/* OpenID Connect Core 3.1.3.3, 12.2: to whom the scope openid was granted. */
static RESULT add_id_token(struct req *r, const struct client *client,
                           const struct grant_given *given, struct token_response *out)
{
    struct claims_request asked;
    struct user_claims about;
    if (given->no_id_token || !texts_hold(given->facts.scopes, SCOPE_OPENID))
        return ok();
    TRY(claims_request_read(r->c, given->claims, &asked));
    TRY(user_claims_find(r->c, given->facts.user_id, given->facts.tenant_id, &about));
    if (about.user == NULL)
        return because(r->c, REFRESH_ENDED, NULL, NULL,
                       fail(r->c, INVALID_GRANT, "user %s is not active", given->facts.user_id));
    const char *sub = NULL;
    const char *actor = NULL;
    TRY(client_subject(r->c, client, given->facts.user_id, &sub));
    if (given->facts.actors.n > 0)
        TRY(client_subject(r->c, client, given->facts.actors.at[0], &actor));
    about.scopes = given->facts.scopes;
    about.names = asked.id_token;
    const struct id_token facts = {
        .sub = sub,
        .client_id = given->facts.client_id,
        .nonce = given->nonce,
        .access_token = given->tokens.access_token,
        .sid = given->sid,
        .authorization_id = given->facts.authorization_id,
        .acr = given->facts.acr,
        .actor = actor,
        .alg = client->metadata.id_token_signed_response_alg,
        .amr = given->facts.amr,
        .auth_time = given->facts.auth_time,
        .life = given->tokens.id_token_life,
        .write = user_claims_write,
        .about = &about,
    };
    const char *token = NULL;
    TRY(id_token_issue(r->c, &facts, &token));
    return client_message_encrypt(r->c, client, CLIENT_ID_TOKEN, token, &out->id_token);
}

/* RFC 9449 5.2, DP-12: who has promised to bind its tokens never gets one that is not bound. */
static RESULT check_proof(struct req *r, const struct client *client, const char **jkt)
{
    const struct proof_due due = { .algs = fapi_algs(&client->metadata, DPOP_ALGS) };
    TRY(proof_check(r, &due, jkt));
    if (*jkt == NULL && client->metadata.dpop_bound_access_tokens)
        return because(r->c, DPOP_MISSING, "DPoP", NULL,
                       fail_say(r->c, INVALID_DPOP_PROOF, "This client has to send a DPoP proof.",
                                "client %s, which binds its tokens, sent no proof", client->id));
    return ok();
}

/* RFC 8705 3: the same for the certificate of the client. */
static RESULT check_certificate(struct req *r, const struct client *client, const char **x5t)
{
    struct certificates shown;
    struct certificate certificate;
    if (!client->metadata.tls_client_certificate_bound_access_tokens)
        return ok();
    TRY(client_certificates(r, &shown));
    TRY(client_auth_read_certificate(r->c, &shown, &certificate));
    *x5t = certificate.thumbprint;
    return ok();
}

RESULT post_oauth_token(struct req *r)
{
    struct token_request in = *REQ_IN(r, token_request);
    const struct client *client = client_of(r);
    const struct grant *grant = grant_find(in.grant_type);
    struct grant_given given = { 0 };
    if (grant == NULL)
        return because(r->c, GRANT_TYPE, grant_names(r->c->arena), in.grant_type,
                       fail(r->c, UNSUPPORTED_GRANT_TYPE, "grant_type is not among ours"));
    /* RFC 6749 5.2. */
    if (!client_may(client, grant->name))
        return because(r->c, CLIENT_GRANT, client_grants(r->c->arena, client), grant->name,
                       fail(r->c, UNAUTHORIZED_CLIENT, "client %s is not registered for %s",
                            client->id, grant->name));
    if (in.authorization_details != NULL && !grant->takes_details)
        return fail_field(r->c, INVALID_REQUEST, "authorization_details",
                          "This grant has no authorization details.");
    TRY(check_proof(r, client, &in.jkt));
    TRY(check_certificate(r, client, &in.x5t));
    TRY(client_message_ready(r->c, client, CLIENT_ACCESS_TOKEN));
    TRY(client_message_ready(r->c, client, CLIENT_ID_TOKEN));
    TRY(keyring_ready(r->c, r->c->keys));
    TRY(grant->give(r, client, &in, &given));
    struct token_response out = {
        .access_token = given.tokens.access_token,
        .issued_token_type = given.issued_token_type,
        .token_type = given.facts.jkt != NULL ? "DPoP" : "Bearer",
        .expires_in = given.tokens.expires_in,
        .refresh_token = given.tokens.refresh_token,
        .scope = given.tokens.scope,
    };
    /* RFC 9396 7. */
    if (given.facts.details != NULL)
        out.authorization_details = bytes_of(given.facts.details);
    TRY(add_id_token(r, client, &given, &out));
    return reply(r, &out);
}
