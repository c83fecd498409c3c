/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_VERIFY_H
#define UAUTH_VERIFY_H

/*
 * Being a resource server: whether a request may be let in by the access token that it carries.
 *
 * A verifier knows whose tokens are good and for what.  It finds the issuer's keys, keeps them, and
 * fetches them again for a key that it does not know: one thread at a time, and not more often than
 * every 30 seconds.  What cannot be verified is refused.
 *
 *     static const char *const audiences[] = { "https://api.example" };
 *     struct uauth_verifier_options options = { .size = sizeof options,
 *                                               .issuer = "https://login.example",
 *                                               .audiences = audiences,
 *                                               .audiences_n = 1 };
 *     struct uauth_request request = { .size = sizeof request,
 *                                      .authorization = field,
 *                                      .scopes = "notes:read" };
 *     if (uauth_verify(verifier, &request, &token, &error) != UAUTH_OK)
 *         answer(uauth_error_status(error), uauth_error_challenge(error));
 */

#include <uauth/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- verifiers ---- */

/* Whose tokens are good, and for what.  For all threads and the life of a program. */
struct uauth_verifier;

enum uauth_token_kind {
    UAUTH_ACCESS_TOKEN = 0,   /* of the type at+jwt (RFC 9068) */
    UAUTH_ACCESS_UNTYPED = 1, /* of the type JWT or none as well, as Entra's and Keycloak's are:
                                 then nothing but the audience tells them from ID tokens */
    UAUTH_ID_TOKEN = 2        /* OpenID Connect Core 3.1.3.7; the one audience is the client_id */
};

struct uauth_verifier_options {
    size_t size;
    /* As its tokens name it, letter by letter; its metadata is found by it.  With `tenants` it has
     * {tenantid} in it: "https://login.microsoftonline.com/{tenantid}/v2.0". */
    const char *issuer;
    const char *metadata_url;     /* where the metadata is, if not where the issuer says */
    const char *jwks_uri;         /* the keys, in the place of metadata */
    const char *jwks;             /* the key set itself as JSON: then nobody is called */
    const char *jwks_file;        /* the same from a file, which is read once */
    const char *const *audiences; /* one of these is among the token's: what this API is called */
    size_t audiences_n;           /* at least one */
    const char *const *tenants;   /* of an issuer with many tenants: those whose tokens are taken */
    size_t tenants_n;
    enum uauth_token_kind kind;
    const char *algorithms; /* "ES256 EdDSA"; NULL: RS256 PS256 ES256 ES384 EdDSA */
    int64_t leeway;         /* seconds after its end in which a token is still taken; 0 to 300 */
    /* Where scopes, roles, permissions and the tenant stand: a claim, or a JSON Pointer (RFC 6901)
     * such as "/realm_access/roles".  NULL: scope or scp; roles; permissions; tenant_id or tid. */
    const char *scope_claim, *roles_claim, *permissions_claim, *tenant_claim;
    const char *resource; /* the URL of this API: challenges then say where its metadata is */
    const char *realm;    /* in challenges; NULL: none */
    bool bound_only;    /* no token that is not bound to a key or a certificate (RFC 9449, 8705) */
    bool nonce_always;  /* each DPoP proof carries a nonce of ours */
    bool ignore_status; /* the claim `status` (Token Status List) is not looked at */
    size_t proofs_max;  /* DPoP proofs that are remembered for 6 minutes; 0: 2^20, in 24 MiB */
};

/* ARGUMENT, MEMORY, IO.  Nobody is called before the first token comes. */
UAUTH_API enum uauth_result uauth_verifier_new(struct uauth *uauth,
                                               const struct uauth_verifier_options *options,
                                               struct uauth_verifier **out,
                                               struct uauth_error **error);

UAUTH_API void uauth_verifier_free(struct uauth_verifier *verifier);

/* Whether `token` says that it is of this verifier's issuer: to choose among several verifiers, and
 * for nothing else, as anybody can say so. */
UAUTH_API bool uauth_verifier_suits(const struct uauth_verifier *verifier, const char *token);

/* ---- requests ---- */

/* A token that is good.  Any number of threads may read it. */
struct uauth_token;

/* A request, and what it needs.  Lists are words with spaces between them. All but the size may be
 * left out. */
struct uauth_request {
    size_t size;
    const char *authorization; /* the field: "Bearer ..." or "DPoP ..." */
    const char *token;         /* or the token itself */
    const char *dpop;          /* the field; a request with two of them is refused by the program */
    const char *method;        /* of the request; needed with a proof, as is its URL */
    const char *url;           /* as clients write it, by configuration and never by Host */
    const void *certificate;   /* of the client, in DER, as TLS has proven it (RFC 8705) */
    size_t certificate_n;
    const char *nonce;       /* of an ID token: the one that this sign-in was given */
    const char *scopes;      /* the token has all of these */
    const char *any_scope;   /* one of these */
    const char *permissions; /* all of these */
    const char *any_role;    /* one of these */
    const char *tenant;      /* is of this one */
    const char *acr_values;  /* its user signed in by one of these (RFC 9470) */
    int64_t max_age;         /* at most so many seconds ago; 0: whenever */
};

/*
 * Whether the request may be let in.  NO_TOKEN, INVALID_TOKEN, INVALID_PROOF, USE_NONCE,
 * INSUFFICIENT_SCOPE, STEP_UP: no, and uauth_error_status and uauth_error_challenge say what to
 * answer. UPSTREAM, UNAVAILABLE, FORBIDDEN: it cannot be told, so no.
 */
UAUTH_API enum uauth_result uauth_verify(const struct uauth_verifier *verifier,
                                         const struct uauth_request *request,
                                         struct uauth_token **out, struct uauth_error **error);

/* The same for a token by itself. */
UAUTH_API enum uauth_result uauth_verify_token(const struct uauth_verifier *verifier,
                                               const char *token, struct uauth_token **out,
                                               struct uauth_error **error);

/* WWW-Authenticate for the answer (RFC 6750, 9449, 9470, 9728); NULL: it has none. */
UAUTH_API const char *uauth_error_challenge(const struct uauth_error *error);

/* DPoP-Nonce for the answer (RFC 9449 9); NULL: it has none. */
UAUTH_API const char *uauth_error_nonce(const struct uauth_error *error);

/* ---- tokens ----
 *
 * `name` is that of a claim; one that begins with '/' is a JSON Pointer (RFC 6901):
 * "/realm_access/roles".  What is read lives as long as the token.
 */

/* The claim, if it is a text; else NULL. */
UAUTH_API const char *uauth_token_text(const struct uauth_token *token, const char *name);

/* False, *out left alone: it is no number, or absent.  Fractions are cut. */
UAUTH_API bool uauth_token_integer(const struct uauth_token *token, const char *name, int64_t *out);

/* False, *out left alone: it is neither true nor false, or absent. */
UAUTH_API bool uauth_token_boolean(const struct uauth_token *token, const char *name, bool *out);

/* How many texts stand in the list; 0: it is none, or absent. */
UAUTH_API size_t uauth_token_count(const struct uauth_token *token, const char *name);

/* The text at `index` of the list; NULL beyond its end. */
UAUTH_API const char *uauth_token_item(const struct uauth_token *token, const char *name,
                                       size_t index);

/* The claim, whatever it is, as JSON; NULL: absent. */
UAUTH_API const char *uauth_token_json(const struct uauth_token *token, const char *name);

/* All claims as JSON. */
UAUTH_API const char *uauth_token_payload(const struct uauth_token *token);

UAUTH_API bool uauth_token_has_scope(const struct uauth_token *token, const char *scope);
UAUTH_API bool uauth_token_has_role(const struct uauth_token *token, const char *role);
UAUTH_API bool uauth_token_has_permission(const struct uauth_token *token, const char *permission);

/* The thumbprint of the key that it is bound to and that was proven; NULL: none. */
UAUTH_API const char *uauth_token_key(const struct uauth_token *token);

/* DPoP-Nonce for the answer, with nonce_always; else NULL. */
UAUTH_API const char *uauth_token_nonce(const struct uauth_token *token);

UAUTH_API void uauth_token_free(struct uauth_token *token);

/* ---- about this API ---- */

/* What else clients are told of this API.  Lists are words with spaces between them. */
struct uauth_resource {
    size_t size;
    const char *name;
    const char *scopes;
    const char *documentation, *policy, *terms; /* URLs */
};

/*
 * The metadata of this API (RFC 9728) as JSON, for GET at the path of
 * uauth_verifier_metadata_url; `about` may be NULL.  ARGUMENT: the verifier has no `resource`.
 */
UAUTH_API enum uauth_result uauth_resource_metadata(const struct uauth_verifier *verifier,
                                                    const struct uauth_resource *about,
                                                    struct uauth_text **out,
                                                    struct uauth_error **error);

/* Where it is found: "https://api.example/.well-known/oauth-protected-resource"; NULL without a
 * `resource`. */
UAUTH_API const char *uauth_verifier_metadata_url(const struct uauth_verifier *verifier);

#ifdef __cplusplus
}
#endif

#endif
