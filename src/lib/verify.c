/* SPDX-License-Identifier: Apache-2.0 */
#include "client/verifier.h"
#include "lib/call.h"

#include <uauth/uauth.h>

#include <string.h>

struct uauth_verifier {
    struct held held;
    struct verifier verifier;
};

struct uauth_token {
    struct held held;
    struct jwt jwt;
};

static RESULT read_options(struct ctx *c, const struct uauth_verifier_options *options,
                           struct verifier *out)
{
    struct uauth_verifier_options o;
    TRY(options_read(c, options, &o, sizeof o));
    if (o.issuer == NULL || o.audiences_n == 0)
        return fail(c, INVALID_REQUEST, "a verifier needs issuer and audiences");
    if (o.leeway < 0 || o.leeway > VERIFIER_LEEWAY_MAX)
        return fail(c, INVALID_REQUEST, "leeway is 0 to %d seconds", VERIFIER_LEEWAY_MAX);
    const char **audiences = ARENA_NEWS(c->arena, const char *, o.audiences_n);
    for (size_t i = 0; i < o.audiences_n; i++)
        audiences[i] = lib_copy(c->arena, o.audiences[i]);
    *out = (struct verifier){ .issuer = lib_copy(c->arena, o.issuer),
                              .audiences = { audiences, o.audiences_n },
                              .leeway = o.leeway };
    return ok();
}

enum uauth_result uauth_verifier_new(struct uauth *u, const struct uauth_verifier_options *options,
                                     struct uauth_verifier **out, struct uauth_error **error)
{
    struct call k;
    if (!call_open(&k, u, error))
        return UAUTH_MEMORY;
    struct uauth_verifier *made = ARENA_NEW(k.c.arena, struct uauth_verifier);
    err result = read_options(&k.c, options, &made->verifier);
    return CALL_CLOSE(&k, result, made, out, error);
}

void uauth_verifier_free(struct uauth_verifier *verifier)
{
    if (verifier != NULL)
        held_free(&verifier->held);
}

enum uauth_result uauth_verify(const struct uauth_verifier *verifier, const char *token,
                               struct uauth_token **out, struct uauth_error **error)
{
    struct call k;
    if (!call_open(&k, verifier->held.uauth, error))
        return UAUTH_MEMORY;
    struct uauth_token *made = ARENA_NEW(k.c.arena, struct uauth_token);
    err result = verifier_check(&k.c, &verifier->verifier, token, &made->jwt);
    return CALL_CLOSE(&k, result, made, out, error);
}

const char *uauth_token_text(const struct uauth_token *token, const char *name)
{
    const struct jwt_claim *claim = jwt_claim(&token->jwt, name);
    return claim != NULL && claim->value.kind == JSON_TEXT ? claim->value.text : NULL;
}

void uauth_token_free(struct uauth_token *token)
{
    if (token != NULL)
        held_free(&token->held);
}
