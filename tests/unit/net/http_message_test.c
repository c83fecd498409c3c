/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Responses as bytes, and what may stand in them.
 */
#include "net/http_message.h"

#include "net/http_reply.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char *write_out(const struct http_response *response, struct http_reply_how how)
{
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    struct http_date date = { 0 };
    struct http_writer writer = { NULL, a, &date };
    struct buffer *b = http_reply_write(&writer, response, how);
    assert_non_null(b);
    char *text = strndup((const char *)b->at, b->n);
    buffer_give(NULL, b);
    arena_end(a);
    return text;
}

static void expect_reply(const struct http_response *response, struct http_reply_how how,
                         const char *begin, const char *end)
{
    char *text = write_out(response, how);
    assert_memory_equal(text, begin, strlen(begin));
    assert_true(text_ends(text, end));
    free(text);
}

static void responses_are_written(void **state)
{
    (void)state;
    struct http_response r = { .status = 200, .body = bytes_of("hello") };
    http_response_header(&r, "Content-Type", "text/plain");
    expect_reply(&r, (struct http_reply_how){ 0 }, "HTTP/1.1 200 OK\r\nDate: ",
                 " GMT\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
    expect_reply(&r, (struct http_reply_how){ .close = true }, "HTTP/1.1 200 OK\r\n",
                 "\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
    expect_reply(&r, (struct http_reply_how){ .keep_alive = true }, "HTTP/1.1 200 OK\r\n",
                 "\r\nConnection: keep-alive\r\n\r\nhello");
    expect_reply(&r, (struct http_reply_how){ .head_only = true }, "HTTP/1.1 200 OK\r\n",
                 "\r\nContent-Length: 5\r\n\r\n");
    r.status = 304;
    expect_reply(&r, (struct http_reply_how){ 0 }, "HTTP/1.1 304 Not Modified\r\n",
                 "text/plain\r\n\r\n");
    r.status = 599;
    expect_reply(&r, (struct http_reply_how){ 0 }, "HTTP/1.1 599 \r\n", "\r\n\r\nhello");
}

/* Runs `act` in a child; whether it aborted. */
static bool aborts(void (*act)(void))
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        (void)close(STDERR_FILENO);
        (void)signal(SIGABRT, SIG_DFL);
        act();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void add_line_end(void)
{
    struct http_response r = { .status = 200 };
    http_response_header(&r, "Location", "/a\r\nSet-Cookie: b");
}

/* Values are looked at by eight bytes. */
static void add_line_end_last(void)
{
    struct http_response r = { .status = 200 };
    http_response_header(&r, "Location", "/23456789abc\n");
}

static void add_line_end_among_many(void)
{
    struct http_response r = { .status = 200 };
    http_response_header(&r, "Location", "/2345678901234567890\n234567");
}

static void add_line_end_in_name(void)
{
    struct http_response r = { .status = 200 };
    http_response_header(&r, "A\r\nB", "c");
}

static void add_line_end_in_literal(void)
{
    static const struct http_header field = HTTP_FIELD("Location", "/a\r\nSet-Cookie: b");
    struct http_response r = { .status = 200 };
    http_response_field(&r, &field);
}

static void add_colon_in_name(void)
{
    struct http_response r = { .status = 200 };
    http_response_header(&r, "A:", "c");
}

static void add_too_many(void)
{
    struct http_response r = { .status = 200 };
    for (int i = 0; i <= HTTP_RESPONSE_HEADERS_MAX; i++)
        http_response_header(&r, "A", "b");
}

static void add_the_most(void)
{
    struct http_response r = { .status = 200 };
    for (int i = 0; i < HTTP_RESPONSE_HEADERS_MAX; i++)
        http_response_header(&r, "A", "b\tc ä");
}

/* A field that would end its line early is a bug here, never a second field there. */
static void fields_cannot_be_split(void **state)
{
    (void)state;
    assert_true(aborts(add_line_end));
    assert_true(aborts(add_line_end_last));
    assert_true(aborts(add_line_end_among_many));
    assert_true(aborts(add_line_end_in_name));
    assert_true(aborts(add_line_end_in_literal));
    assert_true(aborts(add_colon_in_name));
    assert_true(aborts(add_too_many));
    assert_false(aborts(add_the_most));
}

static void methods_and_reasons_have_their_names(void **state)
{
    (void)state;
    assert_string_equal(http_method_name(HTTP_GET), "GET");
    assert_string_equal(http_method_name(HTTP_OPTIONS), "OPTIONS");
    for (int i = 0; i < HTTP_METHODS; i++)
        assert_non_null(http_method_name((enum http_method)i));
    assert_string_equal(http_reason(404), "Not Found");
    assert_string_equal(http_reason(299), "");
}

/* ME-01, ME-05: a buffer that grows keeps what it has, and one that is given back is wiped. */
static void buffers_grow_and_are_wiped(void **state)
{
    (void)state;
    struct buffer_pool pool = { .n = 0 };
    struct buffer *b = buffer_take(&pool, 10);
    assert_int_equal(b->room, BUFFER_ROOM);
    buffer_add(b, "secret", 6);
    b->from = 2;
    struct buffer *first = b;
    assert_true(buffer_grow(&pool, &b, BUFFER_ROOM));
    assert_ptr_equal(b, first);
    assert_true(buffer_grow(&pool, &b, BUFFER_ROOM + 1));
    assert_memory_equal(b->at, "secret", 6);
    assert_int_equal(b->n, 6);
    assert_int_equal(b->from, 2);
    assert_int_equal(pool.n, 1);
    assert_int_equal(first->at[0], 0);
    assert_int_equal(first->n, 0);
    buffer_give(&pool, b);
    assert_int_equal(pool.n, 1);
    assert_ptr_equal(buffer_take(&pool, BUFFER_ROOM), first);
    buffer_give(&pool, first);
    buffer_give(&pool, NULL);
    buffer_pool_end(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(responses_are_written),
        cmocka_unit_test(fields_cannot_be_split),
        cmocka_unit_test(methods_and_reasons_have_their_names),
        cmocka_unit_test(buffers_grow_and_are_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
