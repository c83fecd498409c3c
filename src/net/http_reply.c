/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_reply.h"

#include "base/result.h"
#include "base/time.h"

#include <stdio.h>
#include <string.h>

/* Status line, Date, Content-Length, Connection and the empty line, at most. */
enum { FRAME_MAX = 256 };

static const char allow[] = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

static void add_text(struct buffer *b, const char *text)
{
    buffer_add(b, text, strlen(text));
}

/* Of a literal the length is known, so that copying it is a few moves. */
static inline void add_bytes(struct buffer *b, const char *at, size_t n)
{
    must(n <= b->room - b->n);
    memcpy(b->at + b->n, at, n);
    b->n += n;
}
#define ADD_LITERAL(b, literal) add_bytes((b), "" literal "", sizeof literal - 1)

static void add_number(struct buffer *b, size_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    buffer_add(b, digits + at, sizeof digits - at);
}

static const char *date_text(const struct http_writer *writer)
{
    struct http_date *date = writer->date;
    int64_t now = time_now();
    if (now != date->at) {
        (void)snprintf(date->text, sizeof date->text, "%s", time_http(writer->arena, now));
        date->at = now;
    }
    return date->text;
}

/* RFC 9110 8.6: neither 1xx nor 204 has a length; 304 is without, as its body is the cached one. */
static bool has_length(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

static size_t room_for(const struct http_response *response, bool body)
{
    size_t n = FRAME_MAX + (body ? response->body.n : 0);
    for (size_t i = 0; i < response->headers_n; i++)
        n += (size_t)response->headers[i].name_n + response->headers[i].value_n + 4;
    return n;
}

static void add_status(struct buffer *b, int status)
{
    must(status >= 200 && status <= 599);
    ADD_LITERAL(b, "HTTP/1.1 ");
    if (status == 200) {
        ADD_LITERAL(b, "200 OK");
        return;
    }
    add_number(b, (size_t)status);
    ADD_LITERAL(b, " ");
    add_text(b, http_reason(status));
}

/* In one piece: there are many. */
static void add_field(struct buffer *b, const struct http_header *field)
{
    size_t name_n = field->name_n, value_n = field->value_n;
    uint8_t *at = b->at + b->n;
    must(name_n + value_n + 4 <= b->room - b->n);
    memcpy(at, "\r\n", 2);
    memcpy(at + 2, field->name, name_n);
    memcpy(at + 2 + name_n, ": ", 2);
    memcpy(at + 4 + name_n, field->value, value_n);
    b->n += name_n + value_n + 4;
}

struct buffer *http_reply_write(const struct http_writer *writer,
                                const struct http_response *response, struct http_reply_how how)
{
    bool length = has_length(response->status);
    bool body = length && !how.head_only;
    struct buffer *b = buffer_take(writer->pool, room_for(response, body));
    if (b == NULL)
        return NULL;
    add_status(b, response->status);
    ADD_LITERAL(b, "\r\nDate: ");
    add_text(b, date_text(writer));
    for (size_t i = 0; i < response->headers_n; i++)
        add_field(b, &response->headers[i]);
    if (length) {
        ADD_LITERAL(b, "\r\nContent-Length: ");
        add_number(b, response->body.n);
    }
    if (how.close)
        ADD_LITERAL(b, "\r\nConnection: close");
    else if (how.keep_alive)
        ADD_LITERAL(b, "\r\nConnection: keep-alive");
    ADD_LITERAL(b, "\r\n\r\n");
    if (body)
        buffer_add(b, response->body.at, response->body.n);
    return b;
}

void http_reply_problem(struct arena *a, const struct http_refusal *refusal,
                        struct http_response *response)
{
    const char *text = text_printf(a, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d}",
                                   http_reason(refusal->status), refusal->status);
    response->body = bytes_of(text);
    http_response_header(response, "Content-Type", "application/problem+json");
    http_response_header(response, "Cache-Control", "no-store");
}

void http_reply_refuse(struct arena *a, int status, int64_t retry_after,
                       struct http_response *response)
{
    response->status = status;
    response->close = true;
    /* RFC 9110 10.2.1: a 405 names what is allowed. */
    if (status == 405)
        http_response_header(response, "Allow", allow);
    if (retry_after > 0)
        http_response_header(response, "Retry-After",
                             text_printf(a, "%lld", (long long)retry_after));
}
