/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/azure.h"

#include <uauth/uauth.h>

#include <unistd.h>

struct uauth_azure_token {
    struct held held;
    struct azure_token token;
};

/* As it is now: a program may change its environment later, and no thread looks at it then. */
static const char *const *copy_environment(struct arena *a)
{
    size_t n = 0;
    while (environ[n] != NULL)
        n++;
    const char **out = ARENA_NEWS(a, const char *, n + 1);
    for (size_t i = 0; i < n; i++)
        out[i] = text_keep(a, environ[i]);
    return out;
}

static RESULT make(struct call *k, const struct uauth_azure_options *from, struct uauth_azure *out)
{
    struct ctx *c = &k->c;
    struct uauth_azure_options o;
    TRY(options_read(c, from, &o, sizeof o));
    const struct azure_platform platform = azure_platform(copy_environment(c->arena));
    const struct azure_options options = {
        .credential = o.credential,
        .tenant_id = o.tenant_id,
        .client_id = o.client_id,
        .object_id = o.object_id,
        .resource_id = o.resource_id,
        .subscription = o.subscription,
        .allowed_tenants = lib_words(c->arena, o.allowed_tenants),
        .required = lib_words(c->arena, o.required_variables),
        .capabilities = lib_words(c->arena, o.capabilities),
        .federated_token_file = o.federated_token_file,
    };
    return azure_credential_new(c, &platform, &options, &out->credential);
}

enum uauth_result uauth_azure_new(struct uauth *u, const struct uauth_azure_options *options,
                                  struct uauth_azure **out, struct uauth_error **error)
{
    struct call k;
    *out = NULL;
    if (!call_open(&k, u, error))
        return UAUTH_MEMORY;
    struct uauth_azure *made = ARENA_NEW(k.c.arena, struct uauth_azure);
    err result = make(&k, options, made);
    return CALL_CLOSE(&k, result, made, out, error);
}

void uauth_azure_free(struct uauth_azure *azure)
{
    if (azure == NULL)
        return;
    azure_credential_free(azure->credential);
    held_free(&azure->held);
}

static RESULT get(struct call *k, const struct uauth_azure *azure,
                  const struct uauth_azure_wanted *from, struct azure_token *out)
{
    struct uauth_azure_wanted o;
    TRY(options_read(&k->c, from, &o, sizeof o));
    const struct azure_asked asked = { o.scope, o.tenant_id, o.claims };
    return azure_credential_get(&k->c, azure->credential, &asked, out);
}

enum uauth_result uauth_azure_token(const struct uauth_azure *azure,
                                    const struct uauth_azure_wanted *wanted,
                                    struct uauth_azure_token **out, struct uauth_error **error)
{
    struct call k;
    *out = NULL;
    if (!call_open(&k, azure->held.uauth, error))
        return UAUTH_MEMORY;
    struct uauth_azure_token *made = ARENA_NEW(k.c.arena, struct uauth_azure_token);
    err result = get(&k, azure, wanted, &made->token);
    return CALL_CLOSE(&k, result, made, out, error);
}

const char *uauth_azure_token_text(const struct uauth_azure_token *token)
{
    return token->token.token;
}

int64_t uauth_azure_token_expires_at(const struct uauth_azure_token *token)
{
    return token->token.expires_on;
}

const char *uauth_azure_token_source(const struct uauth_azure_token *token)
{
    return token->token.source;
}

void uauth_azure_token_free(struct uauth_azure_token *token)
{
    if (token != NULL)
        held_free(&token->held);
}
