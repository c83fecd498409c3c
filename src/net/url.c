/* SPDX-License-Identifier: Apache-2.0 */
#include "net/url.h"

#include "net/address.h"
#include "net/ascii.h"

#include <string.h>

/* Takes what stands before the first of `stops` off `rest`; all of it if there is none. */
static struct bytes take_until(struct bytes *rest, const char *stops)
{
    size_t n = 0;
    while (n < rest->n && strchr(stops, rest->at[n]) == NULL)
        n++;
    struct bytes taken = { rest->at, n };
    *rest = (struct bytes){ rest->at + n, rest->n - n };
    return taken;
}

static bool take(struct bytes *rest, const char *text)
{
    size_t n = strlen(text);
    if (rest->n < n || memcmp(rest->at, text, n) != 0)
        return false;
    *rest = (struct bytes){ rest->at + n, rest->n - n };
    return true;
}

/* Characters of `set` and escapes of bytes that are no controls. */
static bool holds_only(struct bytes text, const struct ascii_set *set)
{
    for (size_t i = 0; i < text.n; i++) {
        if (ascii_in(set, text.at[i]))
            continue;
        int byte = ascii_escape((struct bytes){ text.at + i, text.n - i });
        if (byte < ' ' || byte == 0x7f)
            return false;
        i += 2;
    }
    return true;
}

/* "." or "..", each dot plain or escaped. */
static bool is_dot_segment(struct bytes segment)
{
    size_t dots = 0;
    for (size_t i = 0; i < segment.n; i++, dots++) {
        struct bytes rest = { segment.at + i, segment.n - i };
        if (ascii_escape(rest) == '.')
            i += 2;
        else if (segment.at[i] != '.')
            return false;
    }
    return dots == 1 || dots == 2;
}

static bool is_path(struct bytes path)
{
    struct bytes rest = path;
    if (path.n > 0 && path.at[0] != '/')
        return false;
    while (take(&rest, "/"))
        if (is_dot_segment(take_until(&rest, "/")))
            return false;
    return holds_only(path, &ascii_path);
}

/* RFC 3986 3.1, of the kinds that url.h names. */
static bool read_scheme(struct arena *a, struct bytes *rest, struct url *out)
{
    struct bytes scheme = take_until(rest, ":");
    bool dot = false;
    if (!take(rest, ":") || scheme.n == 0)
        return false;
    for (size_t i = 0; i < scheme.n; i++) {
        uint8_t c = ascii_lower(scheme.at[i]);
        bool letter = c >= 'a' && c <= 'z';
        bool other = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
        if (!letter && (i == 0 || !other))
            return false;
        dot = dot || c == '.';
    }
    out->scheme = text_lower(a, text_copy(a, (const char *)scheme.at, scheme.n));
    return dot || text_equal(out->scheme, "https") || text_equal(out->scheme, "http");
}

static bool read_authority(struct arena *a, struct bytes *rest, struct url *out)
{
    struct host_parts parts = { .is = URL_HOST_NONE };
    if (!take(rest, "//"))
        return strchr(out->scheme, '.') != NULL && rest->n > 0 && rest->at[0] == '/';
    /* User information would need an '@', which no host has. */
    if (!host_split(take_until(rest, "/?#"), &parts))
        return false;
    out->host_is = parts.is;
    out->host = host_text(a, &parts);
    out->port = parts.port;
    return true;
}

/* What begins with `sign`, if it does, up to the first of `stops`. */
static bool read_part(struct arena *a, struct bytes *rest, const char *sign, const char *stops,
                      const char **out)
{
    if (!take(rest, sign))
        return true;
    struct bytes part = take_until(rest, stops);
    if (!holds_only(part, &ascii_query))
        return false;
    *out = text_copy(a, (const char *)part.at, part.n);
    return true;
}

bool url_parse(struct arena *a, struct bytes text, struct url *out)
{
    struct url found = { .path = "" };
    struct bytes rest = text;
    if (text.n > URL_MAX || (text.n > 0 && memchr(text.at, '\0', text.n) != NULL))
        return false;
    if (!read_scheme(a, &rest, &found) || !read_authority(a, &rest, &found))
        return false;
    struct bytes path = take_until(&rest, "?#");
    if (!is_path(path))
        return false;
    found.path = text_copy(a, (const char *)path.at, path.n);
    if (!read_part(a, &rest, "?", "#", &found.query) ||
        !read_part(a, &rest, "#", "", &found.fragment))
        return false;
    *out = found;
    return true;
}

static uint16_t default_port(const char *scheme)
{
    if (text_equal(scheme, "https"))
        return 443;
    return text_equal(scheme, "http") ? 80 : 0;
}

uint16_t url_port(const struct url *url)
{
    return url->port != 0 ? url->port : default_port(url->scheme);
}

static void add_authority(struct text_buffer *b, const struct url *url)
{
    if (url->host_is == URL_HOST_NONE)
        return;
    bool v6 = url->host_is == URL_HOST_IPV6;
    text_addf(b, "//%s%s%s", v6 ? "[" : "", url->host, v6 ? "]" : "");
    if (url->port != 0 && url->port != default_port(url->scheme))
        text_addf(b, ":%u", (unsigned)url->port);
}

const char *url_write(struct arena *a, const struct url *url)
{
    struct text_buffer b = text_buffer(a);
    text_addf(&b, "%s:", url->scheme);
    add_authority(&b, url);
    text_add(&b, url->path);
    if (url->query != NULL)
        text_addf(&b, "?%s", url->query);
    if (url->fragment != NULL)
        text_addf(&b, "#%s", url->fragment);
    return text_of(&b);
}

const char *url_origin(struct arena *a, const struct url *url)
{
    struct text_buffer b = text_buffer(a);
    text_addf(&b, "%s:", url->scheme);
    add_authority(&b, url);
    return text_of(&b);
}

bool url_is_loopback(const struct url *url)
{
    struct address address;
    if (url->host_is == URL_HOST_NONE)
        return false;
    if (url->host_is == URL_HOST_NAME)
        return text_equal(url->host, "localhost");
    return address_parse(bytes_of(url->host), &address) && address_is_loopback(&address);
}

bool url_is_private(const struct url *url)
{
    return text_equal(url->scheme, "https") ||
           (text_equal(url->scheme, "http") && url_is_loopback(url));
}
