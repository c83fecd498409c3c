/* SPDX-License-Identifier: Apache-2.0 */
#include "api/explain.h"

#include "store/tenants.h"
#include "web/door.h"
#include "web/reply.h"

static bool may_see(const struct req *r, const struct refusal *refusal)
{
    return text_equal(r->who.tenant_id, TENANT_DEFAULT_ID) ||
           text_equal(r->who.tenant_id, refusal->tenant_id);
}

RESULT get_explain(struct req *r)
{
    const char *id = req_param(r, "id");
    struct refusal *found = ARENA_NEW(r->c->arena, struct refusal);
    if (r->door->refusals == NULL || !refusals_find(r->door->refusals, id, found) ||
        !may_see(r, found))
        return fail_say(r->c, NOT_FOUND,
                        "No refusal of this id is in the memory of this node. It may be in the "
                        "log: uauth explain ID --log FILE.",
                        "no refusal has the id asked for");
    struct explanation e = explanation_of(r->c->arena, found);
    e.config_now = r->door->config_version;
    return reply(r, &e);
}
