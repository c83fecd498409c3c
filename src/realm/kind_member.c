/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/kind.h"

#include "identity/email.h"
#include "identity/last_admin.h"
#include "identity/people.h"

static const char *key(struct arena *a, const void *thing)
{
    const struct realm_member *member = thing;
    return realm_place(a, member->tenant, member->email);
}

/* ---- who is there ---- */

/* Everybody has `user`, which comes with being a member. */
static struct texts without_user(struct arena *a, struct texts roles)
{
    struct texts out = { ARENA_NEWS(a, const char *, roles.n), 0 };
    for (size_t i = 0; i < roles.n; i++)
        if (!text_equal(roles.at[i], ROLE_USER))
            out.at[out.n++] = roles.at[i];
    return out;
}

static RESULT add_user(struct ctx *c, const struct tenant_row *tenant, const struct user_row *user,
                       struct realm_list *list)
{
    struct realm_member *member = ARENA_NEW(c->arena, struct realm_member);
    struct texts roles;
    if (user->email == NULL)
        return ok();
    TRY(roles_given(c, user->id, tenant->id, &roles));
    *member = (struct realm_member){ .tenant = tenant->slug,
                                     .email = user->email,
                                     .roles = without_user(c->arena, roles) };
    realm_list_add(list, member);
    return ok();
}

static RESULT add_tenant(struct ctx *c, const struct tenant_row *tenant, struct realm_list *list)
{
    const struct member_filter filter = { .tenant_id = tenant->id };
    struct page page = { .limit = PAGE_MAX };
    struct user_rows rows = { NULL, PAGE_MAX };
    while (rows.n == PAGE_MAX) {
        TRY(users_of_tenant(c, &filter, page, &rows));
        if (list->n + rows.n > REALM_LIST_MAX)
            return fail_say(c, INVALID_REQUEST,
                            "There are more members than a file may name: leave them out.",
                            "more than %d members", REALM_LIST_MAX);
        for (size_t i = 0; i < rows.n; i++) {
            TRY(add_user(c, tenant, &rows.at[i], list));
            page.after = rows.at[i].id;
        }
    }
    return ok();
}

static RESULT now(struct ctx *c, struct realm_things *out)
{
    return realm_by_tenant(c, add_tenant, out);
}

/* ---- who is to be ---- */

static RESULT complete(struct ctx *c, void *thing)
{
    struct realm_member *member = thing;
    const char *canonical = NULL;
    if (!email_canonical(c->arena, member->email, &canonical))
        return fail_field(c, INVALID_FIELD, "email", "This is no e-mail address.");
    member->email = canonical;
    if (member->tenant == NULL)
        member->tenant = TENANT_DEFAULT_SLUG;
    member->roles = without_user(c->arena, member->roles);
    texts_sort(member->roles);
    return ok();
}

static RESULT find(struct ctx *c, const struct realm_member *member, struct tenancy_member *out)
{
    const struct user_row *user = NULL;
    *out = (struct tenancy_member){ .roles = member->roles };
    TRY(realm_tenant_id(c, member->tenant, &out->tenant_id));
    TRY(user_find_email(c, member->email, &user));
    if (user == NULL)
        return fail_field(c, INVALID_FIELD, "email",
                          "Nobody has this address: people are imported or register.");
    out->user_id = user->id;
    return ok();
}

static RESULT add(struct ctx *c, const struct realm_work *work, const char **shown)
{
    struct tenancy_member member;
    (void)shown;
    TRY(find(c, work->wanted, &member));
    return tenancy_set_member(c, &member);
}

static RESULT change(struct ctx *c, const struct realm_work *work, const char **shown)
{
    return add(c, work, shown);
}

static RESULT take_away(struct ctx *c, const struct realm_work *work)
{
    struct tenancy_member member;
    TRY(find(c, work->now, &member));
    return tenancy_remove_member(c, &member);
}

const struct realm_kind realm_kind_member = {
    .name = "member",
    .list = "members",
    .summary = "Who has which roles in which tenant, by tenant and address",
    .shape = &realm_member_shape,
    .when_asked = true,
    .key = key,
    .now = now,
    .complete = complete,
    .add = add,
    .change = change,
    .remove = take_away,
};
