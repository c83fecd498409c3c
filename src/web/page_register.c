/* SPDX-License-Identifier: Apache-2.0 */
#include "web/page_register.h"

#include "identity/account.h"
#include "identity/first_admin.h"
#include "identity/invitation.h"
#include "store/setup.h"
#include "web/embedded.h"
#include "web/ended.h"
#include "web/reply.h"
#include "web/sheet.h"

/* ---- registering ---- */

static RESULT show_register(struct sheet *s)
{
    s->redirects = true;
    sheet_put_rules(s);
    return sheet_reply(s, "register", MESSAGE_register_title);
}

/* Who follows an invitation sees whose it is. */
static RESULT put_inviter(struct sheet *s, const char *token)
{
    const struct tenant_row *tenant = NULL;
    if (token != NULL)
        TRY(invitation_look(s->r->c, token, &tenant));
    if (tenant == NULL)
        return ok();
    sheet_put(s, "tenant_name", tenant->name);
    return sheet_brand(s, tenant->id);
}

/* The link of an invitation comes by mail, and knows nothing of what its reader came for. */
static RESULT carry(struct sheet *s, const char *token)
{
    const char *request = req_query(s->r, "request");
    const char *then = req_query(s->r, "then");
    if (token != NULL && request == NULL && then == NULL)
        return sheet_carry_kept(s);
    return sheet_carry(s, request, then);
}

RESULT get_register(struct req *r)
{
    const char *token = req_query(r, "token");
    struct sheet *s = sheet_new(r, "/register");
    if (token != NULL)
        s->address =
            text_printf(r->c->arena, "/register?token=%s", percent_encode(r->c->arena, token));
    TRY(carry(s, token));
    TRY(put_inviter(s, token));
    sheet_put(s, "token", token);
    sheet_put(s, "focus_full_name", "yes");
    s->secret = token != NULL;
    return show_register(s);
}

/* Whether all that a person has to have filled in is there. */
static bool is_complete(struct sheet *s, const char *full_name, const char *email,
                        const char *password)
{
    sheet_put(s, "full_name", full_name);
    sheet_put(s, "email", email);
    bool named = sheet_needs(s, "full_name", full_name);
    bool addressed = sheet_needs(s, "email", email);
    return sheet_needs(s, "password", password) && addressed && named;
}

RESULT mail_is_sent(struct sheet *s, const char *page)
{
    sheet_keep(s);
    return reply_redirect(s->r, sheet_path(s, page, NULL));
}

RESULT mail_is_done(struct sheet *s, const char *done)
{
    TRY(waiting_forget(s->r));
    return reply_redirect(s->r, sheet_path(s, "/sign-in", done));
}

/* Who has an account by now, as somebody else has invited them, too, joins with it. */
static RESULT join_instead(const struct sheet *s, const char *token)
{
    struct arena *a = s->r->c->arena;
    fault_clear(s->r->c);
    return reply_redirect(s->r, text_printf(a, "/join?token=%s", percent_encode(a, token)));
}

RESULT post_register_form(struct req *r)
{
    const struct register_form *in = REQ_IN(r, register_form);
    struct sheet *s = sheet_new(r, NULL);
    const struct account_registration registration = { .email = in->email,
                                                       .password = in->password,
                                                       .full_name = in->full_name,
                                                       .invitation = in->token };
    struct account_registered made;
    TRY(sheet_carry(s, in->request, in->then));
    TRY(put_inviter(s, in->token));
    sheet_put(s, "token", in->token);
    if (!is_complete(s, in->full_name, in->email, in->password))
        return show_register(s);
    err result = account_register(r->c, &registration, &made);
    if (result.code == ERR_OK)
        return made.verified ? mail_is_done(s, "done=registered")
                             : mail_is_sent(s, "/check-mail?about=verify");
    if (result.code == ERR_CONFLICT && in->token != NULL)
        return join_instead(s, in->token);
    if (result.code == ERR_REGISTRATION_CLOSED ||
        !sheet_explains(s, result, MESSAGE_mistake_field, NULL))
        return result;
    return show_register(s);
}

/* ---- the first administrator ---- */

static RESULT show_setup(struct sheet *s)
{
    bool open = false;
    TRY(setup_is_open(s->r->c, &open));
    if (!open)
        return fail(s->r->c, NOT_FOUND, "there is an administrator already");
    s->secret = true;
    sheet_put_rules(s);
    return sheet_reply(s, "setup", MESSAGE_setup_title);
}

RESULT get_setup(struct req *r)
{
    struct sheet *s = sheet_new(r, "/setup");
    const char *code = req_query(r, "code");
    sheet_put(s, "setup_code", code);
    sheet_put(s, code == NULL ? "focus_setup_code" : "focus_full_name", "yes");
    return show_setup(s);
}

RESULT post_setup_form(struct req *r)
{
    const struct setup_form *in = REQ_IN(r, setup_form);
    struct sheet *s = sheet_new(r, NULL);
    const struct first_admin admin = { .code = in->setup_code,
                                       .email = in->email,
                                       .password = in->password,
                                       .full_name = in->full_name };
    const struct user_row *user = NULL;
    sheet_put(s, "setup_code", in->setup_code);
    bool coded = sheet_needs(s, "setup_code", in->setup_code);
    if (!is_complete(s, in->full_name, in->email, in->password) || !coded)
        return show_setup(s);
    err result = first_admin_make(r->c, &admin, &user);
    if (result.code == ERR_OK)
        return reply_redirect(r, "/sign-in?done=setup");
    if (!sheet_explains(s, result, MESSAGE_mistake_field, NULL))
        return result;
    return show_setup(s);
}

/* ---- mails ---- */

struct mail_about {
    const char *name, *address;
    enum message lead;
    bool resend;
    const char *back_path;
    enum message back;
};

static const struct mail_about *mail_about(const char *name)
{
    static const struct mail_about all[] = {
        { "verify", "/check-mail?about=verify", MESSAGE_mail_verify, true, "/sign-in",
          MESSAGE_back_to_sign_in },
        { "reset", "/check-mail?about=reset", MESSAGE_mail_reset, false, "/sign-in",
          MESSAGE_back_to_sign_in },
        { "change", "/check-mail?about=change", MESSAGE_mail_change, false, "/account",
          MESSAGE_back_to_account },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (text_equal(all[i].name, name))
            return &all[i];
    return &all[0];
}

static RESULT show_mail(struct sheet *s, const struct mail_about *about)
{
    sheet_put(s, "lead", sheet_text(s, about->lead));
    sheet_put(s, "resend", about->resend ? "yes" : NULL);
    sheet_put(s, "back", sheet_text(s, about->back));
    sheet_put(s, "back_path", sheet_path(s, about->back_path, NULL));
    sheet_put(s, "mail_path", embedded_asset_path(s->r->c->arena, "mail.svg"));
    return sheet_reply(s, "check_mail", MESSAGE_check_mail_title);
}

RESULT get_check_mail(struct req *r)
{
    const struct mail_about *about = mail_about(req_query(r, "about"));
    struct sheet *s = sheet_new(r, about->address);
    TRY(sheet_carry(s, req_query(r, "request"), req_query(r, "then")));
    if (text_equal(req_query(r, "done"), "resent"))
        sheet_put(s, "done", sheet_text(s, MESSAGE_done_resent));
    return show_mail(s, about);
}

RESULT post_resend(struct req *r)
{
    const struct address_form *in = REQ_IN(r, address_form);
    struct sheet *s = sheet_new(r, "/check-mail?about=verify");
    TRY(sheet_carry(s, in->request, in->then));
    sheet_put(s, "email", in->email);
    if (!sheet_needs(s, "email", in->email))
        return show_mail(s, mail_about("verify"));
    err result = account_resend(r->c, in->email);
    if (result.code == ERR_OK)
        return mail_is_sent(s, "/check-mail?about=verify&done=resent");
    if (!sheet_explains(s, result, MESSAGE_mistake_field, NULL))
        return result;
    return show_mail(s, mail_about("verify"));
}

RESULT get_verify_email(struct req *r)
{
    const char *token = req_query(r, "token");
    struct sheet *s = sheet_new(r, NULL);
    if (token == NULL)
        return because(r->c, LINK, NULL, NULL,
                       fail(r->c, INVALID_TOKEN_LINK, "the link has no token"));
    TRY(sheet_carry_kept(s));
    s->address =
        text_printf(r->c->arena, "/verify-email?token=%s", percent_encode(r->c->arena, token));
    s->secret = true;
    sheet_put(s, "token", token);
    return sheet_reply(s, "verify_email", MESSAGE_verify_title);
}

RESULT post_verify_email_form(struct req *r)
{
    const struct link_form *in = REQ_IN(r, link_form);
    struct sheet *s = sheet_new(r, NULL);
    if (in->token == NULL)
        return because(r->c, LINK, NULL, NULL,
                       fail(r->c, INVALID_TOKEN_LINK, "the form has no token"));
    TRY(sheet_carry_kept(s));
    TRY(account_verify_email(r->c, in->token));
    TRY(ended(r));
    return mail_is_done(s, "done=verified");
}

RESULT get_join(struct req *r)
{
    const char *token = req_query(r, "token");
    struct sheet *s = sheet_new(r, NULL);
    if (token == NULL)
        return fail(r->c, INVALID_TOKEN_LINK, "the link has no token");
    TRY(sheet_carry_kept(s));
    TRY(put_inviter(s, token));
    s->address = text_printf(r->c->arena, "/join?token=%s", percent_encode(r->c->arena, token));
    s->secret = true;
    sheet_put(s, "token", token);
    return sheet_reply(s, "join", MESSAGE_join_title);
}

RESULT post_join_form(struct req *r)
{
    const struct link_form *in = REQ_IN(r, link_form);
    struct sheet *s = sheet_new(r, NULL);
    if (in->token == NULL)
        return fail(r->c, INVALID_TOKEN_LINK, "the form has no token");
    TRY(sheet_carry_kept(s));
    TRY(invitation_accept(r->c, in->token));
    return mail_is_done(s, "done=joined");
}
