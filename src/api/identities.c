/* SPDX-License-Identifier: Apache-2.0 */
#include "api/identities.h"

#include "api/answer.h"
#include "base/codec.h"
#include "federation/finish.h"
#include "web/browser.h"
#include "web/cookies.h"
#include "web/ended.h"
#include "web/home_realm.h"
#include "web/reply.h"

/* ---- signing in ---- */

static RESULT check_brought(struct req *r, const struct provider_token *in)
{
    if ((in->code == NULL) == (in->id_token == NULL))
        return fail_field(r->c, INVALID_FIELD, "code",
                          "There is either a code or an id_token; access tokens of providers are "
                          "not taken.");
    return ok();
}

static RESULT sign_in(struct req *r, const struct federated_person *person)
{
    const struct provider_token *in = REQ_IN(r, provider_token);
    struct federated_login login = { .person = *person,
                                     .tenant_id = in->tenant_id,
                                     .scope = in->scope };
    struct login_done done = { 0 };
    struct browser_former former;
    TRY(answer_mode(r->c, in->mode, &login.mode));
    TRY(cookie_get(r, COOKIE_DEVICE, &login.device));
    TRY(browser_former(r, &former));
    err result = login_federated(r->c, &login, &done);
    if (result.code == ERR_MFA_REQUIRED) {
        req_problem_text(r, "mfa_token", done.mfa_token);
        req_problem_texts(r, "methods", done.methods);
    }
    TRY(result);
    limit_give_back(r);
    TRY(browser_end_former(r, &former));
    return answer_sign_in(r, &done, done.mode);
}

RESULT post_provider_token(struct req *r)
{
    const struct provider_token *in = REQ_IN(r, provider_token);
    const struct answer_brought answer = { in->code, in->id_token, in->iss };
    const struct provider *p = NULL;
    struct attempt attempt;
    struct federated_person person;
    TRY(check_brought(r, in));
    TRY(provider_find(r->c, req_param(r, "provider"), &p));
    TRY(attempt_take(r, p, NULL, in->attempt, &attempt));
    TRY(finish_prove(r, p, &attempt, &answer, &person));
    return sign_in(r, &person);
}

RESULT post_home_realm(struct req *r)
{
    const char *email = REQ_IN(r, home_realm_request)->email;
    struct home_realm out = { 0 };
    TRY(home_realm_find(r->c, email, &out.provider));
    if (out.provider != NULL)
        out.start = text_printf(r->c->arena, "/auth/oauth/%s?login_hint=%s", out.provider,
                                percent_encode(r->c->arena, email));
    return reply(r, &out);
}

/* ---- one's own ---- */

RESULT get_my_identities(struct req *r)
{
    struct identity_rows rows;
    TRY(identities_of(r->c, r->who.user_id, &rows));
    struct identity_entry *entries = ARENA_NEWS(r->c->arena, struct identity_entry, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        entries[i] = (struct identity_entry){ .id = rows.at[i].id,
                                              .provider = rows.at[i].provider,
                                              .issuer = rows.at[i].issuer,
                                              .subject = rows.at[i].subject,
                                              .created_at = rows.at[i].created_at,
                                              .last_used_at = rows.at[i].last_used_at };
    return reply(r, &(struct identity_list){ .identities = { entries, rows.n } });
}

RESULT post_my_identity(struct req *r)
{
    const struct provider *p = NULL;
    const struct attempt_wanted wanted = { .session_id = r->who.sid };
    struct attempt_begun begun;
    if (r->who.sid == NULL)
        return fail(r->c, FORBIDDEN, "an identity is linked to the account of a session");
    TRY(provider_find(r->c, REQ_IN(r, link_request)->provider, &p));
    TRY(attempt_begin(r, p, &wanted, &begun));
    return reply(
        r, &(struct link_begun){ .authorization_url = begun.url, .expires_in = ATTEMPT_SECONDS });
}

RESULT delete_my_identity(struct req *r)
{
    TRY(identity_unlink(r->c, r->who.user_id, req_param(r, "id")));
    TRY(ended(r));
    return reply_no_content(r);
}
