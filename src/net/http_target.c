/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_target.h"

#include "net/ascii.h"

#include <string.h>

/*
 * An escaped character beyond ASCII at the beginning of `rest`: how many bytes its escapes take, 0
 * if they are not well-formed UTF-8.
 */
static size_t escaped_character(struct bytes rest)
{
    uint8_t bytes[4];
    size_t n = 0;
    while (n < sizeof bytes) {
        size_t from = 3 * n < rest.n ? 3 * n : rest.n;
        int byte = ascii_escape((struct bytes){ rest.at + from, rest.n - from });
        if (byte < 0x80)
            break;
        bytes[n++] = (uint8_t)byte;
    }
    return 3 * utf8_length(bytes, n);
}

/* Checks the escape at the beginning of `rest`; `n` is how many bytes it takes. */
static const char *check_path_escape(struct bytes rest, size_t *n)
{
    int byte = ascii_escape(rest);
    *n = 3;
    if (byte < 0)
        return "bad escape in the path";
    if (byte < ' ' || byte == 0x7f)
        return "escaped control character in the path";
    if (byte == '/' || byte == '\\')
        return "escaped slash or backslash in the path";
    /* RFC 3986 6.2.2.2: the canonical form does not escape these. */
    if (ascii_in(&ascii_unreserved, (uint8_t)byte))
        return "needless escape in the path";
    if (byte < 0x80)
        return NULL;
    *n = escaped_character(rest);
    return *n == 0 ? "the path is not UTF-8" : NULL;
}

static const char *check_path_characters(struct bytes path)
{
    const struct ascii_set plain = ascii_path;
    for (size_t i = 0, n = 0; i < path.n; i += n) {
        uint8_t c = path.at[i];
        n = 1;
        if (ascii_in(&plain, c) && c != ';')
            continue;
        const char *why = "forbidden character in the path";
        if (c == '%')
            why = check_path_escape((struct bytes){ path.at + i, path.n - i }, &n);
        if (why != NULL)
            return why;
    }
    return NULL;
}

/* Escaped dots were refused, so "." and ".." stand for themselves. */
static const char *check_path_segments(struct bytes path)
{
    for (size_t begin = 1, n = 0; begin <= path.n; begin += n + 1) {
        const uint8_t *at = path.at + begin;
        const uint8_t *slash = memchr(at, '/', path.n - begin);
        n = slash == NULL ? path.n - begin : (size_t)(slash - at);
        if (n == 0 && slash != NULL)
            return "empty segment in the path";
        bool dots = n > 0 && n <= 2 && at[0] == '.' && at[n - 1] == '.';
        if (dots)
            return "dot segment in the path";
    }
    return NULL;
}

static const char *check_path(struct bytes path)
{
    const char *why = check_path_characters(path);
    return why != NULL ? why : check_path_segments(path);
}

static const char *check_query(struct bytes query)
{
    for (size_t i = 0; i < query.n; i++) {
        if (ascii_in(&ascii_query_loose, query.at[i]))
            continue;
        if (query.at[i] != '%')
            return "forbidden character in the query";
        if (ascii_escape((struct bytes){ query.at + i, query.n - i }) <= 0)
            return "bad escape in the query";
        i += 2;
    }
    return NULL;
}

static struct http_run run(size_t from, size_t to)
{
    return (struct http_run){ (uint16_t)from, (uint16_t)(to - from) };
}

/* The length of "http://" or "https://" at the beginning, else 0. */
static size_t scheme_length(struct bytes target)
{
    if (target.n > 0 && target.at[0] == '/')
        return 0;
    if (target.n >= 7 && ascii_equal((struct bytes){ target.at, 7 }, "http://"))
        return 7;
    if (target.n >= 8 && ascii_equal((struct bytes){ target.at, 8 }, "https://"))
        return 8;
    return 0;
}

const char *http_target_read(struct bytes target, struct http_target *out)
{
    struct http_target found = { .query.n = 0 };
    size_t at = scheme_length(target);
    size_t begin = at;
    if (at == 0 && (target.n == 0 || target.at[0] != '/'))
        return "the target is neither a path nor an absolute URL";
    while (begin > 0 && at < target.n && target.at[at] != '/' && target.at[at] != '?')
        at++;
    found.authority = run(begin, at);
    if (begin > 0 && at == begin)
        return "the target has no host";
    const uint8_t *mark = target.n == at ? NULL : memchr(target.at + at, '?', target.n - at);
    size_t end = mark == NULL ? target.n : (size_t)(mark - target.at);
    found.path = run(at, end);
    found.query = mark == NULL ? run(end, end) : run(end + 1, target.n);
    const char *why = check_path((struct bytes){ target.at + at, end - at });
    if (why == NULL)
        why = check_query((struct bytes){ target.at + found.query.at, found.query.n });
    if (why == NULL)
        *out = found;
    return why;
}

size_t http_path_decode(struct bytes path, char *out)
{
    size_t n = 0, i = 0;
    if (path.n == 0)
        out[n++] = '/';
    else if (memchr(path.at, '%', path.n) == NULL) {
        memcpy(out, path.at, path.n);
        n = i = path.n;
    }
    for (; i < path.n; i++) {
        uint8_t c = path.at[i];
        int byte = c == '%' ? ascii_escape((struct bytes){ path.at + i, path.n - i }) : -1;
        out[n++] = (char)(byte < 0 ? c : byte);
        i += byte < 0 ? 0 : 2;
    }
    out[n++] = '\0';
    return n;
}
