/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_TOKEN_STORE_H
#define UAUTH_CLIENT_TOKEN_STORE_H

/* The entries of a token cache in memory, without lock or file: what its two files share. */

#include "client/token_entry.h"

#include <pthread.h>
#include <sys/stat.h>

enum { TOKEN_BUCKETS = 1024 };

struct token_store {
    struct held_entry *buckets[TOKEN_KINDS][TOKEN_BUCKETS];
    uint64_t turns;
    char *more; /* members of the root that are not known, or NULL */
};

struct token_cache {
    pthread_mutex_t lock;
    struct token_store *store;
    bool changed;
    /* of token_cache_file.c: */
    const char *path; /* NULL: in memory only */
    struct stat seen; /* of the file that was read last; all 0: none was */
};

/* The bucket of an entry: by account and, of access and ID tokens, realm; of those that are for one
 * assertion (on-behalf-of) by that (entra.md 3.5). */
unsigned token_bucket(const struct token_entry *entry);

/* Puts a copy in place of what it replaces; false if there is no memory. */
bool token_store_put(struct token_store *s, const struct token_entry *entry, const char *key);

/* Removes what `query` finds, or of that only the one with `secret`.  How many went. */
size_t token_store_remove(struct token_store *s, const struct token_query *query,
                          const char *secret);

struct token_store *token_store_new(void);
void token_store_free(struct token_store *s);

/* NULL in *out with a failure recorded if it is not a cache. */
RESULT token_store_read(struct ctx *c, struct bytes json, struct token_store **out);
const char *token_store_write(struct ctx *c, struct token_store *s);

/* With the lock held: makes the changes in memory. */
RESULT token_cache_apply(struct ctx *c, struct token_cache *cache,
                         const struct token_change *changes, size_t n);

/* With the lock held.  Of token_cache_file.c. */
RESULT token_file_sync(struct ctx *c, struct token_cache *cache);
RESULT token_file_change(struct ctx *c, struct token_cache *cache,
                         const struct token_change *changes, size_t n);

#endif
