/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/authority.h"

#include "identity/access.h"
#include "identity/throttle.h"
#include "store/roles.h"
#include "store/tenants.h"

const char *authority_tenant(const struct actor *actor)
{
    return actor->over != NULL ? actor->over : actor->tenant_id;
}

/* ---- the actor ---- */

/* What the actor may now, and no more than the caller's token carries. */
static RESULT permissions_now(struct ctx *c, const struct actor *actor, struct texts *out)
{
    struct rights rights;
    TRY(rights_of(c, actor->user_id, actor->tenant_id, &rights));
    *out = permissions_within(c->arena, rights.permissions, actor->permissions);
    return ok();
}

bool authority_operates(const struct actor *actor)
{
    return text_equal(actor->tenant_id, TENANT_DEFAULT_ID);
}

bool authority_reaches(const struct actor *actor, const char *tenant_id)
{
    return authority_operates(actor) || text_equal(tenant_id, actor->tenant_id);
}

static RESULT check_tenant(struct ctx *c, const struct actor *actor)
{
    const struct tenant_row *tenant = NULL;
    bool live = false;
    TRY(membership_is_live(c, actor->tenant_id, actor->user_id, &live));
    if (!live)
        return because(c, PERMISSION, "a member of the tenant", NULL,
                       fail(c, FORBIDDEN, "user %s is no longer a member of tenant %s",
                            actor->user_id, actor->tenant_id));
    if (text_equal(authority_tenant(actor), actor->tenant_id))
        return ok();
    if (authority_operates(actor))
        TRY(tenant_find(c, actor->over, &tenant));
    return tenant != NULL ? ok()
                          : fail(c, NOT_FOUND, "user %s, who acts in tenant %s, sees no tenant %s",
                                 actor->user_id, actor->tenant_id, actor->over);
}

static RESULT check_actor(struct ctx *c, const struct actor *actor)
{
    const struct user_row *user = NULL;
    struct texts may;
    TRY(user_find(c, actor->user_id, &user));
    if (user == NULL || user->status != USER_ACTIVE)
        return because(c, PERMISSION, "an active user", NULL,
                       fail(c, FORBIDDEN, "user %s is not active any longer", actor->user_id));
    TRY(check_tenant(c, actor));
    TRY(permissions_now(c, actor, &may));
    if (!permissions_cover(may, actor->permission))
        return because(c, PERMISSION, actor->permission, NULL,
                       fail(c, FORBIDDEN, "user %s does not have the permission %s", actor->user_id,
                            actor->permission));
    return ok();
}

struct acting {
    const struct actor *actor;
    db_unit *fn;
    void *arg;
};

static RESULT act_in(struct ctx *c, struct db *tx, void *arg)
{
    const struct acting *acting = arg;
    TRY(check_actor(c, acting->actor));
    return acting->fn(c, tx, acting->arg);
}

static void check_whole(const struct actor *actor)
{
    must(actor->user_id != NULL && actor->tenant_id != NULL && actor->permission != NULL);
}

RESULT authority_act(struct ctx *c, const struct actor *actor, db_unit *fn, void *arg)
{
    struct acting acting = { actor, fn, arg };
    check_whole(actor);
    return db_atomically(c, act_in, &acting);
}

RESULT authority_look(struct ctx *c, const struct actor *actor, db_unit *fn, void *arg)
{
    struct acting acting = { actor, fn, arg };
    check_whole(actor);
    return act_in(c, c->db, &acting);
}

RESULT authority_mail(struct ctx *c, const struct actor *actor, const struct authority_mail *mail)
{
    TRY(authority_look(c, actor, mail->check, mail->arg));
    TRY(throttle_take(c, THROTTLE_MAIL, *mail->to, NULL));
    return authority_act(c, actor, mail->fn, mail->arg);
}

/* ---- what may be given ---- */

/* The first of `permissions` that `may` does not cover, or NULL. */
static const char *first_missing(struct texts may, struct texts permissions)
{
    for (size_t i = 0; i < permissions.n; i++)
        if (!permissions_cover(may, permissions.at[i]))
            return permissions.at[i];
    return NULL;
}

RESULT authority_to_give(struct ctx *c, const struct actor *actor, struct texts permissions)
{
    struct texts may;
    if (actor == NULL)
        return ok();
    TRY(permissions_now(c, actor, &may));
    const char *missing = first_missing(may, permissions);
    if (missing == NULL)
        return ok();
    return because(c, GIVE_MORE, missing, NULL,
                   fail_say(c, FORBIDDEN,
                            text_printf(c->arena,
                                        "Nobody gives, takes or changes what they do not have "
                                        "themselves: %s.",
                                        missing),
                            "user %s does not have the permission %s", actor->user_id, missing));
}

/* ---- whom it reaches ---- */

/* What the actor may in `tenant_id` (NULL: in all), where the other one may something. */
static RESULT permissions_there(struct ctx *c, const struct actor *actor, const char *tenant_id,
                                struct texts *out)
{
    struct access_row access = { 0 };
    bool live = tenant_id == NULL;
    TRY(permissions_now(c, actor, out));
    if (text_equal(tenant_id, authority_tenant(actor)) ||
        (authority_operates(actor) && permissions_cover(*out, "admin:*")))
        return ok();
    if (!live)
        TRY(membership_is_live(c, tenant_id, actor->user_id, &live));
    if (live)
        TRY(access_of(c, actor->user_id, tenant_id, &access));
    *out = permissions_within(c->arena, access.permissions, actor->permissions);
    return ok();
}

/* AZ-04: the other one has nothing that the actor does not have. */
static RESULT check_below(struct ctx *c, const struct actor *actor, const struct user_row *user,
                          enum authority_reach reach)
{
    struct held_rows held;
    struct texts may = { 0 };
    TRY(permissions_held(c, user->id, &held));
    for (size_t i = 0; i < held.n; i++) {
        const char *where = held.at[i].tenant_id;
        bool counts = reach == AUTHORITY_TAKEOVER || where == NULL ||
                      text_equal(where, authority_tenant(actor));
        if (!counts)
            continue;
        if (i == 0 || may.n == 0 || !text_equal(where, held.at[i - 1].tenant_id))
            TRY(permissions_there(c, actor, where, &may));
        if (!permissions_cover(may, held.at[i].permission))
            return because(c, REACH_ABOVE, held.at[i].permission, NULL,
                           fail_say(c, FORBIDDEN, "This user may more than you do.",
                                    "user %s has %s in %s, user %s does not", user->id,
                                    held.at[i].permission, where == NULL ? "all tenants" : where,
                                    actor->user_id));
    }
    return ok();
}

static RESULT find_member(struct ctx *c, const struct actor *actor, const char *user_id,
                          const struct user_row **out)
{
    bool member = false;
    TRY(membership_has(c, authority_tenant(actor), user_id, &member));
    *out = NULL;
    if (member)
        TRY(user_find(c, user_id, out));
    if (*out == NULL || (*out)->status == USER_DELETED)
        return fail(c, NOT_FOUND, "tenant %s has no member %s", authority_tenant(actor), user_id);
    return ok();
}

/* A key is not its maker: who made it may more than it does, and it reaches them as it does others.
 */
static bool is_oneself(const struct ctx *c, const struct actor *actor, const char *user_id)
{
    return c->origin.api_key_id == NULL && text_equal(user_id, actor->user_id);
}

RESULT authority_over(struct ctx *c, const struct actor *actor, const char *user_id,
                      enum authority_reach reach, const struct user_row **out)
{
    TRY(find_member(c, actor, user_id, out));
    if (reach == AUTHORITY_SEE || is_oneself(c, actor, user_id))
        return ok();
    bool home = text_equal((*out)->default_tenant_id, authority_tenant(actor));
    if (reach != AUTHORITY_MEMBER && !home)
        return because(
            c, REACH_GUEST, NULL, NULL,
            fail_say(c, FORBIDDEN, "This user is a guest: the account belongs to another tenant.",
                     "user %s is at home in %s", user_id,
                     (*out)->default_tenant_id == NULL ? "no tenant" : (*out)->default_tenant_id));
    return check_below(c, actor, *out, reach);
}
