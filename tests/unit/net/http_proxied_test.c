/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running server behind proxies: X-Forwarded-For, Forwarded, the PROXY protocol.
 */
#include "http_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define H         "Host: a.test\r\n"
#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"

static const char proxied[] = SIGNATURE
    "\x21\x11\0\x14\x01\x02\x03\x04\x05\x06\x07\x08\x11\x22\x33\x44\x20\0\x05\x01\0\0\0\0";

static void expect_who(struct world *w, const char *path, const char *fields, const char *who)
{
    struct answer a =
        client_ask(w, text_printf(w->arena, "GET %s HTTP/1.1\r\n" H "%s\r\n", path, fields));
    assert_string_equal(a.body, who);
}

/* HH-03, HH-07: nobody is believed unless it is configured. */
static void a_client_cannot_say_who_it_is(void **state)
{
    struct world *w = *state;
    world_start(w);
    expect_who(w, "/who", "", "127.0.0.1 http 7");
    expect_who(w, "/who", "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\n",
               "127.0.0.1 http 7");
    expect_who(w, "/who", "Forwarded: for=1.2.3.4;proto=https\r\n", "127.0.0.1 http 7");
    expect_who(w, "/who", "X_Forwarded_For: 1.2.3.4\r\n", "127.0.0.1 http 7");
    /* HT-05: twice is an attempt. */
    struct answer a = client_ask(w, "GET /who HTTP/1.1\r\n" H "X-Forwarded-For: 1.2.3.4\r\n"
                                    "x-forwarded-for: 5.6.7.8\r\n\r\n");
    assert_int_equal(a.status, 400);
}

static void a_trusted_proxy_says_who_calls(void **state)
{
    struct world *w = *state;
    world_trust(w, "127.0.0.1/32");
    world_start(w);
    expect_who(w, "/who", "", "127.0.0.1 http 7");
    expect_who(w, "/who", "X-Forwarded-For: 6.6.6.6, 1.2.3.4\r\nX-Forwarded-Proto: https\r\n",
               "1.2.3.4 https 7");
    expect_who(w, "/who", "Forwarded: for=\"[2001:DB8::1]\";proto=https\r\n",
               "2001:db8::1 https 7");
    expect_who(w, "/who", "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 1.2.3.4\r\n",
               "1.2.3.4 http 7");
    struct answer a = client_ask(w, "GET /who HTTP/1.1\r\n" H "X-Forwarded-For: 1.2.3.4\r\n"
                                    "Forwarded: for=5.6.7.8\r\n\r\n");
    assert_int_equal(a.status, 400);
}

/* What a proxy says reaches INLINE and queued requests alike, for each request anew. */
static void each_request_of_a_connection_has_its_caller(void **state)
{
    struct world *w = *state;
    world_trust(w, "127.0.0.1");
    world_start(w);
    int fd = client_connect(w);
    for (int i = 1; i < 20; i++) {
        client_send(fd,
                    text_printf(w->arena,
                                "GET /who HTTP/1.1\r\n" H "X-Forwarded-For: 1.2.3.%d\r\n\r\n", i));
        assert_string_equal(client_read(w, fd).body, text_printf(w->arena, "1.2.3.%d http 7", i));
    }
    (void)close(fd);
}

static void the_proxy_protocol_says_who_calls(void **state)
{
    struct world *w = *state;
    world_trust(w, "127.0.0.1");
    w->plan.application.proxy_protocol = true;
    world_start(w);
    int fd = client_connect(w);
    /* Byte by byte, with the request right behind it. */
    for (size_t i = 0; i < sizeof proxied - 1; i++)
        client_send_bytes(fd, proxied + i, 1);
    client_send(fd, "GET /who HTTP/1.1\r\n" H "\r\n");
    assert_string_equal(client_read(w, fd).body, "1.2.3.4 https 7");
    /* The caller that it names is no proxy, so its fields mean nothing. */
    client_send(fd, "GET /who HTTP/1.1\r\n" H
                    "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: http\r\n\r\n");
    assert_string_equal(client_read(w, fd).body, "1.2.3.4 https 7");
    (void)close(fd);
    fd = client_connect(w);
    client_send_bytes(fd, SIGNATURE "\x20\0\0\0GET /who HTTP/1.1\r\n" H "\r\n", 16 + 35);
    assert_string_equal(client_read(w, fd).body, "127.0.0.1 http 7");
    (void)close(fd);
}

static void a_proxy_without_its_header_is_not_served(void **state)
{
    struct world *w = *state;
    world_trust(w, "127.0.0.1");
    w->plan.application.proxy_protocol = true;
    w->plan.deadlines = (struct http_deadlines){ .tls = 200 };
    world_start(w);
    assert_int_equal(client_ask(w, "GET /who HTTP/1.1\r\n" H "\r\n").status, 0);
    assert_int_equal(
        client_ask(w, "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET / HTTP/1.1\r\n" H "\r\n").status, 0);
    int fd = client_connect(w);
    client_send_bytes(fd, proxied, 14);
    assert_true(client_at_end(fd));
    (void)close(fd);
    assert_int_equal(world_counters(w).timeouts[HTTP_PHASE_TLS], 1);
}

/* From anyone else the header is not HTTP. */
static void the_proxy_protocol_of_strangers_is_refused(void **state)
{
    struct world *w = *state;
    world_trust(w, "10.0.0.0/8");
    w->plan.application.proxy_protocol = true;
    world_start(w);
    int fd = client_connect(w);
    client_send_bytes(fd, proxied, sizeof proxied - 1);
    client_send(fd, "GET /who HTTP/1.1\r\n" H "\r\n");
    assert_int_equal(client_read(w, fd).status, 400);
    assert_true(client_at_end(fd));
    (void)close(fd);
    expect_who(w, "/who", "", "127.0.0.1 http 7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_client_cannot_say_who_it_is),
        WORLD_TEST(a_trusted_proxy_says_who_calls),
        WORLD_TEST(each_request_of_a_connection_has_its_caller),
        WORLD_TEST(the_proxy_protocol_says_who_calls),
        WORLD_TEST(a_proxy_without_its_header_is_not_served),
        WORLD_TEST(the_proxy_protocol_of_strangers_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
