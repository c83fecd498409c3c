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
    SHELVES = 64, /* many readers, few meet */
    SHELF_MAX = SQLITE_KEPT_MAX / SHELVES,
    SHELF_BYTES = SQLITE_KEPT_ALL_BYTES / SHELVES,
    WAYS = 4, /* a result has a choice of so many places */
};

/* The key as bytes, then the texts of the cells, each with its zero, one after the other. */
struct result {
    uint64_t marks;
    int64_t until_ms;
    size_t all_n; /* bytes that it takes */
    size_t key_n, texts_n, rows, columns;
    uint32_t *places; /* of the cells among the texts; NULL_CELL for SQL NULL */
    char *bytes;
};
#define NULL_CELL UINT32_MAX

struct shelf {
    pthread_mutex_t lock; /* of: */
    struct result **at;   /* SHELF_MAX places; NULL: nothing is there */
    size_t results, bytes;
};

struct sqlite_kept {
    struct shelf shelves[SHELVES];
};

struct key {
    size_t n;
    uint8_t at[KEY_BYTES];
};

struct sqlite_kept *sqlite_kept_new(void)
{
    struct sqlite_kept *k = calloc(1, sizeof *k);
    for (size_t i = 0; k != NULL && i < SHELVES; i++)
        must(pthread_mutex_init(&k->shelves[i].lock, NULL) == 0);
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
    for (size_t i = 0; k != NULL && i < SHELVES; i++) {
        struct shelf *shelf = &k->shelves[i];
        for (size_t at = 0; shelf->at != NULL && at < SHELF_MAX; at++)
            forget(shelf->at[at]);
        free(shelf->at);
        must(pthread_mutex_destroy(&shelf->lock) == 0);
    }
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

/* Where a result is: on a shelf, at `first` or beside it. */
struct place {
    struct shelf *shelf;
    size_t first;
};

static struct place place_of(struct sqlite_kept *k, const struct key *key)
{
    size_t hash = (size_t)(bytes_hash_here((struct bytes){ key->at, key->n }) >> 32);
    return (struct place){ &k->shelves[hash % SHELVES],
                           hash / SHELVES % (SHELF_MAX / WAYS) * WAYS };
}

/* Whoever has it may be a worker of low priority that does not run just now: nobody waits for it,
 * as whatever is here can be read. */
static bool lock(struct shelf *shelf)
{
    return pthread_mutex_trylock(&shelf->lock) == 0;
}

static void unlock(struct shelf *shelf)
{
    must(pthread_mutex_unlock(&shelf->lock) == 0);
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

static bool is_of(const struct result *r, const struct key *asked)
{
    return r != NULL && r->key_n == asked->n && memcmp(r->bytes, asked->at, asked->n) == 0;
}

static const struct result *find_good(struct place place, const struct sqlite_kept_key *key,
                                      const struct key *asked)
{
    for (size_t i = 0; place.shelf->at != NULL && i < WAYS; i++) {
        const struct result *r = place.shelf->at[place.first + i];
        if (is_of(r, asked))
            return r->marks == key->marks && time_monotonic_tick_ms() < r->until_ms ? r : NULL;
    }
    return NULL;
}

bool sqlite_kept_find(struct ctx *c, struct sqlite_kept *k, const struct sqlite_kept_key *key,
                      struct table *out)
{
    struct key asked;
    if (!make_key(key, &asked))
        return false;
    struct place place = place_of(k, &asked);
    if (!lock(place.shelf))
        return false;
    const struct result *good = find_good(place, key, &asked);
    if (good != NULL)
        copy_out(c, good, out);
    unlock(place.shelf);
    return good != NULL;
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
    size_t all = sizeof(struct result) + cells * sizeof(uint32_t) + asked->n + texts;
    struct result *r = malloc(all);
    if (r == NULL)
        return NULL;
    *r = (struct result){ .marks = key->marks,
                          .until_ms = time_monotonic_tick_ms() + SQLITE_KEPT_MS - TIME_TICK_MS,
                          .all_n = all,
                          .key_n = asked->n,
                          .texts_n = texts,
                          .rows = t->rows,
                          .columns = t->columns,
                          .places = (uint32_t *)(void *)(r + 1),
                          .bytes = (char *)(r + 1) + cells * sizeof *r->places };
    copy_in(r, asked, t);
    return r;
}

/* Its own place, else a free one, else that of the older. */
static struct result **choose(struct place place, const struct key *asked)
{
    struct result **best = &place.shelf->at[place.first];
    for (size_t i = 0; i < WAYS; i++) {
        struct result **at = &place.shelf->at[place.first + i];
        if (is_of(*at, asked))
            return at;
        if (*best != NULL && (*at == NULL || (*at)->until_ms < (*best)->until_ms))
            best = at;
    }
    return best;
}

static struct result *take_out(struct shelf *shelf, struct result **at)
{
    struct result *r = *at;
    shelf->results -= r != NULL;
    shelf->bytes -= r == NULL ? 0 : r->all_n;
    *at = NULL;
    return r;
}

static bool put_in(struct shelf *shelf, struct result **at, struct result *r)
{
    if (shelf->bytes + r->all_n > SHELF_BYTES)
        return false;
    shelf->results++;
    shelf->bytes += r->all_n;
    *at = r;
    return true;
}

/* On a shelf that is full by its bytes, what has the place goes all the same: so there is room
 * again. */
void sqlite_kept_put(struct sqlite_kept *k, const struct sqlite_kept_key *key,
                     const struct table *t)
{
    struct key asked;
    struct result *made = make_key(key, &asked) ? make_result(key, &asked, t) : NULL;
    if (made == NULL)
        return;
    struct place place = place_of(k, &asked);
    struct shelf *shelf = place.shelf;
    struct result *goes = NULL;
    bool put = false;
    if (lock(shelf)) {
        if (shelf->at == NULL)
            shelf->at = calloc(SHELF_MAX, sizeof(struct result *));
        if (shelf->at != NULL) {
            struct result **at = choose(place, &asked);
            goes = take_out(shelf, at);
            put = put_in(shelf, at, made);
        }
        unlock(shelf);
    }
    forget(goes);
    if (!put)
        forget(made);
}

/* ---- forgetting ---- */

static void expire_on(struct shelf *shelf, int64_t now_ms)
{
    struct result *past[SHELF_MAX];
    struct result **empty = NULL;
    size_t n = 0;
    if (!lock(shelf))
        return;
    for (size_t i = 0; shelf->at != NULL && i < SHELF_MAX; i++)
        if (shelf->at[i] != NULL && shelf->at[i]->until_ms <= now_ms)
            past[n++] = take_out(shelf, &shelf->at[i]);
    if (shelf->results == 0) {
        empty = shelf->at;
        shelf->at = NULL;
    }
    unlock(shelf);
    free(empty);
    while (n > 0)
        forget(past[--n]);
}

void sqlite_kept_expire(struct sqlite_kept *k, int64_t now_ms)
{
    for (size_t i = 0; k != NULL && i < SHELVES; i++)
        expire_on(&k->shelves[i], now_ms);
}
