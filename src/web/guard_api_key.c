/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/api_key.h"
#include "web/guard.h"

/* It says nothing of when its maker signed in, so it never counts as a recent sign-in. */
RESULT guard_api_key_of(struct req *r, const struct token_shown *shown)
{
    static const struct token_bound unbound;
    struct api_key_used used;
    TRY(token_scheme_check(r->c, shown, &unbound, req_header(r, "dpop") != NULL));
    TRY(api_key_use(r->c, shown->token, &used));
    r->who = (struct principal){
        .kind = PRINCIPAL_API_KEY,
        .user_id = used.row->user_id,
        .tenant_id = used.row->tenant_id,
        .api_key_id = used.row->id,
        .permissions = used.permissions,
        .scopes = used.row->permissions,
        .expires_at = used.row->expires_at,
    };
    return ok();
}
