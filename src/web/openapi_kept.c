/* SPDX-License-Identifier: Apache-2.0 */
#include "web/openapi_kept.h"

#include "web/door.h"
#include "web/reply.h"

#include <pthread.h>

enum { MAKING_CEILING = 4 << 20, ETAG_ROOM = 4096 };

struct openapi_kept {
    struct openapi_info info;
    const struct route *rows;
    size_t n;
    pthread_mutex_t lock; /* of what follows */
    struct arena *arena;  /* NULL: nobody has asked yet */
    struct openapi_document document;
};

static void end(struct openapi_kept *k)
{
    if (k->arena != NULL)
        arena_end(k->arena);
    (void)pthread_mutex_destroy(&k->lock);
}

struct openapi_kept *openapi_kept_new(struct arena *a, const struct openapi_info *info,
                                      const struct route *rows, size_t n)
{
    struct openapi_kept *k = ARENA_NEW(a, struct openapi_kept);
    *k = (struct openapi_kept){ .info = *info, .rows = rows, .n = n };
    if (pthread_mutex_init(&k->lock, NULL) != 0)
        return NULL;
    ARENA_OWN(a, struct openapi_kept, end, k);
    return k;
}

static void keep(struct openapi_kept *k, struct bytes made)
{
    k->arena = arena_new(made.n + ETAG_ROOM);
    if (k->arena == NULL)
        return;
    k->document.json = (struct bytes){ arena_copy(k->arena, made.at, made.n), made.n };
    k->document.etag = reply_etag(k->arena, made);
}

/* What making it takes is several times as large, and is given back. */
static RESULT make(struct ctx *c, struct openapi_kept *k)
{
    struct ctx maker = { .arena = arena_new(MAKING_CEILING) };
    if (maker.arena != NULL) {
        keep(k, bytes_of(openapi_write(&maker, &k->info, k->rows, k->n)));
        arena_end(maker.arena);
    }
    return k->arena != NULL ? ok() : fail(c, UNAVAILABLE, "no memory for the OpenAPI document");
}

RESULT openapi_kept_read(struct ctx *c, struct openapi_kept *k, struct openapi_document *out)
{
    (void)pthread_mutex_lock(&k->lock);
    err made = k->arena != NULL ? ok() : make(c, k);
    *out = k->document;
    (void)pthread_mutex_unlock(&k->lock);
    return made;
}

RESULT get_openapi(struct req *r)
{
    struct openapi_document document;
    TRY(openapi_kept_read(r->c, r->door->openapi, &document));
    const struct reply_fixed fixed = {
        .media = "application/json",
        .bytes = document.json,
        .etag = document.etag,
    };
    return reply_fixed(r, &fixed);
}
