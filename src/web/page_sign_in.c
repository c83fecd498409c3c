/* SPDX-License-Identifier: Apache-2.0 */
#include "web/page_sign_in.h"

#include "base/codec.h"
#include "base/config.h"
#include "identity/account.h"
#include "identity/login.h"
#include "store/setup.h"
#include "store/upstream_sessions.h"
#include "web/acting.h"
#include "web/browser.h"
#include "web/cookies.h"
#include "web/ended.h"
#include "web/home_realm.h"
#include "web/providers_shown.h"
#include "web/reply.h"
#include "web/sheet.h"

RESULT get_home(struct req *r)
{
    bool open = false;
    TRY(setup_is_open(r->c, &open));
    return reply_redirect(r, open ? "/setup" : "/account");
}

/* ---- the first step ---- */

/* What the notice on top says, by a name of this table and no other text (WB-14). */
static const char *notice(const struct sheet *s, const char *done)
{
    static const struct {
        const char *name;
        enum message text;
    } notices[] = {
        { "verified", MESSAGE_done_verified },     { "reset", MESSAGE_done_reset },
        { "registered", MESSAGE_done_registered }, { "setup", MESSAGE_done_setup },
        { "expired", MESSAGE_done_expired },       { "cancelled", MESSAGE_done_cancelled },
        { "joined", MESSAGE_done_joined },
    };
    for (size_t i = 0; i < sizeof notices / sizeof notices[0]; i++)
        if (text_equal(notices[i].name, done))
            return sheet_text(s, notices[i].text);
    return NULL;
}

/* With whom people can sign in beside a password. */
static RESULT put_providers(struct sheet *s)
{
    struct page_values *rows = NULL;
    size_t n = 0;
    TRY(providers_shown(s->r->c, &rows, &n));
    sheet_put_rows(s, "providers", rows, n);
    sheet_put(s, "has_providers", n > 0 ? "yes" : NULL);
    return ok();
}

static RESULT show_sign_in(struct sheet *s)
{
    s->redirects = true;
    if (account_anybody_may_register(s->r->c->config))
        sheet_put(s, "may_register", "yes");
    TRY(put_providers(s));
    return sheet_reply(s, "sign_in", MESSAGE_sign_in_title);
}

/* The address alone, which says where its owner signs in. */
static RESULT show_address(struct sheet *s)
{
    sheet_put(s, "address_first", "yes");
    sheet_put(s, "focus_email", "yes");
    sheet_put(s, "with_password", sheet_path(s, "/sign-in", "with=password"));
    return show_sign_in(s);
}

/* To the provider of the domain; everybody else is asked for a password, whoever they are. */
static RESULT take_address(struct sheet *s, const char *email)
{
    struct req *r = s->r;
    const char *provider = NULL;
    if (!sheet_needs(s, "email", email))
        return show_address(s);
    TRY(home_realm_find(r->c, email, &provider));
    if (provider == NULL) {
        sheet_put(s, "focus_password", "yes");
        return show_sign_in(s);
    }
    struct arena *a = r->c->arena;
    return reply_redirect(r, sheet_path(s, text_printf(a, "/auth/oauth/%s", provider),
                                        text_printf(a, "login_hint=%s", percent_encode(a, email))));
}

RESULT get_sign_in(struct req *r)
{
    struct sheet *s = sheet_new(r, "/sign-in");
    const char *return_to = req_query(r, "return_to");
    TRY(sheet_carry(s, req_query(r, "request"),
                    return_to != NULL ? return_to : req_query(r, "then")));
    sheet_keep(s);
    sheet_put(s, "done", notice(s, req_query(r, "done")));
    sheet_put(s, "email", s->waiting.login_hint);
    bool first = false;
    if (!text_equal(req_query(r, "with"), "password"))
        TRY(home_realm_used(r->c, &first));
    if (first)
        return show_address(s);
    sheet_put(s, s->waiting.login_hint == NULL ? "focus_email" : "focus_password", "yes");
    return show_sign_in(s);
}

/* Where a browser goes that has just signed in: to what waits for it, or to its account; but first
 * to where a password is changed that has to be. */
static const char *next_path(const struct sheet *s, const struct login_done *done)
{
    if (done->must_change_password)
        return text_printf(s->r->c->arena, "/account/password%s",
                           s->waiting.handle == NULL ? "" : s->carry);
    return sheet_next(s);
}

RESULT page_signed_in(struct req *r, const struct login_done *done,
                      const struct browser_former *former, const char *next)
{
    limit_give_back(r);
    TRY(browser_end_former(r, former));
    if (done->device != NULL)
        browser_keep_device(r, done->device);
    (void)browser_keep_session(r, done->secret, done->sid);
    cookie_clear(r, COOKIE_SECOND);
    TRY(waiting_forget(r));
    return reply_redirect(r, next);
}

RESULT page_ask_for_code(struct req *r, const struct login_done *done, const char *carry)
{
    fault_note(r->c);
    limit_give_back(r);
    cookie_set(r, COOKIE_SECOND, done->mfa_token, MFA_TOKEN_SECONDS);
    return reply_redirect(r, text_printf(r->c->arena, "/sign-in/code%s", carry));
}

RESULT post_sign_in(struct req *r)
{
    const struct sign_in_form *in = REQ_IN(r, sign_in_form);
    struct sheet *s = sheet_new(r, "/sign-in");
    struct login attempt = { .email = in->email, .password = in->password, .mode = SESSION_COOKIE };
    struct login_done done = { 0 };
    struct browser_former former;
    TRY(sheet_carry(s, in->request, in->then));
    sheet_put(s, "email", in->email);
    if (text_equal(in->step, "address"))
        return take_address(s, in->email);
    bool complete = sheet_needs(s, "email", in->email);
    if (!sheet_needs(s, "password", in->password) || !complete)
        return show_sign_in(s);
    TRY(cookie_get(r, COOKIE_DEVICE, &attempt.device));
    TRY(browser_former(r, &former));
    err result = login(r->c, &attempt, &done);
    if (result.code == ERR_OK)
        return page_signed_in(r, &done, &former, next_path(s, &done));
    if (result.code == ERR_MFA_REQUIRED)
        return page_ask_for_code(r, &done, s->carry);
    if (!sheet_explains(s, result, MESSAGE_mistake_credentials, NULL))
        return result;
    sheet_put(s, "focus_password", "yes");
    return show_sign_in(s);
}

/* ---- the second step ---- */

static RESULT show_code(struct sheet *s)
{
    s->redirects = true;
    return sheet_reply(s, "sign_in_code", MESSAGE_code_title);
}

RESULT get_sign_in_code(struct req *r)
{
    const char *handle = NULL;
    struct sheet *s = sheet_new(r, "/sign-in/code");
    TRY(cookie_get(r, COOKIE_SECOND, &handle));
    TRY(sheet_carry(s, req_query(r, "request"), req_query(r, "then")));
    if (handle == NULL)
        return reply_redirect(r, sheet_path(s, "/sign-in", "done=expired"));
    return show_code(s);
}

RESULT post_sign_in_code(struct req *r)
{
    const struct sign_in_code_form *in = REQ_IN(r, sign_in_code_form);
    struct sheet *s = sheet_new(r, "/sign-in/code");
    struct login attempt = { .mfa_code = in->code };
    struct login_done done = { 0 };
    struct browser_former former;
    TRY(sheet_carry(s, in->request, in->then));
    TRY(cookie_get(r, COOKIE_SECOND, &attempt.mfa_token));
    TRY(cookie_get(r, COOKIE_DEVICE, &attempt.device));
    if (attempt.mfa_token == NULL)
        return reply_redirect(r, sheet_path(s, "/sign-in", "done=expired"));
    if (!sheet_needs(s, "code", in->code))
        return show_code(s);
    TRY(browser_former(r, &former));
    err result = login(r->c, &attempt, &done);
    if (result.code == ERR_OK)
        return page_signed_in(r, &done, &former, next_path(s, &done));
    if (!sheet_explains(s, result, MESSAGE_mistake_code, "code"))
        return result;
    return show_code(s);
}

/* ---- signing out ---- */

RESULT get_sign_out(struct req *r)
{
    struct sheet *s = sheet_new(r, "/sign-out");
    s->redirects = true; /* it may end at a provider (decision 21) */
    return sheet_reply(s, "sign_out", MESSAGE_sign_out_title);
}

RESULT post_sign_out(struct req *r)
{
    const struct upstream_session *upstream = NULL;
    TRY(upstream_session_find(r->c, r->who.sid, &upstream));
    TRY(acting_forget(r));
    TRY(logout(r->c, r->who.user_id, r->who.sid, false));
    TRY(ended(r));
    TRY(browser_keep_ended(r));
    if (upstream != NULL && upstream->sealed != NULL)
        return reply_redirect(r, text_printf(r->c->arena, "/signed-out/%s", upstream->provider));
    return reply_redirect(r, "/signed-out");
}
