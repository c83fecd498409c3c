/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_CLIENT_AUTH_H
#define UAUTH_OAUTH_CLIENT_AUTH_H

/*
 * How clients prove who they are: one row for each method.  The client's registration names the one
 * that it may use.
 */

#include "crypto/certificate_trust.h"
#include "oauth/client.h"

/* How the credentials came. */
enum client_auth_way {
    CLIENT_BY_NAME,        /* client_id alone */
    CLIENT_BY_BASIC,       /* Authorization: Basic */
    CLIENT_BY_SECRET,      /* client_secret in the body */
    CLIENT_BY_ASSERTION,   /* client_assertion in the body */
    CLIENT_BY_CERTIFICATE, /* client_id, and a certificate in the handshake (RFC 8705 2) */
};

/* What a client showed.  Nothing of it is proven. */
struct client_shown {
    enum client_auth_way way;
    const char *client_id;
    const char *secret;               /* BASIC, SECRET */
    const char *assertion;            /* ASSERTION */
    struct certificates certificates; /* whatever the way: what was shown beside it */
    X509_STORE *authorities;          /* that tls_client_auth believes, or NULL */
};

struct client_auth {
    const char *name; /* token_endpoint_auth_method */
    enum client_auth_way way;
    bool has_secret;                              /* the client gets one */
    bool seals;                                   /* which has to be known to check what it makes */
    bool needs_keys;                              /* it registers public keys */
    unsigned algs;                                /* enum jws_alg: of assertions */
    bool (*offered)(const struct config *config); /* NULL: always */
    RESULT (*check)(struct ctx *c, const struct client *client, const struct client_shown *shown);
};

/* All of them, in the order of discovery. */
const struct client_auth *client_auths(size_t *n);

/* The method called `name`, or NULL. */
const struct client_auth *client_auth_find(const char *name);

/* The sentence that names all of them: for who has named another. */
const char *client_auth_say(struct arena *a);

/* Whether the settings allow for it. */
bool client_auth_is_offered(const struct client_auth *method, const struct config *config);

/*
 * The client, proven by the method that it registered and no other.  INVALID_CLIENT for everything
 * else; of an unknown client it costs and says the same as of a wrong secret.
 */
RESULT client_authenticate(struct ctx *c, const struct client_shown *shown,
                           const struct client **out);

/* Whether `secret` is a live one of the client, in constant time (claim I5). */
RESULT client_has_secret(struct ctx *c, const char *client_id, const char *secret, bool *good);

/* A new secret (256 bits), and the row that it is stored as, for a client of this method. */
struct client_secret_row;
RESULT client_secret_make(struct ctx *c, const char *client_id, const struct client_auth *method,
                          const char **secret, struct client_secret_row *row);

/*
 * The row of a secret that somebody else has made.  INVALID_FIELD (`secret`) unless it has
 * CLIENT_SECRET_MIN to CLIENT_SECRET_MAX visible characters of ASCII: only its hash is kept, which
 * is no place for what can be guessed.
 */
enum { CLIENT_SECRET_MIN = 32, CLIENT_SECRET_MAX = 256 };
RESULT client_secret_take(struct ctx *c, const char *client_id, const struct client_auth *method,
                          const char *secret, struct client_secret_row *row);

#endif
