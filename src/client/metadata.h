/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_METADATA_H
#define UAUTH_CLIENT_METADATA_H

/*
 * What an OpenID provider says about itself (OpenID Connect Discovery 1.0, RFC 8414) and its keys
 * (RFC 7517), fetched once, kept and renewed (client/documents.h).  What it says is believed as far
 * as a stranger's word goes: its endpoints are by https, and those that are elsewhere than the
 * operator's own URL are public (AT-19).
 */

#include "client/upstreams.h"
#include "crypto/key.h"

struct metadata {
    const char *issuer;
    const char *authorization_endpoint, *token_endpoint, *jwks_uri; /* NULL: see metadata_read */
    const char *userinfo_endpoint, *end_session_endpoint;           /* or NULL, as all below */
    const char *pushed_authorization_request_endpoint;              /* RFC 9126 5 */
    const char *device_authorization_endpoint;                      /* RFC 8628 4 */
    const char *revocation_endpoint, *introspection_endpoint;       /* RFC 8414 2 */
    const char *mtls_token_endpoint; /* mtls_endpoint_aliases (RFC 8705 5), as the next ones */
    const char *mtls_pushed_authorization_request_endpoint, *mtls_device_authorization_endpoint;
    const char *mtls_revocation_endpoint, *mtls_introspection_endpoint, *mtls_userinfo_endpoint;
    enum outbound_origin jwks_origin; /* who is said to have named jwks_uri, if the metadata is
                                         where the operator said */
    unsigned algs;                    /* enum jws_alg: of ID tokens; never HS256 */
    unsigned auth_algs;               /* of private_key_jwt; 0: it does not say */
    bool says_iss;                    /* its answers name it (RFC 9207 3) */
    bool must_push;                   /* it takes pushed authorization requests only (RFC 9126 5) */
    const char *cloud_instance_name;  /* of Entra; or NULL */
};

/*
 * The metadata that is `at` some place.  UPSTREAM if it cannot be had or is not
 * usable.  Whether the issuer is the right one is the caller's to check (Discovery 4.3).
 */
RESULT metadata_get(struct ctx *c, const struct upstream_url *at, const struct metadata **out);

/* The same of a server where people need not sign in: all its endpoints may be NULL. */
RESULT metadata_read(struct ctx *c, const struct upstream_url *at, const struct metadata **out);

/* How metadata and key sets are read: for fuzzing. */
extern const struct document_kind metadata_kind, upstream_keys_kind;

/* "https://op.example/.well-known/openid-configuration" of an issuer (Discovery 4). */
const char *metadata_url(struct arena *a, const char *issuer) __attribute__((returns_nonnull));

/* "https://as.example/.well-known/oauth-authorization-server/x" of an issuer (RFC 8414 3.1); NULL
 * if it is no URL. */
const char *metadata_oauth_url(struct arena *a, const char *issuer);

/* A key set with what Entra says of its keys. */
struct upstream_key {
    const char *kid;
    const char *issuer;              /* or NULL: of any */
    const char *cloud_instance_name; /* or NULL */
};
struct upstream_keys {
    struct key_set set;
    const struct upstream_key *at;
    size_t n;
};

/* Reads a set from JSON, to c->arena.  Failures of key_set_read. */
RESULT upstream_keys_read(struct ctx *c, struct bytes json, struct upstream_keys *out);

/*
 * The keys at `jwks_uri` of the metadata that is `at` some place, and one that may verify `token`,
 * if there is one: for a kid that is not there they are fetched again, by one caller, and not more
 * often than DOCUMENT_RETRY_SECONDS (JOSE-34).  A set with private members, or with two keys of one
 * kid, is refused as a whole.
 */
RESULT metadata_keys(struct ctx *c, const struct upstream_url *at, const char *jwks_uri,
                     const char *token, const struct upstream_keys **out);

/*
 * What is at hand and fresh, without asking or waiting for anybody: the metadata at `url`, which
 * the operator configured, the keys
 * at its jwks_uri or, with the operator's own `jwks_uri`, there.  NULL: there is nothing, and
 * metadata_read and metadata_keys get it.
 */
const struct metadata *metadata_kept(struct ctx *c, const char *url);
const struct upstream_keys *metadata_keys_kept(struct ctx *c, const char *jwks_uri,
                                               enum outbound_origin origin);

/* What is said of the key with this kid, or NULL. */
const struct upstream_key *upstream_key(const struct upstream_keys *keys, const char *kid);

#endif
