/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_KEYRINGS_H
#define UAUTH_TOKEN_KEYRINGS_H

/*
 * The keyrings of a node: the service's own, and those of tenants with an issuer of their own for
 * which it works, opened when they are asked for.  Only so many are kept, those that were asked for
 * last, because memory must not grow with the tenants.  They are refreshed by whoever asks for
 * them, so that a tenant that nobody calls costs nothing and no node signs with a key that it has
 * not looked at within KEYRINGS_YOUNG_SECONDS.
 */

#include "token/keyring.h"

struct keyrings;

enum { KEYRINGS_YOUNG_SECONDS = 2, KEYRINGS_KEPT = 1024 };

/* In `a`; keeps those of `kept` tenants, at least one, beside those that are in use; `own` stays
 * its owner's.  NULL if there is no memory. */
struct keyrings *keyrings_new(struct arena *a, struct keyring *own, size_t kept);
void keyrings_free(struct keyrings *k); /* NULL is fine */

struct keyring *keyrings_own(const struct keyrings *k) __attribute__((returns_nonnull));

/* That of the tenant, until the arena of `c` ends; its first key is made if there is none.
 * Failures as keyring_open.  Outside db_atomically. */
RESULT keyrings_of(struct ctx *c, struct keyrings *k, const char *tenant_id, struct keyring **out);

#endif
