/* SPDX-License-Identifier: Apache-2.0 */
#include "web/step_up.h"

#include "identity/login.h"
#include "identity/mfa.h"

/* A second factor is more than a password; any other class stands for itself. */
static bool satisfies(const char *has, const char *wanted)
{
    return text_equal(has, wanted) ||
           (text_equal(wanted, LOGIN_ACR_PASSWORD) && text_equal(has, LOGIN_ACR_MFA));
}

RESULT step_up_to(struct req *r, const char *acr)
{
    if (r->who.acr != NULL && satisfies(r->who.acr, acr))
        return ok();
    req_problem_text(r, "acr_values", acr);
    return because(r->c, SIGN_IN_CLASS, acr, r->who.acr,
                   fail(r->c, STEP_UP_REQUIRED, "acr is %s, wanted is %s",
                        r->who.acr == NULL ? "unknown" : r->who.acr, acr));
}

RESULT step_up_within(struct req *r, int64_t max_age)
{
    if (r->c->now - r->who.auth_time <= max_age)
        return ok();
    req_problem_text(r, "max_age", text_printf(r->c->arena, "%lld", (long long)max_age));
    int64_t age = r->c->now - r->who.auth_time;
    return because(r->c, SIGN_IN_AGE, text_printf(r->c->arena, "%lld s", (long long)max_age),
                   text_printf(r->c->arena, "%lld s", (long long)age),
                   fail(r->c, STEP_UP_REQUIRED, "signed in %lld s ago, allowed are %lld",
                        (long long)age, (long long)max_age));
}

RESULT step_up_to_factor(struct req *r)
{
    bool has = false;
    int64_t left = 0;
    TRY(mfa_state(r->c, r->who.user_id, &has, &left));
    return has ? step_up_to(r, LOGIN_ACR_MFA) : ok();
}
