/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_CLIENT_H
#define UAUTH_OAUTH_CLIENT_H

/*
 * A client as the authorization server knows it: its row with what it registered.
 */

#include "oauth/client_metadata.h"
#include "store/clients.h"
#include "token/issue.h"

struct req;

struct client {
    const char *id; /* client_id */
    const char *name;
    const char *tenant_id; /* NULL: of all tenants */
    bool confidential;
    int64_t changed_at; /* the last time; 0: never since it was made */
    struct client_metadata metadata;
};

/* The client `id`; *out is NULL if there is none at the issuer of `c`, it or its tenant is
 * disabled, or it is our own API. */
RESULT client_load(struct ctx *c, const char *id, const struct client **out);

/*
 * The same at the issuer that the client has, at which `c` is from then on: for the pages of the
 * service, which are there once, and for what is told to clients later.  Outside db_atomically.
 */
RESULT client_enter(struct ctx *c, const char *id, const struct client **out);

/* Whether it may use the grant `name`. */
bool client_may(const struct client *client, const char *grant);

/* What its registration says of its access tokens. */
struct token_style client_style(const struct client *client);
/* The grants that it may use, for administrators. */
const char *client_grants(struct arena *a, const struct client *client)
    __attribute__((returns_nonnull));

/* The place of its own tokens in a status list; none where tokens have no status. */
RESULT client_place(struct ctx *c, const struct client *client, struct status_place *out);

/*
 * Whether `uri` is one of its redirect URIs: the same text (RFC 9700 2.1), or, for a public client,
 * a registered http URI of a loopback address with another port (RFC 8252 7.3).
 */
bool client_redirects_to(struct arena *a, const struct client *client, const char *uri);

/* The origins whose scripts may read what the client gets: of its redirect URIs, and
 * allowed_origins. */
struct texts client_origins(struct arena *a, const struct client *client);

/* Makes `client` the one that `r` is of, and has scripts of its origins read the answer. */
void client_admit(struct req *r, const struct client *client);

/* The client that guard_client let in; it ran: must(). */
const struct client *client_of(const struct req *r) __attribute__((returns_nonnull));

#endif
