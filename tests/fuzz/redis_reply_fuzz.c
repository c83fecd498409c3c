/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ME-17: answers of a Redis server, which may be anybody's.  The first byte says in which pieces
 * they come; each that is read is whole and small, and the same whatever the pieces are.  What is
 * taken for INFO is read, too.
 */
#include "base/text.h"
#include "db/redis_facts.h"
#include "db/redis_reply.h"

#include <string.h>

enum { DEPTH_MAX = 9 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(struct ctx *c, const struct redis_reply *reply, int depth)
{
    struct redis_facts facts;
    must(depth < DEPTH_MAX && reply->n <= REDIS_ITEMS_MAX);
    switch (reply->kind) {
    case REDIS_TEXT:
    case REDIS_STATUS:
    case REDIS_ERROR:
        redis_facts_read(c, reply->text, &facts);
        must(redis_facts_check(c, &facts).code != ERR_OK || facts.version[0] != '\0');
        break;
    case REDIS_NUMBER:
    case REDIS_NOTHING:
        break;
    case REDIS_LIST:
        for (size_t i = 0; i < reply->n; i++)
            walk(c, reply->items[i], depth + 1);
        break;
    }
    fault_clear(c);
}

/* How many answers there are in it, read `piece` bytes at a time; *failed: what follows is none. */
static size_t read_all(struct ctx *c, struct bytes all, size_t piece, bool *failed)
{
    struct redis_reader *r = redis_reader_new();
    size_t n = 0;
    *failed = false;
    must(r != NULL && redis_reader_is_empty(r));
    redis_reader_begin(r);
    while (!*failed) {
        struct redis_reply *reply = NULL;
        *failed = redis_reader_next(c, r, &reply).code != ERR_OK;
        if (*failed || (reply == NULL && all.n == 0))
            break;
        if (reply != NULL) {
            walk(c, reply, 0);
            n++;
            continue;
        }
        struct bytes some = { all.at, all.n < piece ? all.n : piece };
        *failed = redis_reader_feed(c, r, some).code != ERR_OK;
        all = (struct bytes){ all.at + some.n, all.n - some.n };
    }
    redis_reader_free(r);
    fault_clear(c);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > REDIS_ANSWER_MAX)
        return -1;
    struct arena *a = arena_new(16 * ARENA_REQUEST_CEILING);
    struct ctx c = { .arena = a };
    struct bytes all = { data + 1, size - 1 };
    bool failed = false;
    bool failed_too = false;
    size_t n = read_all(&c, all, 1 + data[0], &failed);
    must(read_all(&c, all, size, &failed_too) == n && failed == failed_too);
    arena_end(a);
    return 0;
}
