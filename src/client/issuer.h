/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_ISSUER_H
#define UAUTH_CLIENT_ISSUER_H

/*
 * An authorization server, known by its issuer: what it says about itself (OpenID Connect Discovery
 * 1.0, RFC 8414), and where the calls of a client go.
 */

#include "client/metadata.h"
#include "client/oauth_call.h"

struct issuer {
    const char *issuer;
    struct upstream_url at; /* where its metadata was found */
    const struct metadata *m;
};

/*
 * The server whose issuer is exactly `issuer` (Discovery 4.3, RFC 8414 3.3; AT-19).  Its metadata
 * is looked for where OpenID Connect has it, then where RFC 8414 has it.  It is good until c->arena
 * is rewound.  INVALID_REQUEST: this is no issuer (https, or http on this host; no query);
 * UPSTREAM: there is no such server.
 */
RESULT issuer_open(struct ctx *c, const char *issuer, struct issuer *out);

/* The endpoints to which a client posts. */
enum issuer_endpoint {
    ISSUER_TOKEN,
    ISSUER_PUSHED,
    ISSUER_DEVICE,
    ISSUER_REVOCATION,
    ISSUER_INTROSPECTION,
    ISSUER_USERINFO
};

/* Where that is, for `client`: the alias for who shows a certificate, if it has one (RFC 8705 5).
 * NOT_IMPLEMENTED: the server has none. */
RESULT issuer_endpoint(struct ctx *c, const struct issuer *issuer,
                       const struct oauth_client *client, enum issuer_endpoint which,
                       struct oauth_endpoint *out);

#endif
