/* SPDX-License-Identifier: Apache-2.0 */
#include "web/route_path.h"

#include "net/ascii.h"

#include <string.h>

void path_split(const char *path, struct path_segments *out)
{
    out->n = 0;
    if (path[0] != '/' || path[1] == '\0')
        return;
    for (const char *at = path; *at == '/' && out->n <= PATH_SEGMENTS_MAX; out->n++) {
        size_t n = strcspn(++at, "/");
        if (out->n < PATH_SEGMENTS_MAX)
            out->at[out->n] = (struct bytes){ (const uint8_t *)at, n };
        at += n;
    }
}

static bool same(struct bytes a, struct bytes b)
{
    return a.n == b.n && memcmp(a.at, b.at, a.n) == 0;
}

static bool is_name(struct bytes text)
{
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.at[i];
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_')
            return false;
    }
    return text.n > 0;
}

static bool is_literal(struct bytes text)
{
    bool dots = true;
    for (size_t i = 0; i < text.n; i++) {
        if (!ascii_in(&ascii_unreserved, text.at[i]))
            return false;
        dots = dots && text.at[i] == '.';
    }
    return !dots;
}

static bool read_segment(struct arena *a, struct bytes text, struct route_segment *out)
{
    if (text.n == 1 && text.at[0] == '*') {
        *out = (struct route_segment){ .kind = SEGMENT_REST };
        return true;
    }
    if (text.n > 2 && text.at[0] == '{' && text.at[text.n - 1] == '}') {
        struct bytes name = { text.at + 1, text.n - 2 };
        *out = (struct route_segment){ .kind = SEGMENT_PARAM };
        if (!is_name(name))
            return false;
        out->name = text_copy(a, (const char *)name.at, name.n);
        return true;
    }
    *out = (struct route_segment){ .kind = SEGMENT_LITERAL, .text = text };
    return is_literal(text);
}

/* How many parameters there are; too many if two have one name. */
static size_t count_params(const struct route_path *path)
{
    size_t params = 0;
    for (size_t i = 0; i < path->n; i++) {
        if (path->at[i].kind != SEGMENT_PARAM)
            continue;
        params++;
        for (size_t k = 0; k < i; k++) {
            if (path->at[k].kind == SEGMENT_PARAM && text_equal(path->at[k].name, path->at[i].name))
                return ROUTE_PARAMS_MAX + 1;
        }
    }
    return params;
}

bool route_path_read(struct arena *a, const char *text, struct route_path *out)
{
    struct path_segments segments;
    if (text == NULL || text[0] != '/')
        return false;
    path_split(text, &segments);
    if (segments.n > PATH_SEGMENTS_MAX)
        return false;
    *out = (struct route_path){ .text = text, .fixed = strcspn(text, "{*") };
    for (size_t i = 0; i < segments.n; i++) {
        if (!read_segment(a, segments.at[i], &out->at[i]))
            return false;
        if (out->at[i].kind == SEGMENT_REST && i + 1 < segments.n)
            return false;
        out->n++;
    }
    return count_params(out) <= ROUTE_PARAMS_MAX;
}

bool route_path_alike(const struct route_path *a, const struct route_path *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        bool literal = a->at[i].kind == SEGMENT_LITERAL;
        if (a->at[i].kind != b->at[i].kind || (literal && !same(a->at[i].text, b->at[i].text)))
            return false;
    }
    return true;
}

static int rank(const struct route_segment *a, const struct route_segment *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->kind != SEGMENT_LITERAL)
        return 0;
    size_t n = a->text.n < b->text.n ? a->text.n : b->text.n;
    int order = memcmp(a->text.at, b->text.at, n);
    return order != 0 ? order : (a->text.n > b->text.n) - (a->text.n < b->text.n);
}

int route_path_rank(const struct route_path *a, const struct route_path *b)
{
    for (size_t i = 0; i < a->n && i < b->n; i++) {
        int order = rank(&a->at[i], &b->at[i]);
        if (order != 0)
            return order;
    }
    return (a->n > b->n) - (a->n < b->n);
}

bool route_path_fits(const struct route_path *row, const struct path_segments *segments)
{
    for (size_t i = 0; i < row->n; i++) {
        const struct route_segment *segment = &row->at[i];
        if (segment->kind == SEGMENT_REST)
            return true;
        if (i >= segments->n)
            return false;
        struct bytes given = segments->at[i];
        bool right = segment->kind == SEGMENT_LITERAL ? same(segment->text, given)
                                                      : given.n > 0 && given.n <= PATH_PARAM_MAX;
        if (!right)
            return false;
    }
    return segments->n == row->n;
}
