/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/web/web_testing.h"

#include "tests/unit/token/token_testing.h"

/* Guards with tokens of a real keyring. */

struct scene {
    struct web w;
    struct grant_facts facts;
};

static struct scene *scene_of(struct ctx *c)
{
    struct scene *s = ARENA_NEW(c->arena, struct scene);
    const char *user = a_user(c, "ada@example.com");
    gets_role(c, user, "moderator");
    s->facts = sign_in(c, user, "users:read");
    s->w.c = c;
    s->w.config = *c->config;
    s->w.door.config = &s->w.config;
    return s;
}

static err check(struct scene *s, const struct guard *guard, const char *token)
{
    struct req *r = web_request(&s->w, HTTP_GET, "/");
    web_header(&s->w, "authorization", text_printf(s->w.c->arena, "Bearer %s", token));
    return guard->check(r);
}

static void a_token_tells_who_calls(void **state)
{
    struct ctx *c = ctx_of(state);
    struct scene *s = scene_of(c);
    const struct principal *who = &s->w.r.who;
    OK(check(s, &guard_bearer, a_token(c, &s->facts)));
    assert_int_equal(who->kind, PRINCIPAL_BEARER);
    assert_string_equal(who->user_id, s->facts.user_id);
    assert_string_equal(who->client_id, "first-party");
    assert_string_equal(who->tenant_id, TENANT_DEFAULT_ID);
    assert_string_equal(who->sid, s->facts.sid);
    assert_string_equal(who->authorization_id, s->facts.authorization_id);
    assert_non_null(who->jti);
    assert_null(who->session_id);
    assert_null(who->csrf_binding);
    assert_true(texts_hold(who->scopes, "users:read"));
    assert_true(principal_may(who, "users:read"));
    assert_false(principal_may(who, "users:write"));
    assert_int_equal(who->auth_time, c->now);
    assert_int_equal(who->expires_at, c->now + c->config->jwt_access_expire_minutes * 60);
    OK(check(s, &guard_caller, a_token(c, &s->facts)));
    assert_int_equal(who->kind, PRINCIPAL_BEARER);
}

/* RFC 9068 2.2: a client on its own behalf is no user. */
static void a_client_on_its_own_behalf_is_no_user(void **state)
{
    struct ctx *c = ctx_of(state);
    struct scene *s = scene_of(c);
    struct grant_facts facts = some_facts(c);
    facts.user_id = "service";
    facts.client_id = "service";
    err done = check(s, &guard_bearer, a_token(c, &facts));
    if (done.code != ERR_OK)
        fail_msg("%s", c->fault.text);
    assert_null(s->w.r.who.user_id);
    assert_string_equal(s->w.r.who.client_id, "service");
}

/* A token that does not do leaves nobody, whatever else comes with it. */
static void a_token_that_does_not_do_leaves_nobody(void **state)
{
    struct ctx *c = ctx_of(state);
    struct scene *s = scene_of(c);
    const char *token = a_token(c, &s->facts);
    char *forged = arena_copy(c->arena, token, strlen(token) + 1);
    size_t middle = strlen(token) / 2;
    forged[middle] = forged[middle] == 'A' ? 'B' : 'A';
    const char *const bad[] = { forged, "not.a.token", "a", text_printf(c->arena, "%sA", token) };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        REFUSED(check(s, &guard_bearer, bad[i]), INVALID_TOKEN);
        assert_int_equal(s->w.r.who.kind, PRINCIPAL_NONE);
        REFUSED(check(s, &guard_caller, bad[i]), INVALID_TOKEN);
    }
    c->now += c->config->jwt_access_expire_minutes * 60 + 61;
    REFUSED(check(s, &guard_bearer, token), INVALID_TOKEN);
}

/* AZ-11: on an open row a bad token makes nobody, and a good one nobody either. */
static void an_open_row_knows_nobody_even_by_a_good_token(void **state)
{
    struct ctx *c = ctx_of(state);
    struct scene *s = scene_of(c);
    OK(check(s, &guard_open, a_token(c, &s->facts)));
    assert_int_equal(s->w.r.who.kind, PRINCIPAL_NONE);
    assert_null(s->w.r.who.user_id);
}

/* Decision 7: a bad token never falls back to a cookie, and no cookie is a bearer. */
static void an_authorization_field_alone_decides(void **state)
{
    struct ctx *c = ctx_of(state);
    struct scene *s = scene_of(c);
    static const char *const fields[] = { "", "Basic YTpi", "Bearer", "Bearer not.a.token" };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        struct req *r = web_request(&s->w, HTTP_GET, "/");
        /* Twice: had the cookie been looked at, it would be INVALID_REQUEST. */
        web_header(&s->w, "cookie", "session=a; session=b");
        web_header(&s->w, "authorization", fields[i]);
        REFUSED(guard_caller.check(r), INVALID_TOKEN);
        assert_int_equal(r->who.kind, PRINCIPAL_NONE);
    }
    struct req *r = web_request(&s->w, HTTP_GET, "/");
    web_header(&s->w, "cookie", text_printf(c->arena, "session=%s", a_token(c, &s->facts)));
    REFUSED(guard_bearer.check(r), INVALID_TOKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOKEN_TEST(a_token_tells_who_calls),
        TOKEN_TEST(a_client_on_its_own_behalf_is_no_user),
        TOKEN_TEST(a_token_that_does_not_do_leaves_nobody),
        TOKEN_TEST(an_open_row_knows_nobody_even_by_a_good_token),
        TOKEN_TEST(an_authorization_field_alone_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
