/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/start.h"

#include "web/media.h"
#include "web/reply.h"
#include "web/sheet.h"

/* What is carried on is what the page could carry on, and nothing else. */
static RESULT read_wanted(struct req *r, const struct start_query *in, struct attempt_wanted *out)
{
    struct sheet *s = sheet_new(r, NULL);
    const char *then = in->return_to != NULL ? in->return_to : in->then;
    TRY(sheet_carry(s, in->request, then));
    out->request = s->waiting.handle;
    out->then = s->carry[0] == '\0' || s->waiting.handle != NULL ? NULL : then;
    out->fresh = text_equal(in->fresh, "yes") || s->waiting.fresh;
    out->login_hint = in->login_hint != NULL ? in->login_hint : s->waiting.login_hint;
    return ok();
}

static RESULT start_program(struct req *r, const struct provider *p)
{
    const struct start_query *in = REQ_IN(r, start_query);
    const struct attempt_wanted wanted = { .by_program = true,
                                           .redirect_uri = in->redirect_uri,
                                           .fresh = text_equal(in->fresh, "yes"),
                                           .login_hint = in->login_hint };
    struct attempt_begun begun;
    TRY(attempt_begin(r, p, &wanted, &begun));
    const struct attempt_answer out = { .attempt = begun.handle,
                                        .authorization_url = begun.url,
                                        .state = begun.state,
                                        .nonce = p->kind->openid ? begun.nonce : NULL,
                                        .expires_in = ATTEMPT_SECONDS };
    return reply_json(r, 200, &attempt_answer_shape, &out);
}

RESULT get_provider(struct req *r)
{
    const struct provider *p = NULL;
    struct attempt_wanted wanted = { 0 };
    struct attempt_begun begun;
    reply_header(r, "Vary", "Accept");
    TRY(provider_find(r->c, req_param(r, "provider"), &p));
    if (media_prefers(req_header(r, "accept"), "application/json", "text/html"))
        return start_program(r, p);
    TRY(read_wanted(r, REQ_IN(r, start_query), &wanted));
    TRY(attempt_begin(r, p, &wanted, &begun));
    return reply_redirect(r, begun.url);
}

RESULT post_link_form(struct req *r)
{
    const struct provider *p = NULL;
    const struct attempt_wanted wanted = { .session_id = r->who.sid };
    struct attempt_begun begun;
    TRY(provider_find(r->c, REQ_IN(r, linking_form)->provider, &p));
    TRY(attempt_begin(r, p, &wanted, &begun));
    return reply_redirect(r, begun.url);
}
