/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_TOKEN_CACHE_H
#define UAUTH_CLIENT_TOKEN_CACHE_H

/*
 * Tokens that were got from others, in the schema that Microsoft's libraries share, so that a cache
 * which MSAL for Python, Node.js, Go or .NET has written is good here, and the reverse.  Five
 * kinds of entries; times are texts of Unix seconds when written, and texts or numbers when read.
 * What is not known is kept and written back as it came.
 *
 * Keys of entries differ from library to library, so nobody looks for a key: entries are found by
 * what they say.  One object serves all threads.  In a file (client/token_cache_file.h) it is
 * shared with other processes.
 */

#include "base/ctx.h"
#include "base/text.h"

struct token_cache;

enum token_kind { TOKEN_ACCESS, TOKEN_REFRESH, TOKEN_ID, TOKEN_ACCOUNT, TOKEN_APP };
enum {
    TOKEN_KINDS = TOKEN_APP + 1,
    TOKEN_CACHE_BYTES_MAX = 16 * 1024 * 1024,
    TOKEN_CACHED_AHEAD =
        60 /* seconds that cached_at may lie ahead: another one's work began later */
};

/* An entry; what it does not have is NULL or 0.  Names are those of the schema. */
struct token_entry {
    enum token_kind kind;
    const char *home_account_id; /* "uid.utid"; NULL or "": the application's own */
    const char *environment;     /* host of the authority */
    const char *client_id, *realm, *target, *secret, *token_type, *key_id, *family_id;
    const char *user_assertion_hash; /* of on-behalf-of: base64url(SHA-256(assertion)) */
    const char *local_account_id, *username, *name, *authority_type, *client_info;
    int64_t cached_at, expires_on, extended_expires_on, refresh_on, last_modification_time;
    const char *more; /* further members: `"a":1,"b":{}`; or NULL */
};

/* Which entries: all that have these values; what is NULL or empty is not compared. */
struct token_query {
    enum token_kind kind;
    const char *home_account_id; /* "" : the application's own */
    struct texts environments;   /* any of these */
    const char *client_id, *realm, *family_id;
    const char *token_type;          /* and bound to nothing further */
    const char *user_assertion_hash; /* "" : those without one */
    struct texts scopes; /* a subset of target, whatever the case; openid, profile, email and
                            offline_access count only if nothing else is asked for */
};

struct token_entries {
    const struct token_entry *at;
    size_t n;
};

/* NULL if there is no memory. */
struct token_cache *token_cache_new(void);
void token_cache_free(struct token_cache *cache); /* wipes it; NULL is fine */

/*
 * What is found, newest first (by last_modification_time, else as they were put), copied to
 * c->arena.
 */
struct token_entries token_cache_find(struct ctx *c, struct token_cache *cache,
                                      const struct token_query *query);

/*
 * The access token that `query` finds and that is good for `leeway` seconds more, copied to
 * c->arena; false if there is none.  One of a cached_at further ahead than
 * TOKEN_CACHED_AHEAD is not good: the clock has gone back.
 */
bool token_cache_hit(struct ctx *c, struct token_cache *cache, const struct token_query *query,
                     int64_t leeway, struct token_entry *out);

/* A change: `put` is written over what it replaces, or what `removed` finds goes.  One of them. */
struct token_change {
    const struct token_entry *put;
    const struct token_query *removed;
    const char *secret; /* beside `removed`: only the entry with this secret; or NULL */
};

/*
 * Makes the changes, in order, all or none as far as others see.  An access token replaces those of
 * the same kind whose scopes it covers, a refresh token that of the same account and client.  With
 * a file: under its lock, upon what is in it now, and written to it; UNAVAILABLE if that cannot be.
 */
RESULT token_cache_change(struct ctx *c, struct token_cache *cache,
                          const struct token_change *changes, size_t n);

/* Replaces all by what `json` holds.  INVALID_JSON if it is not a cache; nothing changes then. */
RESULT token_cache_read(struct ctx *c, struct token_cache *cache, struct bytes json);

/* All of it as JSON in c->arena, without access tokens that have ended; it has then not changed. */
const char *token_cache_write(struct ctx *c, struct token_cache *cache)
    __attribute__((returns_nonnull));

/* Whether it has changed since it was read or written (MSAL: has_state_changed). */
bool token_cache_has_changed(struct token_cache *cache);

/*
 * Brings it up to what is in its file; without one, a no-op.  UNAVAILABLE, or INVALID_JSON if the
 * file holds something else.
 */
RESULT token_cache_sync(struct ctx *c, struct token_cache *cache);

/* Whether `asked` is a subset of the scopes in `target` as token_query.scopes has it. */
bool token_scopes_cover(const char *target, struct texts asked);

/* The key under which an entry of ours is written, as MSAL for Python makes it. */
const char *token_key(struct arena *a, const struct token_entry *entry)
    __attribute__((returns_nonnull));

#endif
