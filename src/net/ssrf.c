/* SPDX-License-Identifier: Apache-2.0 */
#include "net/ssrf.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct range4 {
    uint32_t network;
    unsigned bits;
};

/* clang-format off */
/* What is not globally reachable: IANA's IPv4 special-purpose registry (RFC 6890). */
static const struct range4 special4[] = {
    { 0x00000000, 8 },  /* this network           */ { 0x0a000000, 8 },  /* private                */
    { 0x64400000, 10 }, /* shared (RFC 6598)      */ { 0x7f000000, 8 },  /* loopback               */
    { 0xa9fe0000, 16 }, /* link-local, metadata   */ { 0xac100000, 12 }, /* private                */
    { 0xc0000000, 24 }, /* IETF assignments       */ { 0xc0000200, 24 }, /* documentation          */
    { 0xc01fc400, 24 }, /* AS112                  */ { 0xc034c100, 24 }, /* AMT                    */
    { 0xc0586300, 24 }, /* 6to4 relay             */ { 0xc0a80000, 16 }, /* private                */
    { 0xc0af3000, 24 }, /* AS112                  */ { 0xc6120000, 15 }, /* benchmarking           */
    { 0xc6336400, 24 }, /* documentation          */ { 0xcb007100, 24 }, /* documentation          */
    { 0xe0000000, 4 },  /* multicast              */ { 0xf0000000, 4 },  /* reserved, broadcast    */
};
/* clang-format on */

struct range6 {
    uint8_t prefix[6];
    unsigned bits;
};

/* Inside 2000::/3, which alone is global unicast, these are not to be reached (RFC 6890, RFC 4380,
 * RFC 3056). */
static const struct range6 special6[] = {
    { { 0x20, 0x01, 0x00, 0x00 }, 23 },             /* IETF assignments, Teredo, ORCHID */
    { { 0x20, 0x01, 0x0d, 0xb8 }, 32 },             /* documentation */
    { { 0x20, 0x02 }, 16 },                         /* 6to4: carries an IPv4 address */
    { { 0x3f, 0xff, 0x00 }, 20 },                   /* documentation (RFC 9637) */
    { { 0x26, 0x20, 0x00, 0x4f, 0x80, 0x00 }, 48 }, /* AS112 */
};

static bool is_public4(uint32_t address)
{
    for (size_t i = 0; i < sizeof special4 / sizeof special4[0]; i++) {
        uint32_t mask = UINT32_MAX << (32 - special4[i].bits);
        if ((address & mask) == special4[i].network)
            return false;
    }
    return true;
}

static bool starts_with_bits(const uint8_t *address, const struct range6 *range)
{
    for (unsigned bit = 0; bit < range->bits; bit++) {
        unsigned shift = 7 - bit % 8;
        if (((address[bit / 8] ^ range->prefix[bit / 8]) >> shift & 1) != 0)
            return false;
    }
    return true;
}

static bool is_public6(const uint8_t address[16])
{
    if ((address[0] & 0xe0) != 0x20)
        return false;
    for (size_t i = 0; i < sizeof special6 / sizeof special6[0]; i++)
        if (starts_with_bits(address, &special6[i]))
            return false;
    return true;
}

bool ssrf_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        return is_public4(ntohl(in.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in;
        memcpy(&in, address, sizeof in);
        return is_public6(in.sin6_addr.s6_addr);
    }
    return false;
}

bool ssrf_is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        return ntohl(in.sin_addr.s_addr) >> 24 == 127;
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in;
        memcpy(&in, address, sizeof in);
        return IN6_IS_ADDR_LOOPBACK(&in.sin6_addr) != 0;
    }
    return false;
}
