/* SPDX-License-Identifier: Apache-2.0 */
#include "web/page.h"

#include "web/embedded.h"
#include "web/reply.h"
#include "web/reply_parts.h"

/* Our own style sheet and images, and nothing that runs. */
#define POLICY                                                                                     \
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors "      \
    "'none'"

static const char *template_text(struct arena *a, const char *name)
{
    const struct embedded *file = embedded_find(text_printf(a, "pages/%s.html", name));
    must(file != NULL);
    return file->text;
}

/* The values of the page, then those of the frame. */
static struct page_values with_frame(struct arena *a, const struct html_page *page)
{
    const struct page_value frame[] = {
        { .name = "page_title", .value = page->title },
        { .name = "style_path", .value = embedded_asset_path(a, "style.css") },
        { .name = "icon_path", .value = embedded_asset_path(a, "icon.svg") },
    };
    enum { FRAME = sizeof frame / sizeof frame[0] };
    struct page_value *all = ARENA_NEWS(a, struct page_value, page->n + FRAME);
    for (size_t i = 0; i < page->n; i++)
        all[i] = page->values[i];
    for (size_t i = 0; i < FRAME; i++)
        all[page->n + i] = frame[i];
    return (struct page_values){ all, page->n + FRAME };
}

const char *page_render(struct ctx *c, const struct html_page *page)
{
    const struct template t = { template_text(c->arena, "frame"),
                                template_text(c->arena, page->template),
                                with_frame(c->arena, page) };
    struct text_buffer out = text_buffer(c->arena);
    template_fill(&out, &t);
    return text_of(&out);
}

const char *page_escape(struct arena *a, const char *text)
{
    struct text_buffer out = text_buffer(a);
    template_escape(&out, text);
    return text_of(&out);
}

RESULT reply_page(struct req *r, int status, const struct html_page *page, bool redirects)
{
    reply_put(r, "Content-Security-Policy", redirects ? POLICY : POLICY "; form-action 'self'");
    return reply_html(r, status, page_render(r->c, page));
}

static const char *media_of(const char *name)
{
    if (text_ends(name, ".css"))
        return "text/css; charset=utf-8";
    must(text_ends(name, ".svg"));
    return "image/svg+xml; charset=utf-8";
}

RESULT get_asset(struct req *r)
{
    const char *name = req_param(r, "name");
    const struct embedded *file = embedded_asset(r->c->arena, name);
    if (file == NULL)
        return fail(r->c, NOT_FOUND, "no asset is called %s", name);
    const struct reply_fixed fixed = {
        .media = media_of(file->name),
        .bytes = bytes_of(file->text),
        .etag = text_printf(r->c->arena, "\"%s\"", file->digest),
        .immutable = true,
    };
    return reply_fixed(r, &fixed);
}
