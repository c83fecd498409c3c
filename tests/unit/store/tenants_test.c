/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tenants.h"

#include "grants_testing.h"
#include "store/roles.h"
#include "store/tenant_logos.h"
#include "store/tenant_removal.h"

static void a_tenant_is_found_by_id_and_by_slug(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = NULL;
    OK(tenant_add(c, "acme", "Acme Inc.", &id));
    const struct tenant_row *row = NULL;
    OK(tenant_find(c, id, &row));
    assert_string_equal(row->slug, "acme");
    assert_string_equal(row->name, "Acme Inc.");
    assert_int_equal(row->status, TENANT_ACTIVE);
    assert_int_equal(row->created_at, c->now);
    assert_int_equal(row->updated_at, c->now);
    OK(tenant_find_slug(c, "acme", &row));
    assert_string_equal(row->id, id);
    OK(tenant_find_slug(c, TENANT_DEFAULT_SLUG, &row));
    assert_string_equal(row->id, TENANT_DEFAULT_ID);
    OK(tenant_find(c, "acme", &row));
    assert_null(row);
    OK(tenant_find_slug(c, "ACME", &row));
    assert_null(row);
}

static void a_slug_is_taken_once(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *first = tenant_made(c, "acme");
    const char *second = "";
    OK(tenant_add(c, "acme", "Another", &second));
    assert_null(second);
    const struct tenant_row *row = NULL;
    OK(tenant_find(c, first, &row));
    assert_string_equal(row->name, "acme");
}

static void a_tenant_has_a_colour_and_one_picture(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = tenant_made(c, "acme");
    const char *other = tenant_made(c, "other");
    const struct tenant_row *row = NULL;
    const char *content = NULL;
    enum tenant_outcome how = TENANT_UNKNOWN;
    OK(tenant_find(c, id, &row));
    assert_null(row->accent);
    assert_null(row->logo);
    struct tenant_row changed = *row;
    changed.accent = "#0b5d3b";
    OK(tenant_update(c, &changed, &how));
    OK(tenant_logo_put(c, id, &(struct tenant_logo){ "a.png", "QQ==" }));
    OK(tenant_logo_put(c, id, &(struct tenant_logo){ "b.png", "Qg==" }));
    OK(tenant_logo_put(c, other, &(struct tenant_logo){ "b.png", "Qg==" }));
    OK(tenant_find(c, id, &row));
    assert_string_equal(row->accent, "#0b5d3b");
    assert_string_equal(row->logo, "b.png");
    OK(tenant_logo_find(c, "a.png", &content));
    assert_null(content);
    OK(tenant_logo_remove(c, id));
    OK(tenant_logo_find(c, "b.png", &content));
    assert_string_equal(content, "Qg==");
    bool found = false;
    bool more = false;
    OK(tenant_set_status(c, other, TENANT_DISABLED, &found));
    OK(tenant_removal_begin(c, other, &more));
    while (more)
        OK(tenant_removal_step(c, &more));
    OK(tenant_logo_find(c, "b.png", &content));
    assert_null(content);
}

static void tenants_come_in_pages(void **state)
{
    struct ctx *c = ctx_of(state);
    for (int i = 0; i < 4; i++)
        (void)tenant_made(c, text_printf(c->arena, "t%d", i));
    struct tenant_rows rows;
    OK(tenants_page(c, (struct page){ .limit = 3 }, &rows));
    assert_int_equal(rows.n, 3);
    assert_string_equal(rows.at[0].id, TENANT_DEFAULT_ID);
    OK(tenants_page(c, (struct page){ .after = rows.at[2].id, .limit = 3 }, &rows));
    assert_int_equal(rows.n, 2);
    OK(tenants_page(c, (struct page){ .after = rows.at[1].id, .limit = 3 }, &rows));
    assert_int_equal(rows.n, 0);
}

static void a_tenant_is_renamed(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = tenant_made(c, "acme");
    enum tenant_outcome how = TENANT_UNKNOWN;
    c->now++;
    struct tenant_row new = {
        .id = id, .slug = "new", .name = "New", .require_mfa = true, .refuse_device_grant = true
    };
    OK(tenant_update(c, &new, &how));
    assert_int_equal(how, TENANT_CHANGED);
    const struct tenant_row *row = NULL;
    OK(tenant_find(c, id, &row));
    assert_string_equal(row->name, "New");
    assert_true(row->require_mfa && row->refuse_device_grant);
    assert_int_equal(row->updated_at, c->now);
    OK(tenant_find(c, TENANT_DEFAULT_ID, &row));
    assert_string_equal(row->name, "Default");
    assert_false(row->require_mfa || row->refuse_device_grant);
    new.slug = TENANT_DEFAULT_SLUG;
    OK(tenant_update(c, &new, &how));
    assert_int_equal(how, TENANT_SLUG_TAKEN);
    new.id = "nothing";
    OK(tenant_update(c, &new, &how));
    assert_int_equal(how, TENANT_UNKNOWN);
}

static enum session_state session_state_of(struct ctx *c, const char *id)
{
    enum session_state how;
    const struct session_row *row = NULL;
    OK(session_find_id(c, id, &how, &row));
    return how;
}

/* TN-06: a disabled tenant serves nobody, and what was before stays dead. */
static void disabling_a_tenant_ends_what_is_bound_to_it(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *acme = tenant_made(c, "acme");
    const char *user = user_made(c, "ada@example.org");
    member_made(c, acme, user);
    struct signed_in there = signed_in_to(c, user, acme);
    struct signed_in home = signed_in_to(c, user, TENANT_DEFAULT_ID);
    bool found = false;
    bool live = true;
    c->now++;
    OK(tenant_set_status(c, acme, TENANT_DISABLED, &found));
    assert_true(found);
    OK(membership_is_live(c, acme, user, &live));
    assert_false(live);
    assert_int_equal(session_state_of(c, there.session_id), SESSION_DENIED);
    assert_int_equal(session_state_of(c, home.session_id), SESSION_LIVE);
    assert_true(is_live(c, home.authorization_id));
    assert_int_equal(told(c, REVOKED_TENANT, acme), 1);
    assert_int_equal(counted(c, "SELECT count(*) FROM revocations"), 1);
    c->now++;
    OK(tenant_set_status(c, acme, TENANT_ACTIVE, &found));
    OK(membership_is_live(c, acme, user, &live));
    assert_true(live);
    assert_int_equal(session_state_of(c, there.session_id), SESSION_DENIED);
    assert_false(is_live(c, there.authorization_id));
    assert_true(is_live(c, signed_in_to(c, user, acme).authorization_id));
    OK(tenant_set_status(c, "nothing", TENANT_DISABLED, &found));
    assert_false(found);
    OK(tenant_set_status(c, "nothing", TENANT_ACTIVE, &found));
    assert_false(found);
    assert_int_equal(told(c, REVOKED_TENANT, "nothing"), 0);
}

/* ---- memberships ---- */

static void a_user_joins_a_tenant_once(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *acme = tenant_made(c, "acme");
    const char *user = user_made(c, "ada@example.org");
    bool yes = true;
    OK(membership_is_live(c, acme, user, &yes));
    assert_false(yes);
    member_made(c, acme, user);
    OK(membership_is_live(c, acme, user, &yes));
    assert_true(yes);
    OK(membership_add(c, acme, user, &yes));
    assert_false(yes);
    OK(membership_add(c, "nothing", user, &yes));
    assert_false(yes);
    OK(membership_add(c, acme, "nobody", &yes));
    assert_false(yes);
}

static void a_deleted_user_joins_nothing(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *acme = tenant_made(c, "acme");
    const char *user = user_made(c, "ada@example.org");
    bool yes = false;
    OK(user_delete(c, user, &yes));
    OK(membership_add(c, acme, user, &yes));
    assert_false(yes);
}

/* TN-02: leaving one tenant ends what was bound to it, and nothing of another. */
static void leaving_ends_what_is_bound_to_the_tenant(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *acme = tenant_made(c, "acme");
    const char *ada = user_made(c, "ada@example.org");
    const char *bob = user_made(c, "bob@example.org");
    member_made(c, acme, ada);
    member_made(c, acme, bob);
    struct signed_in there = signed_in_to(c, ada, acme);
    struct signed_in home = signed_in_to(c, ada, TENANT_DEFAULT_ID);
    struct signed_in other = signed_in_to(c, bob, acme);
    enum role_outcome how;
    OK(role_give(c, acme, ada, "moderator", &how));
    OK(role_give(c, acme, bob, "moderator", &how));
    OK(role_give(c, TENANT_DEFAULT_ID, ada, "moderator", &how));
    bool removed = false;
    OK(membership_remove(c, acme, ada, &removed));
    assert_true(removed);
    assert_false(is_live(c, there.authorization_id));
    assert_int_equal(session_state_of(c, there.session_id), SESSION_ENDED);
    assert_true(is_live(c, home.authorization_id));
    assert_true(is_live(c, other.authorization_id));
    assert_int_equal(told(c, REVOKED_MEMBER, text_printf(c->arena, "%s %s", acme, ada)), 1);
    struct access_row access;
    OK(access_of(c, ada, acme, &access));
    assert_int_equal(access.roles.n, 0);
    OK(access_of(c, bob, acme, &access));
    assert_int_equal(access.roles.n, 1);
    OK(access_of(c, ada, TENANT_DEFAULT_ID, &access));
    assert_int_equal(access.roles.n, 1);
    OK(membership_remove(c, acme, ada, &removed));
    assert_false(removed);
}

static void members_and_memberships_come_in_pages(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *acme = tenant_made(c, "acme");
    const char *shut = tenant_made(c, "shut");
    const char *ada = user_made(c, "ada@example.org");
    c->now++;
    const char *bob = user_made(c, "bob@example.org");
    bool found = false;
    member_made(c, acme, ada);
    member_made(c, shut, ada);
    member_made(c, acme, bob);
    OK(tenant_set_status(c, shut, TENANT_DISABLED, &found));
    struct tenant_rows tenants;
    OK(memberships_of_user(c, ada, (struct page){ .limit = 10 }, &tenants));
    assert_int_equal(tenants.n, 2);
    assert_string_equal(tenants.at[0].id, TENANT_DEFAULT_ID);
    assert_string_equal(tenants.at[1].slug, "acme");
    OK(memberships_of_user(c, ada, (struct page){ .after = TENANT_DEFAULT_ID, .limit = 10 },
                           &tenants));
    assert_int_equal(tenants.n, 1);
    struct texts members;
    OK(memberships_of_tenant(c, acme, (struct page){ .limit = 1 }, &members));
    assert_int_equal(members.n, 1);
    assert_string_equal(members.at[0], ada);
    OK(memberships_of_tenant(c, acme, (struct page){ .after = ada, .limit = 1 }, &members));
    assert_string_equal(members.at[0], bob);
    OK(memberships_of_tenant(c, acme, (struct page){ .after = bob, .limit = 1 }, &members));
    assert_int_equal(members.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_tenant_is_found_by_id_and_by_slug),
        STORE_TEST(a_slug_is_taken_once),
        STORE_TEST(a_tenant_has_a_colour_and_one_picture),
        STORE_TEST(tenants_come_in_pages),
        STORE_TEST(a_tenant_is_renamed),
        STORE_TEST(disabling_a_tenant_ends_what_is_bound_to_it),
        STORE_TEST(a_user_joins_a_tenant_once),
        STORE_TEST(a_deleted_user_joins_nothing),
        STORE_TEST(leaving_ends_what_is_bound_to_the_tenant),
        STORE_TEST(members_and_memberships_come_in_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
