/* SPDX-License-Identifier: Apache-2.0 */
#include "api/verify.h"

#include "base/codec.h"
#include "identity/access.h"
#include "web/reply.h"
#include "web/step_up.h"

/* RFC 6749 3.1 takes an empty field for an absent one; here that would let everybody in where a
 * proxy has forgotten a name (AZ-12). */
static RESULT check_named(struct req *r)
{
    struct form form;
    if (!form_decode(r->c->arena, bytes_of(r->http->query), &form))
        return fail(r->c, INVALID_REQUEST, "a query that cannot be read");
    for (size_t i = 0; i < form.n; i++)
        if (form.at[i].value[0] == '\0')
            return fail_field(r->c, INVALID_FIELD, form.at[i].name,
                              "It is empty: name one, or leave it out.");
    return ok();
}

static RESULT check_scope(struct req *r, const char *scope)
{
    struct texts wanted;
    TRY(scopes_read(r->c, scope, &wanted));
    if (!scopes_hold(r->who.scopes, wanted))
        return because(r->c, SCOPE_OF_TOKEN, scope, text_join(r->c->arena, r->who.scopes, " "),
                       fail(r->c, INSUFFICIENT_SCOPE, "wanted is scope %s", scope));
    return ok();
}

static RESULT check_age(struct req *r, const char *max_age)
{
    int64_t seconds = 0;
    if (!text_int(max_age, 0, INT32_MAX, &seconds))
        return fail_field(r->c, INVALID_FIELD, "max_age", "max_age is a number of seconds.");
    return step_up_within(r, seconds);
}

static RESULT check(struct req *r, const struct verify_query *query)
{
    if (query->max_age != NULL)
        TRY(check_age(r, query->max_age));
    if (query->acr != NULL)
        TRY(step_up_to(r, query->acr));
    if (query->permission != NULL && !principal_may(&r->who, query->permission))
        return because(r->c, PERMISSION, query->permission,
                       text_join(r->c->arena, r->who.permissions, " "),
                       fail(r->c, FORBIDDEN, "wanted is permission %s", query->permission));
    return query->scope == NULL ? ok() : check_scope(r, query->scope);
}

/* Headers carry ids and ASCII names (decision 22); what is absent is an empty value, so that a
 * proxy that copies it replaces whatever the caller sent. */
static void tell_who(struct req *r)
{
    struct arena *a = r->c->arena;
    reply_header(r, "X-Auth-User", r->who.user_id != NULL ? r->who.user_id : r->who.client_id);
    reply_header(r, "X-Auth-Actor", r->who.actor_id != NULL ? r->who.actor_id : "");
    reply_header(r, "X-Auth-Tenant", r->who.tenant_id != NULL ? r->who.tenant_id : "");
    reply_header(r, "X-Auth-Roles", text_join(a, r->who.roles, ","));
    reply_header(r, "X-Auth-Scopes", text_join(a, r->who.scopes, " "));
}

RESULT any_verify(struct req *r)
{
    if (r->query != NULL) {
        TRY(check_named(r));
        TRY(check(r, r->query));
    }
    tell_who(r);
    return reply_no_content(r);
}
