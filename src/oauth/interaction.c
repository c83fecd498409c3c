/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/interaction.h"

#include "base/random.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "identity/session.h"
#include "web/cookies.h"
#include "web/reply.h"

#include <string.h>

enum { HANDLE_CHARACTERS = 43 /* of random_token */ };

RESULT interaction_session(struct req *r, const struct session_row **out)
{
    const char *secret = NULL;
    *out = NULL;
    TRY(cookie_get(r, COOKIE_SESSION, &secret));
    if (secret == NULL)
        return ok();
    err resumed = session_resume(r->c, secret, out);
    if (resumed.code != ERR_INVALID_SESSION)
        return resumed;
    fault_clear(r->c);
    *out = NULL;
    return ok();
}

/* ---- finding ---- */

static RESULT is_over(struct req *r, const char *why)
{
    return fail_say(r->c, INVALID_REQUEST,
                    "This sign-in is over or was begun in another browser. Go back to the "
                    "application and start again.",
                    "%s", why);
}

/* The row of the handle, if the cookie of its browser came along. */
static RESULT find(struct req *r, const char *handle, const struct authorization_request_row **out)
{
    const char *cookie = NULL;
    if (handle == NULL || strnlen(handle, HANDLE_CHARACTERS + 1) != HANDLE_CHARACTERS)
        return is_over(r, "this does not have the length of a handle");
    TRY(authorization_request_find(r->c, REQUEST_WAITING, token_hash(r->c->arena, handle), out));
    if (*out == NULL)
        return is_over(r, "no such request waits");
    TRY(cookie_get(r, COOKIE_REQUEST, &cookie));
    const char *browser = cookie == NULL ? "" : token_hash(r->c->arena, cookie);
    if ((*out)->browser == NULL || !ct_equal(bytes_of(browser), bytes_of((*out)->browser)))
        return is_over(r, "the request waits in another browser");
    return ok();
}

RESULT interaction_open(struct req *r, const char *handle, struct interaction *out)
{
    const struct authorization_request_row *row = NULL;
    const struct authorize_request *in = NULL;
    const struct client *client = NULL;
    TRY(find(r, handle, &row));
    TRY(client_load(r->c, row->client_id, &client));
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
    r->redirect_by_form = out->of.by_form;
    TRY(checked);
    return interaction_session(r, &out->session);
}

/* ---- going on ---- */

RESULT interaction_answer(struct req *r, const struct interaction *i, unsigned answered)
{
    bool done = false;
    if (i->session == NULL)
        return fail(r->c, INVALID_SESSION, "nobody is signed in who could answer");
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

/* One cookie for all requests of a browser, which may have several open. */
static RESULT bind_browser(struct req *r, const char **browser)
{
    const char *cookie = NULL;
    TRY(cookie_get(r, COOKIE_REQUEST, &cookie));
    if (cookie == NULL || strlen(cookie) != HANDLE_CHARACTERS) {
        cookie = random_token(r->c);
        cookie_set(r, COOKIE_REQUEST, cookie, 0);
    }
    *browser = token_hash(r->c->arena, cookie);
    return ok();
}

static RESULT store(struct req *r, const struct authorization *a, const char *handle)
{
    struct authorization_request_row row = {
        .hash = token_hash(r->c->arena, handle),
        .client_id = a->client->id,
        .params = authorize_request_write(r->c->arena, a->in),
        .pushed_hash = a->pushed_hash,
        .expires_at = time_add(r->c->now, INTERACTION_SECONDS),
    };
    TRY(bind_browser(r, &row.browser));
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
    case NEED_NOTHING:
    case NEED_STRONGER:
        break;
    }
    return NULL;
}
