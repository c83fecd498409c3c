/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/callback.h"

#include "federation/consent.h"
#include "federation/finish.h"
#include "web/browser.h"
#include "web/cookies.h"
#include "web/page_sign_in.h"
#include "web/reply.h"
#include "web/sheet.h"

/* ---- what the provider says instead of a code ---- */

/* What the person did there, or did not do: they choose anew.  Anything else is the provider's. */
static bool is_theirs(const char *error)
{
    static const char *const choices[] = { "access_denied",        "user_cancelled_authorize",
                                           "login_required",       "consent_required",
                                           "interaction_required", "account_selection_required" };
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++)
        if (text_equal(choices[i], error))
            return true;
    return false;
}

static RESULT go_back(struct req *r, const struct attempt *attempt, const char *error)
{
    struct sheet *s = sheet_new(r, NULL);
    if (!is_theirs(error))
        return fail(r->c, UPSTREAM, "the provider answered with the error %.256s", error);
    if (attempt->session_id != NULL)
        return reply_redirect(r, "/account");
    TRY(sheet_carry(s, attempt->request, attempt->then));
    return reply_redirect(r, text_printf(r->c->arena, "/sign-in%s%sdone=cancelled", s->carry,
                                         s->carry[0] == '\0' ? "?" : "&"));
}

/* ---- signing in ---- */

/* To what waits, where everything is looked at anew; or to a page of ours. */
static RESULT next_of(struct req *r, const struct attempt *attempt, const char **next,
                      const char **carry)
{
    struct sheet *s = sheet_new(r, NULL);
    TRY(sheet_carry(s, NULL, attempt->then));
    *next = sheet_next(s);
    *carry = s->carry;
    if (attempt->request == NULL)
        return ok();
    *next = waiting_continue(r->c->arena, attempt->request);
    *carry = text_printf(r->c->arena, "?request=%s", attempt->request);
    return ok();
}

static RESULT sign_in(struct req *r, const struct attempt *attempt,
                      const struct federated_person *person)
{
    struct federated_login login = { .person = *person, .mode = SESSION_COOKIE };
    struct login_done done = { 0 };
    struct browser_former former;
    const char *next = NULL;
    const char *carry = NULL;
    TRY(next_of(r, attempt, &next, &carry));
    TRY(cookie_get(r, COOKIE_DEVICE, &login.device));
    TRY(browser_former(r, &former));
    err result = login_federated(r->c, &login, &done);
    if (result.code == ERR_MFA_REQUIRED)
        return page_ask_for_code(r, &done, carry);
    if (result.code == ERR_INVALID_CREDENTIALS) {
        const char *why = r->c->fault.text;
        fault_clear(r->c);
        return fail(r->c, FORBIDDEN, "%s", why);
    }
    TRY(result);
    return page_signed_in(r, &done, &former, next);
}

static RESULT link_identity(struct req *r, const struct attempt *attempt,
                            const struct federated_person *person)
{
    TRY(identity_link(r->c, attempt->session_id, person));
    return reply_redirect(r, "/account?done=linked");
}

RESULT any_callback(struct req *r)
{
    const struct callback *in = REQ_IN(r, callback);
    const struct provider *p = NULL;
    struct attempt attempt;
    struct federated_person person;
    TRY(provider_find(r->c, req_param(r, "provider"), &p));
    TRY(attempt_take(r, p, in->state == NULL ? "" : in->state, NULL, &attempt));
    if (attempt.consent != NULL)
        return consent_answered(r, p, &attempt, in);
    if (in->error != NULL)
        return go_back(r, &attempt, in->error);
    if (in->code == NULL)
        return because(
            r->c, PROVIDER_ANSWER, "code or error", NULL,
            fail(r->c, INVALID_REQUEST, "the provider brought neither a code nor an error"));
    const struct answer_brought answer = { .code = in->code, .iss = in->iss, .user = in->user };
    TRY(finish_prove(r, p, &attempt, &answer, &person));
    return attempt.session_id != NULL ? link_identity(r, &attempt, &person)
                                      : sign_in(r, &attempt, &person);
}
