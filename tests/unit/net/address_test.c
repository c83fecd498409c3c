/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses, their canonical form, and ranges.
 */
#include "net/address.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static struct address parse(const char *text)
{
    struct address address;
    if (!address_parse(bytes_of(text), &address))
        fail_msg("%s was refused", text);
    return address;
}

/* RL-02: one address has one text, however it came. */
static void spellings_of_one_address_are_the_same(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "1.2.3.4", "1.2.3.4" },
        { "::ffff:1.2.3.4", "1.2.3.4" },
        { "::FFFF:0102:0304", "1.2.3.4" },
        { "0:0:0:0:0:ffff:1.2.3.4", "1.2.3.4" },
        { "2001:DB8::1", "2001:db8::1" },
        { "2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1" },
        { "::", "::" },
        { "0.0.0.0", "0.0.0.0" },
        { "255.255.255.255", "255.255.255.255" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[ADDRESS_TEXT];
        struct address address = parse(cases[i][0]);
        address_write(&address, text);
        assert_string_equal(text, cases[i][1]);
    }
}

/* What is read as four numbers is what the system's own reading takes, and nothing else. */
static void four_numbers_are_read_as_the_system_reads_them(void **state)
{
    static const char letters[] = "0123456789..25x";
    uint64_t seed = 1;
    size_t taken = 0;
    (void)state;
    for (int i = 0; i < 300000; i++) {
        char text[20] = { 0 };
        uint8_t theirs[4];
        struct address ours;
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        size_t n = seed >> 60;
        for (size_t at = 0; at < n; at++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            text[at] = letters[(seed >> 33) % (sizeof letters - 1)];
        }
        bool good = inet_pton(AF_INET, text, theirs) == 1;
        assert_int_equal(address_parse_v4(bytes_of(text), &ours), good);
        if (!good)
            continue;
        taken++;
        assert_memory_equal(ours.at + 12, theirs, 4);
        assert_true(address_is_v4(&ours));
    }
    assert_true(taken > 100);
}

/* RL-02: within a /64 all addresses are one caller; /48 is the wider view. */
static void limits_count_ipv6_by_prefix(void **state)
{
    (void)state;
    static const struct {
        const char *address, *narrow, *wide;
    } cases[] = {
        { "203.0.113.7", "203.0.113.7", "203.0.113.7" },
        { "::ffff:203.0.113.7", "203.0.113.7", "203.0.113.7" },
        { "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48" },
        { "2001:DB8:1:2::", "2001:db8:1:2::/64", "2001:db8:1::/48" },
        { "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64", "2001:db8:1::/48" },
        { "2001:db8:1:3::", "2001:db8:1:3::/64", "2001:db8:1::/48" },
        { "::1", "::/64", "::/48" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char key[ADDRESS_TEXT];
        struct address address = parse(cases[i].address);
        address_key(&address, 64, key);
        assert_string_equal(key, cases[i].narrow);
        address_key(&address, 48, key);
        assert_string_equal(key, cases[i].wide);
    }
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",          "127.1",       "0x7f000001", "2130706433", "010.0.0.1",   "1.2.3",
        "1.2.3.4.5", "1.2.3.256",   "1.2.3.4 ",   " 1.2.3.4",   "1.2.3.-4",    "[::1]",
        "::1%eth0",  "fe80::1%251", "1::2::3",    ":::",        "12345::",     "g::",
        "::1/64",    "1.2.3.4:80",  "unknown",    "::1.2.3",    "1:2:3:4:5:6", "1:2:3:4:5:6:7:8:9",
    };
    struct address address;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (address_parse(bytes_of(cases[i]), &address))
            fail_msg("%s was taken", cases[i]);
    assert_false(address_parse((struct bytes){ (const uint8_t *)"::1\0", 4 }, &address));
    assert_false(address_parse((struct bytes){ NULL, 0 }, &address));
}

static void socket_addresses_are_read(void **state)
{
    (void)state;
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    struct sockaddr other = { .sa_family = AF_UNIX };
    struct address address;
    assert_true(address_of_socket((const struct sockaddr *)&v4, &address));
    assert_true(address_is_v4(&address) && address_is_loopback(&address));
    assert_true(address_of_socket((const struct sockaddr *)&v6, &address));
    assert_true(!address_is_v4(&address) && address_is_loopback(&address));
    assert_false(address_of_socket(&other, &address));
}

static void ranges_hold_what_lies_in_them(void **state)
{
    (void)state;
    static const struct {
        const char *range, *address;
        bool holds;
    } cases[] = {
        { "10.0.0.0/8", "10.255.255.255", true },
        { "10.0.0.0/8", "11.0.0.0", false },
        { "10.0.0.0/8", "::ffff:10.1.2.3", true },
        { "192.168.4.0/22", "192.168.7.255", true },
        { "192.168.4.0/22", "192.168.8.0", false },
        { "10.1.2.3", "10.1.2.3", true },
        { "10.1.2.3", "10.1.2.4", false },
        { "10.1.2.3/32", "10.1.2.3", true },
        { "0.0.0.0/0", "203.0.113.1", true },
        { "0.0.0.0/0", "2001:db8::1", false },
        { "2001:db8::/32", "2001:db8:ffff::", true },
        { "2001:db8::/32", "2001:db9::", false },
        { "::/0", "2001:db8::1", true },
        { "::/0", "10.0.0.1", true },
        { "::1/128", "::1", true },
        { "::ffff:10.0.0.0/104", "10.9.9.9", true },
        { "2001:db8:0:8000::/49", "2001:db8:0:ffff::", true },
        { "2001:db8:0:8000::/49", "2001:db8:0:7fff::", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cidr range;
        struct address address = parse(cases[i].address);
        assert_true(cidr_parse(bytes_of(cases[i].range), &range));
        if (cidr_holds(&range, &address) != cases[i].holds)
            fail_msg("%s and %s", cases[i].range, cases[i].address);
    }
}

static void what_is_no_range_is_refused_and_named(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/08",
        "10.0.0.0/8 ",
        "10.0.0.1/8",
        "10.0.0/8",
        "::/129",
        "2001:db8::1/32",
        "10.0.0.0/8/8",
        "10.0.0.0/a",
        "localhost",
        "*",
        "::/1000",
        "10.0.0.0/+8",
        "10.0.0.0/255.0.0.0",
    };
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ctx c = { .arena = a };
        struct cidrs out;
        const char *list[] = { "127.0.0.1", cases[i] };
        if (cidrs_parse(&c, a, (struct texts){ list, 2 }, &out).code != ERR_INVALID_FIELD)
            fail_msg("%s was taken", cases[i]);
        assert_non_null(strstr(c.fault.text, cases[i]));
    }
    struct ctx c = { .arena = a };
    struct cidrs out;
    const char *list[] = { "127.0.0.1", "2001:db8::/32" };
    struct address inside = parse("2001:db8::9");
    struct address outside = parse("127.0.0.2");
    assert_int_equal(cidrs_parse(&c, a, (struct texts){ list, 2 }, &out).code, ERR_OK);
    assert_true(cidrs_hold(out, &inside));
    assert_false(cidrs_hold(out, &outside));
    assert_false(cidrs_hold((struct cidrs){ 0 }, &inside));
    arena_end(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spellings_of_one_address_are_the_same),
        cmocka_unit_test(four_numbers_are_read_as_the_system_reads_them),
        cmocka_unit_test(limits_count_ipv6_by_prefix),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(socket_addresses_are_read),
        cmocka_unit_test(ranges_hold_what_lies_in_them),
        cmocka_unit_test(what_is_no_range_is_refused_and_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
