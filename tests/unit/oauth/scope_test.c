/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/scope.h"

#include "oauth_testing.h"

static const struct client app = { .id = "app",
                                   .metadata = { .scope = "openid email offline_access a:read "
                                                          "a:write" } };

static const char *granted(struct ctx *c, const char *scope)
{
    struct texts out;
    passes(c, scope_of_request(c, &app, scope, &out), scope == NULL ? "none" : scope);
    return text_join(c->arena, out, " ");
}

static void what_is_registered_may_be_asked_for(void **state)
{
    struct ctx *c = *state;
    assert_string_equal(granted(c, "a:read openid"), "a:read openid");
    assert_string_equal(granted(c, "offline_access"), "offline_access");
}

/* What has a meaning of its own has to be asked for. */
static void without_a_scope_it_is_what_is_registered(void **state)
{
    struct ctx *c = *state;
    assert_string_equal(granted(c, NULL), "email a:read a:write");
}

static void everything_else_is_refused(void **state)
{
    struct ctx *c = *state;
    struct texts out;
    static const char *const bad[] = { "profile",       "a:*",    "a:read  a:write",
                                       "a:read a:read", "A:READ", " a:read",
                                       "a\"b" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refused(c, scope_of_request(c, &app, bad[i], &out), ERR_INVALID_SCOPE, bad[i]);
}

/* A client on its own behalf: there is no user whom a scope could be about. */
static void a_client_alone_gets_nothing_of_a_user(void **state)
{
    struct ctx *c = *state;
    struct texts out;
    passes(c, scope_of_client(c, &app, NULL, &out), "all");
    assert_string_equal(text_join(c->arena, out, " "), "a:read a:write");
    passes(c, scope_of_client(c, &app, "a:read", &out), "one");
    static const char *const bad[] = { "openid", "email", "offline_access", "a:read email" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refused(c, scope_of_client(c, &app, bad[i], &out), ERR_INVALID_SCOPE, bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_registered_may_be_asked_for),
        TEST(without_a_scope_it_is_what_is_registered),
        TEST(everything_else_is_refused),
        TEST(a_client_alone_gets_nothing_of_a_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
