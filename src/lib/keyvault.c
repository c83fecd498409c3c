/* SPDX-License-Identifier: Apache-2.0 */
#include "client/key_vault.h"
#include "lib/azure.h"

#include <uauth/uauth.h>

struct uauth_key_vault {
    struct held held;
    struct key_vault *vault;
};

struct uauth_vault_secret {
    struct held held;
    struct vault_secret secret;
};

struct uauth_vault_key {
    struct held held;
    struct vault_key key;
    bool may_sign;
};

struct uauth_vault_signature {
    struct held held;
    struct bytes bytes;
};

/* ---- vaults ---- */

static RESULT make(struct call *k, const struct uauth_key_vault_options *from,
                   struct uauth_key_vault *out)
{
    struct uauth_key_vault_options o;
    TRY(options_read(&k->c, from, &o, sizeof o));
    if (o.url == NULL || o.azure == NULL || o.timeout_ms < 0)
        return fail(&k->c, INVALID_REQUEST, "a key vault has a url and a credential of Azure");
    const struct key_vault_plan plan = { .url = o.url,
                                         .credential = o.azure->credential,
                                         .limit_ms = o.timeout_ms };
    return key_vault_new(&k->c, &plan, &out->vault);
}

enum uauth_result uauth_key_vault_new(struct uauth *u,
                                      const struct uauth_key_vault_options *options,
                                      struct uauth_key_vault **out, struct uauth_error **error)
{
    struct call k;
    *out = NULL;
    if (!call_open(&k, u, error))
        return UAUTH_MEMORY;
    struct uauth_key_vault *made = ARENA_NEW(k.c.arena, struct uauth_key_vault);
    err result = make(&k, options, made);
    return CALL_CLOSE(&k, result, made, out, error);
}

void uauth_key_vault_free(struct uauth_key_vault *vault)
{
    if (vault == NULL)
        return;
    key_vault_free(vault->vault);
    held_free(&vault->held);
}

/* ---- secrets ---- */

enum uauth_result uauth_key_vault_secret(const struct uauth_key_vault *vault, const char *name,
                                         const char *version, struct uauth_vault_secret **out,
                                         struct uauth_error **error)
{
    struct call k;
    *out = NULL;
    if (!call_open(&k, vault->held.uauth, error))
        return UAUTH_MEMORY;
    struct uauth_vault_secret *made = ARENA_NEW(k.c.arena, struct uauth_vault_secret);
    err result = key_vault_secret(&k.c, vault->vault, name, version, &made->secret);
    return CALL_CLOSE(&k, result, made, out, error);
}

const char *uauth_vault_secret_value(const struct uauth_vault_secret *secret)
{
    return secret->secret.value;
}

const char *uauth_vault_secret_version(const struct uauth_vault_secret *secret)
{
    return secret->secret.is.version;
}

const char *uauth_vault_secret_content_type(const struct uauth_vault_secret *secret)
{
    return secret->secret.content_type;
}

int64_t uauth_vault_secret_expires_at(const struct uauth_vault_secret *secret)
{
    return secret->secret.is.expires_at;
}

void uauth_vault_secret_free(struct uauth_vault_secret *secret)
{
    if (secret != NULL)
        held_free(&secret->held);
}

/* ---- keys ---- */

enum uauth_result uauth_key_vault_key(const struct uauth_key_vault *vault, const char *name,
                                      const char *version, struct uauth_vault_key **out,
                                      struct uauth_error **error)
{
    struct call k;
    *out = NULL;
    if (!call_open(&k, vault->held.uauth, error))
        return UAUTH_MEMORY;
    struct uauth_vault_key *made = ARENA_NEW(k.c.arena, struct uauth_vault_key);
    err result = key_vault_key(&k.c, vault->vault, name, version, &made->key);
    if (result.code == ERR_OK)
        made->may_sign = made->key.may_sign && vault_version_is_good(&made->key.is, k.c.now);
    return CALL_CLOSE(&k, result, made, out, error);
}

const char *uauth_vault_key_jwk(const struct uauth_vault_key *key)
{
    return key->key.jwk;
}

const char *uauth_vault_key_version(const struct uauth_vault_key *key)
{
    return key->key.is.version;
}

bool uauth_vault_key_may_sign(const struct uauth_vault_key *key)
{
    return key->may_sign;
}

void uauth_vault_key_free(struct uauth_vault_key *key)
{
    if (key != NULL)
        held_free(&key->held);
}

static RESULT sign(struct call *k, const struct uauth_key_vault *vault,
                   const struct uauth_vault_signing *from, struct bytes *out)
{
    struct uauth_vault_signing o;
    TRY(options_read(&k->c, from, &o, sizeof o));
    if (o.alg == NULL || o.digest == NULL)
        return fail(&k->c, INVALID_REQUEST, "what is signed is a digest, by an algorithm");
    const struct vault_signing signing = { .name = o.name,
                                           .version = o.version,
                                           .alg = alg_from_name(o.alg),
                                           .digest = { o.digest, o.digest_n } };
    return key_vault_sign(&k->c, vault->vault, &signing, out);
}

enum uauth_result uauth_key_vault_sign(const struct uauth_key_vault *vault,
                                       const struct uauth_vault_signing *signing,
                                       struct uauth_vault_signature **out,
                                       struct uauth_error **error)
{
    struct call k;
    *out = NULL;
    if (!call_open(&k, vault->held.uauth, error))
        return UAUTH_MEMORY;
    struct uauth_vault_signature *made = ARENA_NEW(k.c.arena, struct uauth_vault_signature);
    err result = sign(&k, vault, signing, &made->bytes);
    return CALL_CLOSE(&k, result, made, out, error);
}

const void *uauth_vault_signature_bytes(const struct uauth_vault_signature *signature, size_t *n)
{
    *n = signature->bytes.n;
    return signature->bytes.at;
}

void uauth_vault_signature_free(struct uauth_vault_signature *signature)
{
    if (signature != NULL)
        held_free(&signature->held);
}
