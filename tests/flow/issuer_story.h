/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_FLOW_ISSUER_STORY_H
#define UAUTH_TESTS_FLOW_ISSUER_STORY_H

/*
 * Three issuers of one service: its own, and those of the tenants acme and globex, each with the
 * same kinds of applications.  Ada belongs to all of them.
 */

#include "exchange_story.h"

enum { PLACES = 3 };

struct place {
    const char *slug; /* NULL: the service's own */
    const char *path; /* before those of its endpoints */
    const char *iss;
    const char *tenant_id; /* or NULL */
    const char *app; /* public: codes, refresh tokens, devices; signs its requests with `key` */
    const char *web; /* with a secret: itself, exchange of tokens, introspection */
    const char *web_secret;
    const char *job; /* authenticates by assertions that `key` signs */
    const struct key *key;
};

struct places {
    struct place at[PLACES];
    struct client ada; /* her browser, signed in */
};

struct places issuer_places(struct world *w);

/* Sets or takes away the setting `issuer` of a tenant. */
void issuer_turn(struct world *w, const char *tenant_id, bool own);

/* A client of the place, with `metadata` in which ' stands for ": its secret, or NULL. */
const char *issuer_client(struct world *w, const struct place *p, const char *id,
                          const char *metadata);

/* At the place `at`: what Ada's browser is answered for p->app; POST of a form there. */
struct answer issuer_authorize(struct places *s, const struct place *at, const struct place *by,
                               const char *changes);
struct answer issuer_post(struct world *w, const struct place *at, const char *path,
                          const char *basic, const char *form);

/* The tokens of Ada for p->app, and what p->web gets for itself. */
struct answer issuer_tokens(struct places *s, const struct place *p, const char *changes);
struct answer issuer_web_tokens(struct world *w, const struct place *p);

/* "web:secret". */
const char *issuer_basic(struct world *w, const struct place *by) __attribute__((returns_nonnull));

#endif
