/* SPDX-License-Identifier: Apache-2.0 */
#include "api/login.h"

#include "base/config.h"
#include "store/clients.h"
#include "web/browser.h"
#include "web/cookies.h"

/* What a refused sign-in may tell beyond its title: how to go on with a second factor. */
static RESULT tell(struct req *r, err failure, const struct login_done *done)
{
    if (failure.code == ERR_MFA_REQUIRED) {
        req_problem_text(r, "mfa_token", done->mfa_token);
        req_problem_texts(r, "methods", done->methods);
    }
    return failure;
}

static RESULT read_request(struct req *r, struct login *out)
{
    const struct login_request *in = REQ_IN(r, login_request);
    *out = (struct login){ .email = in->email,
                           .password = in->password,
                           .mfa_token = in->mfa_token,
                           .mfa_code = in->mfa_code,
                           .tenant_id = in->tenant_id,
                           .scope = in->scope };
    TRY(answer_mode(r->c, in->mode, &out->mode));
    if (in->mfa_token != NULL && in->mfa_code == NULL)
        return fail_field(r->c, INVALID_FIELD, "mfa_code", "A code goes with the mfa_token.");
    if (in->mfa_token == NULL && in->email == NULL)
        return fail_field(r->c, INVALID_FIELD, "email", "The e-mail address is missing.");
    if (in->mfa_token == NULL && in->password == NULL)
        return fail_field(r->c, INVALID_FIELD, "password", "The password is missing.");
    return cookie_get(r, COOKIE_DEVICE, &out->device);
}

RESULT post_login(struct req *r)
{
    struct login attempt;
    struct login_done done = { 0 };
    struct browser_former former;
    TRY(read_request(r, &attempt));
    TRY(browser_former(r, &former));
    err result = login(r->c, &attempt, &done);
    if (result.code != ERR_OK)
        return tell(r, result, &done);
    limit_give_back(r);
    TRY(browser_end_former(r, &former));
    return answer_sign_in(r, &done, done.mode);
}

RESULT post_token(struct req *r)
{
    const struct password_form *in = REQ_IN(r, password_form);
    if (!r->c->config->password_grant ||
        (in->grant_type != NULL && !text_equal(in->grant_type, "password")))
        return because(r->c, GRANT_TYPE, r->c->config->password_grant ? "password" : NULL,
                       in->grant_type,
                       fail(r->c, UNSUPPORTED_GRANT_TYPE, "grant_type %s; password_grant is %s",
                            in->grant_type == NULL ? "password" : in->grant_type,
                            r->c->config->password_grant ? "on" : "off"));
    if (in->client_id != NULL && !text_equal(in->client_id, CLIENT_FIRST_PARTY))
        return because(r->c, CLIENT_UNKNOWN, CLIENT_FIRST_PARTY, in->client_id,
                       fail(r->c, INVALID_CLIENT,
                            "the password form is for our own API only, not for %s",
                            in->client_id));
    struct login attempt = { .email = in->username,
                             .password = in->password,
                             .mfa_code = in->mfa_code,
                             .scope = in->scope,
                             .mode = SESSION_TOKEN };
    struct login_done done = { 0 };
    TRY(login(r->c, &attempt, &done));
    limit_give_back(r);
    return answer_sign_in(r, &done, SESSION_TOKEN);
}
