/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_H
#define UAUTH_CLIENT_H

/*
 * Being a client of an authorization server: OAuth 2.0 (RFC 6749 and what came after) and OpenID
 * Connect.  The server is found by its issuer, and what it says of itself is kept.
 *
 *     struct uauth_client_options options = { .size = sizeof options,
 *                                             .issuer = "https://login.example",
 *                                             .client_id = "my-app",
 *                                             .client_secret = secret };
 *     uauth_client_new(uauth, &options, &client, &error);
 *
 * A call that the server refuses is REFUSED; uauth_error_code, _description and _uri then say what
 * it said (RFC 6749 5.2), uauth_error_status the HTTP status, uauth_error_retry_after how long it
 * wants to be left alone.  UPSTREAM: it did not answer, or not properly; UNAVAILABLE: it is in
 * trouble, or was a short while ago; FORBIDDEN: its metadata names an address that is not called;
 * NOT_FOUND: it has no such endpoint.
 */

#include <uauth/verify.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- clients ---- */

/* A client at one issuer.  For all threads and the life of a program. */
struct uauth_client;

struct uauth_client_options {
    size_t size;
    const char *issuer; /* as it calls itself, letter by letter */
    const char *client_id;
    /* How the client shows who it is; without any of these it is a public one. */
    const char *client_secret;   /* by the header (client_secret_basic) */
    bool secret_in_body;         /* or in the body (client_secret_post) */
    const char *key;             /* a private key as JWK (private_key_jwt) */
    const char *key_file;        /* the same from a file that only its owner can read: JWK or PEM */
    const char *key_id;          /* what the key is called there, if not as its JWK or thumbprint */
    const char *certificate;     /* PEM, shown by TLS (RFC 8705) */
    const char *certificate_key; /* PEM: its private key */
    bool certificate_binds;      /* who it is says a secret or key; tokens are bound to the
                                    certificate */
    /* Tokens are bound to a key (RFC 9449). */
    bool dpop;
    const char *dpop_key; /* a private key as JWK; NULL: one is made, see uauth_client_dpop_key */
    /* 64 hexadecimal digits, the same in all processes that share sign-ins; NULL: those that were
     * begun in this context can be finished in this context only. */
    const char *seal_key;
};

/* ARGUMENT, MEMORY.  Nobody is called before the first call needs it. */
UAUTH_API enum uauth_result uauth_client_new(struct uauth *uauth,
                                             const struct uauth_client_options *options,
                                             struct uauth_client **out, struct uauth_error **error);
UAUTH_API void uauth_client_free(struct uauth_client *client);

/* The private key that its tokens are bound to, as JWK, to be kept as a secret. */
UAUTH_API enum uauth_result uauth_client_dpop_key(const struct uauth_client *client,
                                                  struct uauth_text **out,
                                                  struct uauth_error **error);

/* What the server said beside uauth_error_code, in words for developers and as a link; NULL:
 * nothing. */
UAUTH_API const char *uauth_error_description(const struct uauth_error *error);
UAUTH_API const char *uauth_error_uri(const struct uauth_error *error);

/* ---- what is given ---- */

struct uauth_tokens;

UAUTH_API const char *uauth_tokens_access(const struct uauth_tokens *tokens);
UAUTH_API const char *uauth_tokens_type(const struct uauth_tokens *tokens); /* "Bearer", "DPoP" */
/* All below may be NULL, or 0: not said. */
UAUTH_API const char *uauth_tokens_refresh(const struct uauth_tokens *tokens);
UAUTH_API const char *uauth_tokens_scope(const struct uauth_tokens *tokens);
UAUTH_API const char *uauth_tokens_issued_type(const struct uauth_tokens *tokens); /* RFC 8693 */
UAUTH_API const char *uauth_tokens_id_token(const struct uauth_tokens *tokens);    /* as it came */
UAUTH_API int64_t uauth_tokens_expires_at(const struct uauth_tokens *tokens); /* Unix seconds */

/* What the ID token says, which has been verified; it lives as long as the tokens and is not freed.
 * NULL: there is none. */
UAUTH_API const struct uauth_token *uauth_tokens_id(const struct uauth_tokens *tokens);

UAUTH_API void uauth_tokens_free(struct uauth_tokens *tokens);

/* What to ask for; all but the size may be left out.  Lists are words with spaces between them. */
struct uauth_wanted {
    size_t size;
    const char *scope;
    const char *resources; /* RFC 8707 */
    const char *audiences; /* where the server has no resources */
};

/* ---- signing people in ---- */

struct uauth_sign_in_options {
    size_t size;
    const char *redirect_uri;
    const char *scope;         /* NULL: "openid" */
    const char *response_mode; /* "query" or "form_post"; NULL: as the server thinks best */
    const char *prompt, *login_hint, *acr_values, *ui_locales;
    const char *resources; /* RFC 8707, words */
    int64_t max_age;       /* seconds since they signed in there; 0: whenever */
    bool pushed;           /* push the request (RFC 9126) also where that is not asked for */
    const char *const *parameters; /* further ones: name, value, name, value, ... NULL */
};

/* A request under way. */
struct uauth_sign_in;

/* Makes a request, with PKCE, state and nonce. */
UAUTH_API enum uauth_result uauth_sign_in_begin(const struct uauth_client *client,
                                                const struct uauth_sign_in_options *options,
                                                struct uauth_sign_in **out,
                                                struct uauth_error **error);
UAUTH_API const char *uauth_sign_in_url(const struct uauth_sign_in *sign_in); /* where to send */

/* What to keep until they are back, bound to their browser: in its session, or, as it is sealed, in
 * a cookie (Secure, HttpOnly, SameSite=Lax; None for form_post) that is removed then. */
UAUTH_API const char *uauth_sign_in_kept(const struct uauth_sign_in *sign_in);
UAUTH_API void uauth_sign_in_free(struct uauth_sign_in *sign_in);

/*
 * They are back: `answer` is the query that they brought, or the body of the form; a whole URL will
 * do.  It is held against what was kept, comes once in this process and within ten minutes, and the
 * ID token is verified.  REFUSED: the server said no, or this is no answer to that request;
 * INVALID_TOKEN: it is of another server, or the ID token is not good.
 */
UAUTH_API enum uauth_result uauth_sign_in_finish(const struct uauth_client *client,
                                                 const char *kept, const char *answer,
                                                 struct uauth_tokens **out,
                                                 struct uauth_error **error);

/* What the server says of whose `access_token` is; INVALID_TOKEN if that is not `sub`, which the ID
 * token said. */
UAUTH_API enum uauth_result uauth_userinfo(const struct uauth_client *client,
                                           const char *access_token, const char *sub,
                                           struct uauth_token **out, struct uauth_error **error);

/* Where to send a browser that signs out there too; all but the size may be left out. */
struct uauth_sign_out_options {
    size_t size;
    const char *id_token_hint, *post_logout_redirect_uri, *state, *logout_hint;
};
UAUTH_API enum uauth_result uauth_sign_out_url(const struct uauth_client *client,
                                               const struct uauth_sign_out_options *options,
                                               struct uauth_text **out, struct uauth_error **error);

/* A logout token that the server has posted (Back-Channel Logout 1.0): its claims, of which sub,
 * sid or both say what to end.  INVALID_TOKEN: it is none, or came before. */
UAUTH_API enum uauth_result uauth_logout_token(const struct uauth_client *client, const char *token,
                                               struct uauth_token **out,
                                               struct uauth_error **error);

/* ---- tokens ---- */

struct uauth_refresh_options {
    size_t size;
    const char *refresh_token;
    const char *sub; /* whom the ID token has to be about, if one comes; NULL: whoever */
    const char *scope, *resources, *audiences; /* less than before, as in struct uauth_wanted */
};

/*
 * Tokens for new ones.  The server may have used the refresh token up: keep uauth_tokens_refresh of
 * what comes.  If the ID token is not good, the call is INVALID_TOKEN, and *out has the tokens
 * still, without it.
 */
UAUTH_API enum uauth_result uauth_refresh(const struct uauth_client *client,
                                          const struct uauth_refresh_options *options,
                                          struct uauth_tokens **out, struct uauth_error **error);

/*
 * A token for the program itself.  It is kept in memory, for all threads, and renewed before it
 * ends, by one of them; while the server is in trouble the old one is handed out as long as it is
 * good.  `wanted` may be NULL.
 */
UAUTH_API enum uauth_result uauth_client_credentials(const struct uauth_client *client,
                                                     const struct uauth_wanted *wanted,
                                                     struct uauth_tokens **out,
                                                     struct uauth_error **error);

/* An API has refused such a token: the next one is a new one. */
UAUTH_API void uauth_client_credentials_forget(const struct uauth_client *client,
                                               const struct uauth_wanted *wanted,
                                               const char *access_token);

struct uauth_exchange_options {
    size_t size;
    const char *subject_token;
    const char *subject_token_type; /* a URN; NULL: an access token */
    const char *actor_token;
    const char *actor_token_type; /* NULL: an access token */
    const char *requested_token_type;
    const char *scope, *resources, *audiences; /* as in struct uauth_wanted */
};
UAUTH_API enum uauth_result uauth_exchange(const struct uauth_client *client,
                                           const struct uauth_exchange_options *options,
                                           struct uauth_tokens **out, struct uauth_error **error);

/* Ends a token (RFC 7009); `hint` is "access_token", "refresh_token" or NULL. */
UAUTH_API enum uauth_result uauth_revoke(const struct uauth_client *client, const char *token,
                                         const char *hint, struct uauth_error **error);

/* What the server says of a token (RFC 7662): claims, of which "active" is always there. */
UAUTH_API enum uauth_result uauth_introspect(const struct uauth_client *client, const char *token,
                                             const char *hint, struct uauth_token **out,
                                             struct uauth_error **error);

/* A call of an API with a token that is bound (RFC 9449). */
struct uauth_dpop_request {
    size_t size;
    const char *method, *url;
    const char *access_token;
};

/* The field DPoP for it, and the nonce that its answer brought, if it did. */
UAUTH_API enum uauth_result uauth_dpop_prove(const struct uauth_client *client,
                                             const struct uauth_dpop_request *request,
                                             struct uauth_text **out, struct uauth_error **error);
UAUTH_API void uauth_dpop_heard(const struct uauth_client *client, const char *url,
                                const char *nonce);

/* ---- devices ---- */

/* Somebody signs in with another machine's browser (RFC 8628). */
struct uauth_device;

UAUTH_API enum uauth_result uauth_device_begin(const struct uauth_client *client,
                                               const struct uauth_wanted *wanted,
                                               struct uauth_device **out,
                                               struct uauth_error **error);
UAUTH_API const char *uauth_device_uri(const struct uauth_device *device); /* where to go */
UAUTH_API const char *uauth_device_user_code(const struct uauth_device *device);
UAUTH_API const char *uauth_device_uri_complete(const struct uauth_device *device); /* or NULL */
UAUTH_API int64_t uauth_device_expires_at(const struct uauth_device *device);

/*
 * Waits until they have.  `go_on` is asked several times a second and ends the wait with false;
 * NULL: it goes on.  REFUSED: they said no, took too long, or the wait was ended.
 */
UAUTH_API enum uauth_result uauth_device_wait(const struct uauth_device *device,
                                              bool (*go_on)(void *arg), void *arg,
                                              struct uauth_tokens **out,
                                              struct uauth_error **error);
UAUTH_API void uauth_device_free(struct uauth_device *device);

#ifdef __cplusplus
}
#endif

#endif
