/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_ENTRA_APP_H
#define UAUTH_CLIENT_ENTRA_APP_H

/*
 * Applications at Entra ID, as Microsoft's MSAL has them (entra.md 1, 3): public ones, and
 * confidential ones with a secret, a certificate or an assertion of somebody else.  One object
 * serves all threads.
 *
 * What was got is kept and asked for first: a person's tokens with entra_silent, those of the
 * application itself and those on behalf of somebody by the calls that get them.  For one token
 * there is one request, however many ask.  Unlike MSAL, an ID token is verified whenever one comes.
 */

#include "client/entra_authority.h"
#include "client/entra_call.h"
#include "client/token_cache.h"

struct entra_app;

enum { ENTRA_LEEWAY = 300, ENTRA_SCOPES_MAX = 64 };

/* All but the first two may be NULL or empty. */
struct entra_options {
    const char *client_id;
    const char *authority; /* "https://login.microsoftonline.com/TENANT" */
    struct texts
        known_authorities;        /* hosts (with ports) that are trusted without being asked for */
    const char *secret;           /* one of these four, or none: a public client */
    const char *certificate_path; /* as certificate_key_read takes it */
    const char *assertion_file;   /* read each time */
    RESULT (*assertion)(struct ctx *c, void *arg, const char **out);
    void *assertion_arg;
    const char *certificate_passphrase;
    bool send_certificate_chain;
    struct texts capabilities; /* "cp1": continuous access evaluation */
    const char *cache_path;    /* a file that processes share; NULL: in memory */
    const char *discovery;     /* whom to ask whether a host is known; NULL: Microsoft's */
};

/* INVALID_REQUEST, naming what is wrong; failures of token_cache_open and certificate_key_read. */
RESULT entra_app_new(struct ctx *c, const struct entra_options *options, struct entra_app **out);
void entra_app_free(struct entra_app *app); /* NULL is fine */

/* The application's cache: to be read and written by who keeps it elsewhere. */
struct token_cache *entra_app_cache(struct entra_app *app);

/* ---- people ---- */

struct entra_account {
    const char *home_account_id; /* by which it is chosen */
    const char *tenant_id, *local_account_id, *username, *name, *environment;
};
struct entra_accounts {
    const struct entra_account *at;
    size_t n;
};

/* Those who have signed in here: one for each, whatever tenants they have been in. */
RESULT entra_accounts(struct ctx *c, struct entra_app *app, struct entra_accounts *out);

/* Signs somebody out here: all tokens and what is known of them (3.3). */
RESULT entra_account_remove(struct ctx *c, struct entra_app *app, const char *home_account_id);

/* ---- tokens ---- */

/* What is asked for. */
struct entra_asked {
    struct texts scopes;   /* openid, profile and offline_access are added where they belong */
    const char *tenant_id; /* another than the authority's; or NULL */
    const char *claims;    /* JSON of a challenge, or NULL: what is kept is then not good */
    bool force;            /* the same without a challenge */
};

/* What was got; texts may be NULL but for the first. */
struct entra_result {
    const char *access_token, *token_type, *scope, *id_token, *tenant_id;
    int64_t expires_on, refresh_on;
    struct entra_account account; /* home_account_id is NULL where there is none */
    bool from_cache;
};

/*
 * All that follow fail as entra_call does, with what the server said in `error`.
 *
 * INTERACTION_REQUIRED: a person has to do something; error->claims go with the next sign-in.
 */

/* A token of somebody who has signed in here: kept, or by their refresh token.  NOT_FOUND: there is
 * none, and nobody has refused one. */
RESULT entra_silent(struct ctx *c, struct entra_app *app, const char *home_account_id,
                    const struct entra_asked *asked, struct entra_result *out,
                    struct entra_error *error);

/* A token of the application itself: scopes is RESOURCE/.default (1.12).  INVALID_REQUEST: the
 * authority names no tenant, or the client is a public one. */
RESULT entra_client_credentials(struct ctx *c, struct entra_app *app,
                                const struct entra_asked *asked, struct entra_result *out,
                                struct entra_error *error);

/* A token for another API on behalf of the user whose access token, for us, is `assertion` (1.15).
 * Never one that was got for another assertion. */
RESULT entra_on_behalf_of(struct ctx *c, struct entra_app *app, const char *assertion,
                          const struct entra_asked *asked, struct entra_result *out,
                          struct entra_error *error);

/* A token by a refresh token of elsewhere, which is then kept here: for moving. */
RESULT entra_by_refresh_token(struct ctx *c, struct entra_app *app, const char *refresh_token,
                              const struct entra_asked *asked, struct entra_result *out,
                              struct entra_error *error);

/* ---- a browser (code + PKCE) ---- */

struct entra_sign_in {
    struct entra_asked asked;
    const char *redirect_uri;
    const char *prompt, *login_hint, *domain_hint; /* or NULL */
    bool form_post;                                /* else a query */
    const char *home_account_id; /* of who is to sign in again: what is kept of them is the hint */
    const char *sid;             /* of the session at Entra ID that a prompt "none" is about */
};
struct entra_begun {
    const char *url;   /* where the browser goes */
    const char *state; /* comes back with it */
    const char *kept;  /* for entra_sign_in_finish, where nobody else can read or change it */
};
RESULT entra_sign_in_begin(struct ctx *c, struct entra_app *app, const struct entra_sign_in *wanted,
                           struct entra_begun *out);

/* What the browser brought back: the query or the posted form.  INVALID_REQUEST: it is no answer to
 * this request, or says something twice; INVALID_TOKEN: the ID token is not good. */
RESULT entra_sign_in_finish(struct ctx *c, struct entra_app *app, const char *kept,
                            struct bytes answer, struct entra_result *out,
                            struct entra_error *error);

/* ---- a device (1.16) ---- */

struct entra_device {
    const char *user_code, *verification_uri, *message;
    const char *device_code; /* a secret */
    int64_t expires_at, interval;
};
RESULT entra_device_begin(struct ctx *c, struct entra_app *app, const struct entra_asked *asked,
                          struct entra_device *out, struct entra_error *error);

/* One question: AUTHORIZATION_PENDING, SLOW_DOWN (ask 5 s less often), ACCESS_DENIED,
 * EXPIRED_TOKEN. */
RESULT entra_device_ask(struct ctx *c, struct entra_app *app, const struct entra_device *device,
                        const struct entra_asked *asked, struct entra_result *out,
                        struct entra_error *error);

#endif
