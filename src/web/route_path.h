/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_ROUTE_PATH_H
#define UAUTH_WEB_ROUTE_PATH_H

/*
 * The path of a row, taken apart, and whether the path of a request is one of those it stands for.
 * For router.c alone.
 */

#include "web/router.h"

/* In the order in which they win. */
enum segment_kind { SEGMENT_LITERAL, SEGMENT_PARAM, SEGMENT_REST };

struct route_segment {
    enum segment_kind kind;
    struct bytes text; /* of a literal */
    const char *name;  /* of a parameter */
};

struct route_path {
    const char *text;
    struct route_segment at[PATH_SEGMENTS_MAX];
    size_t n;
    size_t fixed; /* bytes before the first parameter or rest; all of them without one */
};

/* The path of a request, taken apart; `n` is PATH_SEGMENTS_MAX + 1 if there are more. */
struct path_segments {
    struct bytes at[PATH_SEGMENTS_MAX];
    size_t n;
};

/* "/a/b" is "a", "b"; "/" is nothing; "/a/" is "a", "". */
void path_split(const char *path, struct path_segments *out);

/*
 * Reads the path of a row: "/" or segments of unreserved characters, {parameters} each with a name
 * of its own, and at most one "*", which is the last.  False for anything else, more than
 * PATH_SEGMENTS_MAX segments or ROUTE_PARAMS_MAX parameters.
 */
bool route_path_read(struct arena *a, const char *text, struct route_path *out);

/* Whether both stand for exactly the same paths. */
bool route_path_alike(const struct route_path *a, const struct route_path *b);

/* Less than 0 if `a` wins over `b` where both fit: segment by segment, then the one that ends. */
int route_path_rank(const struct route_path *a, const struct route_path *b);

/* Whether the row stands for the path; `segments` is what path_split makes of it. */
bool route_path_fits(const struct route_path *row, const struct path_segments *segments);

#endif
