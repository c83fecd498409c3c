/* SPDX-License-Identifier: Apache-2.0 */
#include "api/mfa.h"

#include "api/answer.h"
#include "identity/mfa.h"
#include "web/browser.h"
#include "web/ended.h"
#include "web/reply.h"
#include "web/step_up.h"

RESULT post_totp(struct req *r)
{
    struct totp_enrolment enrolment;
    TRY(mfa_enrol(r->c, r->who.user_id, &enrolment));
    return reply(r, &(struct totp_response){ .secret = enrolment.secret,
                                             .otpauth_uri = enrolment.otpauth_uri,
                                             .qr_svg = enrolment.qr_svg });
}

RESULT post_totp_confirm(struct req *r)
{
    struct recovery_codes_response out = { .recovery_codes = { NULL, 0 } };
    const struct mfa_confirm confirm = { .user_id = r->who.user_id,
                                         .sid = r->who.sid,
                                         .code = REQ_IN(r, totp_confirm_request)->code };
    TRY(mfa_confirm(r->c, &confirm, &out.recovery_codes));
    TRY(ended(r));
    TRY(browser_renew_session(r));
    return reply(r, &out);
}

RESULT delete_totp(struct req *r)
{
    TRY(step_up_to_factor(r));
    TRY(mfa_remove(r->c, r->who.user_id, r->who.user_id));
    return reply_no_content(r);
}

RESULT get_recovery_codes(struct req *r)
{
    bool has = false;
    struct recovery_state state = { 0 };
    TRY(mfa_state(r->c, r->who.user_id, &has, &state.remaining));
    return reply(r, &state);
}

RESULT post_recovery_codes(struct req *r)
{
    struct recovery_codes_response out = { .recovery_codes = { NULL, 0 } };
    TRY(step_up_to_factor(r));
    TRY(mfa_recovery_codes(r->c, r->who.user_id, &out.recovery_codes));
    return reply(r, &out);
}
