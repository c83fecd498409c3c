/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of a Redis server, byte by byte and beyond what they may be. */
#include "db/redis_reply.h"

#include "tests/unit/base/testing.h"

static err feed(struct ctx *c, struct redis_reader *r, const char *text)
{
    fault_clear(c);
    return redis_reader_feed(c, r, bytes_of(text));
}

/* The answer in `text`, which comes a byte at a time; NULL if it is none. */
static struct redis_reply *answer_of(struct ctx *c, const char *text)
{
    struct redis_reader *r = redis_reader_new();
    struct redis_reply *reply = NULL;
    err done = { .code = ERR_OK };
    assert_non_null(r);
    redis_reader_begin(r);
    for (; *text != '\0' && done.code == ERR_OK && reply == NULL; text++) {
        assert_int_equal(feed(c, r, (char[]){ *text, '\0' }).code, ERR_OK);
        done = redis_reader_next(c, r, &reply);
        assert_true(done.code == ERR_OK || done.code == ERR_UNAVAILABLE);
    }
    redis_reader_free(r);
    return done.code == ERR_OK ? reply : NULL;
}

static void answers_are_read_as_they_are(void **state)
{
    struct ctx *c = *state;
    assert_string_equal(answer_of(c, "+OK\r\n")->text, "OK");
    assert_int_equal(answer_of(c, "+OK\r\n")->kind, REDIS_STATUS);
    assert_int_equal(answer_of(c, "-ERR no\r\n")->kind, REDIS_ERROR);
    assert_int_equal(answer_of(c, ":-7\r\n")->number, -7);
    assert_int_equal(answer_of(c, "$-1\r\n")->kind, REDIS_NOTHING);
    assert_string_equal(answer_of(c, "$3\r\na\r\n\r\n")->text, "a\r\n");
    const struct redis_reply *list = answer_of(c, "*2\r\n:1\r\n:2\r\n");
    assert_true(redis_reply_is_numbers(list, 2));
    assert_false(redis_reply_is_numbers(list, 1));
    assert_false(redis_reply_is_numbers(answer_of(c, "*1\r\n+1\r\n"), 1));
    assert_false(redis_reply_is_numbers(answer_of(c, ":1\r\n"), 1));
    assert_true(redis_reply_is_numbers(answer_of(c, "*8\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n"
                                                    ":1\r\n:1\r\n"),
                                       REDIS_ITEMS_MAX));
}

/* ME-17 */
static void what_is_no_answer_of_ours_is_refused(void **state)
{
    struct ctx *c = *state;
    static const char *const bad[] = {
        "?\r\n", "*9\r\n", "*99999999999999999999\r\n", "$-7\r\n", ":x\r\n", "*-2\r\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_null(answer_of(c, bad[i]));
    struct redis_reader *r = redis_reader_new();
    struct redis_reply *reply = NULL;
    redis_reader_begin(r);
    const struct bytes nul = { (const uint8_t *)"$3\r\na\0b\r\n", 9 };
    assert_int_equal(redis_reader_feed(c, r, nul).code, ERR_OK);
    assert_int_equal(redis_reader_next(c, r, &reply).code, ERR_UNAVAILABLE);
    redis_reader_free(r);
}

/* However long a server talks: an answer has an end, and the next one begins anew. */
static void an_answer_has_a_most_of_bytes(void **state)
{
    struct ctx *c = *state;
    struct redis_reader *r = redis_reader_new();
    struct redis_reply *reply = NULL;
    char *some = arena_alloc(c->arena, REDIS_ANSWER_MAX + 1);
    memset(some, 'x', REDIS_ANSWER_MAX);
    some[0] = '+';
    some[REDIS_ANSWER_MAX] = '\0';
    assert_true(redis_reader_is_empty(r));
    redis_reader_begin(r);
    assert_int_equal(feed(c, r, some).code, ERR_OK);
    assert_false(redis_reader_is_empty(r));
    assert_int_equal(feed(c, r, "x").code, ERR_UNAVAILABLE);
    redis_reader_begin(r);
    assert_int_equal(feed(c, r, "\r\n").code, ERR_OK);
    assert_int_equal(redis_reader_next(c, r, &reply).code, ERR_OK);
    assert_non_null(reply);
    assert_true(redis_reader_is_empty(r));
    redis_reader_free(r);
    redis_reader_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answers_are_read_as_they_are),
        TEST(what_is_no_answer_of_ours_is_refused),
        TEST(an_answer_has_a_most_of_bytes),
    };
    return cmocka_run_group_tests_name("db/redis_reply", tests, NULL, NULL);
}
