/* SPDX-License-Identifier: Apache-2.0 */
#include "net/ssrf.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct sockaddr_storage address_of(const char *text)
{
    struct sockaddr_storage out = { .ss_family = AF_UNSPEC };
    struct sockaddr_in in4 = { .sin_family = AF_INET };
    struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
    if (inet_pton(AF_INET, text, &in4.sin_addr) == 1)
        memcpy(&out, &in4, sizeof in4);
    else if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1)
        memcpy(&out, &in6, sizeof in6);
    else
        fail_msg("not an address: %s", text);
    return out;
}

static bool is_public(const char *text)
{
    struct sockaddr_storage at = address_of(text);
    return ssrf_is_public((const struct sockaddr *)&at);
}

/* SR-02: every special range is refused, at its first and last address. */
static void addresses_that_are_not_public_are_refused(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "192.168.255.255",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:8.8.8.8",
        "::8.8.8.8",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:0:1::1",
        "2001:1ff:ffff::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2002:808:808::1",
        "3fff::1",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (is_public(refused[i]))
            fail_msg("%s was taken for public", refused[i]);
}

static void public_addresses_are_allowed(void **state)
{
    (void)state;
    static const char *const allowed[] = {
        "1.1.1.1",     "8.8.8.8",      "9.255.255.255",   "11.0.0.0",       "100.63.255.255",
        "100.128.0.0", "126.255.1.1",  "128.0.0.1",       "169.253.1.1",    "172.15.255.255",
        "172.32.0.0",  "192.167.1.1",  "192.169.0.1",     "198.17.255.255", "198.20.0.0",
        "223.255.1.1", "2606:4700::1", "2a00:1450::200e", "2001:200::1",    "2003::1",
    };
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        if (!is_public(allowed[i]))
            fail_msg("%s was refused", allowed[i]);
}

static void only_loopback_is_loopback(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        bool loopback;
    } cases[] = { { "127.0.0.1", true },        { "127.9.9.9", true }, { "::1", true },
                  { "128.0.0.1", false },       { "10.0.0.1", false }, { "::2", false },
                  { "::ffff:127.0.0.1", false } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sockaddr_storage at = address_of(cases[i].address);
        assert_int_equal(ssrf_is_loopback((const struct sockaddr *)&at), cases[i].loopback);
    }
}

static void other_families_are_refused(void **state)
{
    (void)state;
    struct sockaddr_storage unix_socket = { .ss_family = AF_UNIX };
    assert_false(ssrf_is_public((const struct sockaddr *)&unix_socket));
    assert_false(ssrf_is_loopback((const struct sockaddr *)&unix_socket));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_that_are_not_public_are_refused),
        cmocka_unit_test(public_addresses_are_allowed),
        cmocka_unit_test(only_loopback_is_loopback),
        cmocka_unit_test(other_families_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
