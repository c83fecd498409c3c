/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/end_session.h"

#include "base/codec.h"
#include "identity/account.h"
#include "identity/login.h"
#include "oauth/client.h"
#include "oauth/interaction.h"
#include "oauth/told.h"
#include "oauth/uri_shown.h"
#include "token/id_token.h"
#include "token/issuer.h"
#include "web/acting.h"
#include "web/browser.h"
#include "web/ended.h"
#include "web/reply.h"
#include "web/sheet.h"

#include <string.h>

#define PATH       "/oauth2/logout"
#define SIGNED_OUT "/signed-out"

/* A request that has been checked. */
struct leaving {
    const struct client *client; /* who asks; NULL: nobody that we know */
    const char *to;              /* one of its URIs; NULL: our own page */
    const char *state;
    const char *sid; /* of the session that a verified hint names, or NULL */
};

/* ---- the request ---- */

static RESULT read_hint(struct req *r, const char *token, struct id_token_hint *hint)
{
    *hint = (struct id_token_hint){ 0 };
    if (token == NULL)
        return ok();
    err read = id_token_read_hint(r->c, token, NULL, hint);
    if (read.code != ERR_INVALID_REQUEST)
        return read;
    fault_note(r->c);
    return ok();
}

/* RP-Initiated Logout 1.0 3: exactly one of the registered, or no redirect at all (URI-12). */
static RESULT check_redirect(struct req *r, const struct client *client, const char *uri)
{
    if (uri == NULL)
        return ok();
    if (client == NULL)
        return because(
            r->c, LOGOUT_CLIENT, "client_id", NULL,
            fail_field(r->c, INVALID_REQUEST, "post_logout_redirect_uri",
                       "This needs a client_id or id_token_hint of the application whose it is."));
    struct texts registered = client->metadata.post_logout_redirect_uris;
    if (!texts_hold(registered, uri))
        return because(r->c, LOGOUT_URI, uri_nearest(r->c->arena, registered, uri),
                       uri_difference(r->c->arena, registered, uri),
                       fail_field(r->c, INVALID_REQUEST, "post_logout_redirect_uri",
                                  "The application has not registered this address."));
    return ok();
}

static RESULT check(struct req *r, const struct end_session_request *in, struct leaving *out)
{
    struct id_token_hint hint;
    const char *client_id = in->client_id;
    TRY(read_hint(r, in->id_token_hint, &hint));
    /* RP-Initiated Logout 1.0 2: they name the same client. */
    if (hint.client_id != NULL && client_id != NULL && !text_equal(hint.client_id, client_id))
        return because(r->c, LOGOUT_CLIENT, hint.client_id, client_id,
                       fail_field(r->c, INVALID_REQUEST, "client_id",
                                  "This and id_token_hint name different applications."));
    if (client_id == NULL)
        client_id = hint.client_id;
    r->claims_client = client_id;
    *out =
        (struct leaving){ .to = in->post_logout_redirect_uri, .state = in->state, .sid = hint.sid };
    if (client_id != NULL)
        TRY(client_load(r->c, client_id, &out->client));
    return check_redirect(r, out->client, out->to);
}

/* ---- addresses ---- */

static void add(struct form_field *fields, size_t *n, const char *name, const char *value)
{
    if (value != NULL)
        fields[(*n)++] = (struct form_field){ name, value };
}

const char *end_session_address(struct arena *a, const char *path,
                                const struct end_session_request *in)
{
    struct form_field fields[5];
    struct form form = { fields, 0 };
    add(fields, &form.n, "id_token_hint", in->id_token_hint);
    add(fields, &form.n, "client_id", in->client_id);
    add(fields, &form.n, "post_logout_redirect_uri", in->post_logout_redirect_uri);
    add(fields, &form.n, "state", in->state);
    add(fields, &form.n, "ui_locales", in->ui_locales);
    return form.n == 0 ? path : text_printf(a, "%s?%s", path, form_encode(a, &form));
}

static const char *own_address(struct req *r, const struct end_session_request *in)
{
    struct arena *a = r->c->arena;
    return end_session_address(a, text_printf(a, "%s" PATH, issuer_path(r->c)), in);
}

/* The same question again: without the hint, which did not help. */
static struct end_session_request question_of(const struct leaving *l)
{
    return (struct end_session_request){ .client_id = l->client == NULL ? NULL : l->client->id,
                                         .post_logout_redirect_uri = l->to,
                                         .state = l->state };
}

static const char *back_of(struct arena *a, const struct leaving *l)
{
    if (l->to == NULL || l->state == NULL)
        return l->to;
    char before = strchr(l->to, '?') == NULL ? '?' : '&';
    const struct form_field state = { "state", l->state };
    const struct form form = { &state, 1 };
    return text_printf(a, "%s%c%s", l->to, before, form_encode(a, &form));
}

/* At the issuer of whoever asks: this page is there once, for all of them. */
static RESULT check_here(struct req *r, const struct end_session_request *in, struct leaving *out)
{
    const struct client *client = NULL;
    if (in->client_id != NULL)
        TRY(client_enter(r->c, in->client_id, &client));
    return check(r, in, out);
}

RESULT end_session_back(struct req *r, const struct end_session_request *in, const char **url)
{
    struct leaving l;
    TRY(check_here(r, in, &l));
    *url = back_of(r->c->arena, &l);
    return ok();
}

/* ---- afterwards ---- */

static RESULT go_back(struct req *r, const struct leaving *l)
{
    const char *back = back_of(r->c->arena, l);
    return reply_redirect(r, back == NULL ? SIGNED_OUT : back);
}

/* Front-Channel Logout 1.0 3: frames need a page of ours, before the browser goes back. */
static RESULT leave(struct req *r, const struct leaving *l, const struct session_row *session)
{
    const struct end_session_request asked = question_of(l);
    struct told_applications told;
    TRY(told_of(r->c, session->id, &told));
    TRY(acting_forget(r));
    TRY(logout(r->c, session->user_id, session->id, false));
    TRY(ended(r));
    TRY(browser_keep_ended(r));
    if (l->to != NULL && told_has_frames(&told))
        return reply_redirect(r, end_session_address(r->c->arena, SIGNED_OUT, &asked));
    return go_back(r, l);
}

/* ---- the question ---- */

static RESULT ask(struct req *r, const struct leaving *l, const struct session_row *session,
                  const char *ui_locales)
{
    const struct user_row *user = NULL;
    const struct end_session_request asked = question_of(l);
    struct sheet *s = sheet_new(r, own_address(r, &asked));
    TRY(account_find(r->c, session->user_id, &user));
    sheet_speak(s, ui_locales);
    if (l->client != NULL) {
        sheet_put(s, "client_name", l->client->name);
        sheet_put(s, "client_id", l->client->id);
        TRY(sheet_brand(s, l->client->tenant_id));
    }
    sheet_put(s, "post_logout_redirect_uri", l->to);
    sheet_put(s, "state", l->state);
    sheet_put(s, "session", session->id);
    sheet_put(s, "email", user->email_entered);
    s->redirects = l->to != NULL;
    return sheet_reply(s, "sign_out_asked", MESSAGE_sign_out_title);
}

RESULT get_end_session(struct req *r)
{
    const struct end_session_request *in = REQ_IN(r, end_session_request);
    const struct session_row *session = NULL;
    struct leaving l;
    TRY(check(r, in, &l));
    TRY(browser_session(r, &session));
    if (session == NULL)
        return go_back(r, &l);
    if (l.client != NULL && text_equal(l.sid, session->id))
        return leave(r, &l, session);
    return ask(r, &l, session, in->ui_locales);
}

RESULT post_end_session_asked(struct req *r)
{
    const struct end_session_request *in = REQ_IN(r, end_session_request);
    return reply_redirect(r, own_address(r, in));
}

RESULT post_end_session_confirmed(struct req *r)
{
    const struct end_session_form *in = REQ_IN(r, end_session_form);
    const struct end_session_request asked = {
        .client_id = in->client_id,
        .post_logout_redirect_uri = in->post_logout_redirect_uri,
        .state = in->state,
    };
    const struct session_row *session = NULL;
    struct leaving l;
    TRY(check_here(r, &asked, &l));
    TRY(browser_session(r, &session));
    if (session == NULL)
        return go_back(r, &l);
    if (!text_equal(in->session, session->id))
        return ask(r, &l, session, NULL);
    return leave(r, &l, session);
}
