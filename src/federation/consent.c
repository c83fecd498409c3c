/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/consent.h"

#include "federation/entra.h"
#include "federation/finish.h"
#include "federation/provider_change.h"
#include "identity/authority.h"
#include "identity/login.h"
#include "store/sessions.h"
#include "store/tenants.h"
#include "web/reply.h"

/* Global Administrator, by the id of the role's template: those who may consent for all that a
 * registration asks for (entra.md 1.13). */
static const char global_administrator[] = "62e90394-69f5-4237-9190-012177145e10";

/* ---- beginning ---- */

static RESULT begin(struct req *r, const struct provider *p, const char *sid, const char *consent,
                    struct attempt_begun *out)
{
    const struct attempt_wanted wanted = { .session_id = sid,
                                           .consent = consent,
                                           .fresh = !text_equal(consent, CONSENT_ASKED) };
    return attempt_begin(r, p, &wanted, out);
}

RESULT post_admin_consent(struct req *r)
{
    const struct provider *p = NULL;
    struct attempt_begun begun;
    if (r->who.sid == NULL)
        return fail(r->c, FORBIDDEN, "a consent is asked for in a session");
    TRY(provider_find(r->c, req_param(r, "id"), &p));
    if (p->kind != &kind_entra || tenant_is_guid(p->m.tenant) ||
        text_equal(p->m.tenant, "consumers"))
        return fail_field(r->c, INVALID_FIELD, "id", "This provider is not for several tenants.");
    if (p->secret != NULL)
        return fail_field(r->c, INVALID_FIELD, "id",
                          "The tenants of this provider stand in AUTH_AZURE_ALLOWED_TENANTS.");
    TRY(begin(r, p, r->who.sid, CONSENT_ASKED, &begun));
    return reply(r, &(struct consent_begun){ .authorization_url = begun.url,
                                             .expires_in = ATTEMPT_SECONDS });
}

/* ---- the hint ---- */

static RESULT take_hint(struct req *r, const struct provider *p, const struct attempt *attempt,
                        const struct callback *in)
{
    struct attempt_begun begun;
    if (!text_equal_nocase(in->admin_consent, "True") || !tenant_is_guid(in->tenant))
        return fail(r->c, INVALID_REQUEST, "the provider brought no consent of a tenant");
    TRY(begin(r, p, attempt->session_id, text_lower(r->c->arena, in->tenant), &begun));
    return reply_redirect(r, begun.url);
}

/* ---- the proof ---- */

/* The provider as if this tenant were allowed and no other; nobody becomes anything by it. */
static struct provider narrowed(struct ctx *c, const struct provider *p, const char *tenant)
{
    struct provider one = *p;
    one.m.tenants = (struct texts){ ARENA_NEWS(c->arena, const char *, 1), 1 };
    one.m.tenants.at[0] = tenant;
    one.m.roles = (struct texts){ 0 };
    one.m.guests = false;
    return one;
}

struct letting_in {
    const struct provider *p;
    const char *tenant, *sid, *user_id;
};

static RESULT let_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct letting_in *l = arg;
    struct provider_made made;
    TRY(provider_read(c, l->p->id, &made));
    struct provider_wanted wanted = { .id = l->p->id,
                                      .disabled = made.row->disabled,
                                      .metadata = made.metadata,
                                      .actor_id = l->user_id };
    const char **at = ARENA_NEWS(c->arena, const char *, made.metadata.tenants.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < made.metadata.tenants.n; i++) {
        if (!text_equal_nocase(made.metadata.tenants.at[i], l->tenant))
            at[n++] = made.metadata.tenants.at[i];
    }
    at[n++] = l->tenant;
    wanted.metadata.tenants = (struct texts){ at, n };
    return provider_change(c, &wanted, &made);
}

/* The operator as they are now. */
static RESULT carry_out(struct ctx *c, struct letting_in *l)
{
    enum session_state state = SESSION_UNKNOWN;
    const struct session_row *session = NULL;
    TRY(session_find_id(c, l->sid, &state, &session));
    if (session == NULL || state != SESSION_LIVE || login_is_for_change(session->acr))
        return fail(c, INVALID_SESSION, "the session that asked for a consent is over");
    l->user_id = session->user_id;
    const struct actor actor = { .user_id = session->user_id,
                                 .tenant_id = session->tenant_id,
                                 .permissions = text_split(c->arena, "admin:*", ' '),
                                 .permission = "admin:*" };
    if (!text_equal(session->tenant_id, TENANT_DEFAULT_ID))
        return fail(c, FORBIDDEN, "who asked for a consent is no operator");
    return authority_act(c, &actor, let_in, l);
}

static RESULT take_proof(struct req *r, const struct provider *p, const struct attempt *attempt,
                         const struct callback *in)
{
    const struct provider one = narrowed(r->c, p, attempt->consent);
    const struct answer_brought answer = { .code = in->code, .iss = in->iss };
    struct person person = { 0 };
    if (in->code == NULL)
        return fail(r->c, INVALID_REQUEST, "the provider brought no code");
    TRY(finish_identify(r->c, &one, attempt, &answer, &person));
    if (!texts_hold(person.wids, global_administrator))
        return fail_say(r->c, FORBIDDEN,
                        "The tenant was not let in: a Global Administrator of it has to sign in "
                        "(the registration needs the optional claim wids).",
                        "who consented for %s is no administrator there", attempt->consent);
    struct letting_in l = { .p = p, .tenant = attempt->consent, .sid = attempt->session_id };
    TRY(carry_out(r->c, &l));
    return reply_redirect(r, "/account");
}

RESULT consent_answered(struct req *r, const struct provider *p, const struct attempt *attempt,
                        const struct callback *in)
{
    /* `admin_consent=True` comes with errors, too. */
    if (in->error != NULL)
        return fail_say(r->c, FORBIDDEN, "No consent was given there.",
                        "the provider answered a consent with the error %.256s", in->error);
    return text_equal(attempt->consent, CONSENT_ASKED) ? take_hint(r, p, attempt, in)
                                                       : take_proof(r, p, attempt, in);
}
