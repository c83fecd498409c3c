/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What proxies say about the caller, and the PROXY protocol.
 */
#include "net/forwarded.h"

#include "net/proxy_protocol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

/* Fields of a request; NULL: not there. */
struct said {
    const char *connection; /* NULL: a Unix socket */
    const char *x_for, *x_proto, *forwarded;
    const char *peer; /* NULL: refused */
    bool tls;
};

/* Trusts 10.0.0.0/8, 127.0.0.1 and 2001:db8:ffff::/48. */
static bool read_said(struct arena *a, const struct said *said, bool repeats, struct forwarded *out)
{
    static const char *const ranges[] = { "10.0.0.0/8", "127.0.0.1", "2001:db8:ffff::/48" };
    struct cidr trusted[3];
    struct http_header headers[3];
    struct address address;
    struct http_request request = { .headers = headers };
    const char *values[] = { said->x_for, said->x_proto, said->forwarded };
    const char *names[] = { "x-forwarded-for", "x-forwarded-proto", "forwarded" };
    for (size_t i = 0; i < 3; i++) {
        assert_true(cidr_parse(bytes_of(ranges[i]), &trusted[i]));
        if (values[i] != NULL)
            headers[request.headers_n++] = (struct http_header){ names[i], values[i] };
    }
    if (said->connection != NULL)
        assert_true(address_parse(bytes_of(said->connection), &address));
    struct forwarded_from from = { .address = said->connection == NULL ? NULL : &address,
                                   .repeats = repeats,
                                   .trusted = { trusted, 3 } };
    return forwarded_read(a, &from, &request, out);
}

static void expect_all(struct arena *a, const struct said *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct forwarded who;
        bool taken = read_said(a, &cases[i], false, &who);
        if (taken != (cases[i].peer != NULL))
            fail_msg("case %zu: %s", i, taken ? "taken" : "refused");
        if (!taken)
            continue;
        if (!text_equal(who.peer, cases[i].peer) || who.tls != cases[i].tls)
            fail_msg("case %zu: %s %d", i, who.peer, who.tls);
    }
}

/* HH-03, HH-07: whoever is no trusted proxy says nothing about itself with these fields. */
static void fields_of_strangers_mean_nothing(void **state)
{
    static const struct said cases[] = {
        { "203.0.113.9", NULL, NULL, NULL, "203.0.113.9", false },
        { "203.0.113.9", "1.2.3.4", "https", NULL, "203.0.113.9", false },
        { "203.0.113.9", "10.0.0.1", "https", "for=1.2.3.4;proto=https", "203.0.113.9", false },
        { "203.0.113.9", NULL, NULL, "not well formed", "203.0.113.9", false },
        { "11.0.0.1", "1.2.3.4", NULL, NULL, "11.0.0.1", false },
        { "127.0.0.2", "1.2.3.4", NULL, NULL, "127.0.0.2", false },
        { "2001:db8:fffe::1", "1.2.3.4", NULL, NULL, "2001:db8:fffe::1", false },
    };
    expect_all(*state, cases, sizeof cases / sizeof cases[0]);
}

/* HH-03: the right-most hop that is no proxy; what stands left of it was written by the caller. */
static void the_right_most_stranger_is_the_caller(void **state)
{
    static const struct said cases[] = {
        { "10.0.0.1", NULL, NULL, NULL, "10.0.0.1", false },
        { "10.0.0.1", "1.2.3.4", NULL, NULL, "1.2.3.4", false },
        { "10.0.0.1", "6.6.6.6, 1.2.3.4", "https", NULL, "1.2.3.4", true },
        { "10.0.0.1", "6.6.6.6,1.2.3.4,10.9.9.9 , 10.0.0.2", NULL, NULL, "1.2.3.4", false },
        { "10.0.0.1", "10.0.0.5, 10.0.0.4", NULL, NULL, "10.0.0.5", false },
        { "10.0.0.1", "127.0.0.1, 1.2.3.4", NULL, NULL, "1.2.3.4", false },
        { "10.0.0.1", "1.2.3.4:5678", NULL, NULL, "1.2.3.4", false },
        { "10.0.0.1", "[2001:DB8::1]:80", NULL, NULL, "2001:db8::1", false },
        { "10.0.0.1", "2001:db8::1", NULL, NULL, "2001:db8::1", false },
        { "10.0.0.1", "::ffff:1.2.3.4", NULL, NULL, "1.2.3.4", false },
        { "2001:db8:ffff::9", "1.2.3.4", NULL, NULL, "1.2.3.4", false },
        { "::ffff:10.0.0.1", "1.2.3.4", NULL, NULL, "1.2.3.4", false },
        { NULL, "1.2.3.4", "https", NULL, "1.2.3.4", true },
        { NULL, NULL, NULL, NULL, "unix", false },
    };
    expect_all(*state, cases, sizeof cases / sizeof cases[0]);
}

static void a_hop_that_is_no_address_ends_the_walk(void **state)
{
    static const struct said cases[] = {
        { "10.0.0.1", "1.2.3.4, unknown", NULL, NULL, "10.0.0.1", false },
        { "10.0.0.1", "1.2.3.4, unknown, 10.0.0.2", NULL, NULL, "10.0.0.2", false },
        { "10.0.0.1", "1.2.3.4,", NULL, NULL, "1.2.3.4", false },
        { "10.0.0.1", "1.2.3.4,,", NULL, NULL, "10.0.0.1", false },
        { "10.0.0.1", "", NULL, NULL, "10.0.0.1", false },
        { "10.0.0.1", "127.1", NULL, NULL, "10.0.0.1", false },
        { "10.0.0.1", "1.2.3.4:99999", NULL, NULL, "10.0.0.1", false },
        { "10.0.0.1", "1.2.3.4:", NULL, NULL, "10.0.0.1", false },
        { "10.0.0.1", "[::1", NULL, NULL, "10.0.0.1", false },
        { "10.0.0.1", "[1::1]x", NULL, NULL, "10.0.0.1", false },
    };
    expect_all(*state, cases, sizeof cases / sizeof cases[0]);
}

static void the_nearest_proxy_says_whether_it_was_tls(void **state)
{
    static const struct said cases[] = {
        { "10.0.0.1", "1.2.3.4", "https", NULL, "1.2.3.4", true },
        { "10.0.0.1", "1.2.3.4", "HTTPS", NULL, "1.2.3.4", true },
        { "10.0.0.1", "1.2.3.4", "http", NULL, "1.2.3.4", false },
        { "10.0.0.1", "1.2.3.4", "https, http", NULL, "1.2.3.4", false },
        { "10.0.0.1", "1.2.3.4", "http,https", NULL, "1.2.3.4", true },
        { "10.0.0.1", "1.2.3.4", "httpsx", NULL, "1.2.3.4", false },
        { "10.0.0.1", NULL, "https", NULL, "10.0.0.1", true },
    };
    expect_all(*state, cases, sizeof cases / sizeof cases[0]);
}

/* RFC 7239 4, 6. */
static void forwarded_is_read_strictly(void **state)
{
    static const struct said cases[] = {
        { "10.0.0.1", NULL, NULL, "for=1.2.3.4", "1.2.3.4", false },
        { "10.0.0.1", NULL, NULL, "For=1.2.3.4;Proto=https;by=10.0.0.1", "1.2.3.4", true },
        { "10.0.0.1", NULL, NULL, "for=6.6.6.6;proto=https, for=1.2.3.4;proto=http, for=10.0.0.2",
          "1.2.3.4", false },
        { "10.0.0.1", NULL, NULL, "for=\"[2001:db8::1]:4711\" ; proto=https", "2001:db8::1", true },
        { "10.0.0.1", NULL, NULL, "for=\"1.2.3.4:80\"", "1.2.3.4", false },
        { "10.0.0.1", NULL, NULL, "for=unknown", "10.0.0.1", false },
        { "10.0.0.1", NULL, NULL, "for=_hidden, for=\"10.0.0.2\"", "10.0.0.2", false },
        { "10.0.0.1", NULL, NULL, "host=\"a,b;c\\\"d\";for=1.2.3.4", "1.2.3.4", false },
        { "10.0.0.1", NULL, NULL, "for=1.2.3.4, by=x", "10.0.0.1", false },
        { "10.0.0.1", NULL, NULL, "", NULL, false },
        { "10.0.0.1", NULL, NULL, "for", NULL, false },
        { "10.0.0.1", NULL, NULL, "for=", NULL, false },
        { "10.0.0.1", NULL, NULL, "=1.2.3.4", NULL, false },
        { "10.0.0.1", NULL, NULL, "for=\"1.2.3.4", NULL, false },
        { "10.0.0.1", NULL, NULL, "for=\"\\", NULL, false },
        { "10.0.0.1", NULL, NULL, "for=1.2.3.4,", NULL, false },
        { "10.0.0.1", NULL, NULL, "for=1.2.3.4 proto=https", NULL, false },
        { "10.0.0.1", NULL, NULL, "for = 1.2.3.4", NULL, false },
        { "10.0.0.1", NULL, NULL, "for=[::1]", NULL, false },
    };
    expect_all(*state, cases, sizeof cases / sizeof cases[0]);
}

/* A proxy that writes one kind lets the client's other kind through: they must agree. */
static void two_kinds_of_fields_must_agree(void **state)
{
    static const struct said cases[] = {
        { "10.0.0.1", "1.2.3.4", "https", "for=1.2.3.4;proto=https", "1.2.3.4", true },
        { "10.0.0.1", "1.2.3.4", NULL, "for=1.2.3.4", "1.2.3.4", false },
        { "10.0.0.1", "1.2.3.4", NULL, "for=6.6.6.6", NULL, false },
        { "10.0.0.1", "1.2.3.4", "http", "for=1.2.3.4;proto=https", NULL, false },
        { "10.0.0.1", "1.2.3.4", NULL, "for=unknown", NULL, false },
        { "10.0.0.1", NULL, "http", "for=1.2.3.4;proto=https", NULL, false },
    };
    expect_all(*state, cases, sizeof cases / sizeof cases[0]);
}

/* HT-05: twice is a list from a proxy, and an attempt from anyone else. */
static void repeated_fields_are_a_list_of_trusted_proxies_only(void **state)
{
    struct arena *a = *state;
    struct forwarded who;
    struct said proxy = { .connection = "10.0.0.1", .x_for = "1.2.3.4" };
    struct said stranger = { .connection = "11.0.0.1", .x_for = "1.2.3.4" };
    assert_true(read_said(a, &proxy, true, &who));
    assert_false(read_said(a, &stranger, true, &who));
    struct http_header lines[] = { { "x-forwarded-for", "6.6.6.6" },
                                   { "accept", "x" },
                                   { "x-forwarded-for", "1.2.3.4" } };
    struct http_request request = { .headers = lines, .headers_n = 3 };
    struct cidr range;
    struct address from;
    assert_true(cidr_parse(bytes_of("10.0.0.0/8"), &range));
    assert_true(address_parse(bytes_of("10.0.0.1"), &from));
    struct forwarded_from connection = { &from, false, true, { &range, 1 } };
    assert_true(forwarded_read(a, &connection, &request, &who));
    assert_string_equal(who.peer, "1.2.3.4");
}

static void more_hops_than_the_limit_are_refused(void **state)
{
    struct arena *a = *state;
    for (int over = 0; over < 2; over++) {
        struct text_buffer x = text_buffer(a);
        struct text_buffer standard = text_buffer(a);
        for (int i = 0; i < FORWARDED_HOPS_MAX + over; i++) {
            text_addf(&x, "%s10.0.0.2", i == 0 ? "" : ",");
            text_addf(&standard, "%sfor=10.0.0.2", i == 0 ? "" : ",");
        }
        struct said with_x = { .connection = "10.0.0.1", .x_for = text_of(&x) };
        struct said with_standard = { .connection = "10.0.0.1", .forwarded = text_of(&standard) };
        struct forwarded who;
        assert_int_equal(read_said(a, &with_x, false, &who), over == 0);
        assert_int_equal(read_said(a, &with_standard, false, &who), over == 0);
    }
}

#define SIGNATURE    "\r\n\r\n\0\r\nQUIT\n"
#define HEADER(text) text, sizeof text - 1

struct header {
    enum http_step step;
    const char *at;
    size_t n;
    const char *address; /* NULL: none */
    bool tls;
};

/* clang-format off */
static const struct header headers[] = {
    { HTTP_READY, HEADER(SIGNATURE "\x21\x11\0\x0c\x01\x02\x03\x04\x05\x06\x07\x08\x11\x22\x33\x44"), "1.2.3.4", false },
    { HTTP_READY, HEADER(SIGNATURE "\x21\x21\0\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01" "zzzzzzzzzzzzzzzzppqq"), "2001:db8::1", false },
    { HTTP_READY, HEADER(SIGNATURE "\x21\x11\0\x14\x01\x02\x03\x04\x05\x06\x07\x08\x11\x22\x33\x44\x20\0\x05\x01\0\0\0\0"), "1.2.3.4", true },
    { HTTP_READY, HEADER(SIGNATURE "\x21\x11\0\x14\x01\x02\x03\x04\x05\x06\x07\x08\x11\x22\x33\x44\x20\0\x05\x06\0\0\0\0"), "1.2.3.4", false },
    { HTTP_READY, HEADER(SIGNATURE "\x21\x11\0\x0f\x01\x02\x03\x04\x05\x06\x07\x08\x11\x22\x33\x44\x04\0\0"), "1.2.3.4", false },
    { HTTP_READY, HEADER(SIGNATURE "\x20\0\0\0"), NULL, false },
    { HTTP_READY, HEADER(SIGNATURE "\x20\x11\0\x04skip"), NULL, false },
    { HTTP_READY, HEADER(SIGNATURE "\x21\0\0\x04skip"), NULL, false },
    { HTTP_REFUSED, HEADER("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n"), NULL, false },
    { HTTP_REFUSED, HEADER("GET / HTTP/1.1\r\n\r\n"), NULL, false },
    { HTTP_REFUSED, HEADER("\r\n\r\nGET / HTTP/1.1\r\n"), NULL, false },
    { HTTP_REFUSED, HEADER(SIGNATURE "\x11\x11\0\x0c\x01\x02\x03\x04\x05\x06\x07\x08\x11\x22\x33\x44"), NULL, false },
    { HTTP_REFUSED, HEADER(SIGNATURE "\x22\x11\0\x0c\x01\x02\x03\x04\x05\x06\x07\x08\x11\x22\x33\x44"), NULL, false },
    { HTTP_REFUSED, HEADER(SIGNATURE "\x21\x12\0\x0c\x01\x02\x03\x04\x05\x06\x07\x08\x11\x22\x33\x44"), NULL, false },
    { HTTP_REFUSED, HEADER(SIGNATURE "\x21\x11\0\x0b\x01\x02\x03\x04\x05\x06\x07\x08\x11\x22\x33"), NULL, false },
    { HTTP_REFUSED, HEADER(SIGNATURE "\x21\x21\0\x0c\x01\x02\x03\x04\x05\x06\x07\x08\x11\x22\x33\x44"), NULL, false },
    { HTTP_REFUSED, HEADER(SIGNATURE "\x21\x31\0\x0c\x01\x02\x03\x04\x05\x06\x07\x08\x11\x22\x33\x44"), NULL, false },
    { HTTP_REFUSED, HEADER(SIGNATURE "\x21\x11\0\x0e\x01\x02\x03\x04\x05\x06\x07\x08\x11\x22\x33\x44\x04\0"), NULL, false },
    { HTTP_REFUSED, HEADER(SIGNATURE "\x21\x11\0\x0f\x01\x02\x03\x04\x05\x06\x07\x08\x11\x22\x33\x44\x04\0\x01"), NULL, false },
    { HTTP_REFUSED, HEADER(SIGNATURE "\x21\x11\x03\xf1"), NULL, false },
    { HTTP_REFUSED, HEADER(SIGNATURE "\x21\x11\xff\xff"), NULL, false },
    { HTTP_MORE, HEADER(SIGNATURE "\x21\x11\x03\xf0"), NULL, false },
};
/* clang-format on */

/* The outcome is the same however many bytes are there, and each call says what it needs. */
static void proxy_headers_are_read_strictly(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        const struct header *h = &headers[i];
        struct proxy_protocol said = { 0 };
        enum http_step step = HTTP_MORE;
        size_t wanted = 0;
        for (size_t n = 0; n <= h->n && step == HTTP_MORE; n++) {
            uint8_t *exact = malloc(n == 0 ? 1 : n);
            memcpy(exact, h->at, n);
            step = proxy_protocol_read((struct bytes){ exact, n }, &said, &wanted);
            assert_true(step != HTTP_MORE || wanted > n);
            free(exact);
        }
        if (step != h->step)
            fail_msg("header %zu: %d", i, (int)step);
        if (step != HTTP_READY)
            continue;
        char text[ADDRESS_TEXT] = "";
        if (said.has_address)
            address_write(&said.address, text);
        assert_string_equal(text, h->address == NULL ? "" : h->address);
        assert_int_equal(said.tls, h->tls);
        assert_int_equal(wanted, h->n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_of_strangers_mean_nothing),
        cmocka_unit_test(the_right_most_stranger_is_the_caller),
        cmocka_unit_test(a_hop_that_is_no_address_ends_the_walk),
        cmocka_unit_test(the_nearest_proxy_says_whether_it_was_tls),
        cmocka_unit_test(forwarded_is_read_strictly),
        cmocka_unit_test(two_kinds_of_fields_must_agree),
        cmocka_unit_test(repeated_fields_are_a_list_of_trusted_proxies_only),
        cmocka_unit_test(more_hops_than_the_limit_are_refused),
        cmocka_unit_test(proxy_headers_are_read_strictly),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
