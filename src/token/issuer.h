/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_ISSUER_H
#define UAUTH_TOKEN_ISSUER_H

/*
 * Whose tokens a unit of work makes and takes.  There is the service's own issuer, which the
 * settings name, and one of each tenant that has one of its own: another `iss`, other keys, other
 * addresses, other clients.  c->issuer and c->keys always go together, so that a token of one is
 * verified by no key of another; c->issuer is NULL at the service's own.
 */

#include "base/ctx.h"

struct issuer {
    const char *url;  /* iss; its addresses are this and what stands in the table of routes */
    const char *path; /* of url: "/t/acme" */
    const char *tenant_id;
};

/* What stands before the path of an endpoint at the issuer of `c`: "" at the service's own. */
const char *issuer_path(const struct ctx *c) __attribute__((returns_nonnull));

#endif
