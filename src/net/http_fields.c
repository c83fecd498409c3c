/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_fields.h"

#include "net/ascii.h"
#include "net/host.h"

#include <string.h>

/* Fields that the server itself reads, and those that may stand only once. */
enum field {
    FIELD_HOST,
    FIELD_CONTENT_LENGTH,
    FIELD_TRANSFER_ENCODING,
    FIELD_CONNECTION,
    FIELD_EXPECT,
    FIELD_AUTHORIZATION,
    FIELD_CONTENT_TYPE,
    FIELD_CONTENT_ENCODING,
    FIELD_COOKIE,
    FIELD_ORIGIN,
    FIELD_REFERER,
    FIELD_USER_AGENT,
    FIELD_DPOP,
    FIELD_CSRF,
    FIELD_TENANT,
    FIELD_IF_MATCH,
    FIELD_TRACEPARENT,
    FIELD_FORWARDED,
    FIELD_FORWARDED_FOR,
    FIELD_FORWARDED_PROTO,
    FIELD_CLIENT_CERT,
    FIELD_CLIENT_CERT_CHAIN,
    FIELDS
};

struct known_field {
    const char *name;
    size_t n;
    enum { SINGLE, LISTED, PROXIES } kind; /* PROXIES: once, except from a trusted proxy */
};

/* clang-format off */
#define KNOWN(name, kind) { name, sizeof name - 1, kind }
static const struct known_field known[FIELDS] = {
    [FIELD_HOST]              = KNOWN("host", SINGLE),
    [FIELD_CONTENT_LENGTH]    = KNOWN("content-length", SINGLE),
    [FIELD_TRANSFER_ENCODING] = KNOWN("transfer-encoding", SINGLE),
    [FIELD_CONNECTION]        = KNOWN("connection", LISTED),
    [FIELD_EXPECT]            = KNOWN("expect", SINGLE),
    [FIELD_AUTHORIZATION]     = KNOWN("authorization", SINGLE),
    [FIELD_CONTENT_TYPE]      = KNOWN("content-type", SINGLE),
    [FIELD_CONTENT_ENCODING]  = KNOWN("content-encoding", SINGLE),
    [FIELD_COOKIE]            = KNOWN("cookie", SINGLE),
    [FIELD_ORIGIN]            = KNOWN("origin", SINGLE),
    [FIELD_REFERER]           = KNOWN("referer", SINGLE),
    [FIELD_USER_AGENT]        = KNOWN("user-agent", SINGLE),
    [FIELD_DPOP]              = KNOWN("dpop", SINGLE),
    [FIELD_CSRF]              = KNOWN("x-csrf-token", SINGLE),
    [FIELD_TENANT]            = KNOWN("x-tenant-id", SINGLE),
    [FIELD_IF_MATCH]          = KNOWN("if-match", SINGLE),
    [FIELD_TRACEPARENT]       = KNOWN("traceparent", SINGLE),
    [FIELD_FORWARDED]         = KNOWN("forwarded", PROXIES),
    [FIELD_FORWARDED_FOR]     = KNOWN("x-forwarded-for", PROXIES),
    [FIELD_FORWARDED_PROTO]   = KNOWN("x-forwarded-proto", PROXIES),
    [FIELD_CLIENT_CERT]       = KNOWN("client-cert", SINGLE),
    [FIELD_CLIENT_CERT_CHAIN] = KNOWN("client-cert-chain", SINGLE),
};
/* clang-format on */

/* What has been seen while reading the fields. */
struct reading {
    struct bytes in;
    struct http_head *head;
    struct http_refusal *refusal;
    uint32_t seen;    /* one bit a known field */
    bool wants_close; /* Connection: close */
    bool wants_more;  /* Connection: keep-alive */
};

static enum http_step refuse(struct reading *r, int status, const char *why)
{
    *r->refusal = (struct http_refusal){ status, why };
    return HTTP_REFUSED;
}

static bool has(const struct reading *r, enum field field)
{
    return (r->seen & 1u << field) != 0;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/*
 * Splits the line at the beginning of `rest` (ending in CRLF) into `name` and `value`; `line_n` is
 * its length with the CRLF.  NULL, or why it is no field line.
 */
static const char *split_line(struct bytes rest, struct bytes *name, struct bytes *value,
                              size_t *line_n)
{
    const uint8_t *end = memchr(rest.at, '\r', rest.n);
    size_t n = (size_t)(end - rest.at);
    size_t colon = 0;
    while (colon < n && ascii_in(&ascii_token, rest.at[colon]))
        colon++;
    if (colon == n || rest.at[colon] != ':')
        return "the name of a field is not a token";
    if (colon == 0)
        return "a field has no name";
    size_t from = colon + 1;
    size_t to = n;
    while (from < to && is_space(rest.at[from]))
        from++;
    while (to > from && is_space(rest.at[to - 1]))
        to--;
    *name = (struct bytes){ rest.at, colon };
    *value = (struct bytes){ rest.at + from, to - from };
    *line_n = n + 2;
    return NULL;
}

static enum field find(struct bytes name)
{
    uint8_t first = ascii_lower(name.at[0]);
    for (size_t i = 0; i < FIELDS; i++)
        if (known[i].n == name.n && (uint8_t)known[i].name[0] == first &&
            ascii_equal(name, known[i].name))
            return (enum field)i;
    return FIELDS;
}

/* Connection is a list; only its own two options mean something here (HT-06). */
static void read_connection(struct reading *r, struct bytes value)
{
    while (value.n > 0) {
        const uint8_t *comma = memchr(value.at, ',', value.n);
        size_t n = comma == NULL ? value.n : (size_t)(comma - value.at);
        struct bytes option = { value.at, n };
        while (option.n > 0 && is_space(option.at[0]))
            option = (struct bytes){ option.at + 1, option.n - 1 };
        while (option.n > 0 && is_space(option.at[option.n - 1]))
            option.n--;
        r->wants_close = r->wants_close || ascii_equal(option, "close");
        r->wants_more = r->wants_more || ascii_equal(option, "keep-alive");
        size_t skip = comma == NULL ? n : n + 1;
        value = (struct bytes){ value.at + skip, value.n - skip };
    }
}

/* The fields that say where the body ends have no white space but the one space that all write. */
static bool is_plainly_spaced(struct bytes name, struct bytes value)
{
    const uint8_t *behind = name.at + name.n + 1;
    size_t gap = (size_t)(value.at - behind);
    return (gap == 0 || (gap == 1 && behind[0] == ' ')) && value.at[value.n] == '\r';
}

/* What a field means to the server. */
static enum http_step read_known(struct reading *r, enum field field, struct bytes name,
                                 struct bytes value)
{
    if (field == FIELD_HOST)
        r->head->host = (struct http_run){ (uint16_t)(value.at - r->in.at), (uint16_t)value.n };
    if (field == FIELD_CONNECTION)
        read_connection(r, value);
    /* RFC 9112 6.3: one Content-Length, digits only. */
    if (field == FIELD_CONTENT_LENGTH &&
        (!is_plainly_spaced(name, value) || !ascii_number(value, &r->head->length)))
        return refuse(r, 400, "Content-Length is not a number");
    /* RFC 9112 6.1. */
    if (field == FIELD_TRANSFER_ENCODING) {
        if (!is_plainly_spaced(name, value) || !ascii_equal(value, "chunked"))
            return refuse(r, 400, "Transfer-Encoding is not chunked");
        r->head->chunked = true;
    }
    /* RFC 9110 10.1.1. */
    if (field == FIELD_EXPECT) {
        if (!ascii_equal(value, "100-continue"))
            return refuse(r, 417, "the expectation is not 100-continue");
        r->head->expects = r->head->minor_1;
    }
    return HTTP_READY;
}

static enum http_step note(struct reading *r, struct bytes name, struct bytes value)
{
    enum field field = find(name);
    if (field == FIELDS)
        return HTTP_READY;
    if (has(r, field) && known[field].kind == SINGLE)
        return refuse(r, 400, "a field stands twice that may stand once");
    if (has(r, field) && known[field].kind == PROXIES)
        r->head->repeats_proxy = true;
    r->seen |= 1u << field;
    return read_known(r, field, name, value);
}

static enum http_step add(struct reading *r, struct bytes name, struct bytes value)
{
    struct http_head *head = r->head;
    struct http_field *field = &head->fields[head->fields_n];
    if (!text_is_utf8(value))
        return refuse(r, 400, "the value of a field is not UTF-8");
    /* CGI-like systems take '_' and '-' for the same, so a client could imitate a proxy's field. */
    if (memchr(name.at, '_', name.n) != NULL)
        return HTTP_READY;
    field->name = (struct http_run){ (uint16_t)(name.at - r->in.at), (uint16_t)name.n };
    field->value = (struct http_run){ (uint16_t)(value.at - r->in.at), (uint16_t)value.n };
    head->fields_n++;
    return note(r, name, value);
}

/* What the fields say together. */
static enum http_step conclude(struct reading *r)
{
    struct http_head *head = r->head;
    struct host_parts host;
    /* RFC 9112 3.2. */
    if (!has(r, FIELD_HOST))
        return refuse(r, 400, "no Host");
    if (!host_split((struct bytes){ r->in.at + head->host.at, head->host.n }, &host))
        return refuse(r, 400, "Host is not a host");
    head->host_name =
        (struct http_run){ (uint16_t)(host.host.at - r->in.at), (uint16_t)host.host.n };
    head->host_is = (uint8_t)host.is;
    /* RFC 9112 6.1, 6.3. */
    if (head->chunked && has(r, FIELD_CONTENT_LENGTH))
        return refuse(r, 400, "Transfer-Encoding and Content-Length together");
    if (head->chunked && !head->minor_1)
        return refuse(r, 400, "Transfer-Encoding in HTTP/1.0");
    /* RFC 9112 9.3. */
    head->keep_alive = !r->wants_close && (head->minor_1 || r->wants_more);
    return HTTP_READY;
}

/* Where the field lines begin: behind the first line end that follows a byte of the request line.
 */
static size_t fields_begin(struct bytes in)
{
    size_t skip = in.at[0] == '\r' ? 2 : 0;
    const uint8_t *end = memchr(in.at + skip, '\n', in.n - skip);
    return (size_t)(end - in.at) + 1;
}

enum http_step http_fields_read(struct bytes in, struct http_head *head,
                                struct http_refusal *refusal)
{
    struct reading r = { .in = in, .head = head, .refusal = refusal };
    size_t lines = 0;
    size_t line_n = 0;
    for (size_t at = fields_begin(in); in.at[at] != '\r'; at += line_n) {
        struct bytes name;
        struct bytes value;
        const char *why =
            split_line((struct bytes){ in.at + at, in.n - at }, &name, &value, &line_n);
        if (why != NULL)
            return refuse(&r, 400, why);
        if (lines++ == HTTP_FIELDS_MAX)
            return refuse(&r, 431, "too many fields");
        enum http_step step = add(&r, name, value);
        if (step != HTTP_READY)
            return step;
    }
    return conclude(&r);
}
