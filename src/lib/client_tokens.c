/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/client.h"

struct uauth_token *client_claims_of(struct call *k, const struct jwt *jwt)
{
    const struct verifier nobody = { 0 };
    struct uauth_token *token = token_new(k, &nobody);
    token->verified.jwt = *jwt;
    token->held = (struct held){ k->uauth, k->c.arena };
    return token;
}

/* What a server says over its own connection is under no signature. */
RESULT client_claims(struct call *k, struct bytes json, struct uauth_token **out)
{
    const struct jwt_policy policy = {
        .signature = { .refusal = ERR_UPSTREAM },
        .open = JWT_ANY_ISSUER | JWT_ANY_AUDIENCE | JWT_NO_EXPIRY,
        .leeway = 0,
    };
    struct jwt jwt;
    TRY(jwt_take(&k->c, json, &policy, &jwt));
    *out = client_claims_of(k, &jwt);
    return ok();
}

enum uauth_result client_close(struct call *k, err result, const struct client_given *given,
                               struct uauth_tokens **out, struct uauth_error **error)
{
    *out = NULL;
    if (result.code != ERR_OK)
        return call_close(k, result, NULL, error);
    struct uauth_tokens *made = ARENA_NEW(k->c.arena, struct uauth_tokens);
    made->given = *given->tokens;
    made->expires_at = made->given.expires_in == 0 ? 0 : k->c.now + made->given.expires_in;
    made->id = given->id == NULL ? NULL : client_claims_of(k, given->id);
    return CALL_CLOSE(k, result, made, out, error);
}

const char *uauth_tokens_access(const struct uauth_tokens *tokens)
{
    return tokens->given.access_token;
}

const char *uauth_tokens_type(const struct uauth_tokens *tokens)
{
    return tokens->given.token_type;
}

const char *uauth_tokens_refresh(const struct uauth_tokens *tokens)
{
    return tokens->given.refresh_token;
}

const char *uauth_tokens_scope(const struct uauth_tokens *tokens)
{
    return tokens->given.scope;
}

const char *uauth_tokens_issued_type(const struct uauth_tokens *tokens)
{
    return tokens->given.issued_token_type;
}

const char *uauth_tokens_id_token(const struct uauth_tokens *tokens)
{
    return tokens->given.id_token;
}

int64_t uauth_tokens_expires_at(const struct uauth_tokens *tokens)
{
    return tokens->expires_at;
}

const struct uauth_token *uauth_tokens_id(const struct uauth_tokens *tokens)
{
    return tokens->id;
}

void uauth_tokens_free(struct uauth_tokens *tokens)
{
    if (tokens == NULL)
        return;
    if (tokens->id != NULL)
        (void)pthread_mutex_destroy(&tokens->id->lock);
    held_free(&tokens->held);
}
