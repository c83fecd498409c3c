/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/interaction.h"

#include "base/random.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "web/browser.h"
#include "web/reply.h"

/* ---- finding ---- */

static RESULT is_over(struct req *r, const char *why)
{
    return because(r->c, WAITING_OVER, NULL, why,
                   fail_say(r->c, INVALID_REQUEST,
                            "This sign-in is over or was begun in another browser. Go back to the "
                            "application and start again.",
                            "%s", why));
}

RESULT interaction_open(struct req *r, const char *handle, struct interaction *out)
{
    const struct authorization_request_row *row = NULL;
    const struct authorize_request *in = NULL;
    const struct client *client = NULL;
    TRY(waiting_row(r, handle, &row));
    if (row == NULL)
        return is_over(r, "no such request waits in this browser");
    TRY(client_enter(r->c, row->client_id, &client));
    if (client == NULL)
        return is_over(r, "the client of a waiting request is gone");
    TRY(authorize_request_load(r->c, row->params, &in));
    TRY(authorize_check_redirect(r->c, client, in));
    *out = (struct interaction){ .handle = handle };
    r->redirect_uri = in->redirect_uri;
    r->redirect_state = in->state;
    out->of.waiting = row;
    out->of.pushed_hash = row->pushed_hash;
    err checked = authorize_check(r->c, client, in, WAITED, &out->of);
    response_by(r, client, out->of.mode);
    TRY(checked);
    return browser_session(r, &out->session);
}

/* ---- going on ---- */

RESULT interaction_answer(struct req *r, const struct interaction *i, unsigned answered)
{
    bool done = false;
    if (i->session == NULL)
        return because(r->c, SESSION_MISSING, NULL, NULL,
                       fail(r->c, INVALID_SESSION, "nobody is signed in who could answer"));
    TRY(authorization_request_answer(r->c, i->of.waiting->hash, i->session->id, answered, &done));
    return done ? ok() : is_over(r, "the request is over");
}

static RESULT redirect_to(struct req *r, const char *page, const char *handle)
{
    return reply_redirect(r, text_printf(r->c->arena, "%s?request=%s", page, handle));
}

RESULT interaction_continue(struct req *r, const struct interaction *i)
{
    return redirect_to(r, INTERACTION_CONTINUE, i->handle);
}

static RESULT store(struct req *r, const struct authorization *a, const char *handle)
{
    const char *binding = NULL;
    TRY(browser_binding(r, &binding));
    struct authorization_request_row row = {
        .browser = token_hash(r->c->arena, binding),
        .hash = token_hash(r->c->arena, handle),
        .client_id = a->client->id,
        .params = authorize_request_write(r->c->arena, a->in),
        .pushed_hash = a->pushed_hash,
        .expires_at = time_add(r->c->now, WAITING_SECONDS),
    };
    /* What was pushed stays until its user is done. */
    if (a->pushed_hash != NULL)
        TRY(authorization_request_keep(r->c, a->pushed_hash, row.expires_at));
    return authorization_request_add(r->c, REQUEST_WAITING, &row);
}

RESULT interaction_begin(struct req *r, const struct authorization *a, const char *handle,
                         const char *page)
{
    if (handle == NULL) {
        handle = random_token(r->c);
        TRY(store(r, a, handle));
    }
    return redirect_to(r, page == NULL ? INTERACTION_CONTINUE : page, handle);
}

const char *interaction_page(enum need need)
{
    switch (need) {
    case NEED_LOGIN:
        return "/sign-in";
    case NEED_CREATE:
        return "/register";
    case NEED_SELECT:
        return "/select-account";
    case NEED_CONSENT:
        return "/consent";
    case NEED_FACTOR:
        return "/account/factor";
    case NEED_NOTHING:
    case NEED_STRONGER:
        break;
    }
    return NULL;
}
