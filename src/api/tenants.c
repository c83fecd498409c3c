/* SPDX-License-Identifier: Apache-2.0 */
#include "api/tenants.h"

#include "identity/invitation.h"
#include "identity/tenant_switch.h"
#include "store/roles.h"
#include "store/tenants.h"
#include "web/ended.h"
#include "web/reply.h"

RESULT get_my_tenants(struct req *r)
{
    struct tenant_rows rows;
    TRY(memberships_of_user(r->c, r->who.user_id, (struct page){ .limit = PAGE_MAX }, &rows));
    struct my_tenant *tenants = ARENA_NEWS(r->c->arena, struct my_tenant, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        const struct tenant_row *row = &rows.at[i];
        tenants[i] = (struct my_tenant){ .id = row->id,
                                         .slug = row->slug,
                                         .name = row->name,
                                         .require_mfa = row->require_mfa,
                                         .current = text_equal(row->id, r->who.tenant_id) };
        TRY(roles_given(r->c, r->who.user_id, row->id, &tenants[i].roles));
    }
    return reply(r, &(struct my_tenant_list){ .tenants = { tenants, rows.n } });
}

RESULT post_tenant_switch(struct req *r)
{
    struct login_done done;
    if (r->who.sid == NULL || r->who.user_id == NULL)
        return because(r->c, TOKEN_OF_APPLICATION, "sid", NULL,
                       fail_say(r->c, FORBIDDEN, "This token belongs to no session.",
                                "a switch with a token without sid"));
    const struct tenant_switch asked = { .user_id = r->who.user_id,
                                         .sid = r->who.sid,
                                         .from = r->who.tenant_id,
                                         .to = req_param(r, "id"),
                                         .by_token = r->who.kind == PRINCIPAL_BEARER,
                                         .scopes = r->who.scopes };
    err result = tenant_switch(r->c, &asked, &done);
    if (result.code == ERR_STEP_UP_REQUIRED)
        req_problem_text(r, "acr_values", LOGIN_ACR_MFA);
    TRY(result);
    TRY(ended(r));
    return answer_sign_in(r, &done, done.mode);
}

RESULT post_join(struct req *r)
{
    TRY(invitation_accept(r->c, REQ_IN(r, join_request)->token));
    return reply_no_content(r);
}
