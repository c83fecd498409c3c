/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting connections by address, against a plain model.
 */
#include "net/http_peers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { PLACES = 64, MOST = 3, STEPS = 200000 };

static struct address numbered(unsigned i)
{
    uint8_t at[16] = { 0x20, 0x01, 0x0d, 0xb8, 0, 0, (uint8_t)(i / 256), (uint8_t)i, 9 };
    return address_of_bytes((struct bytes){ at, sizeof at });
}

/* DO-06, RL-02: an IPv4 address counts for itself, IPv6 addresses of one /64 together. */
static void neighbours_share_their_prefix(void **state)
{
    (void)state;
    struct http_peers *peers = http_peers_new(16);
    struct address a;
    struct address b;
    assert_true(address_parse(bytes_of("2001:db8::1"), &a));
    assert_true(address_parse(bytes_of("2001:db8::ffff:1:2:3"), &b));
    assert_true(http_peers_add(peers, &a, 2));
    assert_true(http_peers_add(peers, &b, 2));
    assert_false(http_peers_add(peers, &a, 2));
    assert_true(address_parse(bytes_of("2001:db8:0:1::1"), &b));
    assert_true(http_peers_add(peers, &b, 2));
    http_peers_remove(peers, &a);
    assert_true(http_peers_add(peers, &a, 2));
    assert_true(address_parse(bytes_of("10.0.0.1"), &a));
    assert_true(address_parse(bytes_of("10.0.0.2"), &b));
    assert_true(http_peers_add(peers, &a, 1));
    assert_true(http_peers_add(peers, &b, 1));
    assert_false(http_peers_add(peers, &a, 1));
    http_peers_free(peers);
}

/* ME-14: however they come and go, each count is right and what has gone leaves no trace. */
static void counts_are_right_however_they_come_and_go(void **state)
{
    (void)state;
    struct http_peers *peers = http_peers_new(PLACES * MOST);
    unsigned model[PLACES] = { 0 };
    uint32_t seed = 1;
    for (int step = 0; step < STEPS; step++) {
        seed = seed * 1664525 + 1013904223;
        unsigned i = seed >> 16 & (PLACES - 1);
        struct address address = numbered(i);
        if ((seed >> 8 & 1) != 0) {
            assert_int_equal(http_peers_add(peers, &address, MOST), model[i] < MOST);
            model[i] += model[i] < MOST;
        } else if (model[i] > 0) {
            http_peers_remove(peers, &address);
            model[i]--;
        }
    }
    http_peers_free(peers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_share_their_prefix),
        cmocka_unit_test(counts_are_right_however_they_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
