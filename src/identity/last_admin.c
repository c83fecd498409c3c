/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/last_admin.h"

#include "store/roles.h"
#include "store/tenants.h"

RESULT last_admin_check(struct ctx *c, const char *user_id)
{
    struct access_row access;
    TRY(access_of(c, user_id, TENANT_DEFAULT_ID, &access));
    if (!texts_hold(access.roles, ROLE_ADMIN))
        return ok();
    bool others = false;
    TRY(role_held_by_others(c, TENANT_DEFAULT_ID, user_id, ROLE_ADMIN, &others));
    if (!others)
        return fail_say(c, CONFLICT, "This is the only administrator. Make another one before.",
                        "%s is the last administrator", user_id);
    return ok();
}
