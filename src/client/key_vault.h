/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_KEY_VAULT_H
#define UAUTH_CLIENT_KEY_VAULT_H

/*
 * One Azure Key Vault (entra.md 4): its secrets, its keys, and signatures by them, whose private
 * halves never leave it.  Who we are is what a credential of Azure says, for the resource that the
 * vault asks for in its challenge, if it is the vault's own (client/key_vault_address.h); what it
 * asked is kept.  One object serves all threads, and no lock is held while the vault is called.
 *
 * What all of its functions may fail with: NOT_FOUND: there is none of this name and version.
 * ACCESS_DENIED: the vault refuses us.  INVALID_REQUEST: a name that cannot be, or what the vault
 * has found wrong with the request.  UNAVAILABLE: it is busy or in trouble, with retry_after if it
 * has said how long.  UPSTREAM: there was no proper answer.  And what azure_credential_get fails
 * with, as UNAVAILABLE where no credential is there.
 */

#include "client/azure_credential.h"
#include "client/key_vault_address.h"
#include "crypto/key.h"

struct key_vault;

enum {
    KEY_VAULT_LIMIT_MS = 20000, /* for one of the functions below, with all its tries */
    KEY_VAULT_CALL_MS = 10000,  /* for one request */
    KEY_VAULT_VERSIONS_MAX = 200,
    VAULT_SECRET_MAX = 25 * 1024 /* bytes of a secret */
};

/* How the names of breakers of key vaults begin. */
#define KEY_VAULT_BREAKER "key vault"

struct key_vault_plan {
    const char *url;                     /* as vault_url_read has it */
    struct azure_credential *credential; /* stays the caller's, and outlives this */
    int64_t limit_ms;                    /* 0: KEY_VAULT_LIMIT_MS */
    const char *breaker; /* the name by which failures are counted; NULL: they are not */
};

/* INVALID_REQUEST: the URL is none. */
RESULT key_vault_new(struct ctx *c, const struct key_vault_plan *plan, struct key_vault **out);
void key_vault_free(struct key_vault *v); /* NULL is fine */

/* What is said of a version of something. */
struct vault_version {
    const char *version;
    bool enabled;
    int64_t created_at, not_before, expires_at; /* 0: not said */
};

/* Whether it may be used at `now`. */
bool vault_version_is_good(const struct vault_version *is, int64_t now);

struct vault_versions {
    const struct vault_version *at;
    size_t n;
};

struct vault_secret {
    const char *value;
    const char *content_type; /* or NULL */
    struct vault_version is;
};

/* The secret `name`, its newest version where `version` is NULL. */
RESULT key_vault_secret(struct ctx *c, struct key_vault *v, const char *name, const char *version,
                        struct vault_secret *out);

struct vault_key {
    const char *jwk; /* the public half (RFC 7517), without kid and alg */
    bool may_sign;   /* its operations hold "sign" */
    struct vault_version is;
};

/* The key `name`, likewise.  Only keys of RSA and elliptic curves are read, also those of an HSM.
 */
RESULT key_vault_key(struct ctx *c, struct key_vault *v, const char *name, const char *version,
                     struct vault_key *out);

/* All versions of the key `name`, newest first; at most KEY_VAULT_VERSIONS_MAX. */
RESULT key_vault_key_versions(struct ctx *c, struct key_vault *v, const char *name,
                              struct vault_versions *out);

struct vault_signing {
    const char *name, *version; /* of the key; both have to be said */
    enum jws_alg alg;           /* RS256, PS256, ES256, ES384 */
    struct bytes digest;        /* SHA-256 of what is signed, SHA-384 for ES384 */
};

/* A signature in the form of JWS (RFC 7518 3).  Nobody has checked it: see signature_check. */
RESULT key_vault_sign(struct ctx *c, struct key_vault *v, const struct vault_signing *signing,
                      struct bytes *out);

#endif
