/* SPDX-License-Identifier: Apache-2.0 */
#include "app/describe.h"

#include "base/json_writer.h"

#include <string.h>

void described_add(struct described *d, const char *const *cells)
{
    if (d->rows == d->room) {
        size_t room = d->room == 0 ? 64 : d->room * 2;
        const char **more = ARENA_NEWS(d->arena, const char *, room * d->columns);
        if (d->rows > 0)
            memcpy(more, d->cells, d->rows * d->columns * sizeof *more);
        d->cells = more;
        d->room = room;
    }
    for (size_t i = 0; i < d->columns; i++)
        d->cells[d->rows * d->columns + i] = cells[i] == NULL ? "" : cells[i];
    d->rows++;
}

static const struct describe_page *const pages[] = {
    &describe_settings,    &describe_commands, &describe_api,    &describe_openapi,
    &describe_errors,      &describe_rules,    &describe_limits, &describe_kv,
    &describe_permissions, &describe_events,   &describe_jobs,   &describe_realm,
};

const struct describe_page *const *describe_pages(size_t *n)
{
    *n = sizeof pages / sizeof pages[0];
    return pages;
}

static struct described fill(struct ctx *c, const struct describe_page *page)
{
    struct described d = { .arena = c->arena, .titles = page->titles, .columns = page->columns };
    page->fill(&d);
    return d;
}

/* A cell of a Markdown table ends at a bar or a line break. */
static void add_cell(struct text_buffer *out, const char *text)
{
    text_add(out, " ");
    for (; *text != '\0'; text++) {
        if (*text == '|' || *text == '\\' || *text == '<')
            text_add(out, "\\");
        text_add_bytes(out, *text == '\n' ? " " : text, 1);
    }
    text_add(out, " |");
}

static void add_line(struct text_buffer *out, const char *const *cells, size_t n)
{
    text_add(out, "|");
    for (size_t i = 0; i < n; i++)
        add_cell(out, cells[i]);
    text_add(out, "\n");
}

const char *describe_markdown(struct ctx *c, const struct describe_page *page)
{
    if (page->write != NULL)
        return page->write(c);
    struct described d = fill(c, page);
    struct text_buffer out = text_buffer(c->arena);
    text_addf(&out, "# %s\n\n%s\nMade by `uauth describe %s`.\n\n", page->title, page->intro,
              page->name);
    add_line(&out, d.titles, d.columns);
    text_add(&out, "|");
    for (size_t i = 0; i < d.columns; i++)
        text_add(&out, "---|");
    text_add(&out, "\n");
    for (size_t row = 0; row < d.rows; row++)
        add_line(&out, d.cells + row * d.columns, d.columns);
    return text_of(&out);
}

const char *describe_json(struct ctx *c, const struct describe_page *page)
{
    if (page->fill == NULL)
        return page->write(c);
    struct described d = fill(c, page);
    struct json_writer w = json_writer(c->arena);
    json_array(&w, NULL);
    for (size_t row = 0; row < d.rows; row++) {
        json_object(&w, NULL);
        for (size_t i = 0; i < d.columns; i++)
            json_text(&w, d.titles[i], d.cells[row * d.columns + i]);
        json_object_end(&w);
    }
    json_array_end(&w);
    return text_printf(c->arena, "%s\n", json_written(&w));
}
