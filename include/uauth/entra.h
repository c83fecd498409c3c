/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_ENTRA_H
#define UAUTH_ENTRA_H

/*
 * Applications at Microsoft Entra ID, as Microsoft's MSAL has them: public ones, and confidential
 * ones with a secret, a certificate or an assertion of somebody else.
 *
 *     struct uauth_entra_options options = { sizeof options, .client_id = "...", .authority =
 *                                            "https://login.microsoftonline.com/organizations" };
 *     uauth_entra_new(uauth, &options, &app, &error);
 *
 * Ask silently first (uauth_entra_silent): tokens are kept, in memory or in a file that is shared
 * with other processes and with MSAL for Python, Node.js, Go and .NET.  INTERACTION: a person has
 * to sign in; uauth_error_claims is what to pass on there.  REFUSED: Entra ID has refused; the text
 * has its number (AADSTS) and what to do, uauth_error_code what it said.
 */

#include <uauth/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An application.  For all threads and the life of a program. */
struct uauth_entra;

/* All but the first three may be left out.  Lists are words with spaces between them. */
struct uauth_entra_options {
    size_t size;
    const char *client_id;
    const char *authority;         /* https://HOST/TENANT: a tenant's id or domain, organizations,
                                      common, consumers; also of national clouds, B2C (with its
                                      policy), External ID, and federation
                                      services (https://HOST/adfs) */
    const char *known_authorities; /* hosts that are trusted without asking Microsoft */
    /* How it shows who it is: one of these, or none for a public client. */
    const char *client_secret;
    const char *certificate_file; /* PEM with key and certificate, or PKCS#12 */
    const char *assertion_file;   /* of a platform: read each time */
    bool (*assertion)(void *arg, char *out, size_t room); /* writes one; false: there is none */
    void *assertion_arg;
    const char *certificate_passphrase;
    bool send_certificate_chain;
    const char *capabilities; /* "cp1": continuous access evaluation */
    const char *cache_file;   /* NULL: in memory */
};

/* ARGUMENT says what is wrong; IO, ARGUMENT: the files. */
UAUTH_API enum uauth_result uauth_entra_new(struct uauth *uauth,
                                            const struct uauth_entra_options *options,
                                            struct uauth_entra **out, struct uauth_error **error);
UAUTH_API void uauth_entra_free(struct uauth_entra *app);

/* The claims that Entra ID or a resource wants, as JSON, to be passed on with the next sign-in;
 * NULL: none. */
UAUTH_API const char *uauth_error_claims(const struct uauth_error *error);

/* The same of a resource's WWW-Authenticate (error="insufficient_claims"); NOT_FOUND: it asks for
 * none. */
UAUTH_API enum uauth_result uauth_challenge_claims(struct uauth *uauth,
                                                   const char *www_authenticate,
                                                   struct uauth_text **out,
                                                   struct uauth_error **error);

/* ---- tokens ---- */

struct uauth_entra_wanted {
    size_t size;
    const char *scopes;    /* words; openid, profile and offline_access are added */
    const char *tenant_id; /* another than the authority's; NULL */
    const char *claims;    /* JSON: what is kept is passed by; NULL */
    bool force;            /* the same without claims */
};

struct uauth_entra_token;

UAUTH_API const char *uauth_entra_access(const struct uauth_entra_token *token);
UAUTH_API const char *uauth_entra_scope(const struct uauth_entra_token *token);
UAUTH_API int64_t uauth_entra_expires_at(const struct uauth_entra_token *token);
UAUTH_API bool uauth_entra_from_cache(const struct uauth_entra_token *token);
/* All below may be NULL: nobody has signed in. */
UAUTH_API const char *uauth_entra_id_token(const struct uauth_entra_token *token);
UAUTH_API const char *uauth_entra_account(const struct uauth_entra_token *token); /* for silent */
UAUTH_API const char *uauth_entra_username(const struct uauth_entra_token *token);
UAUTH_API const char *uauth_entra_tenant_id(const struct uauth_entra_token *token);
UAUTH_API const char *uauth_entra_object_id(const struct uauth_entra_token *token);
UAUTH_API void uauth_entra_token_free(struct uauth_entra_token *token);

/* A token of somebody who has signed in here: kept, or by their refresh token.  NOT_FOUND: there is
 * none. */
UAUTH_API enum uauth_result uauth_entra_silent(const struct uauth_entra *app, const char *account,
                                               const struct uauth_entra_wanted *wanted,
                                               struct uauth_entra_token **out,
                                               struct uauth_error **error);

/* A token of the application itself (client credentials); scopes is RESOURCE/.default. */
UAUTH_API enum uauth_result uauth_entra_application(const struct uauth_entra *app,
                                                    const struct uauth_entra_wanted *wanted,
                                                    struct uauth_entra_token **out,
                                                    struct uauth_error **error);

/* A token for another API on behalf of whose access token, for this application, `assertion` is. */
UAUTH_API enum uauth_result uauth_entra_on_behalf_of(const struct uauth_entra *app,
                                                     const char *assertion,
                                                     const struct uauth_entra_wanted *wanted,
                                                     struct uauth_entra_token **out,
                                                     struct uauth_error **error);

/* A token by a refresh token of elsewhere, which is then kept here. */
UAUTH_API enum uauth_result uauth_entra_by_refresh_token(const struct uauth_entra *app,
                                                         const char *refresh_token,
                                                         const struct uauth_entra_wanted *wanted,
                                                         struct uauth_entra_token **out,
                                                         struct uauth_error **error);

/* ---- a browser ---- */

struct uauth_entra_sign_in_options {
    size_t size;
    const char *redirect_uri;
    const char *scopes;
    const char *tenant_id, *claims;                /* or NULL */
    const char *prompt, *login_hint, *domain_hint; /* or NULL */
    bool form_post;                                /* it comes back as a form, else as a query */
    const char *account; /* who is to sign in again (uauth_entra_account): they are the hint */
    const char *sid;     /* their session at Entra ID, for the prompt "none" */
};
struct uauth_entra_sign_in;

/* A request, with PKCE, state and nonce. */
UAUTH_API enum uauth_result
uauth_entra_sign_in_begin(const struct uauth_entra *app,
                          const struct uauth_entra_sign_in_options *options,
                          struct uauth_entra_sign_in **out, struct uauth_error **error);
UAUTH_API const char *uauth_entra_sign_in_url(const struct uauth_entra_sign_in *sign_in);
/* What to keep in the browser's session until they are back, where they cannot read it. */
UAUTH_API const char *uauth_entra_sign_in_kept(const struct uauth_entra_sign_in *sign_in);
UAUTH_API void uauth_entra_sign_in_free(struct uauth_entra_sign_in *sign_in);

/* They are back: `answer` is the query that they brought, or the body of the form.  Use what was
 * kept once.  ARGUMENT: this is no answer to that request; INVALID_TOKEN: the ID token is not
 * good. */
UAUTH_API enum uauth_result uauth_entra_sign_in_finish(const struct uauth_entra *app,
                                                       const char *kept, const char *answer,
                                                       struct uauth_entra_token **out,
                                                       struct uauth_error **error);

/* ---- a device ---- */

struct uauth_entra_device;

UAUTH_API enum uauth_result uauth_entra_device_begin(const struct uauth_entra *app,
                                                     const struct uauth_entra_wanted *wanted,
                                                     struct uauth_entra_device **out,
                                                     struct uauth_error **error);
UAUTH_API const char *uauth_entra_device_message(const struct uauth_entra_device *device);
UAUTH_API const char *uauth_entra_device_uri(const struct uauth_entra_device *device);
UAUTH_API const char *uauth_entra_device_user_code(const struct uauth_entra_device *device);

/* Waits until they have signed in.  `go_on` is asked several times a second and ends the wait with
 * false; NULL: it goes on.  REFUSED: they said no, took too long, or the wait was ended. */
UAUTH_API enum uauth_result uauth_entra_device_wait(const struct uauth_entra_device *device,
                                                    bool (*go_on)(void *arg), void *arg,
                                                    struct uauth_entra_token **out,
                                                    struct uauth_error **error);
UAUTH_API void uauth_entra_device_free(struct uauth_entra_device *device);

/* ---- accounts ---- */

struct uauth_entra_accounts;

/* Those who have signed in here. */
UAUTH_API enum uauth_result uauth_entra_accounts(const struct uauth_entra *app,
                                                 struct uauth_entra_accounts **out,
                                                 struct uauth_error **error);
UAUTH_API size_t uauth_entra_accounts_count(const struct uauth_entra_accounts *accounts);
/* NULL beyond the last one. */
UAUTH_API const char *uauth_entra_accounts_account(const struct uauth_entra_accounts *accounts,
                                                   size_t index);
UAUTH_API const char *uauth_entra_accounts_username(const struct uauth_entra_accounts *accounts,
                                                    size_t index);
UAUTH_API void uauth_entra_accounts_free(struct uauth_entra_accounts *accounts);

/* Signs somebody out here: all that is kept of them. */
UAUTH_API enum uauth_result uauth_entra_account_remove(const struct uauth_entra *app,
                                                       const char *account,
                                                       struct uauth_error **error);

/* ---- the cache, for who keeps it elsewhere than in a file ---- */

/* All of it as JSON in MSAL's schema; and back, in place of what there is.  ARGUMENT: it is none.
 */
UAUTH_API enum uauth_result uauth_entra_cache_write(const struct uauth_entra *app,
                                                    struct uauth_text **out,
                                                    struct uauth_error **error);
UAUTH_API enum uauth_result uauth_entra_cache_read(const struct uauth_entra *app, const char *json,
                                                   struct uauth_error **error);
/* Whether it has changed since it was read or written. */
UAUTH_API bool uauth_entra_cache_changed(const struct uauth_entra *app);

#ifdef __cplusplus
}
#endif

#endif
