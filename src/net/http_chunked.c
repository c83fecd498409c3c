/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_chunked.h"

#include "net/ascii.h"

enum { SIZE_DIGITS_MAX = 8 };

/* Where reading stands inside the body. */
enum chunk_state {
    IN_SIZE,
    IN_EXTENSION,
    AT_SIZE_END,
    IN_DATA,
    AT_DATA_END,
    AT_DATA_LINE_FEED,
    AT_TRAILER,
    IN_TRAILER_NAME,
    IN_TRAILER_VALUE,
    AT_TRAILER_LINE_FEED,
    AT_LAST_LINE_FEED,
    AT_END
};

static bool is_visible(uint8_t c)
{
    return (c >= ' ' && c != 0x7f) || c == '\t';
}

/* A byte of the size (RFC 9112 7.1). */
static const char *read_size(struct http_chunked *k, uint8_t c)
{
    int digit = ascii_hex(c);
    if (digit >= 0) {
        k->left = k->left * 16 + (uint64_t)digit;
        return k->digits++ < SIZE_DIGITS_MAX ? NULL : "the size of a chunk is too long";
    }
    if (k->digits == 0 || (c != ';' && c != '\r'))
        return "the size of a chunk is not a hexadecimal number";
    k->state = c == ';' ? IN_EXTENSION : AT_SIZE_END;
    return NULL;
}

/* A byte of the extensions (RFC 9112 7.1.1), which are ignored as the RFC asks, but not endlessly.
 */
static const char *read_extension(struct http_chunked *k, uint8_t c)
{
    if (c == '\r')
        k->state = AT_SIZE_END;
    else if (!is_visible(c))
        return "control character in a chunk extension";
    return k->extensions++ < HTTP_CHUNK_EXTENSIONS_MAX ? NULL : "too long chunk extensions";
}

static const char *read_size_end(struct http_chunked *k, uint8_t c)
{
    k->state = k->left == 0 ? AT_TRAILER : IN_DATA;
    k->digits = 0;
    k->total += k->left;
    return c == '\n' ? NULL : "carriage return without line feed";
}

static const char *read_data_end(struct http_chunked *k, uint8_t c)
{
    if (k->state == AT_DATA_END) {
        k->state = AT_DATA_LINE_FEED;
        return c == '\r' ? NULL : "a chunk is longer than it says";
    }
    k->state = IN_SIZE;
    return c == '\n' ? NULL : "carriage return without line feed";
}

/* A byte of a field's name, or the end of the body where one could begin (RFC 9112 7.1.2). */
static const char *read_trailer_name(struct http_chunked *k, uint8_t c)
{
    bool begins = k->state == AT_TRAILER;
    if (begins && c == '\r') {
        k->state = AT_LAST_LINE_FEED;
        return NULL;
    }
    k->state = c == ':' ? IN_TRAILER_VALUE : IN_TRAILER_NAME;
    bool good = c == ':' ? !begins : ascii_in(&ascii_token, c);
    return good ? NULL : "the name of a trailer field is not a token";
}

static const char *read_trailer(struct http_chunked *k, uint8_t c)
{
    if (k->trailer++ >= HTTP_TRAILER_MAX)
        return "too long trailer section";
    if (k->state == AT_TRAILER || k->state == IN_TRAILER_NAME)
        return read_trailer_name(k, c);
    if (k->state == IN_TRAILER_VALUE) {
        if (c == '\r')
            k->state = AT_TRAILER_LINE_FEED;
        return c == '\r' || is_visible(c) ? NULL : "control character in a trailer field";
    }
    k->state = k->state == AT_TRAILER_LINE_FEED ? AT_TRAILER : AT_END;
    return c == '\n' ? NULL : "carriage return without line feed";
}

/* Takes one byte of framing; NULL, or why it cannot stand there. */
static const char *read_framing(struct http_chunked *k, uint8_t c)
{
    switch ((enum chunk_state)k->state) {
    case IN_SIZE:
        return read_size(k, c);
    case IN_EXTENSION:
        return read_extension(k, c);
    case AT_SIZE_END:
        return read_size_end(k, c);
    case AT_DATA_END:
    case AT_DATA_LINE_FEED:
        return read_data_end(k, c);
    case AT_TRAILER:
    case IN_TRAILER_NAME:
    case IN_TRAILER_VALUE:
    case AT_TRAILER_LINE_FEED:
    case AT_LAST_LINE_FEED:
        return read_trailer(k, c);
    case IN_DATA:
    case AT_END:
        break;
    }
    return NULL;
}

/* The data that is there, at most to the end of this chunk. */
static void take_data(struct http_chunked *k, struct bytes in, struct http_chunk_run *run)
{
    size_t n = in.n - run->used;
    if (n > k->left)
        n = (size_t)k->left;
    run->data = (struct bytes){ in.at + run->used, n };
    run->used += n;
    k->left -= n;
    if (k->left == 0)
        k->state = AT_DATA_END;
}

enum http_step http_chunked_read(struct http_chunked *chunked, struct bytes in, size_t body_max,
                                 struct http_chunk_run *run, struct http_refusal *refusal)
{
    *run = (struct http_chunk_run){ .data = { in.at, 0 } };
    while (run->used < in.n && chunked->state != IN_DATA && chunked->state != AT_END) {
        const char *why = read_framing(chunked, in.at[run->used++]);
        if (why != NULL) {
            *refusal = (struct http_refusal){ 400, why };
            return HTTP_REFUSED;
        }
        if (chunked->total > body_max) {
            *refusal = (struct http_refusal){ 413, "the chunks are more than the body may be" };
            return HTTP_REFUSED;
        }
    }
    if (chunked->state == AT_END)
        return HTTP_READY;
    if (chunked->state == IN_DATA)
        take_data(chunked, in, run);
    return HTTP_MORE;
}
