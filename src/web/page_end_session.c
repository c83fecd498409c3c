/* SPDX-License-Identifier: Apache-2.0 */
#include "web/page_end_session.h"

#include "web/reply.h"
#include "web/reply_parts.h"

/* Seconds that frames have before the browser goes on. */
#define FRAMES_SECONDS "4"

static enum message words_of(enum told_how how)
{
    switch (how) {
    case TOLD:
        return MESSAGE_told;
    case TOLD_SOON:
        return MESSAGE_told_soon;
    case TOLD_FAILED:
        return MESSAGE_told_failed;
    case TOLD_BY_BROWSER:
        return MESSAGE_told_by_browser;
    case TOLD_NOTHING:
        break;
    }
    return MESSAGE_told_nothing;
}

static void put_rows(struct sheet *s, const struct ended_session_page *page)
{
    struct arena *a = s->r->c->arena;
    struct page_values *rows = ARENA_NEWS(a, struct page_values, page->n);
    bool waits = false;
    for (size_t i = 0; i < page->n; i++) {
        const struct told *told = &page->told[i];
        const struct page_value cells[] = {
            { .name = "client_name", .value = told->client_name },
            { .name = "state", .value = sheet_text(s, words_of(told->how)) },
            { .name = "good", .value = told->how == TOLD ? "yes" : NULL },
            { .name = "frame", .value = told->frame },
        };
        enum { CELLS = sizeof cells / sizeof cells[0] };
        rows[i] = (struct page_values){ arena_copy(a, cells, sizeof cells), CELLS };
        waits = waits || told->how == TOLD_SOON;
    }
    sheet_put(s, "look_again", waits ? page->address : NULL);
    sheet_put_rows(s, "told", rows, page->n);
}

/* The origins of the frames, once each. */
static const char *frames_of(struct arena *a, const struct ended_session_page *page)
{
    struct texts origins = { ARENA_NEWS(a, const char *, page->n), 0 };
    for (size_t i = 0; i < page->n; i++)
        if (page->told[i].frame != NULL && !texts_hold(origins, page->told[i].frame_origin))
            origins.at[origins.n++] = page->told[i].frame_origin;
    return origins.n == 0 ? NULL : text_join(a, origins, " ");
}

RESULT page_ended_session(struct req *r, const struct ended_session_page *page)
{
    struct sheet *s = sheet_new(r, page->address);
    put_rows(s, page);
    s->frames = frames_of(r->c->arena, page);
    sheet_put(s, "has_told", page->n > 0 ? "yes" : NULL);
    sheet_put(s, "back", page->back);
    if (page->back != NULL && s->frames != NULL) {
        sheet_put(s, "goes_back", "yes");
        reply_put(r, "Refresh", text_printf(r->c->arena, FRAMES_SECONDS "; url=%s", page->back));
    }
    return sheet_show(s, "ended_session", MESSAGE_signed_out_title);
}
