/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_KEY_VERSIONS_H
#define UAUTH_TOKEN_KEY_VERSIONS_H

/* The versions of a key in a key vault that are known here.  For token/key_remote.c alone, which
 * asks for them. */

#include "client/key_vault.h"
#include "client/key_vault_address.h"
#include "crypto/key.h"
#include "token/key_remote.h"

struct key_version {
    char name[VAULT_VERSION_CHARS + 1];
    const struct key *key; /* NULL: it cannot sign here, and is not asked for again */
    bool may_sign, enabled;
    int64_t created_at;
};

struct key_versions {
    struct key_version at[KEY_REMOTE_VERSIONS_MAX];
    size_t n;
    const char *flaw; /* why one cannot sign; NULL: none was met */
};

/* Of those that were made in one second every node takes the same. */
bool key_version_is_newer(const struct key_version *v, const struct key_version *than);

/* Whether the first `n` of both are the same. */
bool key_versions_same(const struct key_version *a, const struct key_version *b, size_t n);

/* The one called `name`, or NULL. */
struct key_version *key_versions_find(struct key_versions *known, const char *name);

/* A free place, or that of the oldest. */
struct key_version *key_versions_place(struct key_versions *known) __attribute__((returns_nonnull));

/* What may sign `now`, and what is enabled, by what the vault has told. */
void key_versions_mark(struct key_versions *known, const struct vault_versions *told, int64_t now);

#endif
