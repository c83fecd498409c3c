/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chunked transfer coding, in every split.
 */
#include "net/http_chunked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct refused {
    int status;
    size_t n; /* 0: strlen */
    const char *text;
};

/* clang-format off */
#define NUL_CASE(status, text) { status, sizeof text - 1, text }
/* clang-format on */

/* Memory for a request that is made in a test. */
struct made {
    char *at;
    size_t n;
};

static void add(struct made *m, const char *text, size_t times)
{
    size_t n = strlen(text);
    m->at = realloc(m->at, m->n + n * times + 1);
    for (size_t i = 0; i < times; i++, m->n += n)
        memcpy(m->at + m->n, text, n);
    m->at[m->n] = '\0';
}

/* Reads a chunked body in parts that end at `split` and at its end; the data goes to `data`. */
static enum http_step read_chunks(struct bytes in, size_t split, size_t body_max, struct made *data,
                                  struct http_refusal *refusal)
{
    struct http_chunked k = { 0 };
    struct http_chunk_run run = { 0 };
    enum http_step step = HTTP_MORE;
    size_t ends[] = { split, in.n };
    size_t at = 0;
    for (size_t i = 0; i < 2; i++) {
        while (step == HTTP_MORE && at < ends[i]) {
            struct bytes part = { in.at + at, ends[i] - at };
            step = http_chunked_read(&k, part, body_max, &run, refusal);
            data->at = realloc(data->at, data->n + run.data.n + 1);
            if (run.data.n > 0)
                memcpy(data->at + data->n, run.data.at, run.data.n);
            data->n += run.data.n;
            at += run.used;
        }
    }
    if (step == HTTP_READY)
        assert_int_equal(k.total, data->n);
    return step;
}

static void expect_chunks(const char *text, size_t n, int status, const char *body)
{
    for (size_t split = 0; split <= n; split++) {
        struct made data = { 0 };
        struct http_refusal refusal = { 0 };
        enum http_step step =
            read_chunks((struct bytes){ (const uint8_t *)text, n }, split, 1000, &data, &refusal);
        if (refusal.status != status || step != (status == 0 ? HTTP_READY : HTTP_REFUSED))
            fail_msg("%s at %zu: %d", text, split, refusal.status);
        if (status == 0) {
            assert_int_equal(data.n, strlen(body));
            assert_memory_equal(data.at, body, data.n);
        }
        free(data.at);
    }
}

static void chunked_bodies_are_read(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "0\r\n\r\n", "" },
        { "5\r\nhello\r\n0\r\n\r\n", "hello" },
        { "5\r\nhello\r\n00000006\r\n world\r\n0\r\n\r\n", "hello world" },
        { "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789" },
        { "2\r\n\r\n\r\n000\r\n\r\n", "\r\n" },
        { "5;name=value;x=\"y\"\r\nhello\r\n0;last\r\n\r\n", "hello" },
        { "5;a\tb\r\nhello\r\n0\r\nA:\tb\r\n\r\n", "hello" },
        { "5\r\nhello\r\n0\r\nX-Trailer: a\r\nContent-Length: 7\r\nE:\r\n\r\n", "hello" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_chunks(cases[i][0], strlen(cases[i][0]), 0, cases[i][1]);
}

/* HT-01: chunk framing that other servers were seen to take. */
static void malformed_chunks_are_refused(void **state)
{
    (void)state;
    static const struct refused cases[] = {
        { 400, 0, "0x5\r\nhello\r\n0\r\n\r\n" },
        { 400, 0, " 5\r\nhello\r\n0\r\n\r\n" },
        { 400, 0, "5 \r\nhello\r\n0\r\n\r\n" },
        { 400, 0, "+5\r\nhello\r\n0\r\n\r\n" },
        { 400, 0, "-5\r\nhello\r\n0\r\n\r\n" },
        { 400, 0, "\r\nhello\r\n0\r\n\r\n" },
        { 400, 0, ";x\r\nhello\r\n0\r\n\r\n" },
        { 400, 0, "5\nhello\r\n0\r\n\r\n" },
        { 400, 0, "5;a\x7f\r\nhello\r\n0\r\n\r\n" },
        { 400, 0, "5;a\x01\r\nhello\r\n0\r\n\r\n" },
        { 400, 0, "5\r\nhello\r\n0\r\nA: \x7f\r\n\r\n" },
        { 400, 0, "5\rhello\r\n0\r\n\r\n" },
        { 400, 0, "5\r\nhello0\r\n\r\n" },
        { 400, 0, "5\r\nhellox\r\n0\r\n\r\n" },
        { 400, 0, "5\r\nhello\n0\r\n\r\n" },
        { 400, 0, "5\r\nhello\rx0\r\n\r\n" },
        { 400, 0, "000000005\r\nhello\r\n0\r\n\r\n" },
        { 400, 0, "ffffffffffffffff\r\n" },
        { 400, 0, "10000000000000005\r\nhello" },
        { 413, 0, "ffffffff\r\n" },
        { 413, 0, "3e9\r\n" },
        { 400, 0, "5;a\nb\r\nhello" },
        { 400, 0, "5;a\x01\r\nhello" },
        { 400, 0, "g\r\n" },
        { 400, 0, "0\r\n\n" },
        { 400, 0, "0\r\n\rx" },
        { 400, 0, "0\r\n: a\r\n\r\n" },
        { 400, 0, "0\r\nA : a\r\n\r\n" },
        { 400, 0, "0\r\n A: a\r\n\r\n" },
        { 400, 0, "0\r\nA\r\n\r\n" },
        { 400, 0, "0\r\nA: \x01\r\n\r\n" },
        { 400, 0, "0\r\nA: a\nB: b\r\n\r\n" },
        { 400, 0, "0\r\nA: a\rB: b\r\n\r\n" },
        NUL_CASE(400, "5\0\r\nhello\r\n"),
        NUL_CASE(400, "0\r\nA: \0\r\n\r\n"),
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t n = cases[i].n == 0 ? strlen(cases[i].text) : cases[i].n;
        expect_chunks(cases[i].text, n, cases[i].status, NULL);
    }
}

static int read_made(struct made *m, size_t body_max)
{
    struct made data = { 0 };
    struct http_refusal refusal = { 0 };
    (void)read_chunks((struct bytes){ (const uint8_t *)m->at, m->n }, m->n / 2, body_max, &data,
                      &refusal);
    free(data.at);
    free(m->at);
    return refusal.status;
}

/* DO-07: what stands around the data is bounded, and the data by the route's limit, exactly. */
static void chunked_bodies_are_bounded(void **state)
{
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        struct made data = { 0 };
        add(&data, "1\r\nx\r\n", 100 + over);
        add(&data, "0\r\n\r\n", 1);
        assert_int_equal(read_made(&data, 100), over == 0 ? 0 : 413);
        struct made extensions = { 0 };
        add(&extensions, "1;xx\r\nx\r\n", HTTP_CHUNK_EXTENSIONS_MAX / 3 + over);
        add(&extensions, "0\r\n\r\n", 1);
        assert_int_equal(read_made(&extensions, 10000), over == 0 ? 0 : 400);
        struct made trailer = { 0 };
        add(&trailer, "0\r\n", 1);
        add(&trailer, "A: b\r\n", HTTP_TRAILER_MAX / 6 - 1 + 2 * over);
        add(&trailer, "\r\n", 1);
        assert_int_equal(read_made(&trailer, 100), over == 0 ? 0 : 400);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunked_bodies_are_read),
        cmocka_unit_test(malformed_chunks_are_refused),
        cmocka_unit_test(chunked_bodies_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
