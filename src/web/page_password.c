/* SPDX-License-Identifier: Apache-2.0 */
#include "web/page_password.h"

#include "identity/account.h"
#include "web/browser.h"
#include "web/ended.h"
#include "web/reply.h"
#include "web/sheet.h"

RESULT get_forgot_password(struct req *r)
{
    struct sheet *s = sheet_new(r, "/forgot-password");
    TRY(sheet_carry(s, req_query(r, "request"), req_query(r, "then")));
    sheet_put(s, "focus_email", "yes");
    return sheet_reply(s, "forgot_password", MESSAGE_forgot_title);
}

RESULT post_forgot_password_form(struct req *r)
{
    const struct address_form *in = REQ_IN(r, address_form);
    struct sheet *s = sheet_new(r, "/forgot-password");
    TRY(sheet_carry(s, in->request, in->then));
    sheet_put(s, "email", in->email);
    if (!sheet_needs(s, "email", in->email))
        return sheet_reply(s, "forgot_password", MESSAGE_forgot_title);
    err result = account_forgot(r->c, in->email);
    if (result.code == ERR_OK)
        return mail_is_sent(s, "/check-mail?about=reset");
    if (!sheet_explains(s, result, MESSAGE_mistake_field, NULL))
        return result;
    return sheet_reply(s, "forgot_password", MESSAGE_forgot_title);
}

static RESULT show_reset(struct req *r, struct sheet *s, const char *token)
{
    s->address =
        text_printf(r->c->arena, "/reset-password?token=%s", percent_encode(r->c->arena, token));
    s->secret = true;
    sheet_put(s, "token", token);
    sheet_put_rules(s);
    return sheet_reply(s, "reset_password", MESSAGE_reset_title);
}

RESULT get_reset_password(struct req *r)
{
    const char *token = req_query(r, "token");
    if (token == NULL)
        return because(r->c, LINK, NULL, NULL,
                       fail(r->c, INVALID_TOKEN_LINK, "the link has no token"));
    struct sheet *s = sheet_new(r, NULL);
    TRY(sheet_carry_kept(s));
    return show_reset(r, s, token);
}

RESULT post_reset_password_form(struct req *r)
{
    const struct reset_form *in = REQ_IN(r, reset_form);
    struct sheet *s = sheet_new(r, NULL);
    if (in->token == NULL)
        return because(r->c, LINK, NULL, NULL,
                       fail(r->c, INVALID_TOKEN_LINK, "the form has no token"));
    TRY(sheet_carry_kept(s));
    if (!sheet_needs(s, "password", in->password))
        return show_reset(r, s, in->token);
    err result = account_reset(r->c, in->token, in->password);
    if (result.code != ERR_OK && !sheet_explains(s, result, MESSAGE_mistake_field, NULL))
        return result;
    if (result.code != ERR_OK)
        return show_reset(r, s, in->token);
    TRY(ended(r));
    browser_sign_out(r);
    return mail_is_done(s, "done=reset");
}
