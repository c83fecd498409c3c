/* SPDX-License-Identifier: Apache-2.0 */
#include "api/admin.h"

#include "store/tenants.h"
#include "web/precondition.h"
#include "web/reply.h"

struct actor admin_actor(const struct req *r)
{
    must(r->route->permission != NULL);
    return (struct actor){ .user_id = r->who.user_id,
                           .tenant_id = r->who.tenant_id,
                           .permissions = r->who.permissions,
                           .permission = r->route->permission };
}

bool admin_is_operator(const struct req *r)
{
    return text_equal(r->who.tenant_id, TENANT_DEFAULT_ID);
}

RESULT admin_created(struct req *r, const char *location, const void *object)
{
    TRY(precondition_reply(r, object));
    reply_header(r, "Location", location);
    return ok();
}
