/* SPDX-License-Identifier: Apache-2.0 */
#include "db/sqlite_kept.h"

#include "base/text.h"
#include "base/time.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_BYTES = 256,
    FIELD_BYTES = 1 + sizeof(uint32_t),
    LOCKS = 64 /* many readers, few meet */
};

/* The key as bytes, then the texts of the cells, each with its zero, one after the other. */
struct result {
    uint64_t marks;
    int64_t until_ms;
    size_t key_n, texts_n, rows, columns;
    uint32_t *places; /* of the cells among the texts; NULL_CELL for SQL NULL */
    char *bytes;
};
#define NULL_CELL UINT32_MAX

/* The place at `i` is behind the lock at `i % LOCKS`. */
struct sqlite_kept {
    pthread_mutex_t locks[LOCKS];
    struct result *results[SQLITE_KEPT_MAX];
};

struct key {
    size_t n;
    uint8_t at[KEY_BYTES];
};

struct sqlite_kept *sqlite_kept_new(void)
{
    struct sqlite_kept *k = calloc(1, sizeof *k);
    for (size_t i = 0; k != NULL && i < LOCKS; i++)
        must(pthread_mutex_init(&k->locks[i], NULL) == 0);
    return k;
}

/* What was read may be about a person. */
static void forget(struct result *r)
{
    if (r != NULL)
        explicit_bzero(r->bytes, r->key_n + r->texts_n);
    free(r);
}

void sqlite_kept_free(struct sqlite_kept *k)
{
    for (size_t i = 0; k != NULL && i < SQLITE_KEPT_MAX; i++)
        forget(k->results[i]);
    for (size_t i = 0; k != NULL && i < LOCKS; i++)
        must(pthread_mutex_destroy(&k->locks[i]) == 0);
    free(k);
}

/* ---- keys ---- */

static bool add_param(struct key *key, const struct param *p)
{
    const void *at = p->text != NULL ? (const void *)p->text : &p->number;
    uint32_t n = p->null ? 0 : p->text != NULL ? (uint32_t)strlen(p->text) : sizeof p->number;
    if (n > KEY_BYTES - FIELD_BYTES || key->n > KEY_BYTES - FIELD_BYTES - n)
        return false;
    key->at[key->n] = (uint8_t)(p->null ? 'n' : p->text != NULL ? 't' : 'i');
    memcpy(key->at + key->n + 1, &n, sizeof n);
    memcpy(key->at + key->n + FIELD_BYTES, at, n);
    key->n += FIELD_BYTES + n;
    return true;
}

static bool make_key(const struct sqlite_kept_key *of, struct key *out)
{
    memcpy(out->at, &of->sql, sizeof of->sql);
    out->n = sizeof of->sql;
    for (size_t i = 0; i < of->n; i++)
        if (!add_param(out, &of->params[i]))
            return false;
    return true;
}

static size_t place_of(const struct key *key)
{
    return (size_t)(bytes_hash_here((struct bytes){ key->at, key->n }) >> 32) % SQLITE_KEPT_MAX;
}

/* Whoever has it may be a worker of low priority that does not run just now: nobody waits for it,
 * as whatever is here can be read. */
static bool lock(struct sqlite_kept *k, size_t place)
{
    return pthread_mutex_trylock(&k->locks[place % LOCKS]) == 0;
}

static void unlock(struct sqlite_kept *k, size_t place)
{
    must(pthread_mutex_unlock(&k->locks[place % LOCKS]) == 0);
}

/* ---- finding ---- */

static void copy_out(struct ctx *c, const struct result *r, struct table *out)
{
    size_t cells = r->rows * r->columns;
    char *texts = arena_copy(c->arena, r->bytes + r->key_n, r->texts_n);
    *out = (struct table){ .rows = r->rows, .columns = r->columns };
    out->cells = ARENA_NEWS(c->arena, const char *, cells);
    for (size_t i = 0; i < cells; i++)
        out->cells[i] = r->places[i] == NULL_CELL ? NULL : texts + r->places[i];
}

static bool is_good(const struct result *r, const struct sqlite_kept_key *key,
                    const struct key *asked)
{
    return r != NULL && r->marks == key->marks && r->key_n == asked->n &&
           memcmp(r->bytes, asked->at, asked->n) == 0 && time_monotonic_ms() < r->until_ms;
}

bool sqlite_kept_find(struct ctx *c, struct sqlite_kept *k, const struct sqlite_kept_key *key,
                      struct table *out)
{
    struct key asked;
    if (!make_key(key, &asked))
        return false;
    size_t place = place_of(&asked);
    if (!lock(k, place))
        return false;
    bool good = is_good(k->results[place], key, &asked);
    if (good)
        copy_out(c, k->results[place], out);
    unlock(k, place);
    return good;
}

/* ---- keeping ---- */

static size_t texts_bytes(const struct table *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->rows * t->columns; i++)
        n += t->cells[i] == NULL ? 0 : strlen(t->cells[i]) + 1;
    return n;
}

static void copy_in(struct result *r, const struct key *key, const struct table *t)
{
    char *texts = r->bytes + key->n;
    memcpy(r->bytes, key->at, key->n);
    for (size_t i = 0, at = 0; i < t->rows * t->columns; i++) {
        const char *cell = t->cells[i];
        size_t n = cell == NULL ? 0 : strlen(cell) + 1;
        r->places[i] = cell == NULL ? NULL_CELL : (uint32_t)at;
        memcpy(texts + at, cell == NULL ? "" : cell, n);
        at += n;
    }
}

static struct result *make_result(const struct sqlite_kept_key *key, const struct key *asked,
                                  const struct table *t)
{
    size_t cells = t->rows * t->columns;
    size_t texts = texts_bytes(t);
    if (texts + cells * sizeof(uint32_t) > SQLITE_KEPT_BYTES)
        return NULL;
    struct result *r = malloc(sizeof *r + cells * sizeof *r->places + asked->n + texts);
    if (r == NULL)
        return NULL;
    *r = (struct result){ .marks = key->marks,
                          .until_ms = time_monotonic_ms() + SQLITE_KEPT_MS,
                          .key_n = asked->n,
                          .texts_n = texts,
                          .rows = t->rows,
                          .columns = t->columns,
                          .places = (uint32_t *)(void *)(r + 1),
                          .bytes = (char *)(r + 1) + cells * sizeof *r->places };
    copy_in(r, asked, t);
    return r;
}

void sqlite_kept_put(struct sqlite_kept *k, const struct sqlite_kept_key *key,
                     const struct table *t)
{
    struct key asked;
    struct result *made = make_key(key, &asked) ? make_result(key, &asked, t) : NULL;
    if (made == NULL)
        return;
    size_t place = place_of(&asked);
    struct result *goes = made;
    if (lock(k, place)) {
        goes = k->results[place];
        k->results[place] = made;
        unlock(k, place);
    }
    forget(goes);
}

/* ---- forgetting ---- */

/* In the places behind one lock. */
static void expire_behind(struct sqlite_kept *k, size_t first, int64_t now_ms)
{
    struct result *past[SQLITE_KEPT_MAX / LOCKS];
    size_t n = 0;
    if (!lock(k, first))
        return;
    for (size_t i = first; i < SQLITE_KEPT_MAX; i += LOCKS) {
        struct result *r = k->results[i];
        if (r != NULL && r->until_ms <= now_ms) {
            past[n++] = r;
            k->results[i] = NULL;
        }
    }
    unlock(k, first);
    while (n > 0)
        forget(past[--n]);
}

void sqlite_kept_expire(struct sqlite_kept *k, int64_t now_ms)
{
    for (size_t i = 0; k != NULL && i < LOCKS; i++)
        expire_behind(k, i, now_ms);
}
