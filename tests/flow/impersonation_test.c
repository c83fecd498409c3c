/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who administers acts as a user: who may, what is told, and what is never done in somebody's name.
 */
#include "impersonation_story.h"
#include "oauth_story.h"

#include "app/routes.h"
#include "identity/people.h"
#include "oauth/userinfo.h"
#include "web/guard.h"

/* ---- where it is on ---- */

static void it_is_off_until_it_is_turned_on(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, t->admin_email);
    assert_problem(story_post(&c, acting_path(w, t->member), BECAUSE), 403, "forbidden");
}

static void a_tenant_refuses_it(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, t->admin_email);
    assert_problem(admin_settings(w, t, "{'impersonation':'sometimes'}"), 400, "invalid-field");
    assert_status(admin_settings(w, t, "{'impersonation':'refused'}"), 200);
    assert_problem(story_post(&c, acting_path(w, t->member), BECAUSE), 403, "forbidden");
    assert_status(admin_settings(w, t, "{'impersonation':null}"), 200);
    assert_status(story_post(&c, acting_path(w, t->member), BECAUSE), 201);
}

/* ---- by a token ---- */

/* TX-06: whoever reads the token knows who acts; and it says nothing of a sign-in of the user. */
static void a_token_says_who_acts(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, t->admin_email);
    struct answer a = story_post(&c, acting_path(w, t->member), "{'reason':'Why','ttl':120}");
    assert_status(a, 201);
    assert_null(answer_text(&a, "refresh_token"));
    assert_string_equal(answer_text(&a, "expires_in"), "120");
    struct answer claims = story_claims(w, answer_text(&a, "access_token"));
    assert_string_equal(answer_text(&claims, "sub"), t->member);
    assert_string_equal(answer_text(&claims, "act.sub"), t->admin);
    assert_string_equal(answer_text(&claims, "tenant_id"), t->id);
    assert_null(answer_text(&claims, "auth_time"));
    assert_null(answer_text(&claims, "acr"));
    struct client s = story_bearer(w, answer_text(&a, "access_token"));
    struct answer me = client_get(&s, "/auth/me");
    assert_status(me, 200);
    assert_string_equal(answer_text(&me, "id"), t->member);
    assert_string_equal(answer_text(&me, "impersonator_id"), t->admin);
    struct answer verified = client_get(&s, "/auth/verify");
    assert_string_equal(answer_header(&verified, "x-auth-actor"), t->admin);
    const char *api = oauth_client(w, "api",
                                   "{'grant_types':['client_credentials'],'audiences':['http://"
                                   "localhost:8080']}");
    a = oauth_post(w, "/oauth2/introspect", "api", api, text_printf(w->arena, "token=%s", s.token));
    assert_string_equal(answer_text(&a, "act.sub"), t->admin);
    assert_status(client_delete(&s, "/auth/me/impersonation"), 204);
    a = oauth_post(w, "/oauth2/introspect", "api", api, text_printf(w->arena, "token=%s", s.token));
    assert_string_equal(a.body, "{\"active\":false}");
    assert_problem(client_get(&s, "/auth/me"), 401, "invalid-token");
    assert_problem(client_delete(&c, "/auth/me/impersonation"), 409, "conflict");
}

/* ---- in a browser ---- */

/* SS-01: each step has a session id of its own, and the administrator gets theirs back. */
static void a_browser_goes_there_and_back(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client b = story_browser(w, t->admin_email, "session");
    const char *before = client_cookie(&b, "session");
    assert_status(story_post(&b, acting_path(w, t->member), BECAUSE), 201);
    const char *during = client_cookie(&b, "session");
    assert_string_not_equal(during, before);
    assert_string_equal(client_cookie(&b, "actor"), before);
    struct answer page = client_get(&b, "/account");
    assert_page(page, 200, "action=\"/account/impersonation/end\"");
    assert_non_null(strstr(page.body, "An administrator acts as you"));
    assert_page(client_get(&b, "/sign-in"), 200, "/account/impersonation/end");
    assert_page(client_get(&b, "/account/password"), 403, "/account/impersonation/end");
    assert_leads(page_send(&b, "/account", "/account/impersonation/end", ""), "/account");
    const char *after = client_cookie(&b, "session");
    assert_string_not_equal(after, before);
    assert_string_not_equal(after, during);
    assert_null(client_cookie(&b, "actor"));
    struct answer me = client_get(&b, "/auth/me");
    assert_string_equal(answer_text(&me, "id"), t->admin);
    assert_null(answer_text(&me, "impersonator_id"));
    page = client_get(&b, "/account");
    assert_null(strstr(page.body, "/account/impersonation/end"));
    struct client old = browser_new(w);
    old.cookies[old.cookies_n++] = (struct cookie){ .name = "session", .value = during };
    assert_problem(client_get(&old, "/auth/me"), 401, "invalid-session");
}

static void signing_out_signs_both_out(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct answer begun;
    struct client b = acting_browser(w, t, &begun);
    struct client own = b;
    struct client member = story_browser(w, t->member_email, "session");
    assert_status(story_post(&b, "/auth/logout?all=true", "{}"), 204);
    own.cookies[0].value = client_cookie(&own, "actor");
    assert_problem(client_get(&own, "/auth/me"), 401, "invalid-session");
    assert_status(client_get(&member, "/auth/me"), 200);
    b = acting_browser(w, t, &begun);
    assert_leads(page_send(&b, "/sign-out", "/sign-out", ""), "/signed-out");
    assert_problem(client_get(&b, "/auth/me"), 401, "invalid-token");
}

/* ---- who may not ---- */

/* AZ-04, TX-06: never oneself, never whoever may more, never by a key, never from within. */
static void who_may_not_act_as_whom(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    const char *id = NULL;
    bool added = false;
    admin_role_add(w, t->id, "support", "users:list users:impersonate");
    const char *support = admin_person(w, t->id, "support@acme.example", "support");
    struct client c = admin_client_of(w, "support@acme.example");
    struct client op = admin_client_of(w, t->admin_email);
    const char *guest = admin_person(w, TENANT_DEFAULT_ID, BOB, NULL);
    story_does(w, membership_add(world_ctx(w), t->id, guest, &added));
    const struct {
        const char *user;
        int status;
    } rows[] = { { support, 403 }, { t->admin, 403 }, { guest, 403 }, { other->member, 404 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_status(story_post(&c, acting_path(w, rows[i].user), BECAUSE), rows[i].status);
    struct client key = story_bearer(w, admin_api_key(w, t->id, t->admin, "admin:*", &id));
    assert_problem(story_post(&key, acting_path(w, t->member), BECAUSE), 403, "forbidden");
    struct client within = acting(&op, support);
    assert_problem(story_post(&within, acting_path(w, t->member), BECAUSE), 403, "forbidden");
    story_does(w, people_set_status(world_ctx(w), t->member, USER_DISABLED, NULL));
    assert_problem(story_post(&c, acting_path(w, t->member), BECAUSE), 409, "conflict");
}

static void what_is_asked_for_before(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, t->admin_email);
    const char *path = acting_path(w, t->member);
    static const char *const bad[] = { "{}", "{'reason':''}", "{'reason':' '}",
                                       "{'reason':'a\\nb'}", "{'reason':'x','ttl':3601}" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_status(story_post(&c, path, "%s", bad[i]), 400);
    world_pass(w, RECENT_SECONDS + 1);
    assert_problem(story_post(&c, path, BECAUSE), 401, "step-up-required");
    c = admin_client_of(w, t->admin_email);
    (void)story_enrol(&c, NULL);
    assert_problem(story_post(&c, path, BECAUSE), 401, "step-up-required");
}

/* ---- what is done in somebody's name ---- */

static bool asks_who_calls(const struct route *row)
{
    return row->guard == &guard_caller || row->guard == &guard_session ||
           row->guard == &guard_userinfo;
}

static void assert_by_table(const struct route *row, struct answer a)
{
    bool scope = strstr(a.body, "insufficient-scope") != NULL ||
                 strstr(a.body, "insufficient_scope") != NULL;
    bool refused = a.status == 403 && !scope;
    bool served = a.status < 400 || a.status == 404 || scope;
    if ((row->flags & IMPERSONATED) != 0 ? !served : !refused)
        fail_msg("%s %s: %d %s", row->method, row->path, a.status, a.body);
}

static const char *const many[] = { "AUTH_IMPERSONATION=on", "AUTH_SESSIONS_PER_USER=10000", NULL };

/* AZ-02, TX-06: every row is for the user alone, unless the table says that it is not. */
static void the_table_says_what_is_done_in_somebodys_name(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    size_t n = 0, refused = 0, open = 0;
    const struct route *rows = routes(&n);
    for (size_t i = 0; i < n; i++) {
        struct answer begun;
        if (!asks_who_calls(&rows[i]))
            continue;
        struct client admin = admin_client_of(w, t->admin_email);
        struct client by_token = acting(&admin, t->member);
        struct client by_cookie = acting_browser(w, t, &begun);
        bool cookie = (rows[i].guard->accepts & ACCEPTS_COOKIE) != 0;
        bool token = (rows[i].guard->accepts & ACCEPTS_BEARER) != 0;
        struct sent sent = { .method = story_method(rows[i].method),
                             .target = story_path(w, &rows[i]) };
        if ((rows[i].flags & HOSTED) != 0 && text_equal(rows[i].method, "POST"))
            sent.form = text_printf(w->arena, "csrf_token=%s", by_cookie.csrf);
        else if (route_has_body(&rows[i]) && (rows[i].flags & FORM) == 0)
            sent.json = "{}";
        if (token)
            assert_by_table(&rows[i], client_send(&by_token, &sent));
        if (cookie)
            assert_by_table(&rows[i], client_send(&by_cookie, &sent));
        (rows[i].flags & IMPERSONATED) != 0 ? open++ : refused++;
    }
    assert_int_equal(open, 18);
    assert_true(refused > 80);
}

/* TN-01: who acts as somebody stays where they administer, wherever that user is a member. */
static void it_stays_in_the_tenant(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    struct answer begun;
    bool added = false;
    story_does(w, membership_add(world_ctx(w), other->id, t->member, &added));
    struct client b = acting_browser(w, t, &begun);
    assert_problem(admin_send(&b, HTTP_GET, "/auth/me", NULL, "x-tenant-id", other->id), 403,
                   "forbidden");
    assert_status(admin_send(&b, HTTP_GET, "/auth/me", NULL, "x-tenant-id", t->id), 200);
}

/* ---- at applications ---- */

static void applications_are_told_who_acts(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct answer begun;
    oauth_app(w);
    struct client b = acting_browser(w, t, &begun);
    const char *code = oauth_code(&b, "scope=openid+profile+offline_access");
    struct answer tokens = oauth_exchange(w, code, "");
    assert_status(tokens, 200);
    assert_null(answer_text(&tokens, "refresh_token"));
    struct answer access = story_claims(w, answer_text(&tokens, "access_token"));
    struct answer id = story_claims(w, answer_text(&tokens, "id_token"));
    assert_string_equal(answer_text(&access, "act.sub"), t->admin);
    assert_string_equal(answer_text(&id, "act.sub"), t->admin);
    assert_string_equal(answer_text(&id, "sub"), t->member);
    assert_null(answer_text(&id, "auth_time"));
    struct client app = story_bearer(w, answer_text(&tokens, "access_token"));
    struct answer info = client_get(&app, "/oauth2/userinfo");
    assert_string_equal(answer_text(&info, "act.sub"), t->admin);
    struct answer issued = acting_events(w, t, "code.issued");
    assert_true(answer_holds(&issued, t->admin));
    assert_status(page_send(&b, "/account", "/account/impersonation/end", ""), 303);
    assert_status(client_get(&app, "/oauth2/userinfo"), 401);
}

/* AZ-02: whatever scopes somebody gives an application, it acts as nobody. */
static void no_application_acts_as_a_user(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    (void)oauth_client(
        w, APP,
        "{'token_endpoint_auth_method':'none','first_party':true,'redirect_uris':['" APP_CALLBACK
        "'],'scope':'openid users:impersonate'}");
    struct client b = story_browser(w, t->admin_email, "session");
    const char *code = oauth_code(&b, "scope=openid+users:impersonate");
    struct answer tokens = oauth_exchange(w, code, "");
    assert_status(tokens, 200);
    struct answer claims = story_claims(w, answer_text(&tokens, "access_token"));
    assert_string_equal(answer_text(&claims, "scope"), "openid users:impersonate");
    struct client app = story_bearer(w, answer_text(&tokens, "access_token"));
    assert_problem(story_post(&app, acting_path(w, t->member), BECAUSE), 403, "forbidden");
}

/* Only the user signs in anew, chooses, or consents. */
static void nobody_consents_for_somebody(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct answer begun;
    oauth_app(w);
    (void)oauth_client(w, "third",
                       "{'redirect_uris':['https://third.test/cb'],'token_endpoint_auth_method':"
                       "'none','scope':'openid profile'}");
    struct client b = acting_browser(w, t, &begun);
    static const char *const asks[] = { "prompt=login", "prompt=select_account", "max_age=60",
                                        "prompt=consent", "acr_values=urn%3Auauth%3Aacr%3Amfa" };
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++)
        assert_redirected_error(oauth_authorize(&b, asks[i]), APP_CALLBACK, "access_denied");
    assert_redirected_error(
        oauth_authorize(&b, "client_id=third&redirect_uri=https%3A%2F%2Fthird.test%2Fcb&scope="
                            "openid"),
        "https://third.test/cb", "access_denied");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(it_is_off_until_it_is_turned_on),
        STORY_WITH(a_tenant_refuses_it, on),
        STORY_WITH(a_token_says_who_acts, on),
        STORY_WITH(a_browser_goes_there_and_back, on),
        STORY_WITH(signing_out_signs_both_out, on),
        STORY_WITH(who_may_not_act_as_whom, on),
        STORY_WITH(what_is_asked_for_before, on),
        STORY_WITH(the_table_says_what_is_done_in_somebodys_name, many),
        STORY_WITH(it_stays_in_the_tenant, on),
        STORY_WITH(applications_are_told_who_acts, on),
        STORY_WITH(no_application_acts_as_a_user, on),
        STORY_WITH(nobody_consents_for_somebody, on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
