/* SPDX-License-Identifier: Apache-2.0 */
/* From the password to the refreshed token: what was asked stays the bound, rights are those of
 * now. */
#include "identity/login.h"
#include "tests/unit/identity/identity_testing.h"
#include "token/keyring.h"
#include "token/refresh.h"

/* Opens the keys of the house, and signs in asking for `scope` (NULL: everything). */
static struct tokens sign_in(struct ctx *c, const char *scope)
{
    struct keyring *keys = NULL;
    struct login_done done = { 0 };
    struct tokens tokens = { 0 };
    OK(keyring_open(c, c->arena, NULL, &keys));
    ARENA_OWN(c->arena, struct keyring, keyring_close, keys);
    c->keys = keys;
    struct login attempt = {
        .email = EMAIL, .password = PASSWORD, .scope = scope, .mode = SESSION_TOKEN
    };
    OK(login(c, &attempt, &done));
    struct grant_facts facts = { .user_id = done.user->id,
                                 .client_id = "first-party",
                                 .tenant_id = done.tenant_id,
                                 .sid = done.sid,
                                 .authorization_id = done.authorization_id,
                                 .scopes = done.scopes };
    OK(issue_pair(c, &facts, &tokens));
    return tokens;
}

static const char *refreshed_scope(struct ctx *c, const struct tokens *before)
{
    struct tokens tokens = { 0 };
    OK(refresh_use(c, before->refresh_token, "first-party", NULL, &tokens));
    return tokens.scope;
}

static void promote(struct ctx *c, const char *user_id)
{
    enum role_outcome how = ROLE_UNKNOWN;
    OK(role_give(c, TENANT_DEFAULT_ID, user_id, "moderator", &how));
    assert_int_equal(how, ROLE_GIVEN);
}

/* RT-06: a right that came later comes with the next sign-in; one that went is gone at once. */
static void a_refresh_keeps_within_what_was_granted(void **state)
{
    struct house *h = *state;
    struct ctx *c = h->c;
    const char *user_id = person(c, EMAIL);
    struct tokens tokens = sign_in(c, NULL);
    bool taken = false;
    assert_string_equal(tokens.scope, "users:read");
    promote(c, user_id);
    assert_string_equal(refreshed_scope(c, &tokens), "users:read");
    OK(role_take(c, TENANT_DEFAULT_ID, user_id, "user", &taken));
    OK(role_take(c, TENANT_DEFAULT_ID, user_id, "moderator", &taken));
    assert_string_equal(refreshed_scope(c, &tokens), "");
}

/* RT-06: who asked for one thing does not get another with a right that came later. */
static void who_asked_for_little_gets_no_more(void **state)
{
    struct house *h = *state;
    struct ctx *c = h->c;
    const char *user_id = person(c, EMAIL);
    struct tokens tokens = sign_in(c, "users:read");
    promote(c, user_id);
    assert_string_equal(refreshed_scope(c, &tokens), "users:read");
}

/* RT-06: nothing granted is not everything. */
static void who_asked_for_what_they_may_not_gets_nothing(void **state)
{
    struct house *h = *state;
    struct ctx *c = h->c;
    (void)person(c, EMAIL);
    struct tokens tokens = sign_in(c, "users:delete");
    assert_string_equal(tokens.scope, "");
    assert_string_equal(refreshed_scope(c, &tokens), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(a_refresh_keeps_within_what_was_granted),
        HOUSE_TEST(who_asked_for_little_gets_no_more),
        HOUSE_TEST(who_asked_for_what_they_may_not_gets_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
