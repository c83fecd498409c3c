/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/last_admin.h"

#include "store/roles.h"

RESULT last_admin_check_in(struct ctx *c, const char *tenant_id, const char *user_id)
{
    struct access_row access;
    TRY(access_of(c, user_id, tenant_id, &access));
    if (!texts_hold(access.roles, ROLE_ADMIN))
        return ok();
    bool others = false;
    TRY(role_held_by_others(c, tenant_id, user_id, ROLE_ADMIN, &others));
    if (!others)
        return fail_say(c, CONFLICT, "This is the only administrator. Make another one before.",
                        "%s is the last administrator of tenant %s", user_id, tenant_id);
    return ok();
}

RESULT last_admin_check(struct ctx *c, const char *user_id)
{
    struct texts tenants;
    TRY(role_places(c, user_id, ROLE_ADMIN, &tenants));
    for (size_t i = 0; i < tenants.n; i++)
        TRY(last_admin_check_in(c, tenants.at[i], user_id));
    return ok();
}
