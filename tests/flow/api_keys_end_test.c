/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where an API key is no good, what ends it, and what is told of it.
 */
#include "api_key_story.h"
#include "oauth_story.h"

#include "app/routes.h"
#include "crypto/digest.h"
#include "identity/api_key.h"
#include "identity/api_key_text.h"
#include "identity/people.h"
#include "web/guard.h"

/* ---- where it is no good ---- */

/* AZ-02, AZ-16: what is for the person alone, and what asks for a recent sign-in, is for no key. */
static void what_is_for_people_is_for_no_key(void **state)
{
    struct world *w = *state;
    struct client s = service_of(w, admin_tenant(w, "acme"), "admin:*");
    size_t n = 0, refused = 0;
    const struct route *rows = routes(&n);
    for (size_t i = 0; i < n; i++) {
        bool open = rows[i].permission != NULL || (rows[i].flags & API_KEYS) != 0;
        if (rows[i].guard != &guard_caller || (open && (rows[i].flags & RECENT) == 0))
            continue;
        struct sent sent = { .method = story_method(rows[i].method),
                             .target = story_path(w, &rows[i]),
                             .json = route_has_body(&rows[i]) ? "{}" : NULL };
        struct answer a = client_send(&s, &sent);
        if (a.status != 403)
            fail_msg("%s %s: %d %s", rows[i].method, rows[i].path, a.status, a.body);
        refused++;
    }
    assert_true(refused > 40);
}

/* AZ-04: what it gave would outlive it, so it gives no role by making or inviting somebody either.
 */
static void a_key_gives_no_role_by_another_door(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client s = service_of(w, t, "admin:*");
    const char *invitations = text_printf(w->arena, "/admin/tenants/%s/invitations", t->id);
    static const char admin[] = "{'email':'eve@acme.example','full_name':'Eve','roles':['admin']}";
    assert_problem(story_post(&s, "/admin/users", admin), 403, "forbidden");
    assert_problem(story_post(&s, invitations, "{'email':'eve@acme.example','roles':['admin']}"),
                   403, "forbidden");
    assert_status(story_post(&s, "/admin/users",
                             "{'email':'eve@acme.example','full_name':'Eve','roles':['user']}"),
                  201);
    assert_status(story_post(&s, invitations, "{'email':'bob@acme.example'}"), 201);
}

/* AZ-04: it reaches its own maker as it does others: no further than its own rights. */
static void a_key_does_not_reach_its_maker(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client s = service_of(w, t, "users:read users:list users:write");
    const char *maker = text_printf(w->arena, "/admin/users/%s", t->admin);
    const char *other = text_printf(w->arena, "/admin/users/%s", t->member);
    const char *renamed = story_json(w, "{'full_name':'Changed'}");
    assert_problem(client_post(&s, text_printf(w->arena, "%s/disable", maker), "{}"), 403,
                   "forbidden");
    assert_problem(admin_change(&s, HTTP_PATCH, maker, renamed), 403, "forbidden");
    assert_status(admin_change(&s, HTTP_PATCH, other, renamed), 200);
    assert_status(client_post(&s, text_printf(w->arena, "%s/disable", other), "{}"), 204);
    struct client all = service_of(w, t, "admin:*");
    assert_status(admin_change(&all, HTTP_PATCH, maker, renamed), 200);
}

/* TN-10: a rule for signing in is none for keys, with which nobody signs in. */
static void a_key_goes_on_where_a_second_factor_is_asked_for_since(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client s = service_of(w, t, "users:list");
    struct client c = admin_client_of(w, ACME_ADMIN);
    const char *tenant = text_printf(w->arena, "/admin/tenants/%s", t->id);
    const char *rule = story_json(w, "{'name':'Acme','slug':'acme','require_mfa':true}");
    assert_status(admin_change(&c, HTTP_PUT, tenant, rule), 200);
    assert_status(client_get(&s, "/admin/users"), 200);
    struct client again = admin_client_of(w, ACME_ADMIN);
    assert_problem(makes(&again, PERMISSIONS("'users:list'")), 403, "forbidden");
}

/* TN-02, TX-07: it is no access token, no subject of an exchange and no secret of a client. */
static void a_key_is_no_token_of_oauth(void **state)
{
    struct world *w = *state;
    struct client s = service_of(w, admin_tenant(w, "acme"), "admin:*");
    const char *api =
        oauth_client(w, "api",
                     "{'grant_types':['client_credentials','urn:ietf:params:oauth:grant-type:"
                     "token-exchange'],'audiences':['http://"
                     "localhost:8080'],'token_exchange_audiences':['http://localhost:8080']}");
    assert_status(client_get(&s, "/oauth2/userinfo"), 401);
    struct answer a =
        oauth_post(w, "/oauth2/introspect", "api", api, text_printf(w->arena, "token=%s", s.token));
    assert_status(a, 200);
    assert_string_equal(a.body, "{\"active\":false}");
    a = oauth_post(
        w, "/oauth2/token", "api", api,
        text_printf(w->arena,
                    "grant_type=urn%%3Aietf%%3Aparams%%3Aoauth%%3Agrant-type%%3Atoken-exchange"
                    "&subject_token_type=urn%%3Aietf%%3Aparams%%3Aoauth%%3Atoken-type%%3A"
                    "access_token&subject_token=%s",
                    s.token));
    assert_status(a, 400);
    assert_status(client_get(&s, "/admin/users"), 200);
}

/* Decision 7: a bad key never falls back to a good cookie. */
static void a_bad_key_is_not_helped_by_a_cookie(void **state)
{
    struct world *w = *state;
    (void)admin_tenant(w, "acme");
    struct client b = story_browser(w, ACME_ADMIN, "session");
    assert_status(client_get(&b, "/admin/users"), 200);
    b.token = "uauth_k_0193a5c0b2b27a3e8e5d7c1f00a1b2c3_x";
    assert_problem(client_get(&b, "/admin/users"), 401, "invalid-token");
}

/* Of a key with the right id and another secret nothing is told but that it is none. */
static void another_secret_opens_nothing(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    static const uint8_t guessed[API_KEY_SECRET_BYTES] = { 1 };
    const char *id = NULL;
    struct client c = client_new(w);
    const char *key = admin_api_key(w, t->id, t->admin, "users:list", &id);
    c.token = api_key_write(w->arena, id, guessed);
    struct answer wrong = client_get(&c, "/admin/users");
    assert_problem(wrong, 401, "invalid-token");
    c.token = api_key_write(w->arena, "01900000-0000-7000-8000-0000000000fa", guessed);
    struct answer absent = client_get(&c, "/admin/users");
    assert_string_equal(answer_text(&wrong, "detail"), answer_text(&absent, "detail"));
    c.token = text_printf(w->arena, "%s0", key);
    assert_problem(client_get(&c, "/admin/users"), 401, "invalid-token");
    c.token = key;
    assert_problem(admin_send(&c, HTTP_GET, "/admin/users", NULL, "dpop", "x"), 401,
                   "invalid-token");
    assert_status(client_get(&c, "/admin/users"), 200);
}

/* ---- what ends it ---- */

struct ending {
    const char *what;
    void (*does)(struct world *w, const struct admin_tenant *t);
    int then; /* status of the next call by the key */
};

static void logs_out_everywhere(struct world *w, const struct admin_tenant *t)
{
    struct client c = admin_client_of(w, t->member_email);
    assert_status(story_post(&c, "/auth/logout?all=true", "{}"), 204);
}

static void changes_password(struct world *w, const struct admin_tenant *t)
{
    struct client c = admin_client_of(w, t->member_email);
    assert_status(story_post(&c, "/auth/me/password",
                             "{'current_password':'" STORY_PASSWORD
                             "','new_password':'Another-horse-8-staple'}"),
                  204);
}

static void resets_password(struct world *w, const struct admin_tenant *t)
{
    struct client c = client_new(w);
    assert_status(story_post(&c, "/auth/forgot-password", "{'email':'%s'}", t->member_email), 202);
    assert_status(story_post(&c, "/auth/reset-password",
                             "{'token':'%s','password':'Another-horse-8-staple'}",
                             world_link_token(w, t->member_email)),
                  204);
}

static void is_given_a_password(struct world *w, const struct admin_tenant *t)
{
    story_does(w,
               people_set_password(world_ctx(w), t->member, "Another-horse-8-staple", true, NULL));
}

static void is_disabled(struct world *w, const struct admin_tenant *t)
{
    struct client c = admin_client_of(w, t->admin_email);
    const char *user = text_printf(w->arena, "/admin/users/%s", t->member);
    assert_status(client_post(&c, text_printf(w->arena, "%s/disable", user), NULL), 204);
    /* Enabling brings nothing back. */
    assert_status(client_post(&c, text_printf(w->arena, "%s/enable", user), NULL), 204);
}

static void is_erased(struct world *w, const struct admin_tenant *t)
{
    struct client c = admin_client_of(w, t->admin_email);
    assert_status(client_delete(&c, text_printf(w->arena, "/admin/users/%s", t->member)), 204);
}

static void leaves(struct world *w, const struct admin_tenant *t)
{
    struct client c = admin_client_of(w, t->admin_email);
    const char *member = text_printf(w->arena, "/admin/tenants/%s/members/%s", t->id, t->member);
    assert_status(client_delete(&c, member), 204);
    /* Nor does coming back. */
    bool added = false;
    story_does(w, membership_add(world_ctx(w), t->id, t->member, &added));
    assert_true(added);
}

static void tenant_is_suspended(struct world *w, const struct admin_tenant *t)
{
    bool found = false;
    story_does(w, tenant_set_status(world_ctx(w), t->id, TENANT_DISABLED, &found));
    story_does(w, tenant_set_status(world_ctx(w), t->id, TENANT_ACTIVE, &found));
}

static void signs_in_elsewhere(struct world *w, const struct admin_tenant *t)
{
    (void)story_browser(w, t->member_email, "session");
}

/* RT-11, SS-09, TN-06: what a key outlives, and what it does not. */
static void a_key_ends_with_what_its_maker_is(void **state)
{
    struct world *w = *state;
    static const struct ending rows[] = {
        { "signing in elsewhere", signs_in_elsewhere, 200 },
        { "logout-all", logs_out_everywhere, 200 },
        { "password change", changes_password, 200 },
        { "password reset", resets_password, 401 },
        { "password set by an administrator", is_given_a_password, 401 },
        { "disable", is_disabled, 401 },
        { "erase", is_erased, 401 },
        { "suspending the tenant", tenant_is_suspended, 401 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct admin_tenant *t = admin_tenant(w, text_printf(w->arena, "acme%zu", i));
        const char *id = NULL;
        struct client s = story_bearer(w, admin_api_key(w, t->id, t->member, "users:read", &id));
        assert_status(client_get(&s, "/auth/me"), 200);
        rows[i].does(w, t);
        struct answer a = client_get(&s, "/auth/me");
        if (a.status != rows[i].then)
            fail_msg("%s: %d %s", rows[i].what, a.status, a.body);
    }
}

static void a_key_ends_with_the_membership(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const char *id = NULL;
    struct client s = story_bearer(w, admin_api_key(w, t->id, t->member, "users:read", &id));
    leaves(w, t);
    assert_problem(client_get(&s, "/auth/me"), 401, "invalid-token");
}

/* ---- what is told of it ---- */

/* AU-10: its maker is told, wherever it was made; AU-01: without the key. */
static void its_maker_gets_a_mail(void **state)
{
    struct world *w = *state;
    (void)admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    struct answer made = makes(&c, PERMISSIONS("'users:list'"));
    const struct story_mail *mail = world_mail(w, ACME_ADMIN);
    assert_non_null(mail);
    assert_string_equal(mail->subject, "An API key was made for your account");
    assert_non_null(strstr(mail->text, "    Directory sync\n"));
    assert_null(strstr(mail->text, answer_text(&made, "key")));
    assert_null(strstr(mail->text, API_KEY_PREFIX));
}

static const char *event_of(struct client *c, const char *name)
{
    struct answer a = client_get(c, text_printf(c->w->arena, "/admin/audit?name=%s&limit=1", name));
    assert_status(a, 200);
    return a.body;
}

/* AU-02: making and revoking are told with before and after, and of a call by a key which it was.
 */
static void the_audit_tells_of_keys_and_by_which_one(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    struct answer made = makes(&c, PERMISSIONS("'users:list','users:read','users:write'"));
    struct client s = service(&made);
    const char *told = event_of(&c, "api_key.created");
    assert_non_null(strstr(
        told, "\"permissions\":{\"after\":[\"users:list\",\"users:read\",\"users:write\"]}"));
    assert_null(strstr(told, s.token));
    assert_status(admin_change(&s, HTTP_PATCH, text_printf(w->arena, "/admin/users/%s", t->member),
                               "{\"full_name\":\"Another\"}"),
                  200);
    told = event_of(&c, "user.updated");
    assert_non_null(
        strstr(told, text_printf(w->arena, "\"api_key\":\"%s\"", answer_text(&made, "id"))));
    assert_non_null(strstr(told, t->admin));
    assert_status(client_delete(&c, path_of(&made)), 204);
    assert_problem(client_get(&s, "/admin/users"), 401, "invalid-token");
    told = event_of(&c, "api_key.revoked");
    assert_non_null(strstr(told, "\"name\":{\"before\":\"Directory sync\"}"));
}

/* SS-06, AU-01: who has the database has no key. */
static void the_database_holds_no_key(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const char *id = NULL;
    const char *hash = NULL;
    enum api_key_state how;
    const struct api_key_row *row = NULL;
    const char *key = admin_api_key(w, t->id, t->admin, "users:list", &id);
    story_does(w, api_key_find(world_ctx(w), id, &how, &hash, &row));
    assert_string_equal(hash, token_hash(w->arena, key));
    struct client c = client_new(w);
    c.token = hash;
    assert_problem(client_get(&c, "/admin/users"), 401, "invalid-token");
}

/* AZ-16: one's own keys are in what one may take along, without what opens anything. */
static void keys_are_in_the_export_of_their_maker(void **state)
{
    struct world *w = *state;
    (void)admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    struct answer made = makes(&c, PERMISSIONS("'users:list'"));
    struct answer export = client_get(&c, "/auth/me/export");
    assert_status(export, 200);
    assert_true(answer_holds(&export, answer_text(&made, "id")));
    assert_null(strstr(export.body, answer_text(&made, "key")));
    assert_null(strstr(export.body, token_hash(w->arena, answer_text(&made, "key"))));
}

/* ---- how much it may ask ---- */

static const char *const limited[] = { "AUTH_RATE_LIMIT=on", "AUTH_CALLS_PER_MINUTE=5", NULL };

/* TN-12: each key has an allowance, and what it uses up is not its maker's. */
static void a_key_has_an_allowance_of_its_own(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client s = service_of(w, t, "users:list");
    struct client other = service_of(w, t, "users:list");
    struct client c = admin_client_of(w, ACME_ADMIN);
    for (int i = 0; i < 5; i++)
        assert_status(client_get(&s, "/admin/users"), 200);
    assert_problem(client_get(&s, "/admin/users"), 429, "rate-limited");
    assert_status(client_get(&other, "/admin/users"), 200);
    assert_status(client_get(&c, "/admin/users"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(what_is_for_people_is_for_no_key),
        STORY(a_key_gives_no_role_by_another_door),
        STORY(a_key_does_not_reach_its_maker),
        STORY(a_key_goes_on_where_a_second_factor_is_asked_for_since),
        STORY(a_key_is_no_token_of_oauth),
        STORY(a_bad_key_is_not_helped_by_a_cookie),
        STORY(another_secret_opens_nothing),
        STORY(a_key_ends_with_what_its_maker_is),
        STORY(a_key_ends_with_the_membership),
        STORY(its_maker_gets_a_mail),
        STORY(the_audit_tells_of_keys_and_by_which_one),
        STORY(the_database_holds_no_key),
        STORY(keys_are_in_the_export_of_their_maker),
        STORY_WITH(a_key_has_an_allowance_of_its_own, limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
