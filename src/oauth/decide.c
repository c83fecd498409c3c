/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/decide.h"

#include "base/time.h"
#include "identity/access.h"
#include "identity/login.h"
#include "identity/mfa.h"
#include "identity/tenancy.h"
#include "oauth/client_document.h"
#include "oauth/client_sector.h"
#include "oauth/scope.h"
#include "oauth/uri_shown.h"
#include "store/client_registrations.h"
#include "store/consents.h"

/* Whether the user of `session` has answered the waiting request so. */
static bool has_answered(const struct authorization *a, const struct session_row *session,
                         enum request_answer answer)
{
    return a->waiting != NULL && (a->waiting->answered & answer) != 0 &&
           text_equal(a->waiting->session_id, session->id);
}

/* Whether the sign-in was made for this request. */
static bool is_fresh(const struct authorization *a, const struct session_row *session)
{
    return a->waiting != NULL && session->auth_time >= a->waiting->created_at;
}

/* The same, wherever and whenever who they are was proven: nothing stronger is to be had from it.
 */
static bool is_answer(const struct authorization *a, const struct session_row *session)
{
    return a->waiting != NULL && session->created_at >= a->waiting->created_at;
}

/* How strong a sign-in is; 0: not known here. */
static int strength(const char *acr)
{
    if (text_equal(acr, LOGIN_ACR_MFA))
        return 2;
    return text_equal(acr, LOGIN_ACR_PASSWORD) ? 1 : 0;
}

/* Whether one of the wanted values is reached; values that nobody knows are not wanted of us. */
static bool reaches(const struct session_row *session, struct texts wanted)
{
    bool known = false;
    for (size_t i = 0; i < wanted.n; i++) {
        int asked = strength(wanted.at[i]);
        if (asked > 0 && strength(session->acr) >= asked)
            return true;
        known = known || asked > 0;
    }
    return !known;
}

/* Whether the request is about somebody else than who is signed in, by the name that the client
 * knows them by. */
static RESULT is_another(struct ctx *c, const struct authorization *a,
                         const struct session_row *session, bool *another)
{
    const char *sub = NULL;
    *another = false;
    if (a->sub == NULL || session == NULL)
        return ok();
    TRY(client_subject(c, a->client, session->user_id, &sub));
    *another = !text_equal(a->sub, sub);
    return ok();
}

static bool needs_login(struct ctx *c, const struct authorization *a,
                        const struct session_row *session)
{
    if (session == NULL || login_is_for_change(session->acr))
        return true;
    if (is_fresh(a, session))
        return false;
    if ((a->prompts & PROMPT_LOGIN) != 0)
        return true;
    if (!reaches(session, a->acr_values) && !is_answer(a, session))
        return true;
    return a->max_age != NO_MAX_AGE && time_add(session->auth_time, a->max_age) < c->now;
}

/* OpenID Connect Core 5.5.1.1: an essential value is reached, or the request fails. */
static bool is_too_weak(const struct authorization *a, const struct session_row *session)
{
    if (!a->claims.acr_essential || a->acr_values.n == 0)
        return false;
    for (size_t i = 0; i < a->acr_values.n; i++)
        if (strength(a->acr_values.at[i]) > 0 &&
            strength(session->acr) >= strength(a->acr_values.at[i]))
            return false;
    return true;
}

/* RFC 8252 8.6: behind such an address may be any application of the device. */
static bool is_somebodys(const struct authorization *a)
{
    return !a->client->confidential && !text_starts(a->in->redirect_uri, "https://");
}

/* Whether all addresses of the client are at this place. */
static bool has_one_place(struct arena *a, const struct client *client, const char *place)
{
    struct texts uris = client->metadata.redirect_uris;
    for (size_t i = 0; i < uris.n; i++)
        if (!text_equal(uri_place(a, uris.at[i]), place))
            return false;
    return true;
}

/*
 * Whether it goes where the user read that it would go when they allowed it (CD-17, CL-12).  An
 * operator answers for the addresses of a client; one that has registered itself may have others
 * beside, or since.
 */
static RESULT goes_there(struct ctx *c, const struct authorization *a,
                         const struct consent_row *given, bool *there)
{
    const struct client_registration_row *registration = NULL;
    const char *place = uri_place(c->arena, a->in->redirect_uri);
    if (client_document_names(a->client->id)) {
        *there = text_equal(place, client_document_host(c->arena, a->client->id));
        return ok();
    }
    TRY(client_registration_of(c, a->client->id, &registration));
    *there = registration == NULL ||
             (given->shown_at > a->client->changed_at && has_one_place(c->arena, a->client, place));
    return ok();
}

static RESULT needs_consent(struct ctx *c, const struct authorization *a,
                            const struct session_row *session, bool *needed)
{
    const struct consent_row *given = NULL;
    *needed = false;
    if (has_answered(a, session, ANSWERED_CONSENT))
        return ok();
    *needed = (a->prompts & PROMPT_CONSENT) != 0;
    if (*needed || a->client->metadata.first_party)
        return ok();
    *needed = true;
    /* RFC 9396 12: this payment is not that payment. */
    if (is_somebodys(a) || a->details.n > 0)
        return ok();
    TRY(consent_find(c, session->user_id, a->client->id, &given));
    if (given == NULL || !scopes_hold(given->scopes, a->shown))
        return ok();
    bool there = false;
    TRY(goes_there(c, a, given, &there));
    *needed = !there;
    return ok();
}

/* TN-10: who has a factor shows it, who has none enrols one; the code is refused in any case. */
static RESULT needs_factor(struct ctx *c, const struct authorization *a,
                           const struct session_row *session, enum need *need)
{
    const struct tenant_row *tenant = NULL;
    bool has = false;
    int64_t codes_left = 0;
    if (a->client->tenant_id == NULL || session->actor_id != NULL)
        return ok();
    TRY(tenant_of_member(c, a->client->tenant_id, session->user_id, &tenant));
    if (tenant == NULL || tenancy_admits(tenant, session->acr, session->amr))
        return ok();
    TRY(mfa_state(c, session->user_id, &has, &codes_left));
    *need = has ? NEED_LOGIN : NEED_FACTOR;
    return ok();
}

RESULT decide(struct ctx *c, const struct authorization *a, const struct session_row *session,
              enum need *out)
{
    bool consent = false;
    bool another = false;
    bool creates = (a->prompts & PROMPT_CREATE) != 0;
    *out = NEED_NOTHING;
    TRY(is_another(c, a, session, &another));
    if (creates && (session == NULL || !is_fresh(a, session)))
        *out = NEED_CREATE;
    else if (another || needs_login(c, a, session))
        *out = NEED_LOGIN;
    else if (is_too_weak(a, session))
        *out = NEED_STRONGER;
    else
        TRY(needs_factor(c, a, session, out));
    if (*out == NEED_NOTHING && (a->prompts & PROMPT_SELECT_ACCOUNT) != 0 &&
        !has_answered(a, session, ANSWERED_SELECT) && !is_fresh(a, session))
        *out = NEED_SELECT;
    if (*out != NEED_NOTHING)
        return ok();
    TRY(needs_consent(c, a, session, &consent));
    *out = consent ? NEED_CONSENT : NEED_NOTHING;
    return ok();
}

RESULT decide_refuse(struct ctx *c, enum need need)
{
    switch (need) {
    case NEED_LOGIN:
        return because(c, PROMPT_NONE, "a sign-in", "prompt=none",
                       fail(c, LOGIN_REQUIRED, "nobody is signed in as prompt=none needs it"));
    case NEED_SELECT:
        return because(
            c, PROMPT_NONE, "a choice of the account", "prompt=none",
            fail(c, ACCOUNT_SELECTION_REQUIRED, "prompt=none, and an account to choose"));
    case NEED_CONSENT:
        return because(c, PROMPT_NONE, "consent", "prompt=none",
                       fail(c, CONSENT_REQUIRED, "prompt=none, and the user has not consented"));
    case NEED_STRONGER:
        return because(c, ACR, NULL, NULL,
                       fail(c, UNMET_REQUIREMENTS, "an essential acr was not reached"));
    case NEED_FACTOR:
        return because(c, ACR, LOGIN_ACR_MFA, NULL,
                       fail(c, UNMET_REQUIREMENTS, "the tenant asks for a second factor"));
    case NEED_CREATE:
    case NEED_NOTHING:
        break;
    }
    return because(c, PROMPT_NONE, "a step of the user", "prompt=none",
                   fail(c, INTERACTION_REQUIRED, "prompt=none, and something to do"));
}
