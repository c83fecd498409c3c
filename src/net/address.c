/* SPDX-License-Identifier: Apache-2.0 */
#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static const struct address loopback6 = { { [15] = 1 } };
static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
enum { V4_OFFSET = 12, V4_BITS = 96, ADDRESS_BITS = 128, V6_TEXT_MAX = 45 };

/* The number before the next dot, which it takes off `rest`; none: 256. */
static unsigned take_number(struct bytes *rest)
{
    unsigned number = 0;
    size_t n = 0;
    for (; n < rest->n && n < 3 && rest->at[n] >= '0' && rest->at[n] <= '9'; n++)
        number = number * 10 + (unsigned)(rest->at[n] - '0');
    bool good = n == 1 || (n > 1 && rest->at[0] != '0');
    *rest = (struct bytes){ rest->at + n, rest->n - n };
    return good ? number : 256;
}

bool address_parse_v4(struct bytes text, struct address *out)
{
    uint8_t found[4];
    for (int i = 0; i < 4; i++) {
        if (i > 0 && (text.n == 0 || text.at[0] != '.'))
            return false;
        if (i > 0)
            text = (struct bytes){ text.at + 1, text.n - 1 };
        unsigned number = take_number(&text);
        if (number > 255)
            return false;
        found[i] = (uint8_t)number;
    }
    if (text.n > 0)
        return false;
    *out = address_of_bytes((struct bytes){ found, sizeof found });
    return true;
}

static bool parse_v6(struct bytes text, struct address *out)
{
    char copy[V6_TEXT_MAX + 1];
    struct address found;
    if (text.n == 0 || text.n > V6_TEXT_MAX || memchr(text.at, '\0', text.n) != NULL)
        return false;
    memcpy(copy, text.at, text.n);
    copy[text.n] = '\0';
    /* POSIX: inet_pton takes no zone; glibc refuses leading zeros. */
    if (inet_pton(AF_INET6, copy, found.at) != 1)
        return false;
    *out = found;
    return true;
}

bool address_parse(struct bytes text, struct address *out)
{
    return address_parse_v4(text, out) || parse_v6(text, out);
}

struct address address_of_bytes(struct bytes at)
{
    struct address out;
    must(at.n == 4 || at.n == sizeof out.at);
    memcpy(out.at, mapped, sizeof mapped);
    memcpy(out.at + sizeof out.at - at.n, at.at, at.n);
    return out;
}

bool address_of_socket(const struct sockaddr *from, struct address *out)
{
    if (from->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, from, sizeof v4);
        *out = address_of_bytes((struct bytes){ (const uint8_t *)&v4.sin_addr, 4 });
        return true;
    }
    if (from->sa_family != AF_INET6)
        return false;
    struct sockaddr_in6 v6;
    memcpy(&v6, from, sizeof v6);
    memcpy(out->at, &v6.sin6_addr, sizeof out->at);
    return true;
}

bool address_is_v4(const struct address *address)
{
    return memcmp(address->at, mapped, sizeof mapped) == 0;
}

bool address_is_loopback(const struct address *address)
{
    return address_is_v4(address) ? address->at[V4_OFFSET] == 127
                                  : address_equal(address, &loopback6);
}

bool address_equal(const struct address *a, const struct address *b)
{
    return memcmp(a->at, b->at, sizeof a->at) == 0;
}

/* Every request writes one, so this does not go through printf. */
static void write_v4(const uint8_t at[static 4], char *out)
{
    for (int i = 0; i < 4; i++) {
        if (at[i] >= 100)
            *out++ = (char)('0' + at[i] / 100);
        if (at[i] >= 10)
            *out++ = (char)('0' + at[i] / 10 % 10);
        *out++ = (char)('0' + at[i] % 10);
        *out++ = i == 3 ? '\0' : '.';
    }
}

void address_write(const struct address *address, char out[static ADDRESS_TEXT])
{
    if (address_is_v4(address))
        write_v4(address->at + V4_OFFSET, out);
    else
        must(inet_ntop(AF_INET6, address->at, out, ADDRESS_TEXT) != NULL);
}

const char *address_text(struct arena *a, const struct address *address)
{
    char *text = arena_alloc(a, ADDRESS_TEXT);
    address_write(address, text);
    return text;
}

struct address address_prefix(const struct address *address, unsigned bits)
{
    struct address out = { 0 };
    must(bits <= ADDRESS_BITS);
    memcpy(out.at, address->at, bits / 8);
    if (bits % 8 != 0)
        out.at[bits / 8] = (uint8_t)(address->at[bits / 8] & 0xffu << (8 - bits % 8));
    return out;
}

void address_key(const struct address *address, unsigned bits, char out[static ADDRESS_TEXT])
{
    if (address_is_v4(address)) {
        address_write(address, out);
        return;
    }
    struct address prefix = address_prefix(address, bits);
    address_write(&prefix, out);
    size_t n = strlen(out);
    (void)snprintf(out + n, ADDRESS_TEXT - n, "/%u", bits);
}

/* Reads the digits behind the slash. */
static bool parse_bits(struct bytes text, unsigned most, unsigned *out)
{
    unsigned bits = 0;
    if (text.n == 0 || text.n > 3 || (text.n > 1 && text.at[0] == '0'))
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        bits = bits * 10 + (unsigned)(text.at[i] - '0');
    }
    *out = bits;
    return bits <= most;
}

bool cidr_parse(struct bytes text, struct cidr *out)
{
    const uint8_t *slash = text.n == 0 ? NULL : memchr(text.at, '/', text.n);
    size_t n = slash == NULL ? text.n : (size_t)(slash - text.at);
    struct cidr found = { .bits = ADDRESS_BITS };
    if (!address_parse((struct bytes){ text.at, n }, &found.network))
        return false;
    unsigned offset = memchr(text.at, ':', n) == NULL ? V4_BITS : 0;
    if (slash != NULL) {
        struct bytes digits = { slash + 1, text.n - n - 1 };
        if (!parse_bits(digits, ADDRESS_BITS - offset, &found.bits))
            return false;
        found.bits += offset;
    }
    struct address prefix = address_prefix(&found.network, found.bits);
    if (!address_equal(&prefix, &found.network))
        return false;
    *out = found;
    return true;
}

bool cidr_holds(const struct cidr *range, const struct address *address)
{
    struct address prefix = address_prefix(address, range->bits);
    return address_equal(&prefix, &range->network);
}

RESULT cidrs_parse(struct ctx *c, struct arena *a, struct texts ranges, struct cidrs *out)
{
    struct cidr *at = ARENA_NEWS(a, struct cidr, ranges.n);
    for (size_t i = 0; i < ranges.n; i++)
        if (!cidr_parse(bytes_of(ranges.at[i]), &at[i]))
            return fail(c, INVALID_FIELD,
                        "\"%s\" is not an address range; write 10.0.0.0/8 or 2001:db8::/32",
                        ranges.at[i]);
    *out = (struct cidrs){ at, ranges.n };
    return ok();
}

bool cidrs_hold(struct cidrs ranges, const struct address *address)
{
    for (size_t i = 0; i < ranges.n; i++)
        if (cidr_holds(&ranges.at[i], address))
            return true;
    return false;
}
