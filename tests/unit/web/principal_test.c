/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/web/web_testing.h"

#include "store/clients.h"
#include "tests/unit/identity/identity_testing.h"
#include "web/principal.h"

/* In which tenant a caller acts, and with which rights: over real tables. */

static const struct route rows[] = {
    { "GET", "/users", &web_somebody, "users:read", "calls", PROBLEM, NULL, NULL, web_done,
      "A row" },
};

/* A door on the house of the test, and two tenants with one user who is moderator of the second. */
struct scene {
    struct web w;
    const char *user, *tenant;
};

static void give(struct ctx *c, const char *tenant, const char *user, const char *role)
{
    enum role_outcome how = ROLE_UNKNOWN;
    OK(role_give(c, tenant, user, role, &how));
    assert_int_equal(how, ROLE_GIVEN);
}

static struct scene *scene_of(struct house *h)
{
    struct ctx *c = h->c;
    struct scene *s = ARENA_NEW(c->arena, struct scene);
    bool added = false;
    s->w.c = c;
    s->w.config = *h->config;
    s->w.door.config = &s->w.config;
    web_open(&s->w, rows, 1);
    s->user = person(c, EMAIL);
    OK(tenant_add(c, "acme", "Acme", &s->tenant));
    OK(membership_add(c, s->tenant, s->user, &added));
    give(c, s->tenant, s->user, "admin");
    return s;
}

/* A request of `who` for `tenant`. */
static err choose(struct scene *s, const struct principal *who, const char *tenant)
{
    struct req *r = web_request(&s->w, HTTP_GET, "/users");
    r->who = *who;
    web_header(&s->w, "x-tenant-id", tenant);
    return principal_choose_tenant(r);
}

static struct principal token(const struct scene *s, const char *tenant_id)
{
    return (struct principal){ .kind = PRINCIPAL_BEARER,
                               .user_id = s->user,
                               .client_id = CLIENT_FIRST_PARTY,
                               .tenant_id = tenant_id };
}

static void a_bound_token_stays_in_its_tenant(void **state)
{
    struct house *h = *state;
    struct ctx *c = h->c;
    struct scene *s = scene_of(h);
    const struct principal bound = token(s, TENANT_DEFAULT_ID);
    OK(choose(s, &bound, NULL));
    assert_string_equal(s->w.r.who.tenant_id, TENANT_DEFAULT_ID);
    OK(choose(s, &bound, TENANT_DEFAULT_ID));
    /* Also where its user is a member of the other. */
    REFUSED(choose(s, &bound, s->tenant), FORBIDDEN);
    REFUSED(choose(s, &bound, ""), FORBIDDEN);
    assert_string_equal(s->w.r.who.tenant_id, TENANT_DEFAULT_ID);
}

static void a_token_without_tenant_chooses_one_for_a_request(void **state)
{
    struct house *h = *state;
    struct ctx *c = h->c;
    struct scene *s = scene_of(h);
    const struct principal free_one = token(s, NULL);
    OK(choose(s, &free_one, NULL));
    assert_null(s->w.r.who.tenant_id);
    assert_int_equal(s->w.r.who.permissions.n, 0);
    OK(choose(s, &free_one, s->tenant));
    assert_string_equal(s->w.r.who.tenant_id, s->tenant);
    assert_true(texts_hold(s->w.r.who.roles, "admin"));
    assert_true(principal_may(&s->w.r.who, "users:read"));
    OK(choose(s, &free_one, TENANT_DEFAULT_ID));
    assert_false(texts_hold(s->w.r.who.roles, "admin"));
}

/* AZ-01: a tenant of others and one that does not exist are the same answer. */
static void a_tenant_of_others_cannot_be_chosen(void **state)
{
    struct house *h = *state;
    struct ctx *c = h->c;
    struct scene *s = scene_of(h);
    const struct principal free_one = token(s, NULL);
    const char *other = NULL;
    bool done = false;
    OK(tenant_add(c, "other", "Other", &other));
    const char *const bad[] = {
        other,         "00000000-0000-7000-8000-00000000ffff", "acme", "", "none",
        "' OR 1=1 --", "00000000-0000-7000-8000-000000000001 "
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        REFUSED(choose(s, &free_one, bad[i]), FORBIDDEN);
    OK(membership_remove(c, s->tenant, s->user, &done));
    REFUSED(choose(s, &free_one, s->tenant), FORBIDDEN);
}

static void a_disabled_tenant_cannot_be_chosen(void **state)
{
    struct house *h = *state;
    struct ctx *c = h->c;
    struct scene *s = scene_of(h);
    const struct principal free_one = token(s, NULL);
    bool found = false;
    OK(tenant_set_status(c, s->tenant, TENANT_DISABLED, &found));
    REFUSED(choose(s, &free_one, s->tenant), FORBIDDEN);
}

/* A token of another client, or one for certain scopes, has no more in a tenant than it was given.
 */
static void a_narrow_token_stays_narrow_in_the_tenant_it_chooses(void **state)
{
    struct house *h = *state;
    struct ctx *c = h->c;
    struct scene *s = scene_of(h);
    struct principal narrow = token(s, NULL);
    narrow.scopes = web_texts(&s->w, "users:read");
    OK(choose(s, &narrow, s->tenant));
    assert_true(principal_may(&s->w.r.who, "users:read"));
    assert_false(principal_may(&s->w.r.who, "users:write"));
    narrow.scopes = (struct texts){ 0 };
    narrow.client_id = "third-party";
    OK(choose(s, &narrow, s->tenant));
    assert_false(principal_may(&s->w.r.who, "users:read"));
}

/* SS-17: a session has the rights that its user has now. */
static void a_session_has_the_rights_of_the_tenant_chosen(void **state)
{
    struct house *h = *state;
    struct ctx *c = h->c;
    struct scene *s = scene_of(h);
    const struct principal session = { .kind = PRINCIPAL_SESSION,
                                       .user_id = s->user,
                                       .client_id = CLIENT_FIRST_PARTY,
                                       .tenant_id = TENANT_DEFAULT_ID };
    bool taken = false;
    OK(choose(s, &session, NULL));
    assert_string_equal(s->w.r.who.tenant_id, TENANT_DEFAULT_ID);
    assert_true(texts_hold(s->w.r.who.roles, "user"));
    assert_false(principal_may(&s->w.r.who, "users:delete"));
    OK(choose(s, &session, s->tenant));
    assert_true(principal_may(&s->w.r.who, "users:delete"));
    OK(role_take(c, s->tenant, s->user, "admin", &taken));
    OK(choose(s, &session, s->tenant));
    assert_false(principal_may(&s->w.r.who, "users:delete"));
    REFUSED(choose(s, &session, "00000000-0000-7000-8000-00000000ffff"), FORBIDDEN);
}

static void a_client_of_its_own_chooses_no_tenant(void **state)
{
    struct house *h = *state;
    struct ctx *c = h->c;
    struct scene *s = scene_of(h);
    const struct principal client = { .kind = PRINCIPAL_CLIENT, .client_id = "service" };
    OK(choose(s, &client, NULL));
    REFUSED(choose(s, &client, s->tenant), FORBIDDEN);
    /* And whoever is nobody is not asked. */
    OK(choose(s, &(struct principal){ 0 }, s->tenant));
    assert_null(s->w.r.who.tenant_id);
}

static err check(struct scene *s, const struct principal *who)
{
    struct req *r = web_request(&s->w, HTTP_GET, "/users");
    r->who = *who;
    return principal_check(r);
}

/* AZ-07: a token is older than the day on which a role was taken. */
static void a_right_that_was_taken_is_gone_at_the_next_call(void **state)
{
    struct house *h = *state;
    struct ctx *c = h->c;
    struct scene *s = scene_of(h);
    struct principal who = token(s, s->tenant);
    bool taken = false;
    who.permissions = web_texts(&s->w, "users:read");
    OK(check(s, &who));
    OK(role_take(c, s->tenant, s->user, "admin", &taken));
    assert_true(taken);
    REFUSED(check(s, &who), FORBIDDEN);
}

/* AZ-02: who has not the permission is told what is missing, each as they can be helped. */
static void a_caller_without_the_permission_is_refused(void **state)
{
    struct house *h = *state;
    struct ctx *c = h->c;
    struct scene *s = scene_of(h);
    struct principal who = token(s, s->tenant);
    /* The user may; this token was given for less. */
    REFUSED(check(s, &who), INSUFFICIENT_SCOPE);
    who.kind = PRINCIPAL_SESSION;
    REFUSED(check(s, &who), FORBIDDEN);
    who = (struct principal){ .kind = PRINCIPAL_CLIENT, .client_id = "service" };
    REFUSED(check(s, &who), INSUFFICIENT_SCOPE);
    who.permissions = web_texts(&s->w, "users:*");
    OK(check(s, &who));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(a_bound_token_stays_in_its_tenant),
        HOUSE_TEST(a_token_without_tenant_chooses_one_for_a_request),
        HOUSE_TEST(a_tenant_of_others_cannot_be_chosen),
        HOUSE_TEST(a_disabled_tenant_cannot_be_chosen),
        HOUSE_TEST(a_narrow_token_stays_narrow_in_the_tenant_it_chooses),
        HOUSE_TEST(a_session_has_the_rights_of_the_tenant_chosen),
        HOUSE_TEST(a_client_of_its_own_chooses_no_tenant),
        HOUSE_TEST(a_right_that_was_taken_is_gone_at_the_next_call),
        HOUSE_TEST(a_caller_without_the_permission_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
