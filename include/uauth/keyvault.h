/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_KEYVAULT_H
#define UAUTH_KEYVAULT_H

/*
 * Secrets and keys of an Azure Key Vault.  A key signs in the vault: its private half never reaches
 * the program.  Who the program is, a credential says (uauth_azure_new); which token it takes, the
 * vault says, and it gets one for vaults alone.
 *
 *     struct uauth_key_vault_options options = { sizeof options,
 *                                                .url = "https://kv1.vault.azure.net",
 *                                                .azure = azure };
 *     uauth_key_vault_new(uauth, &options, &vault, &error);
 *     uauth_key_vault_secret(vault, "db-password", NULL, &secret, &error);
 *
 * Busy vaults are asked again while there is time.  All functions that call one may fail with
 * NOT_FOUND: there is none of this name and version; REFUSED: the identity may not (it needs the
 * role Key Vault Secrets User, or Key Vault Crypto User for keys); ARGUMENT: a name that cannot be,
 * or what the vault has found wrong; UNAVAILABLE: it is busy, or nobody says who the program is;
 * UPSTREAM: there was no proper answer.
 */

#include <uauth/azure.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A vault.  For all threads and the life of a program. */
struct uauth_key_vault;

struct uauth_key_vault_options {
    size_t size;
    const char *url;                 /* "https://NAME.vault.azure.net" */
    const struct uauth_azure *azure; /* stays the caller's, and is freed after the vault */
    int64_t timeout_ms; /* the longest that one function may take, with all its tries; 0: 20 s */
};

/* Nobody is called yet.  ARGUMENT: no URL of a vault, no credential. */
UAUTH_API enum uauth_result uauth_key_vault_new(struct uauth *uauth,
                                                const struct uauth_key_vault_options *options,
                                                struct uauth_key_vault **out,
                                                struct uauth_error **error);
UAUTH_API void uauth_key_vault_free(struct uauth_key_vault *vault);

/* ---- secrets ---- */

struct uauth_vault_secret;

/* The secret `name`; `version` has 32 hexadecimal digits, NULL is the newest. */
UAUTH_API enum uauth_result uauth_key_vault_secret(const struct uauth_key_vault *vault,
                                                   const char *name, const char *version,
                                                   struct uauth_vault_secret **out,
                                                   struct uauth_error **error);
UAUTH_API const char *uauth_vault_secret_value(const struct uauth_vault_secret *secret);
UAUTH_API const char *uauth_vault_secret_version(const struct uauth_vault_secret *secret);

/* What the secret is said to be; NULL: nothing is said. */
UAUTH_API const char *uauth_vault_secret_content_type(const struct uauth_vault_secret *secret);

/* Unix seconds; 0: it does not end. */
UAUTH_API int64_t uauth_vault_secret_expires_at(const struct uauth_vault_secret *secret);
UAUTH_API void uauth_vault_secret_free(struct uauth_vault_secret *secret);

/* ---- keys ---- */

struct uauth_vault_key;

/* The public half of the key `name`, likewise. */
UAUTH_API enum uauth_result uauth_key_vault_key(const struct uauth_key_vault *vault,
                                                const char *name, const char *version,
                                                struct uauth_vault_key **out,
                                                struct uauth_error **error);

/* As a JWK (RFC 7517), without kid and alg. */
UAUTH_API const char *uauth_vault_key_jwk(const struct uauth_vault_key *key);
UAUTH_API const char *uauth_vault_key_version(const struct uauth_vault_key *key);

/* Whether it may sign now: it is enabled, of this time, and its operations hold "sign". */
UAUTH_API bool uauth_vault_key_may_sign(const struct uauth_vault_key *key);
UAUTH_API void uauth_vault_key_free(struct uauth_vault_key *key);

struct uauth_vault_signing {
    size_t size;
    const char *name, *version; /* of the key; both are needed */
    const char *alg;            /* "RS256", "PS256", "ES256", "ES384" */
    const void *digest;         /* SHA-256 of what is signed; SHA-384 for ES384 */
    size_t digest_n;
};

struct uauth_vault_signature;

/* Signs a digest in the vault.  The signature has the form of JWS (RFC 7518 3): for ES256 and ES384
 * r and s side by side. */
UAUTH_API enum uauth_result uauth_key_vault_sign(const struct uauth_key_vault *vault,
                                                 const struct uauth_vault_signing *signing,
                                                 struct uauth_vault_signature **out,
                                                 struct uauth_error **error);
UAUTH_API const void *uauth_vault_signature_bytes(const struct uauth_vault_signature *signature,
                                                  size_t *n);
UAUTH_API void uauth_vault_signature_free(struct uauth_vault_signature *signature);

#ifdef __cplusplus
}
#endif

#endif
