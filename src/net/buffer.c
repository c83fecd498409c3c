/* SPDX-License-Identifier: Apache-2.0 */
#include "net/buffer.h"

#include "base/result.h"

#include <stdlib.h>
#include <string.h>

struct buffer *buffer_take(struct buffer_pool *pool, size_t room)
{
    if (pool != NULL && pool->n > 0 && room <= BUFFER_ROOM)
        return pool->free[--pool->n];
    size_t real = room < BUFFER_ROOM ? BUFFER_ROOM : room;
    struct buffer *b = malloc(sizeof *b + real);
    if (b == NULL)
        return NULL;
    b->room = real;
    b->from = 0;
    b->n = 0;
    return b;
}

void buffer_wipe(struct buffer *b)
{
    if (b == NULL)
        return;
    explicit_bzero(b->at, b->n);
    b->from = 0;
    b->n = 0;
}

void buffer_give(struct buffer_pool *pool, struct buffer *b)
{
    if (b == NULL)
        return;
    buffer_wipe(b);
    if (pool != NULL && b->room == BUFFER_ROOM && pool->n < BUFFER_POOL_MAX)
        pool->free[pool->n++] = b;
    else
        free(b);
}

bool buffer_grow(struct buffer_pool *pool, struct buffer **b, size_t room)
{
    if ((*b)->room >= room)
        return true;
    struct buffer *larger = buffer_take(pool, room);
    if (larger == NULL)
        return false;
    memcpy(larger->at, (*b)->at, (*b)->n);
    larger->n = (*b)->n;
    larger->from = (*b)->from;
    buffer_give(pool, *b);
    *b = larger;
    return true;
}

void buffer_add(struct buffer *b, const void *at, size_t n)
{
    must(n <= b->room - b->n);
    if (n > 0)
        memcpy(b->at + b->n, at, n);
    b->n += n;
}

void buffer_pool_end(struct buffer_pool *pool)
{
    while (pool->n > 0)
        free(pool->free[--pool->n]);
}
