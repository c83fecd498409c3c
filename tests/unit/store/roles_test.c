/* SPDX-License-Identifier: Apache-2.0 */
#include "store/roles.h"

#include "grants_testing.h"

static bool role_made(struct ctx *c, const char *tenant_id, const char *name,
                      struct texts permissions)
{
    bool done = false;
    OK(role_set(
        c,
        &(struct role_row){
            .tenant_id = tenant_id, .name = name, .description = name, .permissions = permissions },
        &done));
    return done;
}

static enum role_outcome given(struct ctx *c, const char *tenant_id, const char *user_id,
                               const char *name)
{
    enum role_outcome how;
    OK(role_give(c, tenant_id, user_id, name, &how));
    return how;
}

static const char *roles_of(struct ctx *c, const char *user_id, const char *tenant_id)
{
    struct access_row access;
    OK(access_of(c, user_id, tenant_id, &access));
    return text_join(c->arena, access.roles, " ");
}

static const char *permissions_of(struct ctx *c, const char *user_id, const char *tenant_id)
{
    struct access_row access;
    OK(access_of(c, user_id, tenant_id, &access));
    return text_join(c->arena, access.permissions, " ");
}

static void access_is_what_the_roles_there_and_everywhere_allow(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *acme = tenant_made(c, "acme");
    const char *ada = user_made(c, "ada@example.org");
    member_made(c, acme, ada);
    assert_true(role_made(c, acme, "editor", TEXTS("pages:write", "users:read")));
    assert_int_equal(given(c, acme, ada, "editor"), ROLE_GIVEN);
    assert_int_equal(given(c, NULL, ada, "moderator"), ROLE_GIVEN);
    assert_int_equal(given(c, TENANT_DEFAULT_ID, ada, "user"), ROLE_GIVEN);
    assert_string_equal(roles_of(c, ada, acme), "editor moderator");
    assert_string_equal(permissions_of(c, ada, acme),
                        "pages:write users:list users:read users:write");
    assert_string_equal(roles_of(c, ada, TENANT_DEFAULT_ID), "moderator user");
    assert_string_equal(permissions_of(c, ada, TENANT_DEFAULT_ID),
                        "users:list users:read users:write");
    assert_string_equal(roles_of(c, ada, NULL), "moderator");
    assert_string_equal(roles_of(c, "nobody", acme), "");
    assert_string_equal(permissions_of(c, "nobody", acme), "");
}

/* TN-04: a role given in one tenant is none in another. */
static void a_role_counts_where_it_was_given(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *acme = tenant_made(c, "acme");
    const char *other = tenant_made(c, "other");
    const char *ada = user_made(c, "ada@example.org");
    member_made(c, acme, ada);
    assert_int_equal(given(c, acme, ada, "admin"), ROLE_GIVEN);
    assert_string_equal(roles_of(c, ada, other), "");
    assert_string_equal(roles_of(c, ada, TENANT_DEFAULT_ID), "");
    assert_int_equal(given(c, other, ada, "admin"), ROLE_NO_MEMBER);
    assert_true(role_made(c, acme, "editor", TEXTS("pages:write")));
    assert_int_equal(given(c, TENANT_DEFAULT_ID, ada, "editor"), ROLE_UNKNOWN);
    assert_int_equal(given(c, NULL, ada, "editor"), ROLE_UNKNOWN);
}

static void a_role_is_given_and_taken_once(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *ada = user_made(c, "ada@example.org");
    bool taken = false;
    OK(role_take(c, TENANT_DEFAULT_ID, ada, "user", &taken));
    assert_false(taken);
    assert_int_equal(given(c, TENANT_DEFAULT_ID, ada, "user"), ROLE_GIVEN);
    assert_int_equal(given(c, TENANT_DEFAULT_ID, ada, "user"), ROLE_HAD);
    OK(role_take(c, NULL, ada, "user", &taken));
    assert_false(taken);
    OK(role_take(c, TENANT_DEFAULT_ID, ada, "user", &taken));
    assert_true(taken);
    assert_string_equal(roles_of(c, ada, TENANT_DEFAULT_ID), "");
    assert_int_equal(given(c, TENANT_DEFAULT_ID, ada, "king"), ROLE_UNKNOWN);
    assert_int_equal(given(c, NULL, "nobody", "user"), ROLE_NO_MEMBER);
    OK(user_delete(c, ada, &taken));
    assert_int_equal(given(c, NULL, ada, "user"), ROLE_NO_MEMBER);
}

static void a_tenants_own_role_goes_before_one_of_all(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *ada = user_made(c, "ada@example.org");
    assert_true(role_made(c, NULL, "editor", TEXTS("all:write")));
    assert_true(role_made(c, TENANT_DEFAULT_ID, "editor", TEXTS("own:write")));
    assert_int_equal(given(c, TENANT_DEFAULT_ID, ada, "editor"), ROLE_GIVEN);
    assert_string_equal(permissions_of(c, ada, TENANT_DEFAULT_ID), "own:write");
    assert_int_equal(given(c, NULL, ada, "editor"), ROLE_GIVEN);
    assert_string_equal(roles_of(c, ada, TENANT_DEFAULT_ID), "editor");
    assert_string_equal(permissions_of(c, ada, TENANT_DEFAULT_ID), "all:write own:write");
}

static void a_role_is_replaced_with_its_permissions(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *ada = user_made(c, "ada@example.org");
    assert_true(role_made(c, NULL, "editor", TEXTS("a:read", "b:read", "b:read")));
    assert_int_equal(given(c, NULL, ada, "editor"), ROLE_GIVEN);
    assert_string_equal(permissions_of(c, ada, NULL), "a:read b:read");
    assert_true(role_made(c, NULL, "editor", TEXTS("c:read")));
    assert_string_equal(permissions_of(c, ada, NULL), "c:read");
    assert_true(role_made(c, NULL, "editor", (struct texts){ 0 }));
    assert_string_equal(permissions_of(c, ada, NULL), "");
    assert_string_equal(roles_of(c, ada, NULL), "editor");
}

static void a_builtin_role_is_not_replaced_shadowed_or_removed(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *ada = user_made(c, "ada@example.org");
    assert_int_equal(given(c, NULL, ada, "user"), ROLE_GIVEN);
    assert_false(role_made(c, NULL, "user", TEXTS("admin:*")));
    assert_false(role_made(c, TENANT_DEFAULT_ID, "user", TEXTS("admin:*")));
    bool removed = false;
    OK(role_remove(c, NULL, "user", &removed));
    assert_false(removed);
    assert_string_equal(permissions_of(c, ada, NULL), "users:read");
    bool done = false;
    OK(role_set(c,
                &(struct role_row){ .name = "user",
                                    .description = "New",
                                    .builtin = true,
                                    .permissions = TEXTS("users:read", "a:read") },
                &done));
    assert_true(done);
    assert_string_equal(permissions_of(c, ada, NULL), "a:read users:read");
}

/* TN-02: removing a tenant's role touches no role of the same name elsewhere. */
static void a_removed_role_is_gone_from_everybody(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *acme = tenant_made(c, "acme");
    const char *ada = user_made(c, "ada@example.org");
    member_made(c, acme, ada);
    assert_true(role_made(c, acme, "editor", TEXTS("pages:write")));
    assert_true(role_made(c, TENANT_DEFAULT_ID, "editor", TEXTS("pages:write")));
    assert_int_equal(given(c, acme, ada, "editor"), ROLE_GIVEN);
    assert_int_equal(given(c, TENANT_DEFAULT_ID, ada, "editor"), ROLE_GIVEN);
    bool removed = false;
    OK(role_remove(c, acme, "editor", &removed));
    assert_true(removed);
    assert_string_equal(roles_of(c, ada, acme), "");
    assert_string_equal(roles_of(c, ada, TENANT_DEFAULT_ID), "editor");
    OK(role_remove(c, acme, "editor", &removed));
    assert_false(removed);
    assert_int_equal(given(c, acme, ada, "editor"), ROLE_UNKNOWN);
}

static void a_tenant_offers_its_own_roles_and_those_of_all(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *acme = tenant_made(c, "acme");
    assert_true(role_made(c, acme, "editor", TEXTS("b:write", "a:write")));
    assert_true(role_made(c, acme, "nothing", (struct texts){ 0 }));
    assert_true(role_made(c, TENANT_DEFAULT_ID, "elsewhere", TEXTS("x:read")));
    struct role_rows rows;
    OK(roles_in(c, acme, &rows));
    assert_int_equal(rows.n, 5);
    static const char *const names[] = { "admin", "moderator", "user", "editor", "nothing" };
    for (size_t i = 0; i < rows.n; i++)
        assert_string_equal(rows.at[i].name, names[i]);
    assert_null(rows.at[1].tenant_id);
    assert_true(rows.at[1].builtin);
    assert_string_equal(text_join(c->arena, rows.at[1].permissions, " "),
                        "users:list users:read users:write");
    assert_string_equal(rows.at[3].tenant_id, acme);
    assert_string_equal(rows.at[3].description, "editor");
    assert_false(rows.at[3].builtin);
    assert_string_equal(text_join(c->arena, rows.at[3].permissions, " "), "a:write b:write");
    assert_int_equal(rows.at[4].permissions.n, 0);
    OK(roles_in(c, NULL, &rows));
    assert_int_equal(rows.n, 3);
}

static void give_one(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    crowd_joined(c, crowd);
    crowd->wins += given(c, TENANT_DEFAULT_ID, crowd->arg, "admin") == ROLE_GIVEN;
}

static void many_at_once_give_a_role_once(void **state)
{
    struct world *w = world_of(state);
    char user[64];
    (void)snprintf(user, sizeof user, "%s", user_made(w->c, "ada@example.org"));
    assert_int_equal(crowd_run(w, 16, give_one, user), 1);
    assert_string_equal(roles_of(w->c, user, TENANT_DEFAULT_ID), "admin");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(access_is_what_the_roles_there_and_everywhere_allow),
        STORE_TEST(a_role_counts_where_it_was_given),
        STORE_TEST(a_role_is_given_and_taken_once),
        STORE_TEST(a_tenants_own_role_goes_before_one_of_all),
        STORE_TEST(a_role_is_replaced_with_its_permissions),
        STORE_TEST(a_builtin_role_is_not_replaced_shadowed_or_removed),
        STORE_TEST(a_removed_role_is_gone_from_everybody),
        STORE_TEST(a_tenant_offers_its_own_roles_and_those_of_all),
        STORE_TEST(many_at_once_give_a_role_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
