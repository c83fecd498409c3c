/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_BUFFER_H
#define UAUTH_NET_BUFFER_H

/*
 * The bytes that a busy connection holds: what came in and is not yet a request, or what is still
 * to be written.  Buffers are wiped when they are given back, because passwords and tokens pass
 * through them.  A pool belongs to one thread; a buffer may be given to the pool of another.
 */

#include "base/arena.h"

enum {
    BUFFER_ROOM = 20 * 1024, /* of those that a pool keeps: a head and some more */
    BUFFER_POOL_MAX = 64
};

struct buffer {
    size_t room;
    size_t from; /* bytes that are done with */
    size_t n;    /* bytes that are there, those before `from` included */
    uint8_t at[];
};

struct buffer_pool {
    struct buffer *free[BUFFER_POOL_MAX];
    size_t n;
};

/* An empty buffer of at least `room` bytes, from the pool if it has one; NULL if there is no
 * memory. */
struct buffer *buffer_take(struct buffer_pool *pool, size_t room);

/* Wipes `b` (which may be NULL) and keeps or frees it.  `pool` NULL: frees it. */
void buffer_give(struct buffer_pool *pool, struct buffer *b);

/* Wipes what is in `b` (which may be NULL). */
void buffer_wipe(struct buffer *b);

/* Moves the content to a buffer of at least `room` bytes; false, and `b` as it was, without memory.
 */
bool buffer_grow(struct buffer_pool *pool, struct buffer **b, size_t room);

/* Appends; there is room: must(). */
void buffer_add(struct buffer *b, const void *at, size_t n);

/* Frees what the pool keeps. */
void buffer_pool_end(struct buffer_pool *pool);

#endif
