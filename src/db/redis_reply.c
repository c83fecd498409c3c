/* SPDX-License-Identifier: Apache-2.0 */
#include "db/redis_reply.h"

#include "base/text.h"

#include <hiredis/read.h>
#include <stdlib.h>
#include <string.h>

struct redis_reader {
    redisReader *parser;
    redisReplyObjectFunctions objects;
    size_t came; /* bytes since it began */
};

/* ---- what hiredis makes answers with: NULL is a failure ---- */

/* Puts it into the list that it belongs to. */
static void *placed(const redisReadTask *task, struct redis_reply *reply)
{
    if (task->parent != NULL) {
        struct redis_reply *list = task->parent->obj;
        if (task->idx < 0 || (size_t)task->idx >= list->n)
            return NULL;
        list->items[task->idx] = reply;
    }
    return reply;
}

static struct redis_reply *reply_new(const redisReadTask *task, enum redis_kind kind)
{
    struct redis_reply *reply = ARENA_NEW((struct arena *)task->privdata, struct redis_reply);
    reply->kind = kind;
    return reply;
}

static enum redis_kind kind_of(int type)
{
    return type == REDIS_REPLY_ERROR    ? REDIS_ERROR
           : type == REDIS_REPLY_STATUS ? REDIS_STATUS
                                        : REDIS_TEXT;
}

static void *make_text(const redisReadTask *task, char *text, size_t n)
{
    if (memchr(text, '\0', n) != NULL)
        return NULL;
    struct redis_reply *reply = reply_new(task, kind_of(task->type));
    reply->text = text_copy(task->privdata, text, n);
    return placed(task, reply);
}

static void *make_list(const redisReadTask *task, int n)
{
    if (n < 0 || n > REDIS_ITEMS_MAX)
        return NULL;
    struct redis_reply *reply = reply_new(task, REDIS_LIST);
    reply->n = (size_t)n;
    return placed(task, reply);
}

static void *make_number(const redisReadTask *task, long long number)
{
    struct redis_reply *reply = reply_new(task, REDIS_NUMBER);
    reply->number = number;
    return placed(task, reply);
}

static void *make_nothing(const redisReadTask *task)
{
    return placed(task, reply_new(task, REDIS_NOTHING));
}

/* The arena does that. */
static void give_up(void *reply)
{
    (void)reply;
}

/* ---- reading ---- */

bool redis_reply_is_numbers(const struct redis_reply *reply, size_t n)
{
    if (reply->kind != REDIS_LIST || reply->n != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (reply->items[i]->kind != REDIS_NUMBER)
            return false;
    }
    return true;
}

struct redis_reader *redis_reader_new(void)
{
    struct redis_reader *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    r->objects = (redisReplyObjectFunctions){ .createString = make_text,
                                              .createArray = make_list,
                                              .createInteger = make_number,
                                              .createNil = make_nothing,
                                              .freeObject = give_up };
    r->parser = redisReaderCreateWithFunctions(&r->objects);
    if (r->parser != NULL)
        return r;
    free(r);
    return NULL;
}

void redis_reader_free(struct redis_reader *r)
{
    if (r == NULL)
        return;
    redisReaderFree(r->parser);
    free(r);
}

bool redis_reader_is_empty(const struct redis_reader *r)
{
    return r->parser->err == 0 && r->parser->ridx == -1 && r->parser->pos == r->parser->len;
}

void redis_reader_begin(struct redis_reader *r)
{
    r->came = 0;
}

RESULT redis_reader_feed(struct ctx *c, struct redis_reader *r, struct bytes came)
{
    r->came += came.n;
    if (r->came > REDIS_ANSWER_MAX)
        return fail(c, UNAVAILABLE, "the answer is longer than %d bytes", REDIS_ANSWER_MAX);
    if (redisReaderFeed(r->parser, (const char *)came.at, came.n) != REDIS_OK)
        return fail(c, UNAVAILABLE, "no memory for an answer");
    return ok();
}

RESULT redis_reader_next(struct ctx *c, struct redis_reader *r, struct redis_reply **out)
{
    void *reply = NULL;
    r->parser->privdata = c->arena;
    if (redisReaderGetReply(r->parser, &reply) != REDIS_OK)
        return fail(c, UNAVAILABLE, "the answer is none of Redis (%s)", r->parser->errstr);
    *out = reply;
    return ok();
}
