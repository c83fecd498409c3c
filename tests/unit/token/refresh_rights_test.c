/* SPDX-License-Identifier: Apache-2.0 */
/* What a refreshed token says: what its holder may now, and no more than was asked at first. */
#include "refresh_testing.h"

#include "store/sessions.h"

static RESULT use(struct ctx *c, const char *token, const char *scope, struct tokens *out)
{
    return refresh_use(c, token, CLIENT_FIRST_PARTY, scope, out);
}

static void roles_and_permissions_are_those_of_now(void **state)
{
    struct ctx *c = ctx_of(state);
    struct holder h = a_holder(c, "");
    bool taken = false;
    struct access access = access_of_token(c, h.tokens.access_token);
    assert_string_equal(joined(c, access.facts.permissions), "users:list users:read users:write");
    OK(role_take(c, TENANT_DEFAULT_ID, h.user_id, "moderator", &taken));
    assert_true(taken);
    struct tokens next = refreshed(c, h.tokens.refresh_token);
    access = access_of_token(c, next.access_token);
    assert_int_equal(access.facts.permissions.n, 0);
    assert_int_equal(access.facts.scopes.n, 0);
    gets_role(c, h.user_id, "user");
    next = refreshed(c, next.refresh_token);
    access = access_of_token(c, next.access_token);
    assert_string_equal(joined(c, access.facts.roles), "user");
    assert_string_equal(joined(c, access.facts.permissions), "users:read");
}

/* RT-06: nothing granted is not everything, whatever its holder may. */
static void an_empty_grant_stays_empty(void **state)
{
    struct ctx *c = ctx_of(state);
    struct holder h = a_holder(c, "users:delete");
    struct tokens tokens = refreshed(c, h.tokens.refresh_token);
    struct access access = access_of_token(c, tokens.access_token);
    assert_string_equal(tokens.scope, "");
    assert_int_equal(access.facts.permissions.n, 0);
    REFUSED(use(c, tokens.refresh_token, "users:read", &tokens), INVALID_SCOPE);
}

/* RT-06: what was not asked at the sign-in does not come with a later right. */
static void a_narrow_sign_in_stays_narrow(void **state)
{
    struct ctx *c = ctx_of(state);
    struct holder h = a_holder(c, "users:read");
    struct tokens next = { 0 };
    gets_role(c, h.user_id, "admin");
    next = refreshed(c, h.tokens.refresh_token);
    struct access access = access_of_token(c, next.access_token);
    assert_string_equal(joined(c, access.facts.scopes), "users:read");
    assert_string_equal(joined(c, access.facts.permissions), "users:read");
    REFUSED(use(c, next.refresh_token, "users:write", &next), INVALID_SCOPE);
    REFUSED(use(c, next.refresh_token, "users:read users:write", &next), INVALID_SCOPE);
    (void)refreshed(c, next.refresh_token);
}

/* RT-06, CD-16: more than was granted is refused before anything is used up. */
static void a_wider_scope_is_refused_and_uses_nothing_up(void **state)
{
    struct ctx *c = ctx_of(state);
    struct holder h = a_holder(c, "");
    struct tokens tokens = { 0 };
    static const char *const scopes[] = {
        "admin:*", "users:read users:delete", "openid",
        "",        "users:read  users:write", "users:read users:read"
    };
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++)
        REFUSED(use(c, h.tokens.refresh_token, scopes[i], &tokens), INVALID_SCOPE);
    assert_int_equal(counted(c, "SELECT count(*) FROM refresh_tokens"), 1);
    assert_int_equal(unused_tokens(c), 1);
    (void)refreshed(c, h.tokens.refresh_token);
}

/* RT-06: a narrower one narrows this access token, and not what the next refresh may have. */
static void a_narrower_scope_narrows_one_token(void **state)
{
    struct ctx *c = ctx_of(state);
    struct holder h = a_holder(c, "");
    struct tokens tokens = { 0 };
    OK(use(c, h.tokens.refresh_token, "users:read", &tokens));
    assert_string_equal(tokens.scope, "users:read");
    struct access access = access_of_token(c, tokens.access_token);
    assert_string_equal(joined(c, access.facts.permissions), "users:read");
    tokens = refreshed(c, tokens.refresh_token);
    assert_string_equal(tokens.scope, "users:list users:read users:write");
}

/* A thief must not escape notice by asking for too much. */
static void a_wide_scope_does_not_hide_a_reuse(void **state)
{
    struct ctx *c = ctx_of(state);
    struct holder h = a_holder(c, "");
    struct tokens next = refreshed(c, h.tokens.refresh_token), none = { 0 };
    c->now += 60;
    REFUSED(use(c, h.tokens.refresh_token, "admin:*", &none), INVALID_GRANT);
    refused(c, next.refresh_token);
    assert_int_equal(events(c, "token.reused"), 1);
}

/* Scopes of other clients are no permissions, and stand as they were granted. */
static void the_scopes_of_another_client_are_its_own(void **state)
{
    struct ctx *c = ctx_of(state);
    struct holder h = a_holder(c, "");
    struct client_row client = { .id = "shop", .name = "Shop", .status = CLIENT_ACTIVE };
    struct authorization_row row = { .user_id = h.user_id,
                                     .client_id = "shop",
                                     .tenant_id = TENANT_DEFAULT_ID,
                                     .scopes = words(c, "openid profile"),
                                     .audience = "https://shop.example",
                                     .expires_at = c->now + 3600,
                                     .auth_time = c->now };
    struct grant_facts facts = { .user_id = h.user_id, .client_id = "shop" };
    struct tokens tokens = { 0 };
    struct access access = { 0 };
    bool added = false;
    OK(client_add(c, &client, &added));
    OK(authorization_add(c, &row, &facts.authorization_id));
    OK(issue_pair(c, &facts, &tokens));
    REFUSED(refresh_use(c, tokens.refresh_token, "shop", "openid email", &tokens), INVALID_SCOPE);
    OK(refresh_use(c, tokens.refresh_token, "shop", NULL, &tokens));
    assert_string_equal(tokens.scope, "openid profile");
    OK(refresh_use(c, tokens.refresh_token, "shop", "openid", &tokens));
    assert_string_equal(tokens.scope, "openid");
    OK(verify_access(c, tokens.access_token, "https://shop.example", &access));
    assert_string_equal(access.facts.client_id, "shop");
    assert_int_equal(access.facts.permissions.n, 0);
}

/* ---- what ends a sign-in ---- */

typedef void ending(struct ctx *c, const struct holder *h);

static void disable_user(struct ctx *c, const struct holder *h)
{
    bool found = false;
    OK(user_set_status(c, h->user_id, USER_DISABLED, &found));
    assert_true(found);
}

static void delete_user(struct ctx *c, const struct holder *h)
{
    bool found = false;
    OK(user_delete(c, h->user_id, &found));
    assert_true(found);
}

static void disable_tenant(struct ctx *c, const struct holder *h)
{
    bool found = false;
    OK(tenant_set_status(c, h->facts.tenant_id, TENANT_DISABLED, &found));
    assert_true(found);
}

static void leave_tenant(struct ctx *c, const struct holder *h)
{
    bool removed = false;
    OK(membership_remove(c, h->facts.tenant_id, h->user_id, &removed));
    assert_true(removed);
}

static void disable_client(struct ctx *c, const struct holder *h)
{
    bool found = false;
    (void)h;
    OK(client_set_status(c, CLIENT_FIRST_PARTY, CLIENT_DISABLED, &found));
    assert_true(found);
}

static void end_session(struct ctx *c, const struct holder *h)
{
    bool ended = false;
    OK(session_end(c, h->user_id, h->facts.sid, &ended));
    assert_true(ended);
}

static void end_all_sessions(struct ctx *c, const struct holder *h)
{
    int64_t ended = 0;
    OK(sessions_end(c, h->user_id, NULL, &ended));
    assert_int_equal(ended, 1);
}

static void revoke_authorization(struct ctx *c, const struct holder *h)
{
    bool revoked = false;
    OK(authorization_revoke(c, h->facts.authorization_id, &revoked));
    assert_true(revoked);
}

/* RT-05, RT-11, CD-09: each state change refuses the next refresh, and every access token from the
 * next reading on. */
static void what_ends_a_sign_in_ends_its_tokens(void **state)
{
    static ending *const endings[] = { disable_user,   delete_user,         disable_tenant,
                                       leave_tenant,   end_session,         end_all_sessions,
                                       disable_client, revoke_authorization };
    (void)state;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        void *fresh = NULL;
        assert_int_equal(set_up_token(&fresh), 0);
        struct ctx *c = ctx_of(&fresh);
        struct holder h = a_holder(c, "");
        struct tokens used = refreshed(c, h.tokens.refresh_token);
        endings[i](c, &h);
        refused(c, used.refresh_token);
        refused(c, h.tokens.refresh_token); /* in its window */
        OK(revocations_read(c, c->revoked));
        assert_false(is_live(c, h.tokens.access_token));
        assert_false(is_live(c, used.access_token));
        assert_int_equal(tear_down_store(&fresh), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOKEN_TEST(roles_and_permissions_are_those_of_now),
        TOKEN_TEST(an_empty_grant_stays_empty),
        TOKEN_TEST(a_narrow_sign_in_stays_narrow),
        TOKEN_TEST(a_wider_scope_is_refused_and_uses_nothing_up),
        TOKEN_TEST(a_narrower_scope_narrows_one_token),
        TOKEN_TEST(a_wide_scope_does_not_hide_a_reuse),
        TOKEN_TEST(the_scopes_of_another_client_are_its_own),
        TOKEN_TEST(what_ends_a_sign_in_ends_its_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
