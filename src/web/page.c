/* SPDX-License-Identifier: Apache-2.0 */
#include "web/page.h"

#include "web/accent.h"
#include "web/brand.h"
#include "web/door.h"
#include "web/embedded.h"
#include "web/messages.h"
#include "web/reply.h"
#include "web/reply_parts.h"

#include <string.h>

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

static const char *find_message(const void *arg, struct bytes name)
{
    const struct html_page *page = arg;
    enum message message;
    return message_find(name, &message) ? message_text(page->language, message) : NULL;
}

/* One language of the choice. */
static struct page_values language_cells(struct arena *a, const struct html_page *page,
                                         enum language language)
{
    enum { TAG, OWN_NAME, HREF, CURRENT, CELLS };
    const struct language_row *row = language_row(language);
    struct page_value *cells = ARENA_NEWS(a, struct page_value, CELLS);
    char joint = strchr(page->address, '?') == NULL ? '?' : '&';
    cells[TAG] = (struct page_value){ .name = "tag", .value = row->tag };
    cells[OWN_NAME] = (struct page_value){ .name = "own_name", .value = row->own_name };
    cells[HREF] = (struct page_value){
        .name = "href", .value = text_printf(a, "%s%clang=%s", page->address, joint, row->name)
    };
    cells[CURRENT] = (struct page_value){ .name = "current",
                                          .value = language == page->language ? "yes" : NULL };
    return (struct page_values){ cells, CELLS };
}

static struct page_value languages(struct arena *a, const struct html_page *page)
{
    struct page_value value = { .name = "languages" };
    if (page->address == NULL)
        return value;
    struct page_values *rows = ARENA_NEWS(a, struct page_values, LANGUAGES);
    for (unsigned i = 0; i < LANGUAGES; i++)
        rows[i] = language_cells(a, page, (enum language)i);
    value.rows = rows;
    value.rows_n = LANGUAGES;
    return value;
}

/* The values of the page, then those of the frame. */
static struct page_values with_frame(struct req *r, const struct html_page *page)
{
    struct arena *a = r->c->arena;
    const struct brand *brand = &r->door->brand;
    const struct page_brand none = { 0 };
    const struct page_brand own = *(page->brand == NULL ? &none : page->brand);
    const struct page_value frame[] = {
        { .name = "page_title", .value = page->title },
        { .name = "html_lang", .value = language_row(page->language)->tag },
        { .name = "language_switch", .value = page->address },
        languages(a, page),
        { .name = "brand_name", .value = own.name != NULL ? own.name : brand_name(brand) },
        { .name = "logo_path",
          .value = own.logo_path != NULL ? own.logo_path : brand_logo_path(a, brand) },
        { .name = "accent_path",
          .value = own.accent_path != NULL ? own.accent_path : brand_accent_path(a, brand) },
        { .name = "style_path", .value = embedded_asset_path(a, "style.css") },
        { .name = "acting", .value = r->acting.actor },
        { .name = "acting_user", .value = r->acting.user },
        { .name = "acting_csrf_token", .value = r->acting.csrf_token },
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

const char *page_render(struct req *r, const struct html_page *page)
{
    struct arena *a = r->c->arena;
    const struct template t = { .text = template_text(a, "frame"),
                                .content = template_text(a, page->template),
                                .values = with_frame(r, page),
                                .words = { find_message, page } };
    struct text_buffer out = text_buffer(a);
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
    const char *frames = page->frames == NULL ? "" : "; frame-src ";
    reply_put(r, "Content-Security-Policy",
              text_printf(r->c->arena, "%s%s%s%s", POLICY, frames,
                          page->frames == NULL ? "" : page->frames,
                          redirects ? "" : "; form-action 'self'"));
    return reply_html(r, status, page_render(r, page));
}

static const char *media_of(const char *name)
{
    if (text_ends(name, ".css"))
        return "text/css; charset=utf-8";
    if (text_ends(name, ".js"))
        return "text/javascript; charset=utf-8";
    must(text_ends(name, ".svg"));
    return "image/svg+xml; charset=utf-8";
}

RESULT get_asset(struct req *r)
{
    const char *name = req_param(r, "name");
    const struct embedded *file = embedded_asset(r->c->arena, name);
    const struct reply_fixed *own = brand_asset(&r->door->brand, name);
    const char *accent = accent_asset(r->c, name);
    if (own != NULL)
        return reply_fixed(r, own);
    if (accent != NULL)
        return reply_fixed(r, &(struct reply_fixed){ .media = media_of(name),
                                                     .bytes = bytes_of(accent),
                                                     .immutable = true });
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
