/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_TOKEN_ENTRY_H
#define UAUTH_CLIENT_TOKEN_ENTRY_H

/* What the files of the token cache share: its members as a table, and entries that are held. */

#include "base/json.h"
#include "base/json_writer.h"
#include "client/token_cache.h"

/* An entry in one piece of memory: this, its key, its texts. */
struct held_entry {
    struct held_entry *next; /* in its bucket */
    size_t size;             /* of the piece */
    unsigned bucket;
    uint64_t turn; /* when it was put: later is more */
    const char *key;
    struct token_entry entry;
};

/* "AccessToken". */
const char *token_kind_name(enum token_kind kind);
bool token_kind_find(const char *name, enum token_kind *out);

/* A copy with `key`; NULL if there is no memory.  And its end, wiped. */
struct held_entry *held_entry_new(const struct token_entry *entry, const char *key);
void held_entry_free(struct held_entry *held);

/* A copy of an entry in `a`. */
struct token_entry token_entry_copy(struct arena *a, const struct token_entry *entry);

/* Reads the object in which the reader stands; what is not known goes to `more`. */
bool token_entry_read(struct json *j, enum token_kind kind, struct token_entry *out);

/* Appends it as an object called `key`. */
void token_entry_write(struct json_writer *w, const char *key, const struct token_entry *entry);

/* Whether it is one of those that `query` means. */
bool token_entry_matches(const struct token_entry *entry, const struct token_query *query);

/* Whether `fresh` takes the place of `old`. */
bool token_entry_replaces(const struct token_entry *fresh, const struct token_entry *old);

#endif
