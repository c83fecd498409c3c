/* SPDX-License-Identifier: Apache-2.0 */
#include "api/mfa.h"

#include "api/answer.h"
#include "api/ended.h"
#include "api/step_up.h"
#include "identity/mfa.h"
#include "identity/session.h"
#include "web/reply.h"

RESULT post_totp(struct req *r)
{
    struct totp_enrolment enrolment;
    TRY(mfa_enrol(r->c, r->who.user_id, &enrolment));
    return reply(r, &(struct totp_response){ .secret = enrolment.secret,
                                             .otpauth_uri = enrolment.otpauth_uri,
                                             .qr_svg = enrolment.qr_svg });
}

static RESULT renew_cookie(struct req *r)
{
    const char *secret = NULL;
    if (r->who.kind != PRINCIPAL_SESSION)
        return ok();
    TRY(session_renew(r->c, r->who.sid, &secret));
    (void)answer_session_cookies(r, secret, r->who.sid);
    return ok();
}

RESULT post_totp_confirm(struct req *r)
{
    struct recovery_codes_response out = { .recovery_codes = { NULL, 0 } };
    const struct mfa_confirm confirm = { .user_id = r->who.user_id,
                                         .sid = r->who.sid,
                                         .code = REQ_IN(r, totp_confirm_request)->code };
    TRY(mfa_confirm(r->c, &confirm, &out.recovery_codes));
    TRY(ended(r));
    TRY(renew_cookie(r));
    return reply(r, &out);
}

/* A factor is given up, or its recovery codes replaced, only by who has just shown it. */
static RESULT demand_factor(struct req *r)
{
    bool has = false;
    int64_t left = 0;
    TRY(mfa_state(r->c, r->who.user_id, &has, &left));
    return has ? step_up_to(r, LOGIN_ACR_MFA) : ok();
}

RESULT delete_totp(struct req *r)
{
    TRY(demand_factor(r));
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
    TRY(demand_factor(r));
    TRY(mfa_recovery_codes(r->c, r->who.user_id, &out.recovery_codes));
    return reply(r, &out);
}
