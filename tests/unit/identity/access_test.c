/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/access.h"

#include "tests/unit/identity/identity_testing.h"

#define LIST(...)                                                                                  \
    ((struct texts){ (const char *[]){ __VA_ARGS__ },                                              \
                     sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *) })
#define NONE ((struct texts){ 0 })

static const char *joined(struct ctx *c, struct texts list)
{
    return text_join(c->arena, list, " ");
}

/* ---- permissions ---- */

static void a_permission_covers_itself_only(void **state)
{
    (void)state;
    assert_true(permission_covers("users:read", "users:read"));
    assert_false(permission_covers("users:read", "users:write"));
    assert_false(permission_covers("users:read", "users:reader"));
    assert_false(permission_covers("users:read", "users:rea"));
    assert_false(permission_covers("users:read", "Users:read"));
}

static void a_wild_one_covers_every_action_on_its_resource(void **state)
{
    (void)state;
    assert_true(permission_covers("users:*", "users:read"));
    assert_true(permission_covers("users:*", "users:x"));
    assert_false(permission_covers("users:*", "user:read"));
    assert_false(permission_covers("users:*", "usersx:read"));
    assert_false(permission_covers("users:*", "roles:read"));
    assert_true(permission_covers("admin:*", "admin:x"));
    assert_true(permission_covers("admin:*", "users:delete"));
    assert_true(permission_covers("admin:*", "things:never-heard-of"));
}

/* AZ-12: what is not there or not well formed allows nothing and is allowed by nothing */
static void what_is_no_permission_covers_and_is_covered_by_nothing(void **state)
{
    (void)state;
    static const char *const not_wild[] = { "*", "*:*", ":*", "users:re*", "*:read", "users*", "" };
    for (size_t i = 0; i < sizeof not_wild / sizeof *not_wild; i++)
        assert_false(permission_covers(not_wild[i], "users:read"));
    static const char *const not_wanted[] = { "", ":", "users", "users:", ":read", "openid" };
    for (size_t i = 0; i < sizeof not_wanted / sizeof *not_wanted; i++) {
        assert_false(permission_covers("admin:*", not_wanted[i]));
        assert_false(permission_covers(not_wanted[i], not_wanted[i]));
    }
    assert_false(permission_covers(NULL, "users:read"));
    assert_false(permission_covers("admin:*", NULL));
    assert_false(permissions_cover(NONE, "users:read"));
    assert_false(permissions_cover(LIST("users:read"), NULL));
}

static void one_of_a_list_is_enough(void **state)
{
    (void)state;
    assert_true(permissions_cover(LIST("roles:read", "users:*"), "users:read"));
    assert_false(permissions_cover(LIST("roles:read", "users:write"), "users:read"));
}

/* AZ-04: nobody gets more by a role than its permissions, and each role has all of the one before
 */
static void the_roles_from_the_start_have_what_the_table_says(void **state)
{
    struct ctx *c = ((struct house *)*state)->c;
    static const char *const roles[] = { "user", "moderator", "admin" };
    size_t n = 0;
    const struct permission_row *rows = permission_rows(&n);
    const char *id = person(c, EMAIL);
    for (size_t r = 0, held = 0; r < 3; r++) {
        enum role_outcome how = ROLE_UNKNOWN;
        struct rights rights;
        OK(role_give(c, TENANT_DEFAULT_ID, id, roles[r], &how));
        OK(rights_of(c, id, TENANT_DEFAULT_ID, &rights));
        assert_true(texts_hold(rights.roles, roles[r]));
        for (size_t i = 0; i < n; i++)
            held += text_equal(rows[i].least_role, roles[r]);
        size_t covered = 0;
        for (size_t i = 0; i < n; i++) {
            bool covers = permissions_cover(rights.permissions, rows[i].text);
            covered += covers;
            assert_true(!text_equal(rows[i].least_role, roles[r]) || covers);
        }
        assert_int_equal(covered, held);
    }
}

/* decision 5: without a tenant there are no rights */
static void without_a_tenant_there_are_no_rights(void **state)
{
    struct ctx *c = ((struct house *)*state)->c;
    struct rights rights = { LIST("left"), LIST("over") };
    OK(rights_of(c, person(c, EMAIL), NULL, &rights));
    assert_int_equal(rights.roles.n, 0);
    assert_int_equal(rights.permissions.n, 0);
}

/* ---- scopes ---- */

static void scopes_are_split_at_single_spaces(void **state)
{
    struct ctx *c = *state;
    struct texts list;
    OK(scopes_read(c, "users:read openid !#[]~", &list));
    assert_int_equal(list.n, 3);
    assert_string_equal(list.at[0], "users:read");
    assert_string_equal(list.at[1], "openid");
    assert_string_equal(list.at[2], "!#[]~");
}

/* RFC 6749 3.3 */
static void what_is_no_list_of_scopes_is_refused(void **state)
{
    struct ctx *c = *state;
    static const char *const bad[] = { "",    " ",   "a ",    " a",   "a  b",   "a\tb",
                                       "a\"", "a\\", "a\x7f", "a\nb", "\u00e9", "a a" };
    struct texts list;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        REFUSED(scopes_read(c, bad[i], &list), INVALID_SCOPE);
}

static void there_are_not_too_many_scopes(void **state)
{
    struct ctx *c = *state;
    struct text_buffer scope = text_buffer(c->arena);
    struct texts list;
    for (int i = 0; i < SCOPES_MAX; i++)
        text_addf(&scope, i == 0 ? "s%d" : " s%d", i);
    OK(scopes_read(c, text_of(&scope), &list));
    assert_int_equal(list.n, SCOPES_MAX);
    text_add(&scope, " more");
    REFUSED(scopes_read(c, text_of(&scope), &list), INVALID_SCOPE);
}

static void what_is_granted_is_what_was_asked_and_is_held(void **state)
{
    struct ctx *c = *state;
    struct texts held = LIST("roles:*", "users:read");
    assert_string_equal(joined(c, scopes_granted(c->arena, NONE, held)), "roles:* users:read");
    assert_string_equal(
        joined(c, scopes_granted(c->arena, LIST("users:write", "roles:x", "users:read"), held)),
        "roles:x users:read");
    assert_int_equal(scopes_granted(c->arena, LIST("users:write", "openid"), held).n, 0);
    assert_int_equal(scopes_granted(c->arena, LIST("users:read"), NONE).n, 0);
    assert_string_equal(joined(c, scopes_granted(c->arena, LIST("openid", "x:y"), LIST("admin:*"))),
                        "x:y");
}

/* AZ-12: wanting nothing is held by everybody; callers that require something say what */
static void scopes_are_held_as_a_whole(void **state)
{
    (void)state;
    assert_true(scopes_hold(LIST("a", "b"), LIST("b", "a")));
    assert_false(scopes_hold(LIST("a"), LIST("a", "b")));
    assert_false(scopes_hold(NONE, LIST("a")));
    assert_false(scopes_hold(LIST("users:*"), LIST("users:read")));
    assert_true(scopes_hold(NONE, NONE));
}

static void a_token_carries_what_scopes_and_rights_both_allow(void **state)
{
    struct ctx *c = *state;
    struct texts all = LIST("admin:*", "users:read", "users:write");
    static const char *const none = "";
    assert_string_equal(joined(c, permissions_within(c->arena, all, LIST("users:read"))),
                        "users:read");
    assert_string_equal(joined(c, permissions_within(c->arena, all, LIST("users:*"))),
                        "users:* users:read users:write");
    assert_string_equal(joined(c, permissions_within(c->arena, all, LIST("admin:*"))),
                        "admin:* users:read users:write");
    assert_string_equal(
        joined(c, permissions_within(c->arena, LIST("users:*"), LIST("users:read", "roles:read"))),
        "users:read");
    assert_string_equal(joined(c, permissions_within(c->arena, all, LIST("openid"))), none);
    assert_string_equal(joined(c, permissions_within(c->arena, all, NONE)), none);
    assert_string_equal(joined(c, permissions_within(c->arena, NONE, LIST("admin:*"))), none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_permission_covers_itself_only),
        TEST(a_wild_one_covers_every_action_on_its_resource),
        TEST(what_is_no_permission_covers_and_is_covered_by_nothing),
        TEST(one_of_a_list_is_enough),
        HOUSE_TEST(the_roles_from_the_start_have_what_the_table_says),
        HOUSE_TEST(without_a_tenant_there_are_no_rights),
        TEST(scopes_are_split_at_single_spaces),
        TEST(what_is_no_list_of_scopes_is_refused),
        TEST(there_are_not_too_many_scopes),
        TEST(what_is_granted_is_what_was_asked_and_is_held),
        TEST(scopes_are_held_as_a_whole),
        TEST(a_token_carries_what_scopes_and_rights_both_allow),
    };
    return cmocka_run_group_tests_name("identity/access", tests, NULL, NULL);
}
