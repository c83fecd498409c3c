/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_ADDRESS_H
#define UAUTH_NET_ADDRESS_H

/*
 * IP addresses and ranges of them, in one canonical form: an IPv4 address is kept as the
 * IPv4-mapped IPv6 address that stands for it (RFC 4291 2.5.5.2), so 1.2.3.4 and ::ffff:1.2.3.4 are
 * the same.  Nothing here resolves names.
 */

#include "base/ctx.h"
#include "base/text.h"

struct sockaddr;

struct address {
    uint8_t at[16];
};

/* Room for an address as text with a prefix length and the NUL. */
enum { ADDRESS_TEXT = 52 };

/*
 * Reads an IPv4 address of four decimal numbers without leading zeros, or an IPv6 address (RFC
 * 4291 2.2) without zone and without brackets.  False for anything else: 127.1, 0x7f000001,
 * 010.0.0.1.
 */
bool address_parse(struct bytes text, struct address *out);

/* The same of an IPv4 address alone: each request has one or two, and they are looked at first. */
bool address_parse_v4(struct bytes text, struct address *out);

/* The address of an AF_INET or AF_INET6 socket address; false for other families. */
bool address_of_socket(const struct sockaddr *from, struct address *out);

/* The address of 4 or 16 bytes in network order, as packets carry them. */
struct address address_of_bytes(struct bytes at);

bool address_is_v4(const struct address *address);

/* Whether it is this host's loopback: 127.0.0.0/8, ::1. */
bool address_is_loopback(const struct address *address);

bool address_equal(const struct address *a, const struct address *b);

/* The canonical text (RFC 5952; dotted for IPv4): "203.0.113.7", "2001:db8::1". */
void address_write(const struct address *address, char out[static ADDRESS_TEXT]);

/* The same in the arena. */
const char *address_text(struct arena *a, const struct address *address)
    __attribute__((returns_nonnull));

/*
 * The name under which limits count an address: an IPv4 address itself, an IPv6 address by its
 * first `bits` (64, or 48 for a wider view), as "2001:db8:0:1::/64" (RL-02).
 */
void address_key(const struct address *address, unsigned bits, char out[static ADDRESS_TEXT]);

/* The first `bits` (at most 128) of `address`, the others zero. */
struct address address_prefix(const struct address *address, unsigned bits);

/* A range: the first `bits` of `network`, the others zero. */
struct cidr {
    struct address network;
    unsigned bits; /* of the 128: 96 more than what was written for IPv4 */
};

/*
 * Reads "10.0.0.0/8", "2001:db8::/32" or an address alone.  False for a bad address, a prefix that
 * is longer than the address, has a sign or leading zero, or leaves out bits that are set.
 */
bool cidr_parse(struct bytes text, struct cidr *out);

bool cidr_holds(const struct cidr *range, const struct address *address);

struct cidrs {
    const struct cidr *at;
    size_t n;
};

/* All of `ranges` (AUTH_TRUSTED_PROXIES) in `a`.  INVALID_FIELD names the one that is none. */
RESULT cidrs_parse(struct ctx *c, struct arena *a, struct texts ranges, struct cidrs *out);

bool cidrs_hold(struct cidrs ranges, const struct address *address);

#endif
