/* SPDX-License-Identifier: Apache-2.0 */
#include "web/principal.h"

#include "base/time.h"
#include "identity/last_admin.h"
#include "identity/login.h"
#include "identity/tenancy.h"
#include "identity/tenant_settings.h"
#include "store/clients.h"
#include "web/step_up.h"

#include <string.h>

enum { HOUR = 3600, DAY = 86400 };

static const char say_tenant[] = "X-Tenant-Id names no tenant that this caller may act in.";

/* The rights of the user in `tenant_id`, no more than what a token was given for. */
static RESULT take_rights(struct req *r, const char *tenant_id)
{
    struct principal *who = &r->who;
    struct rights rights = { 0 };
    if (!login_is_for_change(who->acr))
        TRY(rights_of(r->c, who->user_id, tenant_id, &rights));
    bool own = who->kind == PRINCIPAL_SESSION ||
               (text_equal(who->client_id, CLIENT_FIRST_PARTY) && who->scopes.n == 0);
    who->tenant_id = tenant_id;
    who->roles = rights.roles;
    who->permissions =
        own ? rights.permissions : permissions_within(r->c->arena, rights.permissions, who->scopes);
    return ok();
}

/* A sign-in that would have ended in the tenant does not go on there. */
static RESULT check_age(struct req *r, const struct tenant_row *tenant)
{
    struct tenant_settings settings;
    TRY(tenant_settings_read(r->c, tenant->settings, &settings));
    int64_t life = r->who.kind == PRINCIPAL_SESSION ? settings.session_absolute_hours * HOUR
                                                    : settings.refresh_absolute_days * DAY;
    return life == 0 ? ok() : step_up_within(r, life);
}

RESULT principal_choose_tenant(struct req *r)
{
    struct principal *who = &r->who;
    const char *wanted = req_header(r, "x-tenant-id");
    const struct tenant_row *tenant = NULL;
    if (who->kind == PRINCIPAL_NONE)
        return ok();
    if (wanted == NULL || text_equal(wanted, who->tenant_id))
        return who->kind == PRINCIPAL_SESSION ? take_rights(r, who->tenant_id) : ok();
    bool bound = who->kind != PRINCIPAL_SESSION || who->actor_id != NULL;
    if (who->user_id == NULL || (bound && who->tenant_id != NULL))
        return because(r->c, TENANT, who->tenant_id, wanted,
                       fail_say(r->c, FORBIDDEN, say_tenant, "the token is bound to tenant %s",
                                who->tenant_id == NULL ? "none" : who->tenant_id));
    if (text_is_uuid(wanted)) /* what can be no id is not looked up */
        TRY(tenant_of_member(r->c, wanted, who->user_id, &tenant));
    if (tenant == NULL)
        return because(r->c, TENANT, "a tenant of the user", wanted,
                       fail_say(r->c, FORBIDDEN, say_tenant,
                                "user %s is no member of the tenant asked for", who->user_id));
    if (!tenancy_admits(tenant, who->acr, who->amr))
        return step_up_to(r, LOGIN_ACR_MFA);
    TRY(check_age(r, tenant));
    return take_rights(r, wanted);
}

/* What the user has now; a token may be older than the day somebody lost a role. */
static RESULT check_rights(struct req *r, const char *permission)
{
    struct rights rights = { 0 };
    if (r->who.user_id == NULL || r->who.kind != PRINCIPAL_BEARER)
        return ok();
    TRY(rights_of(r->c, r->who.user_id, r->who.tenant_id, &rights));
    if (!permissions_cover(rights.permissions, permission))
        return because(r->c, PERMISSION, permission,
                       text_join(r->c->arena, rights.permissions, " "),
                       fail(r->c, FORBIDDEN, "user %s no longer has the permission %s",
                            r->who.user_id, permission));
    return ok();
}

static const char *held(const struct req *r)
{
    return text_join(r->c->arena, r->who.permissions, " ");
}

static RESULT check_permission(struct req *r, const char *permission)
{
    if (principal_may(&r->who, permission))
        return check_rights(r, permission);
    /* RFC 6750 3.1: a token that could do it with more scope is told so; a session has no scope. */
    if (r->who.kind == PRINCIPAL_SESSION)
        return because(r->c, PERMISSION, permission, held(r),
                       fail(r->c, FORBIDDEN, "user %s does not have the permission %s",
                            r->who.user_id, permission));
    return because(
        r->c, PERMISSION_OF_TOKEN, permission, held(r),
        fail(r->c, INSUFFICIENT_SCOPE, "the token does not carry the permission %s", permission));
}

/* What our own API offers to its user is not what that user has let an application do. */
static RESULT check_client(struct req *r)
{
    if (r->who.kind != PRINCIPAL_BEARER || (r->route->flags & CLIENTS) != 0 ||
        text_equal(r->who.client_id, CLIENT_FIRST_PARTY))
        return ok();
    return because(r->c, TOKEN_OF_APPLICATION, CLIENT_FIRST_PARTY, r->who.client_id,
                   fail(r->c, INSUFFICIENT_SCOPE, "a token of client %s on a call of our own API",
                        r->who.client_id));
}

/* A key stands for a service: it does nothing that is for the person alone. */
static RESULT check_api_key(struct req *r, bool open)
{
    if (r->who.kind != PRINCIPAL_API_KEY || open)
        return ok();
    return because(r->c, API_KEY_PLACE, "a person who is signed in", "an API key",
                   fail_say(r->c, FORBIDDEN,
                            "This is for a person who is signed in, not for an API key.",
                            "API key %s on a call that is not for keys", r->who.api_key_id));
}

static const char *sign_in_age(const struct req *r)
{
    return text_printf(r->c->arena, "%lld s", (long long)(r->c->now - r->who.auth_time));
}

/* Who administers is a person in a tenant; what is of all tenants is the operators'. */
static RESULT check_place(struct req *r)
{
    if ((r->route->flags & (IN_TENANT | OPERATOR)) == 0)
        return ok();
    if (r->who.user_id == NULL || r->who.tenant_id == NULL)
        return because(r->c, TENANT, "a user in a tenant", NULL,
                       fail_say(r->c, FORBIDDEN, "This is for people who act in a tenant.",
                                "a caller without user or tenant"));
    if ((r->route->flags & OPERATOR) != 0 && !text_equal(r->who.tenant_id, TENANT_DEFAULT_ID))
        return because(r->c, TENANT, TENANT_DEFAULT_ID, r->who.tenant_id,
                       fail_say(r->c, FORBIDDEN,
                                "This is for operators, who act in the default tenant.",
                                "user %s acts in tenant %s", r->who.user_id, r->who.tenant_id));
    return ok();
}

/* RFC 9470 3. */
static RESULT check_recent(struct req *r)
{
    if (time_add(r->who.auth_time, RECENT_SECONDS) >= r->c->now)
        return ok();
    return because(r->c, SIGN_IN_AGE, text_printf(r->c->arena, "%d s", RECENT_SECONDS),
                   sign_in_age(r),
                   fail(r->c, STEP_UP_REQUIRED, "the sign-in is %lld s old, %d are allowed",
                        (long long)(r->c->now - r->who.auth_time), RECENT_SECONDS));
}

/* What is for the user alone is not done in their name. */
static RESULT check_acting(struct req *r)
{
    if (r->who.actor_id == NULL || (r->route->flags & IMPERSONATED) != 0)
        return ok();
    return because(r->c, IMPERSONATED, r->who.user_id, r->who.actor_id,
                   fail_say(r->c, FORBIDDEN, "This is not done in the name of somebody else.",
                            "user %s acts as user %s", r->who.actor_id, r->who.user_id));
}

RESULT principal_check(struct req *r)
{
    const struct route *row = r->route;
    TRY(check_acting(r));
    if (login_is_for_change(r->who.acr) && (row->flags & CHANGING) == 0)
        return because(r->c, PASSWORD_CHANGE, NULL, NULL,
                       fail(r->c, PASSWORD_CHANGE_REQUIRED,
                            "user %s has to change a password that an administrator has set",
                            r->who.user_id));
    bool open = row->permission != NULL || (row->flags & API_KEYS) != 0;
    TRY(check_api_key(r, open && (row->flags & RECENT) == 0));
    if (row->permission != NULL) {
        TRY(check_place(r));
        TRY(check_permission(r, row->permission));
    } else {
        TRY(check_client(r));
    }
    return (row->flags & RECENT) != 0 ? check_recent(r) : ok();
}

RESULT principal_check_recent(struct req *r)
{
    TRY(check_api_key(r, false));
    return check_recent(r);
}

RESULT principal_check_giving(struct req *r, struct texts roles, const char *permission)
{
    size_t more = 0;
    for (size_t i = 0; i < roles.n; i++)
        more += text_equal(roles.at[i], ROLE_USER) ? 0 : 1;
    if (more == 0)
        return ok();
    TRY(check_permission(r, permission));
    return principal_check_recent(r);
}
