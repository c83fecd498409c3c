/* SPDX-License-Identifier: Apache-2.0 */
#include "net/host.h"

#include "net/address.h"
#include "net/ascii.h"

#include <string.h>

static struct bytes from_to(struct bytes of, size_t from, size_t to)
{
    return (struct bytes){ of.at + from, to - from };
}

/* Whether all of `at` are digits, or it begins like a hexadecimal number: what inet_aton reads. */
static bool is_number(struct bytes label)
{
    if (label.n >= 2 && label.at[0] == '0' && ascii_lower(label.at[1]) == 'x')
        return true;
    for (size_t i = 0; i < label.n; i++)
        if (label.at[i] < '0' || label.at[i] > '9')
            return false;
    return true;
}

/* The digit of RFC 3492 5, or -1. */
static int punycode_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0' + 26;
    c = ascii_lower(c);
    return c >= 'a' && c <= 'z' ? c - 'a' : -1;
}

/* RFC 3492 6.1. */
static uint32_t punycode_adapt(uint32_t delta, uint32_t points, bool first)
{
    uint32_t k = 0;
    delta = first ? delta / 700 : delta / 2;
    for (delta += delta / points; delta > 35 * 26 / 2; k += 36)
        delta /= 35;
    return k + 36 * delta / (delta + 38);
}

/* One generalised variable-length integer (RFC 3492 6.2), which it takes off `in`. */
static bool punycode_integer(struct bytes *in, uint32_t bias, uint32_t *out)
{
    uint64_t value = 0;
    uint64_t weight = 1;
    for (uint32_t k = 36; in->n > 0; k += 36) {
        int digit = punycode_digit(in->at[0]);
        *in = from_to(*in, 1, in->n);
        if (digit < 0)
            return false;
        value += (uint64_t)digit * weight;
        uint32_t least = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
        weight *= 36 - least;
        if (value > UINT32_MAX / 2 || weight > UINT32_MAX)
            return false;
        *out = (uint32_t)value;
        if ((uint32_t)digit < least)
            return true;
    }
    return false;
}

/*
 * Whether the rest of a label behind "xn--" stands for characters beyond ASCII, all of them
 * characters (RFC 3492 6.2): "app-" would stand for "app".
 */
static bool is_punycode(struct bytes rest)
{
    size_t basic = rest.n;
    while (basic > 0 && rest.at[basic - 1] != '-')
        basic--;
    struct bytes in = from_to(rest, basic, rest.n);
    uint32_t points = basic == 0 ? 0 : (uint32_t)basic - 1;
    uint32_t bias = 72;
    uint64_t character = 128;
    uint32_t at = 0;
    if (in.n == 0 || basic == 1)
        return false;
    for (bool first = true; in.n > 0; first = false) {
        uint32_t delta = 0;
        if (!punycode_integer(&in, bias, &delta))
            return false;
        points++;
        bias = punycode_adapt(delta, points, first);
        character += (at + (uint64_t)delta) / points;
        at = (uint32_t)((at + (uint64_t)delta) % points) + 1;
        if (character > 0x10ffff || (character >= 0xd800 && character <= 0xdfff))
            return false;
    }
    return true;
}

static bool is_label(struct bytes label)
{
    if (label.n == 0 || label.n > HOST_LABEL_MAX)
        return false;
    if (label.at[0] == '-' || label.at[label.n - 1] == '-')
        return false;
    bool coded = label.n >= 4 && ascii_equal(from_to(label, 0, 4), "xn--");
    return !coded || is_punycode(from_to(label, 4, label.n));
}

bool host_is_name(struct bytes host)
{
    size_t begin = 0;
    if (host.n == 0 || host.n > HOST_MAX)
        return false;
    for (size_t i = 0; i < host.n; i++) {
        if (!ascii_in(&ascii_host, host.at[i]))
            return false;
        if (host.at[i] != '.')
            continue;
        if (!is_label(from_to(host, begin, i)))
            return false;
        begin = i + 1;
    }
    struct bytes last = from_to(host, begin, host.n);
    return is_label(last) && !is_number(last);
}

/* The port behind the colon: no sign, no leading zero, not empty. */
static bool read_port(struct bytes text, uint16_t *out)
{
    uint64_t port = 0;
    if (text.n > 5 || !ascii_number(text, &port) || text.at[0] == '0' || port > UINT16_MAX)
        return false;
    *out = (uint16_t)port;
    return true;
}

/* What stands between brackets: an IPv6 address, written as one. */
static bool is_ipv6(struct bytes text)
{
    struct address unused;
    return text.n > 0 && memchr(text.at, ':', text.n) != NULL && address_parse(text, &unused);
}

static bool split_ipv6(struct bytes text, struct host_parts *out, size_t *end)
{
    const uint8_t *close = memchr(text.at, ']', text.n);
    if (close == NULL)
        return false;
    *end = (size_t)(close - text.at) + 1;
    out->is = URL_HOST_IPV6;
    out->host = from_to(text, 1, *end - 1);
    return is_ipv6(out->host);
}

static bool split_name(struct bytes text, struct host_parts *out, size_t *end)
{
    struct address unused;
    const uint8_t *colon = memchr(text.at, ':', text.n);
    *end = colon == NULL ? text.n : (size_t)(colon - text.at);
    out->host = from_to(text, 0, *end);
    /* No name ends in a number. */
    bool v4 = address_parse_v4(out->host, &unused);
    out->is = v4 ? URL_HOST_IPV4 : URL_HOST_NAME;
    return v4 || host_is_name(out->host);
}

bool host_split(struct bytes text, struct host_parts *out)
{
    struct host_parts found = { .port = 0 };
    size_t end = 0;
    if (text.n == 0)
        return false;
    if (text.at[0] == '[' ? !split_ipv6(text, &found, &end) : !split_name(text, &found, &end))
        return false;
    if (end < text.n && text.at[end] != ':')
        return false;
    if (end < text.n && !read_port(from_to(text, end + 1, text.n), &found.port))
        return false;
    *out = found;
    return true;
}

const char *host_text(struct arena *a, const struct host_parts *parts)
{
    struct address address;
    if (parts->is == URL_HOST_IPV6) {
        must(address_parse(parts->host, &address));
        return address_text(a, &address);
    }
    char *text = arena_alloc(a, parts->host.n + 1);
    for (size_t i = 0; i < parts->host.n; i++)
        text[i] = (char)ascii_lower(parts->host.at[i]);
    return text;
}

bool host_matches(const char *host, const char *pattern)
{
    if (!text_starts(pattern, "*."))
        return text_equal(host, pattern);
    const char *suffix = pattern + 1;
    size_t host_n = strlen(host);
    size_t suffix_n = strlen(suffix);
    return host_n > suffix_n && host[0] != '.' && strcmp(host + host_n - suffix_n, suffix) == 0;
}

bool host_is_pattern(const char *pattern)
{
    struct address unused;
    if (!text_starts(pattern, "*."))
        return host_is_name(bytes_of(pattern)) || address_parse(bytes_of(pattern), &unused);
    return host_is_name(bytes_of(pattern + 2)) && strchr(pattern + 2, '.') != NULL;
}

bool host_is_localhost(const char *host)
{
    return text_equal_nocase(host, "localhost") ||
           (strlen(host) > 10 && text_equal_nocase(host + strlen(host) - 10, ".localhost"));
}
