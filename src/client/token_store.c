/* SPDX-License-Identifier: Apache-2.0 */
#include "client/token_store.h"

#include "crypto/digest.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

struct token_store *token_store_new(void)
{
    return calloc(1, sizeof(struct token_store));
}

void token_store_free(struct token_store *s)
{
    if (s == NULL)
        return;
    for (int kind = 0; kind < TOKEN_KINDS; kind++)
        for (size_t i = 0; i < TOKEN_BUCKETS; i++)
            for (struct held_entry *e = s->buckets[kind][i]; e != NULL;) {
                struct held_entry *next = e->next;
                held_entry_free(e);
                e = next;
            }
    free(s->more);
    free(s);
}

/* FNV-1a, whatever the case of letters. */
static uint32_t mix(uint32_t hash, const char *text)
{
    for (const char *at = text == NULL ? "" : text; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        hash = (hash ^ (c >= 'A' && c <= 'Z' ? c + 32u : c)) * 16777619u;
    }
    return (hash ^ 0xffu) * 16777619u;
}

unsigned token_bucket(const struct token_entry *e)
{
    const char *who = e->user_assertion_hash != NULL ? e->user_assertion_hash : e->home_account_id;
    uint32_t hash = mix(2166136261u, e->kind == TOKEN_APP ? NULL : who);
    if (e->kind == TOKEN_ACCESS || e->kind == TOKEN_ID)
        hash = mix(hash, e->realm);
    return (hash ^ hash >> 16) % TOKEN_BUCKETS;
}

static void unlink_from(struct held_entry **place)
{
    struct held_entry *gone = *place;
    *place = gone->next;
    held_entry_free(gone);
}

bool token_store_put(struct token_store *s, const struct token_entry *entry, const char *key)
{
    struct held_entry *held = held_entry_new(entry, key);
    if (held == NULL)
        return false;
    held->bucket = token_bucket(entry);
    held->turn = ++s->turns;
    struct held_entry **head = &s->buckets[entry->kind][held->bucket];
    for (struct held_entry **at = head; *at != NULL;) {
        bool goes = text_equal((*at)->key, key) || token_entry_replaces(entry, &(*at)->entry);
        if (goes)
            unlink_from(at);
        else
            at = &(*at)->next;
    }
    held->next = *head;
    *head = held;
    return true;
}

static size_t remove_in(struct held_entry **at, const struct token_query *query, const char *secret)
{
    size_t gone = 0;
    while (*at != NULL) {
        const struct token_entry *e = &(*at)->entry;
        bool goes = token_entry_matches(e, query) &&
                    (secret == NULL ||
                     (e->secret != NULL && ct_equal(bytes_of(e->secret), bytes_of(secret))));
        gone += goes;
        if (goes)
            unlink_from(at);
        else
            at = &(*at)->next;
    }
    return gone;
}

size_t token_store_remove(struct token_store *s, const struct token_query *query,
                          const char *secret)
{
    size_t gone = 0;
    for (size_t i = 0; i < TOKEN_BUCKETS; i++)
        gone += remove_in(&s->buckets[query->kind][i], query, secret);
    return gone;
}

/* ---- as JSON ---- */

struct reading {
    struct json json;
    struct token_store *store;
    struct json_writer more;
};

static bool read_kind(struct reading *r, enum token_kind kind)
{
    struct json_value v;
    for (const char *key; json_member(&r->json, &key, &v);) {
        struct token_entry entry;
        /* What is no entry is not of this schema. */
        if (v.kind != JSON_OBJECT || !token_entry_read(&r->json, kind, &entry))
            return false;
        if (!token_store_put(r->store, &entry, key))
            return false;
    }
    return r->json.why == NULL;
}

static bool read_root(struct reading *r)
{
    struct json_value v;
    enum token_kind kind;
    if (!json_value(&r->json, &v) || v.kind != JSON_OBJECT)
        return false;
    for (const char *name; json_member(&r->json, &name, &v);) {
        if (token_kind_find(name, &kind)) {
            if (v.kind != JSON_OBJECT || !read_kind(r, kind))
                return false;
            continue;
        }
        if (!json_skip(&r->json, &v))
            return false;
        json_raw(&r->more, name, text_copy(r->json.arena, (const char *)v.raw.at, v.raw.n));
    }
    return json_done(&r->json);
}

static bool keep_more(struct reading *r)
{
    json_object_end(&r->more);
    const char *text = json_written(&r->more);
    size_t n = strlen(text);
    if (n <= 2)
        return true;
    r->store->more = strndup(text + 1, n - 2);
    return r->store->more != NULL;
}

static bool read_all(struct arena *a, struct bytes json, struct token_store *store)
{
    struct reading r = { json_open(a, json), store, json_writer(a) };
    r.json.tokens_max = TOKEN_CACHE_BYTES_MAX;
    json_object(&r.more, NULL);
    return read_root(&r) && keep_more(&r);
}

RESULT token_store_read(struct ctx *c, struct bytes json, struct token_store **out)
{
    struct arena *a = arena_new((size_t)2 * TOKEN_CACHE_BYTES_MAX);
    struct token_store *store = token_store_new();
    bool is_good = false;
    if (a != NULL && store != NULL)
        is_good = json.n <= TOKEN_CACHE_BYTES_MAX && read_all(a, json, store);
    bool had_memory = a != NULL && store != NULL;
    arena_end(a);
    if (is_good) {
        *out = store;
        return ok();
    }
    token_store_free(store);
    if (!had_memory)
        return fail(c, UNAVAILABLE, "there is no memory for a token cache");
    return fail(c, INVALID_JSON, "this is not a token cache in the schema of MSAL");
}

static int by_turn(const void *a, const void *b)
{
    const struct held_entry *x = *(const struct held_entry *const *)a;
    const struct held_entry *y = *(const struct held_entry *const *)b;
    return (x->turn > y->turn) - (x->turn < y->turn);
}

/* The entries of a kind in the order in which they came. */
static struct held_entry **in_order(struct arena *a, struct token_store *s, enum token_kind kind,
                                    size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < TOKEN_BUCKETS; i++)
        for (struct held_entry *e = s->buckets[kind][i]; e != NULL; e = e->next)
            ++*n;
    struct held_entry **at = ARENA_NEWS(a, struct held_entry *, *n);
    size_t k = 0;
    for (size_t i = 0; i < TOKEN_BUCKETS; i++)
        for (struct held_entry *e = s->buckets[kind][i]; e != NULL; e = e->next)
            at[k++] = e;
    qsort(at, k, sizeof *at, by_turn);
    return at;
}

const char *token_store_write(struct ctx *c, struct token_store *s)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    for (int kind = 0; kind < TOKEN_KINDS; kind++) {
        size_t n = 0;
        struct held_entry **at = in_order(c->arena, s, (enum token_kind)kind, &n);
        json_object(&w, token_kind_name((enum token_kind)kind));
        for (size_t i = 0; i < n; i++)
            if (kind != TOKEN_ACCESS || at[i]->entry.expires_on > c->now)
                token_entry_write(&w, at[i]->key, &at[i]->entry);
        json_object_end(&w);
    }
    json_object_end(&w);
    const char *text = json_written(&w);
    return s->more == NULL
               ? text
               : text_printf(c->arena, "%.*s,%s}", (int)(strlen(text) - 1), text, s->more);
}
