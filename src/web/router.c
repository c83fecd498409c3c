/* SPDX-License-Identifier: Apache-2.0 */
#include "web/router.h"

#include "web/guard.h"
#include "web/route_path.h"

#include <stdlib.h>
#include <string.h>

/* All rows of one path. */
struct place {
    struct route_path path;
    const struct route *rows[HTTP_METHODS];
    const char *allow;
    bool at_issuers; /* all of them have ISSUER, or none has */
};

/*
 * Places without parameters are found by a hash of their path; the others stand in `patterns`,
 * those that win before those they win over, and the first that fits is it.
 */
struct router {
    const struct route *rows;
    size_t rows_n;
    const struct place **table; /* open addressing, `mask` + 1 entries */
    size_t mask;
    const struct place **patterns;
    size_t patterns_n;
};

/* ---- building ---- */

/* What is wrong with the columns of a row, and what to do about it; NULL: nothing. */
static const char *fault_of(const struct route *row)
{
    if (row->guard == NULL)
        return "has no guard: give it one, or guard_open";
    if (row->limit == NULL || row->limit[0] == '\0')
        return "has no limit: name a class of the limits";
    if (row->handler == NULL)
        return "has no handler: give it one";
    if (row->summary == NULL || row->summary[0] == '\0')
        return "has no summary: say what it does";
    /* An empty requirement must never come to mean that everybody may (AZ-12). */
    if (row->permission != NULL && row->permission[0] == '\0')
        return "has an empty permission: name one, or NULL";
    bool anybody = row->guard->accepts == 0;
    if (anybody && (row->permission != NULL || (row->flags & RECENT) != 0))
        return "asks for a permission or a recent sign-in, but not who calls: give it a guard";
    if (!anybody && row->cost == INLINE)
        return "is INLINE and has a guard, which needs the database: make it PLAIN";
    return NULL;
}

/* HEAD comes with GET and OPTIONS with everything, so no row names them. */
static bool find_method(const char *name, enum http_method *out)
{
    for (unsigned i = 0; i < HTTP_METHODS; i++) {
        if (!text_equal(http_method_name((enum http_method)i), name))
            continue;
        *out = (enum http_method)i;
        return i != HTTP_HEAD && i != HTTP_OPTIONS;
    }
    return false;
}

static bool is_any(const struct route *row)
{
    return text_equal(row->method, "*");
}

/* Puts the row of "*" where no row names the method; false if there is one of "*" already. */
static bool put_any(struct place *place, const struct route *row)
{
    for (unsigned i = 0; i < HTTP_METHODS; i++) {
        if (place->rows[i] == NULL)
            place->rows[i] = row;
        else if (is_any(place->rows[i]))
            return false;
    }
    return true;
}

static bool put_row(struct place *place, const struct route *row)
{
    enum http_method method = HTTP_GET;
    if (!find_method(row->method, &method))
        return put_any(place, row);
    if (place->rows[method] != NULL && !is_any(place->rows[method]))
        return false;
    place->rows[method] = row;
    return true;
}

/* The places of all rows while they are gathered. */
struct gathered {
    struct place *at;
    size_t n;
};

static const char *gather(struct arena *a, struct gathered *g, const struct route *row)
{
    struct route_path path;
    enum http_method unused = HTTP_GET;
    if (row->method == NULL || !(find_method(row->method, &unused) || is_any(row)))
        return "has a method that is none: GET, POST, PUT, PATCH, DELETE or *";
    if (!route_path_read(a, row->path, &path))
        return "has a path that is not canonical: /segment/{param}/*";
    const char *fault = fault_of(row);
    if (fault != NULL)
        return fault;
    size_t i = 0;
    while (i < g->n && !route_path_alike(&g->at[i].path, &path))
        i++;
    bool at_issuers = (row->flags & ISSUER) != 0;
    if (i == g->n)
        g->at[g->n++] = (struct place){ .path = path, .at_issuers = at_issuers };
    else if (g->at[i].at_issuers != at_issuers)
        return "differs in ISSUER from an earlier row of that path: all have it, or none has";
    else if (!text_equal(g->at[i].path.text, path.text))
        return "names its parameters otherwise than an earlier row of that path: use one name";
    return put_row(&g->at[i], row) ? NULL : "stands twice: take one away";
}

/* The methods of the place: those of its rows, HEAD with GET, and OPTIONS. */
static void finish_place(struct arena *a, struct place *place)
{
    struct text_buffer b = text_buffer(a);
    place->rows[HTTP_HEAD] = place->rows[HTTP_GET];
    for (unsigned i = 0; i < HTTP_METHODS; i++) {
        if (place->rows[i] != NULL && i != HTTP_OPTIONS)
            text_addf(&b, "%s, ", http_method_name((enum http_method)i));
    }
    text_add(&b, http_method_name(HTTP_OPTIONS));
    place->allow = text_of(&b);
}

static int by_rank(const void *left, const void *right)
{
    const struct place *a = *(const struct place *const *)left;
    const struct place *b = *(const struct place *const *)right;
    return route_path_rank(&a->path, &b->path);
}

static size_t hash(const char *path)
{
    return (size_t)bytes_hash_here(bytes_of(path));
}

static void put_place(struct router *router, const struct place *place)
{
    const char *path = place->path.text;
    if (path[place->path.fixed] != '\0') {
        router->patterns[router->patterns_n++] = place;
        return;
    }
    size_t i = hash(path) & router->mask;
    while (router->table[i] != NULL)
        i = (i + 1) & router->mask;
    router->table[i] = place;
}

static struct router *index_of(struct arena *a, const struct gathered *g)
{
    struct router *router = ARENA_NEW(a, struct router);
    size_t room = 16;
    while (room < g->n * 4)
        room *= 2;
    router->mask = room - 1;
    router->table = ARENA_NEWS(a, const struct place *, room);
    router->patterns = ARENA_NEWS(a, const struct place *, g->n);
    for (size_t i = 0; i < g->n; i++) {
        finish_place(a, &g->at[i]);
        put_place(router, &g->at[i]);
    }
    qsort(router->patterns, router->patterns_n, sizeof *router->patterns, by_rank);
    return router;
}

RESULT router_new(struct ctx *c, struct arena *a, const struct route *rows, size_t n,
                  struct router **out)
{
    struct gathered g = { ARENA_NEWS(a, struct place, n), 0 };
    for (size_t i = 0; i < n; i++) {
        const char *fault = gather(a, &g, &rows[i]);
        if (fault != NULL)
            return fail(c, INTERNAL, "row %zu of the routes, %s %s, %s", i,
                        rows[i].method == NULL ? "?" : rows[i].method,
                        rows[i].path == NULL ? "?" : rows[i].path, fault);
    }
    struct router *router = index_of(a, &g);
    router->rows = rows;
    router->rows_n = n;
    *out = router;
    return ok();
}

/* ---- looking up ---- */

static const struct place *find_fixed(const struct router *router, const char *path)
{
    size_t i = hash(path) & router->mask;
    while (router->table[i] != NULL && strcmp(router->table[i]->path.text, path) != 0)
        i = (i + 1) & router->mask;
    return router->table[i];
}

static void take_params(const struct route_path *row, const struct path_segments *path,
                        struct route_match *out)
{
    for (size_t i = 0; i < row->n; i++) {
        if (row->at[i].kind == SEGMENT_PARAM)
            out->params[out->params_n++] = (struct path_param){ row->at[i].name, path->at[i] };
    }
}

static const struct place *find_pattern(const struct router *router, const char *path,
                                        struct route_match *out)
{
    struct path_segments segments;
    path_split(path, &segments);
    for (size_t i = 0; i < router->patterns_n; i++) {
        const struct place *place = router->patterns[i];
        /* What stands before the parameter; the slash behind it may be missing before a "*". */
        if (strncmp(place->path.text, path, place->path.fixed - 1) == 0 &&
            route_path_fits(&place->path, &segments)) {
            take_params(&place->path, &segments, out);
            return place;
        }
    }
    return NULL;
}

void router_find(const struct router *router, enum http_method method, const char *path,
                 struct route_match *out)
{
    /* Of the parameters, which are most of it, there are none yet. */
    out->route = NULL;
    out->allow = NULL;
    out->at_issuers = false;
    out->params_n = 0;
    const struct place *place = find_fixed(router, path);
    if (place == NULL && path[0] == '/')
        place = find_pattern(router, path, out);
    if (place == NULL)
        return;
    out->route = place->rows[method];
    out->allow = place->allow;
    out->at_issuers = place->at_issuers;
}

const struct route *router_rows(const struct router *router, size_t *n)
{
    *n = router->rows_n;
    return router->rows;
}
