/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/account.h"
#include "identity/login.h"
#include "store/credentials.h"
#include "store/identities.h"
#include "web/browser.h"
#include "web/ended.h"
#include "web/page_account.h"
#include "web/page_factor.h"
#include "web/providers_shown.h"
#include "web/reply.h"

/* The address of whoever calls, for the name that password managers file a password under. */
static RESULT put_address(struct sheet *s, const char *name)
{
    const struct user_row *user = NULL;
    TRY(account_find(s->r->c, s->r->who.user_id, &user));
    sheet_put(s, name, user->email_entered);
    return ok();
}

static RESULT has_password(struct req *r, bool *out)
{
    struct password_row password;
    TRY(password_find(r->c, r->who.user_id, &password));
    *out = password.hash != NULL;
    return ok();
}

/* In the place of what asks for the password, for who has none. */
static RESULT show_first_password(struct sheet *s)
{
    return sheet_reply(s, "account_first_password", MESSAGE_reset_title);
}

/* ---- another password ---- */

static RESULT show_password(struct sheet *s)
{
    bool must_change = login_is_for_change(s->r->who.acr);
    TRY(put_address(s, "email"));
    sheet_put(s, "must_change", must_change ? "yes" : NULL);
    sheet_put_rules(s);
    s->redirects = true;
    return sheet_reply(s, "account_password",
                       must_change ? MESSAGE_must_change_title : MESSAGE_change_password_title);
}

RESULT get_account_password(struct req *r)
{
    struct sheet *s = sheet_new(r, "/account/password");
    bool has = false;
    TRY(has_password(r, &has));
    if (!has)
        return show_first_password(s);
    TRY(sheet_carry(s, req_query(r, "request"), NULL));
    sheet_put(s, "focus_current_password", "yes");
    return show_password(s);
}

RESULT post_account_password(struct req *r)
{
    const struct change_password_form *in = REQ_IN(r, change_password_form);
    struct sheet *s = sheet_new(r, "/account/password");
    TRY(sheet_carry(s, in->request, NULL));
    bool complete = sheet_needs(s, "current_password", in->current_password);
    if (!sheet_needs(s, "new_password", in->new_password) || !complete)
        return show_password(s);
    const struct account_password change = { .user_id = r->who.user_id,
                                             .sid = r->who.sid,
                                             .current_password = in->current_password,
                                             .new_password = in->new_password };
    err result = account_change_password(r->c, &change);
    if (result.code != ERR_OK &&
        !sheet_explains(s, result, MESSAGE_mistake_password, "current_password"))
        return result;
    if (result.code != ERR_OK)
        return show_password(s);
    TRY(ended(r));
    TRY(browser_renew_session(r));
    return reply_redirect(r, s->waiting.handle == NULL ? "/account?done=password" : sheet_next(s));
}

RESULT post_account_first_password(struct req *r)
{
    TRY(account_ask_first_password(r->c, r->who.user_id));
    return reply_redirect(r, "/check-mail?about=reset");
}

/* ---- another address ---- */

static RESULT show_email(struct sheet *s)
{
    return sheet_reply(s, "account_email", MESSAGE_change_email_title);
}

RESULT get_account_email(struct req *r)
{
    struct sheet *s = sheet_new(r, "/account/email");
    bool has = false;
    TRY(has_password(r, &has));
    sheet_put(s, "focus_email", "yes");
    return has ? show_email(s) : show_first_password(s);
}

RESULT post_account_email(struct req *r)
{
    const struct change_email_form *in = REQ_IN(r, change_email_form);
    struct sheet *s = sheet_new(r, "/account/email");
    sheet_put(s, "email", in->email);
    bool complete = sheet_needs(s, "email", in->email);
    if (!sheet_needs(s, "password", in->password) || !complete)
        return show_email(s);
    const struct account_email change = { .user_id = r->who.user_id,
                                          .email = in->email,
                                          .password = in->password };
    err result = account_change_email(r->c, &change);
    if (result.code == ERR_OK)
        return reply_redirect(r, "/check-mail?about=change");
    if (!sheet_explains(s, result, MESSAGE_mistake_password, "password"))
        return result;
    return show_email(s);
}

/* ---- proving it again ---- */

/* Who signs in with others may have no password: they prove it there. */
static RESULT put_ways(struct sheet *s)
{
    struct req *r = s->r;
    struct identity_rows linked;
    struct page_values *providers = NULL;
    size_t n = 0;
    size_t kept = 0;
    TRY(identities_of(r->c, r->who.user_id, &linked));
    TRY(providers_shown(r->c, &providers, &n));
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < linked.n; k++)
            if (provider_says_when(&providers[i]) &&
                text_equal(providers[i].at[0].value, linked.at[k].provider)) {
                providers[kept++] = providers[i];
                break;
            }
    sheet_put_rows(s, "providers", providers, kept);
    sheet_put(s, "has_providers", kept > 0 ? "yes" : NULL);
    s->redirects = kept > 0; /* the form ends at the provider (decision 21) */
    return ok();
}

static RESULT show_confirm(struct sheet *s)
{
    bool has = false;
    TRY(has_password(s->r, &has));
    TRY(put_address(s, "email"));
    TRY(page_put_factor(s));
    TRY(put_ways(s));
    if (!has && !s->redirects)
        return show_first_password(s);
    sheet_put(s, "has_password", has ? "yes" : NULL);
    return sheet_reply(s, "account_confirm", MESSAGE_confirm_title);
}

RESULT get_account_confirm(struct req *r)
{
    struct sheet *s = sheet_new(r, "/account/confirm");
    TRY(sheet_carry(s, NULL, req_query(r, "then")));
    return show_confirm(s);
}

RESULT post_account_confirm(struct req *r)
{
    const struct confirm_form *in = REQ_IN(r, confirm_form);
    struct sheet *s = sheet_new(r, "/account/confirm");
    TRY(sheet_carry(s, NULL, in->then));
    if (!sheet_needs(s, "password", in->password))
        return show_confirm(s);
    err result = login_confirm(r->c, &(struct confirmation){ .user_id = r->who.user_id,
                                                             .sid = r->who.sid,
                                                             .password = in->password,
                                                             .mfa_code = in->code });
    if (result.code == ERR_OK) {
        TRY(browser_renew_session(r));
        return reply_redirect(r, sheet_then_path(in->then));
    }
    if (result.code == ERR_MFA_REQUIRED)
        sheet_mistake(s, "code", sheet_text(s, MESSAGE_mistake_missing));
    else if (!sheet_explains(s, result, MESSAGE_mistake_password_or_code, "password"))
        return result;
    return show_confirm(s);
}

/* ---- the end ---- */

static RESULT show_erase(struct sheet *s)
{
    TRY(put_address(s, "email"));
    return sheet_reply(s, "account_erase", MESSAGE_erase);
}

RESULT get_account_erase(struct req *r)
{
    struct sheet *s = sheet_new(r, "/account/erase");
    bool has = false;
    TRY(has_password(r, &has));
    return has ? show_erase(s) : show_first_password(s);
}

RESULT post_account_erase(struct req *r)
{
    const struct erase_form *in = REQ_IN(r, erase_form);
    struct sheet *s = sheet_new(r, "/account/erase");
    if (!sheet_needs(s, "password", in->password))
        return show_erase(s);
    err result = account_erase(r->c, r->who.user_id, in->password);
    if (result.code != ERR_OK && !sheet_explains(s, result, MESSAGE_mistake_password, "password"))
        return result;
    if (result.code != ERR_OK)
        return show_erase(s);
    TRY(ended(r));
    browser_sign_out(r);
    return reply_redirect(r, "/signed-out?done=erased");
}
