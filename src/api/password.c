/* SPDX-License-Identifier: Apache-2.0 */
#include "api/password.h"

#include "identity/account.h"
#include "web/browser.h"
#include "web/ended.h"
#include "web/reply.h"

RESULT post_forgot_password(struct req *r)
{
    TRY(account_forgot(r->c, REQ_IN(r, address_only)->email));
    return reply_no_content(r);
}

RESULT post_reset_password(struct req *r)
{
    const struct reset_password_request *in = REQ_IN(r, reset_password_request);
    TRY(account_reset(r->c, in->token, in->password));
    TRY(ended(r));
    browser_sign_out(r);
    return reply_no_content(r);
}

RESULT post_first_password(struct req *r)
{
    TRY(account_ask_first_password(r->c, r->who.user_id));
    return reply_no_content(r);
}

/* The session that asks goes on, with a new secret in its cookie. */
RESULT post_my_password(struct req *r)
{
    const struct change_password_request *in = REQ_IN(r, change_password_request);
    const struct account_password change = { .user_id = r->who.user_id,
                                             .sid = r->who.sid,
                                             .current_password = in->current_password,
                                             .new_password = in->new_password };
    TRY(account_change_password(r->c, &change));
    TRY(ended(r));
    TRY(browser_renew_session(r));
    return reply_no_content(r);
}
