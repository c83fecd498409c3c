/* SPDX-License-Identifier: Apache-2.0 */
#include "web/page_end_session.h"

RESULT page_end_session(struct req *r, const struct end_session_page *page)
{
    struct sheet *s = sheet_new(r, NULL);
    sheet_put(s, "client_name", page->client_name);
    sheet_put(s, "request", page->request);
    s->redirects = true;
    return sheet_reply(s, "end_session", MESSAGE_sign_out_title);
}

static enum message words_of(enum told_how how)
{
    switch (how) {
    case TOLD:
        return MESSAGE_told;
    case TOLD_SOON:
        return MESSAGE_told_soon;
    case TOLD_NOTHING:
        break;
    }
    return MESSAGE_told_nothing;
}

RESULT page_ended_session(struct req *r, const struct ended_session_page *page)
{
    struct arena *a = r->c->arena;
    struct sheet *s = sheet_new(r, NULL);
    struct page_values *rows = ARENA_NEWS(a, struct page_values, page->n);
    for (size_t i = 0; i < page->n; i++) {
        const struct told *told = &page->told[i];
        const struct page_value cells[] = {
            { .name = "client_name", .value = told->client_name },
            { .name = "state", .value = sheet_text(s, words_of(told->how)) },
            { .name = "good", .value = told->how == TOLD ? "yes" : NULL },
        };
        rows[i] = (struct page_values){ arena_copy(a, cells, sizeof cells), 3 };
    }
    sheet_put_rows(s, "told", rows, page->n);
    sheet_put(s, "has_told", page->n > 0 ? "yes" : NULL);
    sheet_put(s, "back", page->back);
    return sheet_show(s, "ended_session", MESSAGE_signed_out_title);
}
