/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The path of a request against a table that has every kind of row.  Of an input that holds a line
 * break the part before it is the path of a row of its own, and what comes behind is asked for.
 */
#include "web/guard.h"
#include "web/route_path.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static err let_in(struct req *r)
{
    (void)r;
    return ok();
}

static const struct guard anybody = { "anybody", 0, let_in };

/* clang-format off */
#define ROW(method, path) { method, path, &anybody, NULL, "all", PROBLEM, NULL, NULL, let_in, "A row" }
static const struct route rows[] = {
    ROW("GET",    "/"),
    ROW("GET",    "/a"),
    ROW("POST",   "/a/b"),
    ROW("GET",    "/a/{x}"),
    ROW("GET",    "/a/{x}/c/{y}"),
    ROW("DELETE", "/{x}/b"),
    ROW("*",      "/v/*"),
    ROW("GET",    "/v/w"),
};
/* clang-format on */
enum { ROWS = sizeof rows / sizeof *rows };

static void check(const struct router *router, enum http_method method, const char *path)
{
    struct route_match match;
    router_find(router, method, path, &match);
    must(match.route == NULL || match.allow != NULL);
    must(match.params_n <= ROUTE_PARAMS_MAX);
    for (size_t i = 0; i < match.params_n; i++) {
        struct bytes value = match.params[i].value;
        must(value.n > 0 && value.n <= PATH_PARAM_MAX);
        must((const char *)value.at > path);
        must((const char *)value.at + value.n <= path + strlen(path));
        must(memchr(value.at, '/', value.n) == NULL);
    }
    /* What is found has just these segments. */
    if (match.route != NULL && strpbrk(match.route->path, "{*") == NULL)
        must(text_equal(match.route->path, path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 8192 || memchr(data, 0, size) != NULL)
        return -1;
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    must(a != NULL);
    struct ctx c = { .arena = a };
    struct router *router = NULL;
    const char *text = text_copy(a, (const char *)data, size);
    const char *line = strchr(text, '\n');
    const char *path = line == NULL ? text : line + 1;
    struct route table[ROWS + 1];
    memcpy(table, rows, sizeof rows);
    size_t n = ROWS;
    if (line != NULL) {
        struct route own = ROW("PUT", text_copy(a, text, (size_t)(line - text)));
        memcpy(&table[n++], &own, sizeof own);
    }
    if (router_new(&c, a, table, n, &router).code != ERR_OK) {
        must(line != NULL && router == NULL);
        must(router_new(&c, a, rows, ROWS, &router).code == ERR_OK);
    }
    for (unsigned method = 0; method < HTTP_METHODS; method++)
        check(router, (enum http_method)method, path);
    arena_end(a);
    return 0;
}
