/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_parser.h"

#include "base/result.h"
#include "base/word.h"
#include "net/ascii.h"
#include "net/host.h"
#include "net/http_fields.h"
#include "net/http_target.h"

#include <stddef.h>
#include <string.h>

enum { METHOD_MAX = 32, VERSION_LENGTH = 8 };

/* Where http_head_read stands inside the head. */
enum scan_state {
    AT_BEGIN,
    AT_EMPTY_LINE,
    IN_METHOD,
    IN_TARGET,
    IN_VERSION,
    AT_LINE_END,
    AT_FIELD,
    IN_FIELD,
    AT_HEAD_END,
    AT_END
};

static enum http_step refuse(struct http_refusal *refusal, int status, const char *why)
{
    *refusal = (struct http_refusal){ status, why };
    return HTTP_REFUSED;
}

static enum http_step refuse_step(struct http_refusal *refusal, const char *why)
{
    return refuse(refusal, 400, why);
}

/* The byte behind a CR. */
static const char *scan_line_feed(struct http_scan *scan, uint8_t c, enum scan_state next)
{
    scan->state = (uint8_t)next;
    return c == '\n' ? NULL : "carriage return without line feed";
}

/* A byte of the request line (RFC 9112 3), which is printable ASCII. */
static const char *scan_request_line(struct http_scan *scan, uint8_t c)
{
    bool version = scan->state == IN_VERSION;
    if (c == '\r' && version) {
        scan->state = AT_LINE_END;
        return NULL;
    }
    if (c < ' ' || c >= 0x7f)
        return c == '\n' ? "line feed without carriage return" : "bad byte in the request line";
    if (c == ' ' && version)
        return "space in the version";
    if (c == ' ')
        scan->state++;
    return NULL;
}

/* Steps over bytes from `at` on, before `end`, that mean nothing to the scan. */
static size_t skip_plain(struct bytes in, size_t at, size_t end, uint8_t lowest)
{
    for (; at < end && end - at >= WORD_BYTES; at += WORD_BYTES) {
        uint64_t word = word_at(in.at + at);
        uint64_t meant = word_below(word, lowest) | word_has(word, 0x7f);
        if (meant != 0)
            return at + word_first(meant);
    }
    while (at < end && in.at[at] >= lowest && in.at[at] != 0x7f)
        at++;
    return at;
}

/* Steps over the end of a line and the first byte of the field behind it; whether that is what
 * stands there. */
static bool skip_line_end(struct http_scan *scan, struct bytes in, size_t end)
{
    const uint8_t *at = in.at + scan->at;
    if (scan->at >= end || end - scan->at < 3 || at[0] != '\r' || at[1] != '\n' || at[2] <= ' ' ||
        at[2] == 0x7f)
        return false;
    scan->at += 3;
    scan->state = IN_FIELD;
    return true;
}

static void skip_lines(struct http_scan *scan, struct bytes in, size_t end)
{
    do
        scan->at = (uint32_t)skip_plain(in, scan->at, end, scan->state == IN_VERSION ? '!' : ' ');
    while (skip_line_end(scan, in, end));
}

/* Most bytes of a head stand inside of a field's line or of the target, where few end anything. */
static void skip(struct http_scan *scan, struct bytes in)
{
    size_t end = in.n < HTTP_HEAD_MAX ? in.n : HTTP_HEAD_MAX;
    if (scan->state == IN_FIELD || scan->state == IN_VERSION)
        skip_lines(scan, in, end);
    if (scan->state != IN_TARGET || scan->target >= HTTP_TARGET_MAX)
        return;
    size_t most = scan->at + (size_t)HTTP_TARGET_MAX - scan->target;
    size_t to = skip_plain(in, scan->at, end < most ? end : most, '!');
    scan->target += (uint32_t)(to - scan->at);
    scan->at = (uint32_t)to;
}

/* A byte of a field line (RFC 9112 5) or of the line end behind the fields. */
static const char *scan_field(struct http_scan *scan, uint8_t c)
{
    bool begins = scan->state == AT_FIELD;
    if (c == '\r') {
        scan->state = begins ? AT_HEAD_END : AT_LINE_END;
        return NULL;
    }
    if (begins && (c == ' ' || c == '\t'))
        return "folded field line";
    if ((c < ' ' && c != '\t') || c == 0x7f)
        return c == '\n' ? "line feed without carriage return" : "control character in a field";
    scan->state = IN_FIELD;
    return NULL;
}

/* Takes one byte; NULL, or why it cannot stand there. */
static const char *scan_byte(struct http_scan *scan, uint8_t c)
{
    switch ((enum scan_state)scan->state) {
    case AT_BEGIN:
        if (c == '\r') {
            scan->state = AT_EMPTY_LINE;
            return NULL;
        }
        scan->state = IN_METHOD;
        return scan_request_line(scan, c);
    case AT_EMPTY_LINE:
        return scan_line_feed(scan, c, IN_METHOD);
    case IN_METHOD:
    case IN_TARGET:
    case IN_VERSION:
        return scan_request_line(scan, c);
    case AT_LINE_END:
        return scan_line_feed(scan, c, AT_FIELD);
    case AT_FIELD:
    case IN_FIELD:
        return scan_field(scan, c);
    case AT_HEAD_END:
        return scan_line_feed(scan, c, AT_END);
    case AT_END:
        break;
    }
    return NULL;
}

/* What is too long to go on reading. */
static int scan_excess(struct http_scan *scan)
{
    if (scan->state == IN_METHOD && scan->at > METHOD_MAX + 2)
        return 400;
    if (scan->state == IN_TARGET && scan->target++ > HTTP_TARGET_MAX)
        return 414;
    return scan->at > HTTP_HEAD_MAX ? 431 : 0;
}

/* Looks for the end of the head from where the last call came to. */
static enum http_step scan_head(struct http_scan *scan, struct bytes in,
                                struct http_refusal *refusal)
{
    for (skip(scan, in); scan->at < in.n && scan->state != AT_END; skip(scan, in)) {
        const char *why = scan_byte(scan, in.at[scan->at++]);
        if (why != NULL)
            return refuse_step(refusal, why);
        int excess = scan_excess(scan);
        if (excess != 0)
            return refuse(refusal, excess,
                          excess == 400   ? "the method is too long"
                          : excess == 414 ? "the target is too long"
                                          : "the head is too long");
    }
    return scan->state == AT_END ? HTTP_READY : HTTP_MORE;
}

static struct bytes bytes_at(struct bytes in, struct http_run run)
{
    return (struct bytes){ in.at + run.at, run.n };
}

static enum http_step read_method(struct bytes name, struct http_head *head,
                                  struct http_refusal *refusal)
{
    for (size_t i = 0; i < name.n; i++)
        if (!ascii_in(&ascii_token, name.at[i]))
            return refuse_step(refusal, "the method is not a token");
    if (name.n == 0)
        return refuse_step(refusal, "no method");
    for (int i = 0; i < HTTP_METHODS; i++) {
        const char *known = http_method_name((enum http_method)i);
        if (name.n == strlen(known) && memcmp(name.at, known, name.n) == 0) {
            head->method = (enum http_method)i;
            return HTTP_READY;
        }
    }
    /* RFC 9110 9.1: 501 for a method that is not known, 405 for one that is not allowed anywhere.
     */
    bool known = (name.n == 7 && memcmp(name.at, "CONNECT", 7) == 0) ||
                 (name.n == 5 && memcmp(name.at, "TRACE", 5) == 0);
    return refuse(refusal, known ? 405 : 501, "the method is not offered");
}

static enum http_step read_version(struct bytes version, struct http_head *head,
                                   struct http_refusal *refusal)
{
    if (version.n != VERSION_LENGTH || memcmp(version.at, "HTTP/", 5) != 0 || version.at[6] != '.')
        return refuse_step(refusal, "the version is not HTTP/1.1");
    uint8_t major = version.at[5];
    uint8_t minor = version.at[7];
    if (major < '0' || major > '9' || minor < '0' || minor > '9')
        return refuse_step(refusal, "the version is not HTTP/1.1");
    if (major != '1' || minor > '1')
        return refuse(refusal, 505, "the version is not HTTP/1.1 or HTTP/1.0");
    head->minor_1 = minor == '1';
    return HTTP_READY;
}

/*
 * RFC 9112 3.  `line` begins with the method and runs to the end of `in`; `authority` is that of an
 * absolute target.
 */
static enum http_step read_request_line(struct bytes in, size_t begin, struct http_head *head,
                                        struct http_run *authority, struct http_refusal *refusal)
{
    /* The scan saw two spaces and the line end. */
    const uint8_t *line = in.at + begin;
    const uint8_t *target = (const uint8_t *)memchr(line, ' ', in.n - begin) + 1;
    const uint8_t *version =
        (const uint8_t *)memchr(target, ' ', in.n - (size_t)(target - in.at)) + 1;
    const uint8_t *end = memchr(version, '\r', in.n - (size_t)(version - in.at));
    struct http_target parts;
    enum http_step step =
        read_version((struct bytes){ version, (size_t)(end - version) }, head, refusal);
    if (step == HTTP_READY)
        step = read_method((struct bytes){ line, (size_t)(target - line) - 1 }, head, refusal);
    if (step != HTTP_READY)
        return step;
    const char *why =
        http_target_read((struct bytes){ target, (size_t)(version - target) - 1 }, &parts);
    if (why != NULL)
        return refuse_step(refusal, why);
    uint16_t offset = (uint16_t)(target - in.at);
    head->path = (struct http_run){ (uint16_t)(parts.path.at + offset), parts.path.n };
    head->query = (struct http_run){ (uint16_t)(parts.query.at + offset), parts.query.n };
    *authority = (struct http_run){ (uint16_t)(parts.authority.at + offset), parts.authority.n };
    return HTTP_READY;
}

/* RFC 9112 3.2.2: the host of an absolute target is the one that Host names. */
static enum http_step check_authority(struct bytes in, struct http_run authority,
                                      const struct http_head *head, struct http_refusal *refusal)
{
    if (authority.n == 0)
        return HTTP_READY;
    bool same = authority.n == head->host.n;
    for (uint16_t i = 0; same && i < authority.n; i++)
        same = ascii_lower(in.at[authority.at + i]) == ascii_lower(in.at[head->host.at + i]);
    return same ? HTTP_READY : refuse_step(refusal, "the target and Host name different hosts");
}

static enum http_step read_complete(struct bytes in, struct http_head *head,
                                    struct http_refusal *refusal)
{
    struct http_run authority = { 0 };
    size_t begin = in.at[0] == '\r' ? 2 : 0;
    /* Of the fields, which are most of it, there are none yet. */
    memset(head, 0, offsetof(struct http_head, fields));
    enum http_step step = read_request_line(in, begin, head, &authority, refusal);
    if (step == HTTP_READY)
        step = http_fields_read(in, head, refusal);
    return step == HTTP_READY ? check_authority(in, authority, head, refusal) : step;
}

enum http_step http_head_read(struct http_scan *scan, struct bytes in, struct http_head *head,
                              size_t *head_n, struct http_refusal *refusal)
{
    enum http_step step = scan_head(scan, in, refusal);
    if (step != HTTP_READY)
        return step;
    *head_n = scan->at;
    return read_complete((struct bytes){ in.at, scan->at }, head, refusal);
}

/* Copies a run as text behind `*at`, which it moves on. */
static const char *add_text(char **at, struct bytes run)
{
    char *text = *at;
    if (run.n > 0)
        memcpy(text, run.at, run.n);
    text[run.n] = '\0';
    *at = text + run.n + 1;
    return text;
}

static const char *add_lower(char **at, struct bytes run)
{
    char *text = *at;
    for (size_t i = 0; i < run.n; i++)
        text[i] = (char)ascii_lower(run.at[i]);
    text[run.n] = '\0';
    *at = text + run.n + 1;
    return text;
}

/* The bytes that all texts of the request take together, with their NULs. */
static size_t texts_length(const struct http_head *head)
{
    size_t n = (size_t)head->path.n + head->query.n + 3;
    for (size_t i = 0; i < head->fields_n; i++)
        n += (size_t)head->fields[i].name.n + head->fields[i].value.n + 2;
    return n;
}

struct http_request *http_request_new(struct arena *a, const struct http_head *head,
                                      struct bytes in)
{
    struct http_request *request = ARENA_NEW(a, struct http_request);
    struct http_header *headers = ARENA_NEWS(a, struct http_header, head->fields_n);
    char *at = arena_alloc(a, texts_length(head));
    request->method = head->method;
    request->minor_1 = head->minor_1;
    request->path = at;
    at += http_path_decode(bytes_at(in, head->path), at);
    request->query = add_text(&at, bytes_at(in, head->query));
    for (size_t i = 0; i < head->fields_n; i++) {
        headers[i].name = add_lower(&at, bytes_at(in, head->fields[i].name));
        headers[i].value = add_text(&at, bytes_at(in, head->fields[i].value));
    }
    request->headers = headers;
    request->headers_n = head->fields_n;
    struct host_parts host = { .host = bytes_at(in, head->host_name),
                               .is = (enum url_host)head->host_is };
    request->host = host_text(a, &host);
    return request;
}
