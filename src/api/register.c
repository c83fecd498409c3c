/* SPDX-License-Identifier: Apache-2.0 */
#include "api/register.h"

#include "identity/account.h"
#include "identity/first_admin.h"
#include "web/ended.h"
#include "web/reply.h"

RESULT post_register(struct req *r)
{
    const struct register_request *in = REQ_IN(r, register_request);
    const struct account_registration registration = { .email = in->email,
                                                       .password = in->password,
                                                       .full_name = in->full_name,
                                                       .invitation = in->invitation,
                                                       .tenant_id = in->tenant_id };
    struct account_registered made;
    TRY(account_register(r->c, &registration, &made));
    return reply(r, &(struct registered){ .id = made.id,
                                          .email = made.email,
                                          .full_name = made.full_name,
                                          .email_verified = made.verified,
                                          .created_at = made.created_at });
}

RESULT post_verify_email(struct req *r)
{
    TRY(account_verify_email(r->c, REQ_IN(r, verify_email_request)->token));
    TRY(ended(r));
    return reply_no_content(r);
}

RESULT post_resend_verification(struct req *r)
{
    TRY(account_resend(r->c, REQ_IN(r, address_only)->email));
    return reply_no_content(r);
}

RESULT post_setup(struct req *r)
{
    const struct setup_request *in = REQ_IN(r, setup_request);
    const struct first_admin admin = { .code = in->setup_code,
                                       .email = in->email,
                                       .password = in->password,
                                       .full_name = in->full_name };
    const struct user_row *user = NULL;
    TRY(first_admin_make(r->c, &admin, &user));
    return reply(r, &(struct registered){ .id = user->id,
                                          .email = user->email_entered,
                                          .full_name = user->full_name,
                                          .email_verified = user->email_verified_at != 0,
                                          .created_at = user->created_at });
}
