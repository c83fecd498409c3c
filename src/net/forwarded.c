/* SPDX-License-Identifier: Apache-2.0 */
#include "net/forwarded.h"

#include "net/ascii.h"

#include <string.h>

enum proto { PROTO_NOT_SAID, PROTO_HTTP, PROTO_HTTPS };

/* One step on the way of a request, as a proxy reports it. */
struct hop {
    bool known; /* it is an address */
    struct address address;
    enum proto proto;
};

struct hops {
    struct hop *at;
    size_t n;
};

/* What one kind of fields says. */
struct told {
    bool there; /* the field is in the request */
    bool hop;   /* `peer` is a hop, not the connection */
    struct address peer;
    enum proto proto;
};

static const uint8_t loopback4[4] = { 127, 0, 0, 1 };
static const uint8_t loopback6[16] = { [15] = 1 };

bool forwarded_is_trusted(const struct forwarded_from *from)
{
    if (from->address != NULL)
        return cidrs_hold(from->trusted, from->address);
    struct address v4 = address_of_bytes((struct bytes){ loopback4, sizeof loopback4 });
    struct address v6 = address_of_bytes((struct bytes){ loopback6, sizeof loopback6 });
    return cidrs_hold(from->trusted, &v4) || cidrs_hold(from->trusted, &v6);
}

static struct bytes trim(struct bytes text)
{
    while (text.n > 0 && (text.at[0] == ' ' || text.at[0] == '\t'))
        text = (struct bytes){ text.at + 1, text.n - 1 };
    while (text.n > 0 && (text.at[text.n - 1] == ' ' || text.at[text.n - 1] == '\t'))
        text.n--;
    return text;
}

static bool is_port(struct bytes text)
{
    uint64_t port = 0;
    return text.n > 1 && text.at[0] == ':' &&
           ascii_number((struct bytes){ text.at + 1, text.n - 1 }, &port) && port <= UINT16_MAX;
}

/* "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80" (RFC 7239 6). */
static bool read_node(struct bytes node, struct address *out)
{
    if (node.n == 0 || address_parse(node, out))
        return node.n > 0;
    bool bracket = node.at[0] == '[';
    const uint8_t *end = memchr(node.at, bracket ? ']' : ':', node.n);
    if (end == NULL)
        return false;
    size_t n = (size_t)(end - node.at);
    size_t skip = bracket ? 1 : 0;
    struct bytes port = { end + skip, node.n - n - skip };
    if (port.n > 0 && !is_port(port))
        return false;
    return address_parse((struct bytes){ node.at + skip, n - skip }, out);
}

/* All lines of field `name` as one list (RFC 9110 5.3), or NULL. */
static const char *joined(struct arena *a, const struct http_request *request, const char *name)
{
    const char *all = NULL;
    for (size_t i = 0; i < request->headers_n; i++) {
        if (!text_equal(request->headers[i].name, name))
            continue;
        const char *value = request->headers[i].value;
        all = all == NULL ? value : text_printf(a, "%s,%s", all, value);
    }
    return all;
}

/* Takes the element before the next comma off `rest`. */
static struct bytes take_element(struct bytes *rest)
{
    const uint8_t *comma = memchr(rest->at, ',', rest->n);
    size_t n = comma == NULL ? rest->n : (size_t)(comma - rest->at);
    size_t skip = comma == NULL ? n : n + 1;
    struct bytes element = trim((struct bytes){ rest->at, n });
    *rest = (struct bytes){ rest->at + skip, rest->n - skip };
    return element;
}

static bool read_x_forwarded_for(struct bytes rest, struct hops *out)
{
    while (rest.n > 0) {
        struct bytes element = take_element(&rest);
        if (out->n == FORWARDED_HOPS_MAX)
            return false;
        struct hop *hop = &out->at[out->n++];
        hop->known = read_node(element, &hop->address);
    }
    return true;
}

static enum proto read_proto(struct bytes text)
{
    return ascii_equal(text, "https") ? PROTO_HTTPS : PROTO_HTTP;
}

/* Takes a token off `rest`; n is 0 if there is none. */
static struct bytes take_token(struct bytes *rest)
{
    size_t n = 0;
    while (n < rest->n && ascii_in(&ascii_token, rest->at[n]))
        n++;
    struct bytes token = { rest->at, n };
    *rest = (struct bytes){ rest->at + n, rest->n - n };
    return token;
}

/* Takes a quoted string off `rest`, which begins with the quote.  No node holds an escape. */
static bool take_quoted(struct bytes *rest, struct bytes *out)
{
    size_t n = 1;
    while (n < rest->n && rest->at[n] != '"')
        n += rest->at[n] == '\\' ? 2 : 1;
    if (n >= rest->n)
        return false;
    *out = (struct bytes){ rest->at + 1, n - 1 };
    *rest = (struct bytes){ rest->at + n + 1, rest->n - n - 1 };
    return true;
}

static bool take_byte(struct bytes *rest, uint8_t c)
{
    if (rest->n == 0 || rest->at[0] != c)
        return false;
    *rest = (struct bytes){ rest->at + 1, rest->n - 1 };
    return true;
}

/* One parameter of an element (RFC 7239 4): for=..., proto=..., by=..., host=... */
static bool read_pair(struct bytes *rest, struct hop *hop)
{
    struct bytes name = take_token(rest);
    struct bytes value = { 0 };
    if (name.n == 0 || !take_byte(rest, '='))
        return false;
    bool quoted = rest->n > 0 && rest->at[0] == '"';
    if (!quoted)
        value = take_token(rest);
    if (quoted && !take_quoted(rest, &value))
        return false;
    if (ascii_equal(name, "for"))
        hop->known = read_node(value, &hop->address);
    if (ascii_equal(name, "proto"))
        hop->proto = read_proto(value);
    return value.n > 0;
}

static bool read_forwarded(struct bytes rest, struct hops *out)
{
    for (bool more = true; more; rest = trim(rest)) {
        if (out->n == FORWARDED_HOPS_MAX)
            return false;
        struct hop *hop = &out->at[out->n++];
        do {
            rest = trim(rest);
            if (!read_pair(&rest, hop))
                return false;
            rest = trim(rest);
        } while (take_byte(&rest, ';'));
        more = take_byte(&rest, ',');
    }
    return rest.n == 0;
}

/* From the last proxy back to the first hop that is none. */
static void walk(const struct forwarded_from *from, const struct hops *hops, struct told *told)
{
    for (size_t i = hops->n; i > 0; i--) {
        const struct hop *hop = &hops->at[i - 1];
        if (!hop->known)
            return;
        told->hop = true;
        told->peer = hop->address;
        told->proto = hop->proto;
        if (!cidrs_hold(from->trusted, &hop->address))
            return;
    }
}

/* The proto of the proxy that is nearest: the last of the list. */
static enum proto last_proto(struct arena *a, const struct http_request *request)
{
    const char *list = joined(a, request, "x-forwarded-proto");
    if (list == NULL)
        return PROTO_NOT_SAID;
    const char *comma = strrchr(list, ',');
    return read_proto(trim(bytes_of(comma == NULL ? list : comma + 1)));
}

static bool tell(struct arena *a, const struct forwarded_from *from,
                 const struct http_request *request, bool standard, struct told *out)
{
    const char *list = joined(a, request, standard ? "forwarded" : "x-forwarded-for");
    struct hops hops = { ARENA_NEWS(a, struct hop, FORWARDED_HOPS_MAX), 0 };
    *out = (struct told){ .there = list != NULL };
    if (list != NULL) {
        bool good = standard ? read_forwarded(bytes_of(list), &hops)
                             : read_x_forwarded_for(bytes_of(list), &hops);
        if (!good)
            return false;
        walk(from, &hops, out);
    }
    if (!standard)
        out->proto = last_proto(a, request);
    return true;
}

/* Whether the two kinds of fields name one caller, as far as both say something. */
static bool agree(const struct told *x, const struct told *standard)
{
    if (x->there && standard->there &&
        (x->hop != standard->hop || !address_equal(&x->peer, &standard->peer)))
        return false;
    return x->proto == PROTO_NOT_SAID || standard->proto == PROTO_NOT_SAID ||
           x->proto == standard->proto;
}

bool forwarded_read(struct arena *a, const struct forwarded_from *from,
                    const struct http_request *request, struct forwarded *out)
{
    struct told x = { .there = false };
    struct told standard = { .there = false };
    bool trusted = forwarded_is_trusted(from);
    if (!trusted && from->repeats)
        return false;
    if (trusted && (!tell(a, from, request, false, &x) ||
                    !tell(a, from, request, true, &standard) || !agree(&x, &standard)))
        return false;
    const struct told *told = standard.there ? &standard : &x;
    const struct address *peer = told->hop ? &told->peer : from->address;
    enum proto proto = standard.proto != PROTO_NOT_SAID ? standard.proto : x.proto;
    out->peer = peer == NULL ? "unix" : address_text(a, peer);
    out->tls = proto == PROTO_NOT_SAID ? from->tls : proto == PROTO_HTTPS;
    return true;
}
