/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/uri_shown.h"

#include "net/url.h"
#include "web/cors.h"

#include <string.h>

enum { SHOWN_MAX = 180 };

const char *uri_shown(struct arena *a, const char *uri)
{
    if (uri == NULL)
        return NULL;
    size_t n = strcspn(uri, "?#");
    const char *head = text_copy(a, uri, n > SHOWN_MAX ? SHOWN_MAX : n);
    const char *authority = strstr(head, "://");
    const char *at = strrchr(head, '@');
    if (authority != NULL && at > authority)
        head = text_printf(a, "%.*s...%s", (int)(authority + 3 - head), head, at);
    if (n <= SHOWN_MAX && uri[n] == '\0')
        return head;
    return text_printf(a, "%s%s...", head, n <= SHOWN_MAX && uri[n] == '?' ? "?" : "");
}

const char *uri_place(struct arena *a, const char *uri)
{
    const char *origin = cors_origin(a, uri);
    const char *begin = origin == NULL ? NULL : strstr(origin, "://");
    return begin == NULL ? text_copy(a, uri, strcspn(uri, "?#")) : begin + 3;
}

const char *uris_shown(struct arena *a, struct texts uris)
{
    struct texts shown = { ARENA_NEWS(a, const char *, uris.n), 0 };
    for (size_t i = 0; i < uris.n; i++)
        shown.at[shown.n++] = uri_shown(a, uris.at[i]);
    return text_join(a, shown, " ");
}

/* How much of `a` and `b` is the same, from the begin and from the end. */
static size_t likeness(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), begin = 0, end = 0;
    while (begin < n && begin < m && a[begin] == b[begin])
        begin++;
    while (end < n - begin && end < m - begin && a[n - end - 1] == b[m - end - 1])
        end++;
    return begin + end;
}

static const char *nearest(struct texts registered, const char *uri)
{
    const char *best = NULL;
    size_t most = 0;
    for (size_t i = 0; i < registered.n; i++) {
        size_t same = likeness(registered.at[i], uri);
        if (best == NULL || same > most)
            best = registered.at[i];
        most = same > most ? same : most;
    }
    return best;
}

/* Whether one is the other with a slash at the end. */
static bool differ_by_slash(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    const char *longer = n > m ? a : b;
    size_t less = n > m ? m : n;
    return (n > m ? n - m : m - n) == 1 && longer[less] == '/' && strncmp(a, b, less) == 0;
}

static const char *difference(struct arena *a, const char *registered, const char *uri)
{
    struct url one, two;
    if (text_equal_nocase(registered, uri))
        return "upper and lower case differ";
    if (differ_by_slash(registered, uri))
        return "a slash at the end differs";
    if (!url_parse(a, bytes_of(uri), &two))
        return "it is no URI";
    if (!url_parse(a, bytes_of(registered), &one))
        return "it differs";
    if (!text_equal(one.scheme, two.scheme))
        return "the scheme differs";
    if (!text_equal(one.host, two.host))
        return "the host differs";
    if (url_port(&one) != url_port(&two))
        return "the port differs";
    if (!text_equal(one.path, two.path))
        return "the path differs";
    if (!text_equal(one.query, two.query))
        return "the query differs";
    return two.fragment != NULL ? "it has a fragment" : "it is written differently";
}

const char *uri_nearest(struct arena *a, struct texts registered, const char *uri)
{
    return uri_shown(a, nearest(registered, uri));
}

const char *uri_difference(struct arena *a, struct texts registered, const char *uri)
{
    const char *near = nearest(registered, uri);
    return text_printf(a, "%s (%s)", uri_shown(a, uri),
                       near == NULL ? "none is registered" : difference(a, near, uri));
}
