/* SPDX-License-Identifier: Apache-2.0 */
#include "net/proxy_protocol.h"

#include <string.h>

/* The PROXY protocol 2.2; the numbers are those of its text. */
static const uint8_t signature[12] = "\r\n\r\n\0\r\nQUIT\n";

enum {
    COMMAND_LOCAL = 0x20, /* with the version in the high half */
    COMMAND_PROXY = 0x21,
    FAMILY_UNSPEC = 0x00,
    FAMILY_TCP4 = 0x11,
    FAMILY_TCP6 = 0x21,
    FAMILY_UNIX = 0x31,
    TLV_SSL = 0x20,
    CLIENT_SSL = 0x01,
    TLV_HEAD = 3
};

/* How many bytes of addresses a family has; -1 if it is none that a stream has. */
static int addresses_length(uint8_t family)
{
    switch (family) {
    case FAMILY_UNSPEC:
        return 0;
    case FAMILY_TCP4:
        return 12;
    case FAMILY_TCP6:
        return 36;
    case FAMILY_UNIX:
        return 216;
    default:
        return -1;
    }
}

/* The type-length-value vectors behind the addresses; all but the one on TLS are skipped. */
static bool read_vectors(struct bytes rest, struct proxy_protocol *out)
{
    while (rest.n > 0) {
        if (rest.n < TLV_HEAD)
            return false;
        size_t n = (size_t)rest.at[1] << 8 | rest.at[2];
        if (n > rest.n - TLV_HEAD)
            return false;
        if (rest.at[0] == TLV_SSL && n > 0)
            out->tls = (rest.at[TLV_HEAD] & CLIENT_SSL) != 0;
        rest = (struct bytes){ rest.at + TLV_HEAD + n, rest.n - TLV_HEAD - n };
    }
    return true;
}

static enum http_step read_body(uint8_t command, uint8_t family, struct bytes body,
                                struct proxy_protocol *out)
{
    struct proxy_protocol found = { .has_address = false };
    int length = addresses_length(family);
    /* A LOCAL connection is the proxy's own, and what follows is to be skipped. */
    if (command == COMMAND_LOCAL) {
        *out = found;
        return HTTP_READY;
    }
    if (command != COMMAND_PROXY || length < 0 || (size_t)length > body.n)
        return HTTP_REFUSED;
    found.has_address = family == FAMILY_TCP4 || family == FAMILY_TCP6;
    if (found.has_address)
        found.address = address_of_bytes((struct bytes){ body.at, family == FAMILY_TCP4 ? 4 : 16 });
    struct bytes rest = { body.at + length, body.n - (size_t)length };
    if (family != FAMILY_UNSPEC && !read_vectors(rest, &found))
        return HTTP_REFUSED;
    *out = found;
    return HTTP_READY;
}

enum http_step proxy_protocol_read(struct bytes in, struct proxy_protocol *out, size_t *wanted)
{
    size_t known = in.n < sizeof signature ? in.n : sizeof signature;
    if (known > 0 && memcmp(in.at, signature, known) != 0)
        return HTTP_REFUSED;
    *wanted = PROXY_PROTOCOL_FIXED;
    if (in.n < PROXY_PROTOCOL_FIXED)
        return HTTP_MORE;
    size_t n = (size_t)in.at[14] << 8 | in.at[15];
    if (n > PROXY_PROTOCOL_MAX - PROXY_PROTOCOL_FIXED)
        return HTTP_REFUSED;
    *wanted = PROXY_PROTOCOL_FIXED + n;
    if (in.n < *wanted)
        return HTTP_MORE;
    return read_body(in.at[12], in.at[13], (struct bytes){ in.at + PROXY_PROTOCOL_FIXED, n }, out);
}
