/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/signed_out.h"

#include "oauth/told.h"
#include "web/browser.h"

static RESULT show_erased(struct req *r)
{
    struct sheet *s = sheet_new(r, "/signed-out?done=erased");
    sheet_put(s, "heading", sheet_text(s, MESSAGE_erased_title));
    sheet_put(s, "lead", sheet_text(s, MESSAGE_erased_lead));
    return sheet_show(s, "signed_out", MESSAGE_erased_title);
}

RESULT get_signed_out(struct req *r)
{
    const struct signed_out_query *in = REQ_IN(r, signed_out_query);
    const struct end_session_request asked = {
        .client_id = in->client_id,
        .post_logout_redirect_uri = in->post_logout_redirect_uri,
        .state = in->state,
    };
    struct ended_session_page page = { 0 };
    struct told_applications told = { 0 };
    const struct session_row *session = NULL;
    if (text_equal(in->done, "erased"))
        return show_erased(r);
    TRY(end_session_back(r, &asked, &page.back));
    TRY(browser_ended(r, &session));
    if (session != NULL)
        TRY(told_of(r->c, session->id, &told));
    page.told = told.at;
    page.n = told.n;
    page.address = end_session_address(r->c->arena, "/signed-out", &asked);
    return page_ended_session(r, &page);
}
