/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_REDIS_REPLY_H
#define UAUTH_DB_REDIS_REPLY_H

/*
 * Answers of a Redis server, read by hiredis from bytes that somebody else may have written
 * (ME-17): what they hold lives in the arena of the call, and is small.
 */

#include "base/ctx.h"

enum { REDIS_ITEMS_MAX = 8, REDIS_ANSWER_MAX = 192 << 10 };

enum redis_kind { REDIS_TEXT, REDIS_STATUS, REDIS_ERROR, REDIS_NUMBER, REDIS_NOTHING, REDIS_LIST };

struct redis_reply {
    enum redis_kind kind;
    const char *text; /* of TEXT, STATUS and ERROR; without a NUL inside */
    int64_t number;
    size_t n; /* LIST */
    struct redis_reply *items[REDIS_ITEMS_MAX];
};

/* Whether it is a LIST of `n` NUMBERs. */
bool redis_reply_is_numbers(const struct redis_reply *reply, size_t n);

/* What has come of a connection and is not read yet. */
struct redis_reader;

/* NULL: no memory. */
struct redis_reader *redis_reader_new(void);
void redis_reader_free(struct redis_reader *r); /* NULL is fine */

/* Nothing of an earlier answer is left over, and a new one may be waited for. */
bool redis_reader_is_empty(const struct redis_reader *r);

/* Begins an answer: at most REDIS_ANSWER_MAX bytes may come until the next call of this. */
void redis_reader_begin(struct redis_reader *r);

/* Takes in what came.  UNAVAILABLE: it is more than may come. */
RESULT redis_reader_feed(struct ctx *c, struct redis_reader *r, struct bytes came);

/*
 * The next answer in the arena, which is the same until the answer is whole; NULL: more has to
 * come. UNAVAILABLE for what is no answer of the second protocol, has more than REDIS_ITEMS_MAX
 * items, or a NUL in a text; nothing more can be read from this connection then.
 */
RESULT redis_reader_next(struct ctx *c, struct redis_reader *r, struct redis_reply **out);

#endif
