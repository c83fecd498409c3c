/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_DOOR_H
#define UAUTH_WEB_DOOR_H

/*
 * The front door of the service: what all requests share, made once from the settings and the
 * tables, and const from then on.  app/app.c makes one and passes it to stages_walk; a reload makes
 * a new one.
 */

#include "base/config.h"
#include "crypto/certificate_trust.h"
#include "web/brand.h"
#include "web/cors.h"
#include "web/hosts.h"
#include "web/limit.h"
#include "web/metrics.h"
#include "web/router.h"

enum { DOOR_KEY_BYTES = 32 };

/* What app hands in.  All of it outlives the door. */
struct door_plan {
    const struct config *config;
    const struct route *routes;
    size_t routes_n;
    const struct limit_class *limits;
    size_t limits_n;
    struct metrics *metrics;   /* one of its own if NULL */
    struct refusals *refusals; /* NULL: none are kept */
    /* The algorithms (enum jws_alg) of DPoP proofs of a client; NULL: all of them, for everybody.
     */
    RESULT (*proof_algs)(struct ctx *c, const char *client_id, unsigned *algs);
    uint8_t csrf_key[DOOR_KEY_BYTES];      /* AUTH_CSRF_SECRET or derived from the master key */
    uint8_t challenge_key[DOOR_KEY_BYTES]; /* derived from the master key, the same on all nodes */
};

struct door {
    const struct config *config;
    const struct router *router;
    struct limits limits;
    struct hosts hosts;
    struct cors cors;
    struct metrics *metrics;
    struct refusals *refusals;  /* web/refusals.h, or NULL */
    const char *config_version; /* web/config_version.h */
    struct brand brand;
    RESULT (*proof_algs)(struct ctx *c, const char *client_id, unsigned *algs); /* or NULL */
    uint8_t csrf_key[DOOR_KEY_BYTES];
    uint8_t challenge_key[DOOR_KEY_BYTES];
    const char *issuer;      /* the service's own, as iss has it */
    const char *public_url;  /* without a slash at the end */
    const char *mtls_url;    /* by which clients with certificates call, or NULL */
    const char *mtls_host;   /* its host, as http_request.host has it; or NULL */
    X509_STORE *authorities; /* of certificates of clients, or NULL: none is believed */
    const char *origin;      /* scheme, host and port of the public URL, as browsers write it */
    bool secure; /* the public URL is https: cookies are Secure, plain HTTP is refused */
    struct openapi_kept *openapi; /* the OpenAPI 3.1 document */
};

/*
 * Makes the door in `a`.  INTERNAL when a table is not acceptable; INVALID_FIELD when a setting is
 * not: a public URL of plain http that is not on loopback, an origin or host pattern that cannot be
 * one.
 */
RESULT door_new(struct ctx *c, struct arena *a, const struct door_plan *plan, struct door **out);

#endif
