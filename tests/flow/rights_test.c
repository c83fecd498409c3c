/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What somebody may: in which tenant (decision 5), within which scope, and what forward-auth says
 * of it (decision 22).
 */
#include "story.h"

#include "identity/login.h"
#include "identity/people.h"
#include "store/roles.h"
#include "store/tenants.h"

/* Ada belongs to the default tenant and to acme, where she is moderator; not to other. */
struct scene {
    const char *ada, *acme, *other, *closed;
};

static const char *add_tenant(struct world *w, const char *slug, const char *member)
{
    const char *id = NULL;
    bool added = false;
    struct ctx *c = world_ctx(w);
    story_does(w, tenant_add(c, slug, slug, &id));
    if (member != NULL)
        story_does(w, membership_add(c, id, member, &added));
    return id;
}

static struct scene set_scene(struct world *w)
{
    struct scene s = { .ada = story_person(w, ADA) };
    enum role_outcome how = ROLE_UNKNOWN;
    bool found = false;
    s.acme = add_tenant(w, "acme", s.ada);
    s.other = add_tenant(w, "other", NULL);
    s.closed = add_tenant(w, "closed", s.ada);
    struct ctx *c = world_ctx(w);
    story_does(w, role_give(c, s.acme, s.ada, "moderator", &how));
    story_does(w, tenant_set_status(c, s.closed, TENANT_DISABLED, &found));
    return s;
}

static struct client in_tenant(struct world *w, const char *tenant)
{
    struct client c = client_new(w);
    struct answer a = story_login(
        &c, ADA, tenant == NULL ? "" : text_printf(w->arena, "'tenant_id':'%s'", tenant));
    assert_status(a, 200);
    c.token = answer_text(&a, "access_token");
    return c;
}

static struct answer get(struct client *c, const char *target, const char *tenant)
{
    struct sent sent = { .target = target, .headers = { { "x-tenant-id", tenant } } };
    if (tenant == NULL)
        sent.headers[0].name = NULL;
    return client_send(c, &sent);
}

/* ---- tenants ---- */

/* Decision 5: a bound token stays where it is. */
static void a_bound_token_stays_in_its_tenant(void **state)
{
    struct world *w = *state;
    struct scene s = set_scene(w);
    struct client c = in_tenant(w, NULL);
    struct answer a = get(&c, "/auth/me", NULL);
    assert_string_equal(answer_text(&a, "tenant_id"), TENANT_DEFAULT_ID);
    assert_false(answer_holds(&a, "users:write"));
    assert_status(get(&c, "/auth/me", TENANT_DEFAULT_ID), 200);
    const char *const others[] = {
        s.acme, s.other, s.closed, "none", "NULL", "", "x y", "00000000-0000-7000-8000-000000000002"
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (others[i][0] != '\0')
            assert_problem(get(&c, "/auth/me", others[i]), 403, "forbidden");
    c = in_tenant(w, s.acme);
    a = get(&c, "/auth/me", s.acme);
    assert_string_equal(answer_text(&a, "tenant_id"), s.acme);
    assert_true(answer_holds(&a, "users:write"));
    assert_problem(get(&c, "/auth/me", TENANT_DEFAULT_ID), 403, "forbidden");
}

/* Decision 5: a token without tenant has no rights until the request names one. */
static void a_token_without_tenant_chooses_by_request(void **state)
{
    struct world *w = *state;
    struct scene s = set_scene(w);
    struct client c = in_tenant(w, "none");
    struct answer a = get(&c, "/auth/me", NULL);
    assert_status(a, 200);
    assert_null(answer_text(&a, "tenant_id"));
    assert_non_null(strstr(a.body, "\"roles\":[]"));
    assert_non_null(strstr(a.body, "\"permissions\":[]"));
    a = get(&c, "/auth/me", TENANT_DEFAULT_ID);
    assert_string_equal(answer_text(&a, "tenant_id"), TENANT_DEFAULT_ID);
    assert_true(answer_holds(&a, "users:read"));
    assert_false(answer_holds(&a, "users:write"));
    a = get(&c, "/auth/me", s.acme);
    assert_true(answer_holds(&a, "users:write"));
    assert_problem(get(&c, "/auth/me", s.other), 403, "forbidden");
    assert_problem(get(&c, "/auth/me", s.closed), 403, "forbidden");
    assert_problem(get(&c, "/auth/me", "none"), 403, "forbidden");
    /* Nothing of it stays. */
    a = get(&c, "/auth/me", NULL);
    assert_null(answer_text(&a, "tenant_id"));
}

static void a_session_chooses_by_request(void **state)
{
    struct world *w = *state;
    struct scene s = set_scene(w);
    struct client b = story_browser(w, ADA, "session");
    struct answer a = get(&b, "/auth/me", NULL);
    assert_string_equal(answer_text(&a, "tenant_id"), TENANT_DEFAULT_ID);
    a = get(&b, "/auth/me", s.acme);
    assert_string_equal(answer_text(&a, "tenant_id"), s.acme);
    assert_true(answer_holds(&a, "users:write"));
    assert_problem(get(&b, "/auth/me", s.other), 403, "forbidden");
    assert_problem(get(&b, "/auth/me", s.closed), 403, "forbidden");
    a = get(&b, "/auth/me", NULL);
    assert_string_equal(answer_text(&a, "tenant_id"), TENANT_DEFAULT_ID);
}

/* A tenant that is not one's own, is closed or never was is refused alike. */
static void nobody_signs_in_to_a_tenant_they_do_not_belong_to(void **state)
{
    struct world *w = *state;
    struct scene s = set_scene(w);
    struct client c = client_new(w);
    const char *const others[] = { s.other, s.closed, "00000000-0000-7000-8000-000000000002",
                                   "nonsense" };
    struct answer first = { 0 };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct answer a =
            story_login(&c, ADA, text_printf(w->arena, "'tenant_id':'%s'", others[i]));
        assert_problem(a, 403, "forbidden");
        if (i == 0)
            first = a;
        assert_int_equal(strlen(a.body), strlen(first.body));
    }
}

/* RT-05: membership that ends takes what was bound to it along, at once. */
static void leaving_a_tenant_ends_what_was_bound_to_it(void **state)
{
    struct world *w = *state;
    struct scene s = set_scene(w);
    struct client b = story_browser(w, ADA, "session");
    struct client unbound = in_tenant(w, "none");
    struct client c = client_new(w);
    struct answer a = story_login(&c, ADA, text_printf(w->arena, "'tenant_id':'%s'", s.acme));
    const char *refresh = answer_text(&a, "refresh_token");
    bool removed = false;
    story_does(w, membership_remove(world_ctx(w), s.acme, s.ada, &removed));
    assert_true(removed);
    assert_problem(story_refresh(&c, refresh), 400, "invalid-grant");
    assert_problem(get(&b, "/auth/me", s.acme), 403, "forbidden");
    assert_problem(get(&unbound, "/auth/me", s.acme), 403, "forbidden");
    assert_status(get(&b, "/auth/me", NULL), 200);
}

/* ---- scopes ---- */

static struct answer with_scope(struct client *c, const char *scope)
{
    return story_login(c, ADA, text_printf(c->w->arena, "'scope':'%s'", scope));
}

/* RT-06: what was not granted at first never comes later. */
static void a_scope_narrows_and_never_widens(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    const char *id = story_person(w, ADA);
    story_does(w, people_give_role(world_ctx(w), id, "moderator", NULL));
    struct answer a = with_scope(&c, "users:read admin:all");
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "scope"), "users:read");
    struct answer claims = story_claims(w, answer_text(&a, "access_token"));
    assert_string_equal(answer_text(&claims, "scope"), "users:read");
    assert_non_null(strstr(claims.body, "\"permissions\":[\"users:read\"]"));
    const char *refresh = answer_text(&a, "refresh_token");
    assert_problem(story_post(&c, "/auth/refresh",
                              "{'refresh_token':'%s','scope':'users:read users:write'}", refresh),
                   400, "invalid-scope");
    a = story_refresh(&c, refresh);
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "scope"), "users:read");
    a = with_scope(&c, "users:read users:write");
    refresh = answer_text(&a, "refresh_token");
    a = story_post(&c, "/auth/refresh", "{'refresh_token':'%s','scope':'users:write'}", refresh);
    assert_string_equal(answer_text(&a, "scope"), "users:write");
    /* RFC 6749 6: the narrower token is this one; the authorization holds what it held. */
    a = story_refresh(&c, answer_text(&a, "refresh_token"));
    assert_string_equal(answer_text(&a, "scope"), "users:read users:write");
}

static void a_scope_that_is_no_scope_is_refused(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    static const char *const bad[] = { "users:read  users:write", " users:read", "users:read ",
                                       "users:read users:read",   "us\\\\ers",   "caf\\u00e9" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_problem(with_scope(&c, bad[i]), 400, "invalid-scope");
    /* What nobody has is not granted, and that is no error. */
    struct answer a = with_scope(&c, "nothing:at-all");
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "scope"), "");
}

/* AZ-07: a role that was taken is gone at the next refresh. */
static void a_refresh_looks_at_the_rights_of_now(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    const char *id = story_person(w, ADA);
    story_does(w, people_give_role(world_ctx(w), id, "moderator", NULL));
    struct answer a = story_login(&c, ADA, "");
    struct answer claims = story_claims(w, answer_text(&a, "access_token"));
    assert_true(answer_holds(&claims, "users:write"));
    story_does(w, people_take_role(world_ctx(w), id, "moderator", NULL));
    a = story_refresh(&c, answer_text(&a, "refresh_token"));
    claims = story_claims(w, answer_text(&a, "access_token"));
    assert_false(answer_holds(&claims, "users:write"));
    assert_false(answer_holds(&claims, "moderator"));
}

/* ---- forward-auth ---- */

struct verify_case {
    const char *query;
    int status;
};

static void assert_verified(struct client *c, const struct verify_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *target = text_printf(c->w->arena, "/auth/verify%s", cases[i].query);
        struct answer a = client_get(c, target);
        if (a.status != cases[i].status)
            fail_msg("%s answers %d: %s", target, a.status, a.body);
        assert_true((answer_header(&a, "x-auth-user") != NULL) == (a.status == 200));
    }
}

static void forward_auth_answers_as_it_is_asked(void **state)
{
    struct world *w = *state;
    struct scene s = set_scene(w);
    struct client c = client_new(w);
    struct client b = story_browser(w, ADA, "session");
    static const struct verify_case cases[] = {
        { "", 200 },
        { "/some/path", 200 },
        { "?permission=users:read", 200 },
        { "?permission=users:write", 403 },
        { "?permission=nonsense", 403 },
        { "?scope=users:read", 200 },
        { "?scope=users:write", 403 },
        { "?scope=users:read+users:write", 403 },
        { "?acr=" LOGIN_ACR_PASSWORD, 200 },
        { "?acr=" LOGIN_ACR_MFA, 401 },
        { "?acr=unknown", 401 },
        { "?max_age=300", 200 },
        { "?max_age=x", 400 },
        { "?max_age=-1", 400 },
        { "?unknown=1", 400 },
        { "?permission=users:read&permission=users:write", 400 },
    };
    (void)story_sign_in(&c, ADA);
    assert_verified(&c, cases, sizeof cases / sizeof cases[0]);
    struct answer a = client_get(&c, "/auth/verify");
    assert_string_equal(answer_header(&a, "x-auth-user"), s.ada);
    assert_string_equal(answer_header(&a, "x-auth-tenant"), TENANT_DEFAULT_ID);
    assert_string_equal(answer_header(&a, "x-auth-roles"), "user");
    assert_string_equal(answer_header(&a, "x-auth-scopes"), "users:read");
    assert_string_equal(answer_header(&a, "cache-control"), "no-store");
    a = client_get(&b, "/auth/verify?permission=users:read");
    assert_status(a, 200);
    assert_string_equal(answer_header(&a, "x-auth-user"), s.ada);
    world_pass(w, 301);
    a = client_get(&b, "/auth/verify?max_age=300");
    assert_status(a, 401);
    assert_non_null(strstr(answer_header(&a, "www-authenticate"), "max_age=\"300\""));
}

/* Decision 22: a proxy asks with the method and the path of what it protects, and with a body that
 * is nobody's here. */
static void forward_auth_takes_any_method(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = story_browser(w, ADA, "session");
    struct client nobody = client_new(w);
    b.csrf = NULL;
    for (int m = HTTP_GET; m <= HTTP_DELETE; m++) {
        struct sent sent = { .method = (enum http_method)m,
                             .target = "/auth/verify/app/page",
                             .body = bytes_of("not json"),
                             .type = "text/plain" };
        assert_status(client_send(&b, &sent), 200);
        struct answer a = client_send(&nobody, &sent);
        assert_status(a, 401);
        assert_null(answer_header(&a, "x-auth-user"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_bound_token_stays_in_its_tenant),
        STORY(a_token_without_tenant_chooses_by_request),
        STORY(a_session_chooses_by_request),
        STORY(nobody_signs_in_to_a_tenant_they_do_not_belong_to),
        STORY(leaving_a_tenant_ends_what_was_bound_to_it),
        STORY(a_scope_narrows_and_never_widens),
        STORY(a_scope_that_is_no_scope_is_refused),
        STORY(a_refresh_looks_at_the_rights_of_now),
        STORY(forward_auth_answers_as_it_is_asked),
        STORY(forward_auth_takes_any_method),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
