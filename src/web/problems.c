/* SPDX-License-Identifier: Apache-2.0 */
#include "web/problems.h"

#include "base/shape.h"
#include "web/door.h"
#include "web/media.h"
#include "web/page.h"
#include "web/reply.h"

enum problem_row {
#define PROBLEM(name, meaning, developer, person) ROW_##name,
#include "web/problems.def"
#undef PROBLEM
    ROWS
};
_Static_assert((int)ROWS + 1 == (int)ERR_CODES, "problems.def has a row that errors.def has not");

static const struct problem rows[ROWS] = {
#define PROBLEM(name, meaning, developer, person) { meaning, developer, person },
#include "web/problems.def"
#undef PROBLEM
};

/* Names the row of each error: one that problems.def lacks does not compile. */
static const enum problem_row row_of[ERR_CODES] = {
#define ERR(name, status, oauth, title) [ERR_##name] = ROW_##name,
#include "base/errors.def"
#undef ERR
};

const struct problem *problem_of(enum err_code code)
{
    must(code > ERR_OK && code < ERR_CODES);
    return &rows[row_of[code]];
}

const char *problem_type(struct arena *a, const char *issuer, enum err_code code)
{
    return text_printf(a, "%s/problems/%s", issuer, err_slug(code));
}

struct problem_type {
    const char *type, *title;
    int64_t status;
    const char *oauth_error, *meaning, *developer, *person;
};
LOCAL_SHAPE(problem_type,
            FIELD(problem_type, type, REQUIRED, 1, 0, "The type, and where it is explained"),
            FIELD(problem_type, title, REQUIRED, 1, 0, "The title that a failure carries"),
            FIELD(problem_type, status, REQUIRED, 400, 599, "The HTTP status"),
            FIELD(problem_type, oauth_error, REQUIRED, 1, 0, "The error at OAuth 2.0 endpoints"),
            FIELD(problem_type, meaning, REQUIRED, 1, 0, "What it means"),
            FIELD(problem_type, developer, REQUIRED, 1, 0,
                  "What whoever builds an application does"),
            FIELD(problem_type, person, REQUIRED, 1, 0, "What whoever uses one does"));

struct problem_types {
    struct items problems;
};
LOCAL_SHAPE(problem_types,
            FIELD_OF(problem_types, problems, REQUIRED, 0, 0, &problem_type_shape, "All types"));

static struct problem_type type_of(struct req *r, enum err_code code)
{
    const struct err_row *row = err_row(code);
    const struct problem *problem = problem_of(code);
    return (struct problem_type){
        .type = problem_type(r->c->arena, r->door->issuer, code),
        .title = row->title,
        .status = row->status,
        .oauth_error = row->oauth,
        .meaning = problem->meaning,
        .developer = problem->developer,
        .person = problem->person,
    };
}

/* JSON for who asks for it; what a browser or nobody in particular asks for is the page. */
static bool wants_json(struct req *r)
{
    reply_header(r, "Vary", "Accept");
    return media_prefers(http_header(r->http, "accept"), "application/json", "text/html");
}

static const char *number(struct req *r, int64_t value)
{
    return text_printf(r->c->arena, "%lld", (long long)value);
}

/* `text` as rows of plain text and, where it has `...`, code, so that a template may tell them
 * apart. */
static struct page_value pieces(struct req *r, const char *name, const char *text)
{
    struct arena *a = r->c->arena;
    struct texts parts = text_split(a, text, '`');
    bool code = text[0] == '`';
    struct page_values *list = ARENA_NEWS(a, struct page_values, parts.n);
    for (size_t i = 0; i < parts.n; i++, code = !code) {
        struct page_value *cell = ARENA_NEW(a, struct page_value);
        *cell = (struct page_value){ .name = code ? "code" : "text", .value = parts.at[i] };
        list[i] = (struct page_values){ cell, 1 };
    }
    return (struct page_value){ .name = name, .rows = list, .rows_n = parts.n };
}

RESULT get_problem(struct req *r)
{
    const char *slug = req_param(r, "slug");
    enum err_code code = err_from_slug(slug);
    if (code == ERR_OK)
        return fail(r->c, NOT_FOUND, "no type of problem is called %s", slug);
    struct problem_type type = type_of(r, code);
    if (wants_json(r))
        return reply_json(r, 200, &problem_type_shape, &type);
    const struct page_value values[] = {
        { .name = "title", .value = type.title },
        { .name = "status", .value = number(r, type.status) },
        { .name = "type", .value = type.type },
        { .name = "oauth_error", .value = type.oauth_error },
        { .name = "slug", .value = slug },
        { .name = "wide", .value = "yes" },
        { .name = "reason", .value = http_reason((int)type.status) },
        { .name = "advice", .value = type.person },
        pieces(r, "meaning", type.meaning),
        pieces(r, "developer", type.developer),
    };
    const struct html_page page = { "problem", type.title, values,
                                    sizeof values / sizeof values[0] };
    return reply_page(r, 200, &page, false);
}

static RESULT reply_all_as_json(struct req *r)
{
    struct problem_type *types = ARENA_NEWS(r->c->arena, struct problem_type, ERR_CODES);
    for (unsigned code = ERR_OK + 1; code < ERR_CODES; code++)
        types[code] = type_of(r, (enum err_code)code);
    struct problem_types all = { { types + 1, ERR_CODES - 1 } };
    return reply_json(r, 200, &problem_types_shape, &all);
}

static void list_row(struct req *r, enum err_code code, struct page_values *out)
{
    enum { STATUS, SLUG, TITLE, CELLS };
    struct page_value *cells = ARENA_NEWS(r->c->arena, struct page_value, CELLS);
    cells[STATUS] = (struct page_value){ "status", number(r, err_row(code)->status), NULL, 0 };
    cells[SLUG] = (struct page_value){ "slug", err_slug(code), NULL, 0 };
    cells[TITLE] = (struct page_value){ "title", err_row(code)->title, NULL, 0 };
    *out = (struct page_values){ cells, CELLS };
}

RESULT get_problems(struct req *r)
{
    if (wants_json(r))
        return reply_all_as_json(r);
    struct page_values *list = ARENA_NEWS(r->c->arena, struct page_values, ERR_CODES);
    for (unsigned code = ERR_OK + 1; code < ERR_CODES; code++)
        list_row(r, (enum err_code)code, &list[code]);
    const struct page_value values[] = {
        { .name = "problems", .rows = list + 1, .rows_n = ERR_CODES - 1 },
        { .name = "wide", .value = "yes" },
    };
    const struct html_page page = { "problems", "Problems and what to do about them", values,
                                    sizeof values / sizeof values[0] };
    return reply_page(r, 200, &page, false);
}
