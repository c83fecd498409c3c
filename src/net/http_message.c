/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_message.h"

#include "base/result.h"
#include "base/text.h"
#include "base/word.h"

#include <string.h>

static const char *const method_names[HTTP_METHODS] = {
    [HTTP_GET] = "GET",         [HTTP_HEAD] = "HEAD",   [HTTP_POST] = "POST",
    [HTTP_PUT] = "PUT",         [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
    [HTTP_OPTIONS] = "OPTIONS",
};

struct reason {
    int status;
    const char *text;
};

/* clang-format off */
/* RFC 9110 15, RFC 6585. */
static const struct reason reasons[] = {
    { 100, "Continue" },              { 200, "OK" },                    { 201, "Created" },
    { 202, "Accepted" },              { 204, "No Content" },            { 206, "Partial Content" },
    { 301, "Moved Permanently" },     { 302, "Found" },                 { 303, "See Other" },
    { 304, "Not Modified" },          { 307, "Temporary Redirect" },    { 308, "Permanent Redirect" },
    { 400, "Bad Request" },           { 401, "Unauthorized" },          { 403, "Forbidden" },
    { 404, "Not Found" },             { 405, "Method Not Allowed" },    { 406, "Not Acceptable" },
    { 408, "Request Timeout" },       { 409, "Conflict" },              { 410, "Gone" },
    { 411, "Length Required" },       { 412, "Precondition Failed" },   { 413, "Content Too Large" },
    { 414, "URI Too Long" },          { 415, "Unsupported Media Type" },{ 417, "Expectation Failed" },
    { 421, "Misdirected Request" },   { 422, "Unprocessable Content" }, { 428, "Precondition Required" },
    { 429, "Too Many Requests" },     { 431, "Request Header Fields Too Large" },
    { 500, "Internal Server Error" }, { 501, "Not Implemented" },       { 502, "Bad Gateway" },
    { 503, "Service Unavailable" },   { 504, "Gateway Timeout" },       { 505, "HTTP Version Not Supported" },
};
/* clang-format on */

const char *http_header(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->headers_n; i++)
        if (text_equal(request->headers[i].name, name))
            return request->headers[i].value;
    return NULL;
}

/* Whether there is no control among the next eight bytes. */
static bool has_no_control(const char *at)
{
    uint64_t word = word_at(at);
    return (word_below(word, ' ') | word_has(word, 0x7f)) == 0;
}

/* Text that cannot end a line early: visible characters, spaces, tabs, and what is above ASCII. */
static bool is_one_line(const char *text, size_t n)
{
    size_t i = 0;
    while (n - i >= WORD_BYTES && has_no_control(text + i))
        i += WORD_BYTES;
    /* Of the last ones some have been seen already. */
    if (i > 0 && n - i < WORD_BYTES && has_no_control(text + n - WORD_BYTES))
        return true;
    for (; i < n; i++) {
        uint8_t c = (uint8_t)text[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

/* Whether the next eight bytes are visible characters and no colons. */
static bool are_of_name(const char *at)
{
    uint64_t word = word_at(at);
    return (word_below(word, '!') | word_high(word) | word_has(word, ':') | word_has(word, 0x7f)) ==
           0;
}

/* The name of a field: visible characters, no colon. */
static bool is_name(const char *text, size_t n)
{
    size_t i = 0;
    while (n - i >= WORD_BYTES && are_of_name(text + i))
        i += WORD_BYTES;
    if (i > 0 && n - i < WORD_BYTES && are_of_name(text + n - WORD_BYTES))
        return true;
    while (i < n && text[i] > ' ' && text[i] < 0x7f && text[i] != ':')
        i++;
    return i > 0 && i == n;
}

static bool may_stand(const struct http_header *field)
{
    return is_name(field->name, field->name_n) && is_one_line(field->value, field->value_n);
}

static void add(struct http_response *response, const struct http_header *field)
{
    must(response->headers_n < HTTP_RESPONSE_HEADERS_MAX);
    response->headers[response->headers_n++] = *field;
}

void http_response_header(struct http_response *response, const char *name, const char *value)
{
    size_t name_n = strlen(name), value_n = strlen(value);
    must(name_n <= UINT32_MAX && value_n <= UINT32_MAX);
    struct http_header field = { name, value, (uint32_t)name_n, (uint32_t)value_n };
    must(may_stand(&field));
    add(response, &field);
}

void http_response_field(struct http_response *response, const struct http_header *field)
{
#ifdef UAUTH_TEST
    must(may_stand(field));
#endif
    add(response, field);
}

const char *http_method_name(enum http_method method)
{
    must((size_t)method < HTTP_METHODS);
    return method_names[method];
}

const char *http_reason(int status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].status == status)
            return reasons[i].text;
    return "";
}
