/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_ENTRA_INSIDE_H
#define UAUTH_CLIENT_ENTRA_INSIDE_H

/* What the files of an application at Entra ID share. */

#include "client/entra_app.h"
#include "client/entra_claims.h"
#include "client/flights.h"
#include "crypto/certificate_key.h"
#include "crypto/jwt.h"

#include <stdatomic.h>

struct entra_app {
    struct arena *arena; /* of the options */
    struct entra_options options;
    struct entra_authority authority;
    struct certificate_key pair; /* where there is a certificate */
    struct jws_head head;
    struct token_cache *cache;
    struct flights *flights;
    struct throttles *throttles;
    atomic_bool trusted; /* the host was asked for, or need not be */
};

/* Where calls for one authority go. */
struct entra_place {
    struct entra_authority authority;
    const char *authorize, *token, *device; /* device may be NULL */
    struct upstream_url metadata_at;
};

/* The place for `tenant` (NULL: the authority's).  FORBIDDEN: the host is not known as an authority
 * (AADSTS50049), or its metadata name a foreign issuer. */
RESULT entra_place(struct ctx *c, struct entra_app *app, const char *tenant,
                   struct entra_place *out);

/*
 * The tenant of which tokens at `at` are, as MSAL has it in the realm of what it keeps: its id,
 * also where it is named by a domain, for which its metadata are read; where `at` is of all
 * tenants, that of `home` (NULL: nobody's).  What cannot be found out is as it is named.
 */
const char *entra_realm(struct ctx *c, struct entra_app *app, const struct entra_authority *at,
                        const char *home) __attribute__((returns_nonnull));

bool entra_is_confidential(const struct entra_app *app);

/* `asked` with `more` (separated by spaces) behind, nothing twice, as one text. */
const char *entra_scopes(struct arena *a, struct texts asked, const char *more);

/* Asks the token endpoint: `form` with who we are. */
RESULT entra_ask(struct ctx *c, struct entra_app *app, const struct entra_place *place,
                 const struct oauth_form *form, struct entra_tokens *out,
                 struct entra_error *error);

/* What tokens came for, to check and keep them by. */
struct entra_grant {
    const struct entra_place *place;
    struct texts scopes;    /* that were asked for */
    const char *nonce;      /* that was sent, or NULL */
    const char *assertion;  /* of on-behalf-of, or NULL */
    const char *old_secret; /* the refresh token that was used, or NULL */
    const char *home;       /* whose it was: kept only while that account is; or NULL */
    bool own;               /* it is of the application itself */
};

/* Verifies the ID token, if there is one, keeps what came, and tells it. */
RESULT entra_keep(struct ctx *c, struct entra_app *app, const struct entra_grant *grant,
                  const struct entra_tokens *tokens, struct entra_result *out);

/* The family whose refresh tokens the application may use (entra.md 3.3): the one that it was said
 * to be of, `unknown` where nobody has said yet.  NULL: it is of none. */
const char *entra_family(struct ctx *c, const struct entra_app *app, const char *unknown);

/* What is kept for `query`, as a result. */
struct entra_result entra_result_of(struct ctx *c, struct entra_app *app,
                                    const struct token_entry *token);

#endif
