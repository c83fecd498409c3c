/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_DESCRIBE_H
#define UAUTH_APP_DESCRIBE_H

/*
 * The tables that say what the service does, as pages: the same rows that the code reads.  A page
 * is a table with some words before it; one that has a form of its own writes itself.
 */

#include "base/ctx.h"
#include "base/text.h"

/* A table being filled: rows of `columns` cells. */
struct described {
    struct arena *arena;
    const char *const *titles; /* in capitals only where the words are */
    size_t columns;
    const char **cells;
    size_t rows, room;
};

/* Adds a row; `cells` are as many as there are columns, NULL for an empty one. */
void described_add(struct described *d, const char *const *cells);

struct describe_page {
    const char *name; /* "settings"; one with an extension is a file of that kind by itself */
    const char *title;
    const char *intro;
    const char *const *titles;
    size_t columns;
    void (*fill)(struct described *d);
    const char *(*write)(struct ctx *c); /* instead of the table; or NULL */
};

/* All pages, in the order of `uauth describe`. */
const struct describe_page *const *describe_pages(size_t *n);

/* Markdown, or JSON: an array of objects with the titles as names. */
const char *describe_markdown(struct ctx *c, const struct describe_page *page);
const char *describe_json(struct ctx *c, const struct describe_page *page);

extern const struct describe_page describe_settings, describe_errors, describe_rules,
    describe_permissions, describe_events, describe_kv, describe_jobs, describe_commands,
    describe_api, describe_limits, describe_openapi, describe_realm;

#endif
