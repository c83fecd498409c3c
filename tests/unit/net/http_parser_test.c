/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request parser: what it refuses, whole and in every split, and what it makes of the rest.
 */
#include "net/http_parser.h"

#include "http_heads.h"
#include "net/ascii.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What reading a head comes to. */
struct outcome {
    enum http_step step;
    struct http_refusal refusal;
    struct http_head head;
    size_t head_n;
};

/* Feeds `in` in two parts, the second beginning at `split`; each part lies in memory of its own
 * size. */
static struct outcome feed_split(struct bytes in, size_t split)
{
    struct outcome o = { .step = HTTP_MORE };
    struct http_scan scan = { 0 };
    size_t ends[] = { split, in.n };
    for (size_t i = 0; i < 2 && o.step == HTTP_MORE; i++) {
        uint8_t *part = malloc(ends[i] + 1);
        memcpy(part, in.at, ends[i]);
        part = realloc(part, ends[i] == 0 ? 1 : ends[i]);
        o.step =
            http_head_read(&scan, (struct bytes){ part, ends[i] }, &o.head, &o.head_n, &o.refusal);
        free(part);
    }
    return o;
}

static struct outcome feed_byte_by_byte(struct bytes in)
{
    struct outcome o = { .step = HTTP_MORE };
    struct http_scan scan = { 0 };
    for (size_t n = 1; n <= in.n && o.step == HTTP_MORE; n++)
        o.step = http_head_read(&scan, (struct bytes){ in.at, n }, &o.head, &o.head_n, &o.refusal);
    return o;
}

static bool same(const struct outcome *a, const struct outcome *b)
{
    if (a->step != b->step)
        return false;
    if (a->step == HTTP_REFUSED)
        return a->refusal.status == b->refusal.status && a->refusal.why == b->refusal.why;
    /* Both are zeroed first, so padding is the same, too.
     * NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-exp42-c,cert-flp37-c) */
    bool is_same = memcmp(&a->head, &b->head, sizeof a->head) == 0;
    return a->step == HTTP_MORE || (a->head_n == b->head_n && is_same);
}

/* The outcome of `in`, which is the same whole, byte by byte and in every split. */
static struct outcome feed(struct bytes in)
{
    struct outcome whole = feed_split(in, in.n);
    struct outcome bytes = feed_byte_by_byte(in);
    assert_true(same(&whole, &bytes));
    size_t step = in.n < 2048 ? 1 : in.n / 97 + 1;
    for (size_t split = 0; split < in.n; split += step) {
        struct outcome parts = feed_split(in, split);
        assert_true(same(&whole, &parts));
    }
    return whole;
}

/* HT-01, HT-02, HT-04, HT-05, HT-07, HT-10, URI-17: refused with a status, however the bytes come.
 */
static void every_malformed_head_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        size_t n = heads[i].n == 0 ? strlen(heads[i].text) : heads[i].n;
        struct outcome o = feed((struct bytes){ (const uint8_t *)heads[i].text, n });
        if (o.step != HTTP_REFUSED || o.refusal.status != heads[i].status)
            fail_msg("%s: step %d, status %d", heads[i].text, (int)o.step, o.refusal.status);
        assert_true(o.refusal.why != NULL && o.refusal.why[0] != '\0');
    }
}

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

static struct outcome feed_made(struct made *m)
{
    struct outcome o = feed((struct bytes){ (const uint8_t *)m->at, m->n });
    free(m->at);
    return o;
}

static struct outcome feed_target(size_t n)
{
    struct made m = { 0 };
    add(&m, "GET /", 1);
    add(&m, "a", n - 1);
    add(&m, " HTTP/1.1\r\n" H "\r\n", 1);
    return feed_made(&m);
}

static void a_target_over_8_kib_is_too_long(void **state)
{
    (void)state;
    assert_int_equal(feed_target(HTTP_TARGET_MAX).step, HTTP_READY);
    assert_int_equal(feed_target(HTTP_TARGET_MAX + 1).refusal.status, 414);
    assert_int_equal(feed_target(HTTP_TARGET_MAX * 4).refusal.status, 414);
}

static struct outcome feed_head(size_t n)
{
    struct made m = { 0 };
    add(&m, "GET / HTTP/1.1\r\n" H "A: ", 1);
    add(&m, "a", n - m.n - 4);
    add(&m, "\r\n\r\n", 1);
    return feed_made(&m);
}

/* DO-11, DO-20: a head of 16 KiB is taken, one byte more is not, nor a field of 64 KiB. */
static void a_head_over_16_kib_is_too_large(void **state)
{
    (void)state;
    assert_int_equal(feed_head(HTTP_HEAD_MAX).step, HTTP_READY);
    assert_int_equal(feed_head(HTTP_HEAD_MAX + 1).refusal.status, 431);
    struct made m = { 0 };
    add(&m, "GET / HTTP/1.1\r\n" H "Accept-Language: ", 1);
    add(&m, "de,", 22000);
    assert_int_equal(feed_made(&m).refusal.status, 431);
}

/* DO-07, DO-11: 64 fields are taken, 65 are not; dropped ones count. */
static void more_than_64_fields_are_too_many(void **state)
{
    (void)state;
    for (int many = 0; many < 3; many++) {
        struct made m = { 0 };
        add(&m, "GET / HTTP/1.1\r\n" H, 1);
        add(&m, many == 2 ? "a_b: c\r\n" : "a: b\r\n", many == 0 ? 63 : 64);
        add(&m, "\r\n", 1);
        struct outcome o = feed_made(&m);
        assert_int_equal(o.step, many == 0 ? HTTP_READY : HTTP_REFUSED);
        assert_int_equal(o.refusal.status, many == 0 ? 0 : 431);
    }
}

static const char *header_of(struct arena *a, const char *text, const char *name)
{
    struct outcome o = feed(bytes_of(text));
    assert_int_equal(o.step, HTTP_READY);
    return http_header(http_request_new(a, &o.head, bytes_of(text)), name);
}

static void a_request_is_read(void **state)
{
    struct arena *a = *state;
    const char text[] = "\r\nPOST /auth/caf%C3%A9%20x?a=%41&b HTTP/1.1\r\nhOST: A.Test:8080\r\n"
                        "X-Thing: \t one  two \t\r\nEmpty:\r\nAccept: a\r\nAccept: b\r\n"
                        "Content-Length: 12\r\nExpect: 100-Continue\r\n\r\nGET / HTTP";
    struct outcome o = feed(bytes_of(text));
    assert_int_equal(o.step, HTTP_READY);
    assert_int_equal(o.head_n, sizeof text - 1 - 10);
    struct http_request *r = http_request_new(a, &o.head, bytes_of(text));
    assert_int_equal(r->method, HTTP_POST);
    assert_string_equal(r->path, "/auth/café x");
    assert_string_equal(r->query, "a=%41&b");
    assert_string_equal(r->host, "a.test");
    assert_true(r->minor_1);
    assert_int_equal(r->headers_n, 7);
    assert_string_equal(http_header(r, "x-thing"), "one  two");
    assert_string_equal(http_header(r, "empty"), "");
    assert_string_equal(http_header(r, "accept"), "a");
    assert_null(http_header(r, "cookie"));
    assert_int_equal(o.head.length, 12);
    assert_true(o.head.expects && o.head.keep_alive && !o.head.chunked);
}

static void forms_of_targets_and_hosts_are_read(void **state)
{
    struct arena *a = *state;
    static const char *const cases[][4] = {
        { "GET / HTTP/1.1\r\nHost: [2001:DB8::1]:80\r\n\r\n", "/", "", "2001:db8::1" },
        { "GET http://A.test HTTP/1.1\r\nHost: a.TEST\r\n\r\n", "/", "", "a.test" },
        { "GET http://a.test:81?x HTTP/1.1\r\nHost: a.test:81\r\n\r\n", "/", "x", "a.test" },
        { "GET https://a.test/b?c?d HTTP/1.1\r\nHost: a.test\r\n\r\n", "/b", "c?d", "a.test" },
        { "GET /...?[x]|{} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "/...", "[x]|{}", "127.0.0.1" },
        { "GET /a/? HTTP/1.1\r\nHost: my_app\r\n\r\n", "/a/", "", "my_app" },
        { "GET /%25 HTTP/1.1\r\nHost: a\r\n\r\n", "/%", "", "a" },
        { "GET /a%23b HTTP/1.1\r\nHost: a\r\n\r\n", "/a#b", "", "a" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct outcome o = feed(bytes_of(cases[i][0]));
        assert_int_equal(o.step, HTTP_READY);
        struct http_request *r = http_request_new(a, &o.head, bytes_of(cases[i][0]));
        assert_string_equal(r->path, cases[i][1]);
        assert_string_equal(r->query, cases[i][2]);
        assert_string_equal(r->host, cases[i][3]);
    }
}

/* HT-11: queries of separators only. */
static void queries_of_separators_only_are_taken_as_they_come(void **state)
{
    struct arena *a = *state;
    static const char *const queries[] = { "", "&", "&&=", "=", "a" };
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        const char *text = text_printf(a, "GET /?%s HTTP/1.1\r\n" H "\r\n", queries[i]);
        struct outcome o = feed(bytes_of(text));
        assert_int_equal(o.step, HTTP_READY);
        assert_string_equal(http_request_new(a, &o.head, bytes_of(text))->query, queries[i]);
    }
}

/* HT-05: an underscore does not stand for a dash, not even in what decides on framing. */
static void names_with_underscores_are_dropped(void **state)
{
    struct arena *a = *state;
    const char *text = "GET / HTTP/1.1\r\n" H "X_Forwarded_For: 1.2.3.4\r\nContent_Length: 5\r\n"
                       "X-Forwarded-For: 5.6.7.8\r\n\r\n";
    assert_null(header_of(a, text, "x_forwarded_for"));
    assert_string_equal(header_of(a, text, "x-forwarded-for"), "5.6.7.8");
    struct outcome o = feed(bytes_of(text));
    assert_int_equal(o.head.length, 0);
    assert_int_equal(o.head.fields_n, 2);
    assert_false(o.head.repeats_proxy);
}

/* HT-05: whether a repeated proxy field is a list depends on who sends it. */
static void repeated_proxy_fields_are_noted(void **state)
{
    (void)state;
    static const char *const names[] = { "X-Forwarded-For", "x-forwarded-proto", "Forwarded" };
    for (size_t i = 0; i < 3; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "GET / HTTP/1.1\r\n" H "%s: a\r\n%s: b\r\n\r\n", names[i],
                       names[i]);
        struct outcome o = feed(bytes_of(text));
        assert_int_equal(o.step, HTTP_READY);
        assert_true(o.head.repeats_proxy);
    }
}

/* HT-06: Connection takes no other field away; its own options decide. */
static void connection_options_only_decide_on_keeping_the_connection(void **state)
{
    struct arena *a = *state;
    const char *text = "GET / HTTP/1.1\r\n" H "Connection: close, Authorization, X-CSRF-Token\r\n"
                       "Authorization: Bearer x\r\nX-CSRF-Token: y\r\n\r\n";
    assert_string_equal(header_of(a, text, "authorization"), "Bearer x");
    assert_string_equal(header_of(a, text, "x-csrf-token"), "y");
    static const struct {
        const char *version, *value;
        bool keep;
    } cases[] = {
        { "1.1", "x", true },         { "1.1", "close", false },
        { "1.1", ", CLOSE,", false }, { "1.1", "keep-alive, close", false },
        { "1.0", "x", false },        { "1.0", "Keep-Alive", true },
        { "1.1", "closed", true },    { "1.0", "keep-alive , close", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        text = text_printf(a, "GET / HTTP/%s\r\n" H "Connection: %s\r\n\r\n", cases[i].version,
                           cases[i].value);
        assert_int_equal(feed(bytes_of(text)).head.keep_alive, cases[i].keep);
    }
}

/* HT-14: nobody changes the protocol. */
static void an_upgrade_is_an_ordinary_field(void **state)
{
    struct arena *a = *state;
    const char *text = "GET / HTTP/1.1\r\n" H "Connection: Upgrade, HTTP2-Settings\r\n"
                       "Upgrade: h2c, websocket\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n";
    assert_string_equal(header_of(a, text, "upgrade"), "h2c, websocket");
    assert_true(feed(bytes_of(text)).head.keep_alive);
}

static void expect_set(const struct ascii_set *set, const char *members, bool letters)
{
    for (int c = 0; c < 256; c++) {
        bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        bool in = (letters && alnum) || (c != 0 && strchr(members, c) != NULL);
        assert_int_equal(ascii_in(set, (uint8_t)c), in);
    }
}

static void character_sets_are_those_of_the_standards(void **state)
{
    (void)state;
    expect_set(&ascii_token, "!#$%&'*+-.^_`|~", true);
    expect_set(&ascii_unreserved, "-._~", true);
    expect_set(&ascii_path, "-._~!$&'()*+,;=:@/", true);
    expect_set(&ascii_query, "-._~!$&'()*+,;=:@/?", true);
    expect_set(&ascii_query_loose, "-._~!$&'()*+,;=:@/?[]^`{|}", true);
    expect_set(&ascii_host, "-._", true);
}

static int set_up(void **state)
{
    *state = arena_new(ARENA_REQUEST_CEILING);
    return *state == NULL;
}

static int tear_down(void **state)
{
    arena_end(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_malformed_head_is_refused),
        cmocka_unit_test(a_target_over_8_kib_is_too_long),
        cmocka_unit_test(a_head_over_16_kib_is_too_large),
        cmocka_unit_test(more_than_64_fields_are_too_many),
        cmocka_unit_test(a_request_is_read),
        cmocka_unit_test(forms_of_targets_and_hosts_are_read),
        cmocka_unit_test(queries_of_separators_only_are_taken_as_they_come),
        cmocka_unit_test(names_with_underscores_are_dropped),
        cmocka_unit_test(repeated_proxy_fields_are_noted),
        cmocka_unit_test(connection_options_only_decide_on_keeping_the_connection),
        cmocka_unit_test(an_upgrade_is_an_ordinary_field),
        cmocka_unit_test(character_sets_are_those_of_the_standards),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
