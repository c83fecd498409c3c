/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_FEDERATION_PROVIDER_H
#define UAUTH_FEDERATION_PROVIDER_H

/*
 * With whom people may sign in.  A provider is of a kind, which knows how that one talks; what it
 * is allowed to say is in its metadata.  AUTH_AZURE_* make one called `entra`; the others are rows
 * of `providers`.
 */

#include "client/metadata.h"
#include "client/oauth_client.h"
#include "federation/provider_metadata.h"

struct provider_kind;
struct req;

struct provider {
    const char *id, *name;
    const struct provider_kind *kind;
    struct provider_metadata m;
    bool foreign;                 /* the API has named its URLs, and not only this machine */
    const char *sealed;           /* its secret, for oauth2_secret; or NULL */
    const char *secret;           /* from the settings; or NULL */
    const char *certificate_path; /* the same: a file with key and certificate; or NULL */
};
#define PROVIDER_ENTRA "entra"

/* Where it is, looked up for one sign-in. */
struct provider_place {
    const char *issuer; /* that answers and tokens name; NULL: it is in the token (Entra) or there
                           is none (OAuth 2.0) */
    const char *authorization_endpoint;
    struct oauth_endpoint token;
    struct upstream_url metadata_at; /* of OpenID */
    const struct metadata *metadata;
};

/* Who somebody is there. */
struct person {
    const char *issuer, *subject;
    const char *email;   /* as it is said; or NULL */
    bool email_verified; /* as it is said: only true is */
    bool email_doubtful; /* it is said not to be verified, or anybody could have written it */
    int64_t auth_time;   /* when they proved it there; 0: that is not said */
    int64_t expires_at;  /* until when the ID token says so; 0: there was none */
    const char *sid, *login_hint; /* of the session there, and of whom it is; or NULL */
    const char *name;             /* or NULL */
    struct texts groups;          /* and roles: what the mapping of roles knows */
    struct texts wids;            /* of Entra: the directory roles that they have in their tenant */
};

/* What they brought back. */
struct brought {
    const struct provider_place *place;
    const char *nonce;
    bool no_nonce;             /* no attempt is behind it: a refresh token, a token that is shown */
    const char *refresh_token; /* or NULL */
    const char *id_token;      /* or NULL */
    const char *access_token;  /* or NULL: a program brought the ID token */
    const char *iss;           /* of the answer (RFC 9207); or NULL */
    const char *user;          /* of Apple's form; or NULL */
};

struct provider_kind {
    const char *name; /* "openid" */
    const char *summary;
    const char *scope; /* that is asked for where none are set */
    bool openid;       /* has ID tokens and a nonce */
    bool at_issuer;    /* its metadata is at the issuer that the operator has named */
    const char
        *offline;   /* scope for a refresh token, by which it is asked again; NULL: it is not */
    bool says_when; /* asks people anew who they are when it is asked to, and says when it did */
    /* Fills what is left out, and refuses what does not go with the kind (INVALID_FIELD). */
    RESULT (*check)(struct ctx *c, struct provider_metadata *m);
    /* Finds out where it is.  UPSTREAM, FORBIDDEN, UNAVAILABLE. */
    RESULT (*open)(struct ctx *c, const struct provider *p, struct provider_place *out);
    /* Proves who came back.  INVALID_TOKEN, FORBIDDEN, UPSTREAM. */
    RESULT(*identify)
    (struct ctx *c, const struct provider *p, const struct brought *b, struct person *out);
};
extern const struct provider_kind kind_openid, kind_google, kind_apple, kind_entra, kind_oauth2,
    kind_b2c, kind_ciam;

/*
 * Who answers for a call to `url` of its own metadata: the operator, unless the API has named it
 * and its host is not in AUTH_INTERNAL_HOSTS (SR-02).
 */
enum outbound_origin provider_origin(struct ctx *c, const struct provider *p, const char *url);

/* By name, or NULL; and all of them. */
const struct provider_kind *provider_kind_find(const char *name);
const struct provider_kind *const *provider_kinds(size_t *n);

/* The one that people can use now: NOT_FOUND if there is none of this id, or it is disabled
 * (AT-10). */
RESULT provider_find(struct ctx *c, const char *id, const struct provider **out);

/* The same, disabled or not: for who administers it. */
RESULT provider_any(struct ctx *c, const char *id, const struct provider **out);

/* How we authenticate there: the secret or key is opened. */
RESULT provider_client(struct ctx *c, const struct provider *p, const struct provider_place *place,
                       struct oauth_client *out);

/* Seals what a command or call has given: a secret, or a private JWK. */
RESULT provider_seal(struct ctx *c, const char *id, const char *secret, const char **sealed);

/* Whether `secret` is the one that is sealed for the provider `id`. */
RESULT provider_has_secret(struct ctx *c, const char *id, const char *sealed, const char *secret,
                           bool *same);

/* Our callback, which is registered there: one for each provider, so that an answer of one is never
 * taken for that of another. */
const char *provider_callback(struct arena *a, const char *public_url, const char *id);

#endif
