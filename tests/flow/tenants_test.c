/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tenants: made, joined, suspended and removed.
 */
#include "admin_story.h"
#include "page_story.h"

#include "base/time.h"
#include "identity/tenancy.h"

#define OWNER "owner@acme.example"
#define GUEST "guest@other.example"

static struct client operator_of(struct world *w)
{
    (void)admin_person(w, TENANT_DEFAULT_ID, BOB, "admin");
    return admin_client_of(w, BOB);
}

static const char *under(struct world *w, const char *tenant, const char *rest)
{
    return text_printf(w->arena, "/admin/tenants/%s%s", tenant, rest);
}

/* A tenant made by an operator, and its first administrator, who comes by an invitation. */
static const char *acme(struct client *op, struct client *owner)
{
    struct world *w = op->w;
    struct answer a = story_post(op, "/admin/tenants", "{'slug':'acme','name':'Acme'}");
    assert_status(a, 201);
    const char *id = answer_text(&a, "id");
    assert_status(
        story_post(op, under(w, id, "/invitations"), "{'email':'" OWNER "','roles':['admin']}"),
        201);
    struct client nobody = client_new(w);
    assert_status(story_post(&nobody, "/auth/register",
                             "{'email':'" OWNER "','full_name':'Olga','password':'" STORY_PASSWORD
                             "','invitation':'%s'}",
                             world_link_token(w, OWNER)),
                  201);
    *owner = admin_client_of(w, OWNER);
    return id;
}

/* ---- joining ---- */

static void an_invited_stranger_is_at_home(void **state)
{
    struct world *w = *state;
    struct client op = operator_of(w), owner;
    const char *id = acme(&op, &owner);
    struct answer me = client_get(&owner, "/auth/me");
    assert_string_equal(answer_text(&me, "tenant_id"), id);
    assert_true(answer_holds(&me, "admin"));
    struct answer users = client_get(&owner, "/admin/users");
    assert_true(answer_holds(&users, OWNER));
    assert_false(answer_holds(&users, BOB));
    struct answer waiting = client_get(&owner, under(w, id, "/invitations"));
    assert_non_null(strstr(waiting.body, "\"invitations\":[]"));
    /* Once. */
    struct client nobody = client_new(w);
    assert_problem(story_post(&nobody, "/auth/invitations/accept", "{'token':'%s'}",
                              world_link_token(w, OWNER)),
                   400, "invalid-token-link");
}

/* TN-07: who has an account joins with it, and it stays their own. */
static void an_invited_owner_of_an_account_is_a_guest(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *other = admin_tenant(w, "other");
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, t->admin_email);
    const char *guest = admin_person(w, other->id, GUEST, NULL);
    struct answer a = story_post(&c, under(w, t->id, "/invitations"),
                                 "{'email':'" GUEST "','roles':['moderator']}");
    assert_status(a, 201);
    /* TN-09: whether there is an account is not told. */
    assert_null(strstr(a.body, guest));
    const char *user = text_printf(w->arena, "/admin/users/%s", guest);
    assert_problem(client_get(&c, user), 404, "not-found");
    const char *token = world_link_token(w, GUEST);
    struct client b = browser_new(w);
    const char *path = text_printf(w->arena, "/join?token=%s", token);
    assert_leads(page_send(&b, path, "/join", text_printf(w->arena, "token=%s", token)),
                 "/sign-in?done=joined");
    a = client_get(&c, user);
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "guest"), "true");
    assert_true(answer_holds(&a, "moderator"));
    static const char *const acts[] = { "/disable", "/enable", "/send-reset", "/unlock" };
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        assert_problem(client_post(&c, text_printf(w->arena, "%s%s", user, acts[i]), NULL), 403,
                       "forbidden");
    assert_problem(client_delete(&c, user), 403, "forbidden");
    assert_problem(client_delete(&c, text_printf(w->arena, "%s/mfa", user)), 403, "forbidden");
    assert_problem(admin_change(&c, HTTP_PATCH, user, "{\"full_name\":\"Mine\"}"), 403,
                   "forbidden");
    struct client g = admin_client_of(w, GUEST);
    struct answer claims = story_claims(w, g.token);
    a = client_get(&c, text_printf(w->arena, "%s/sessions", user));
    assert_false(answer_holds(&a, answer_text(&claims, "sid")));
    assert_status(client_delete(&c, text_printf(w->arena, "%s/sessions", user)), 204);
    assert_status(client_get(&g, "/auth/me"), 200);
}

/* AT-12: an invitation is for its address, until it is taken back or replaced. */
static void an_invitation_is_good_for_its_address_only(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    struct client c = admin_client_of(w, t->admin_email);
    struct client o = admin_client_of(w, other->admin_email);
    struct client nobody = client_new(w);
    const char *invitations = under(w, t->id, "/invitations");
    static const char taken[] =
        "{'email':'%s','full_name':'X','password':'" STORY_PASSWORD "','invitation':'%s'}";
    assert_status(story_post(&c, invitations, "{'email':'" OWNER "'}"), 201);
    const char *first = world_link_token(w, OWNER);
    assert_problem(story_post(&nobody, "/auth/register", taken, EVE, first), 400,
                   "invalid-token-link");
    world_pass(w, 1);
    struct answer a = story_post(&c, invitations, "{'email':'" OWNER "'}");
    const char *second = world_link_token(w, OWNER);
    assert_problem(story_post(&nobody, "/auth/register", taken, OWNER, first), 400,
                   "invalid-token-link");
    /* One of another tenant is another one. */
    world_pass(w, 1);
    assert_status(story_post(&o, under(w, other->id, "/invitations"), "{'email':'" OWNER "'}"),
                  201);
    const char *theirs = world_link_token(w, OWNER);
    assert_status(
        client_delete(&c, text_printf(w->arena, "%s/%s", invitations, answer_text(&a, "id"))), 204);
    assert_problem(story_post(&nobody, "/auth/register", taken, OWNER, second), 400,
                   "invalid-token-link");
    assert_status(story_post(&nobody, "/auth/register", taken, OWNER, theirs), 201);
    assert_problem(story_post(&c, invitations, "{'email':'%s'}", t->member_email), 409, "conflict");
}

/* AZ-04: what whoever invited may not give any longer is not given. */
static void an_invitation_gives_what_its_author_may_still_give(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    admin_role_add(w, t->id, "desk", "members:write users:read users:list users:write");
    const char *clerk = admin_person(w, t->id, EVE, "desk");
    struct client c = admin_client_of(w, EVE);
    struct client boss = admin_client_of(w, t->admin_email);
    const char *invitations = under(w, t->id, "/invitations");
    assert_problem(story_post(&c, invitations, "{'email':'" OWNER "','roles':['admin']}"), 403,
                   "forbidden");
    assert_problem(story_post(&c, invitations, "{'email':'" OWNER "','roles':['nothing']}"), 404,
                   "not-found");
    assert_status(story_post(&c, invitations, "{'email':'" OWNER "','roles':['moderator']}"), 201);
    assert_status(client_delete(&boss, text_printf(w->arena, "/admin/users/%s/roles/desk", clerk)),
                  200);
    struct client nobody = client_new(w);
    assert_status(story_post(&nobody, "/auth/register",
                             "{'email':'" OWNER "','full_name':'X','password':'" STORY_PASSWORD
                             "','invitation':'%s'}",
                             world_link_token(w, OWNER)),
                  201);
    struct client owner = admin_client_of(w, OWNER);
    struct answer me = client_get(&owner, "/auth/me");
    assert_string_equal(answer_text(&me, "tenant_id"), t->id);
    assert_false(answer_holds(&me, "moderator"));
}

/* ---- rules ---- */

static void a_tenant_takes_addresses_of_its_domains(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, t->admin_email);
    const char *target = under(w, t->id, "");
    struct answer a = admin_change(
        &c, HTTP_PUT, target,
        story_json(w, "{'slug':'acme','name':'Acme','allowed_domains':['acme.example']}"));
    assert_status(a, 200);
    const char *invitations = under(w, t->id, "/invitations");
    assert_problem(story_post(&c, invitations, "{'email':'x@evilacme.example'}"), 400,
                   "invalid-field");
    assert_problem(story_post(&c, "/admin/users", "{'email':'x@b.example','full_name':'X'}"), 400,
                   "invalid-field");
    assert_status(story_post(&c, invitations, "{'email':'x@ACME.example'}"), 201);
    static const char *const bad[] = { "{'slug':'a b','name':'A'}", "{'slug':'-a','name':'A'}",
                                       "{'slug':'../x','name':'A'}",
                                       "{'slug':'default','name':'A'}",
                                       "{'slug':'a','name':'A','allowed_domains':['*']}" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        a = admin_change(&c, HTTP_PUT, target, story_json(w, "%s", bad[i]));
        assert_true(a.status == 400 || a.status == 409);
    }
}

/* ---- the end ---- */

/* TN-06: a suspended tenant serves nobody, and what was bound to it stays dead. */
static void a_suspended_tenant_serves_nobody(void **state)
{
    struct world *w = *state;
    struct client op = operator_of(w), owner;
    const char *id = acme(&op, &owner);
    assert_status(story_post(&op, under(w, id, "/invitations"), "{'email':'" EVE "'}"), 201);
    const char *token = world_link_token(w, EVE);
    assert_problem(client_post(&owner, under(w, id, "/disable"), NULL), 403, "forbidden");
    assert_status(client_post(&op, under(w, id, "/disable"), NULL), 204);
    assert_status(client_get(&owner, "/auth/me"), 401);
    assert_problem(story_login(&owner, OWNER, text_printf(w->arena, "'tenant_id':'%s'", id)), 403,
                   "forbidden");
    struct client nobody = client_new(w);
    assert_problem(story_post(&nobody, "/auth/register",
                              "{'email':'" EVE "','full_name':'X','password':'" STORY_PASSWORD
                              "','invitation':'%s'}",
                              token),
                   400, "invalid-token-link");
    assert_status(client_post(&op, under(w, id, "/enable"), NULL), 204);
    assert_status(client_get(&owner, "/auth/me"), 401);
    world_pass(w, 1);
    (void)story_sign_in(&owner, OWNER);
    assert_status(client_get(&owner, "/admin/users"), 200);
    assert_problem(client_post(&op, under(w, TENANT_DEFAULT_ID, "/disable"), NULL), 409,
                   "conflict");
}

/* A tenant with something in each of its lists. */
static const char *full_acme(struct client *op, struct client *owner)
{
    struct world *w = op->w;
    const char *id = acme(op, owner);
    const char *settings = under(w, id, "/settings");
    assert_status(story_post(owner, "/admin/roles", "{'name':'desk','permissions':['a:b']}"), 201);
    assert_status(story_post(owner, "/admin/clients",
                             "{'metadata':{'redirect_uris':['https://a.example/cb'],"
                             "'token_endpoint_auth_method':'client_secret_basic'}}"),
                  201);
    assert_status(story_post(owner, under(w, id, "/invitations"), "{'email':'" EVE "'}"), 201);
    struct answer a = client_get(owner, settings);
    assert_status(admin_send(owner, HTTP_PATCH, settings, "{\"session_idle_minutes\":15}",
                             "if-match", answer_header(&a, "etag")),
                  200);
    return id;
}

/* The API key that `owner` makes. */
static const char *key_of(struct client *owner)
{
    struct answer a = story_post(owner, "/admin/api-keys",
                                 "{'name':'nightly','permissions':['users:list'],"
                                 "'expires_at':'%s'}",
                                 time_rfc3339(owner->w->arena, owner->w->c.now + 86400));
    assert_status(a, 201);
    return answer_text(&a, "key");
}

/* By a command, too, whose transaction is undone once it has written, and runs again. */
static void an_active_tenant_is_not_removed(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct ctx *c = world_ctx(w);
    assert_int_equal(tenancy_delete(c, NULL, t->id).code, ERR_CONFLICT);
    assert_string_equal(c->fault.say, "Suspend the tenant first.");
}

static void an_export_has_what_a_tenant_has_but_no_secret(void **state)
{
    struct world *w = *state;
    struct client op = operator_of(w), owner;
    const char *id = full_acme(&op, &owner);
    const char *key = key_of(&owner);
    const struct admin_tenant *other = admin_tenant(w, "other");
    static const char *const has[] = { OWNER,     "\"desk\"",   "https://a.example/cb",       EVE,
                                       "nightly", "users:list", "\"session_idle_minutes\":15" };
    struct answer a = client_get(&owner, under(w, id, "/export"));
    assert_status(a, 200);
    for (size_t i = 0; i < sizeof has / sizeof has[0]; i++)
        assert_non_null(strstr(a.body, has[i]));
    static const char *const lacks[] = { "secret\":", "hash", "\"key\"", "\"next\"" };
    for (size_t i = 0; i < sizeof lacks / sizeof lacks[0]; i++)
        assert_null(strstr(a.body, lacks[i]));
    assert_null(strstr(a.body, key));
    assert_null(strstr(a.body, other->admin_email));
    /* AZ-01: nobody of another tenant. */
    struct client stranger = admin_client_of(w, other->admin_email);
    assert_problem(client_get(&stranger, under(w, id, "/export")), 404, "not-found");
}

/* How often `what` stands in `text`. */
static size_t times(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what))
        n++;
    return n;
}

static void the_pages_of_an_export_have_each_entry_once(void **state)
{
    struct world *w = *state;
    struct client op = operator_of(w), owner;
    const char *id = full_acme(&op, &owner);
    (void)key_of(&owner);
    static const char *const entries[] = { "\"guest\":", "\"client_id\":", "\"invited_by\":",
                                           "\"name\":\"nightly\"" };
    size_t seen[4] = { 0 };
    size_t pages = 0;
    const char *next = "";
    while (next != NULL) {
        struct answer a =
            client_get(&owner, under(w, id, text_printf(w->arena, "/export?limit=1%s", next)));
        assert_status(a, 200);
        assert_true(++pages <= 5);
        for (size_t i = 0; i < 4; i++)
            seen[i] += times(a.body, entries[i]);
        next = strstr(a.body, "\"next\"") == NULL
                   ? NULL
                   : text_printf(w->arena, "&after=%s", answer_text(&a, "next"));
    }
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(seen[i], 1);
    /* AZ-10: a place that somebody has made up. */
    assert_problem(client_get(&owner, under(w, id, "/export?after=1/x")), 400, "invalid-field");
}

static void a_tenant_is_exported_and_removed(void **state)
{
    struct world *w = *state;
    struct client op = operator_of(w), owner;
    const char *id = full_acme(&op, &owner);
    struct answer a = client_get(&owner, under(w, id, "/export"));
    assert_status(a, 200);
    assert_problem(client_delete(&op, under(w, id, "")), 409, "conflict");
    assert_status(client_post(&op, under(w, id, "/disable"), NULL), 204);
    assert_status(client_delete(&op, under(w, id, "")), 204);
    assert_problem(client_get(&op, under(w, id, "")), 404, "not-found");
    /* The account is there, without a tenant. */
    struct client c = client_new(w);
    a = story_login(&c, OWNER, "");
    assert_status(a, 200);
    c.token = answer_text(&a, "access_token");
    a = client_get(&c, "/auth/tenants");
    assert_non_null(strstr(a.body, "\"tenants\":[]"));
    assert_problem(client_get(&c, "/admin/users"), 403, "forbidden");
}

static void operators_set_members_of_any_tenant(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    struct client op = operator_of(w);
    struct client c = admin_client_of(w, t->admin_email);
    const char *member = text_printf(w->arena, "/members/%s", other->member);
    static const char body[] = "{\"roles\":[\"moderator\"]}";
    /* TN-04: who is nobody here is not made somebody by their id. */
    assert_problem(client_put(&c, under(w, t->id, member), body), 404, "not-found");
    assert_problem(client_put(&c, under(w, other->id, member), body), 404, "not-found");
    struct answer a = client_put(&op, under(w, t->id, member), body);
    assert_status(a, 200);
    assert_true(answer_holds(&a, "moderator"));
    assert_status(client_put(&c, under(w, t->id, member), "{\"roles\":[]}"), 200);
    a = client_get(&c, under(w, t->id, "/members"));
    assert_true(answer_holds(&a, other->member));
    assert_false(answer_holds(&a, "moderator"));
    assert_status(client_delete(&c, under(w, t->id, member)), 204);
    assert_problem(client_delete(&c, under(w, t->id, member)), 404, "not-found");
    assert_problem(
        client_delete(&c, under(w, t->id, text_printf(w->arena, "/members/%s", t->admin))), 409,
        "conflict");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(an_invited_stranger_is_at_home),
        STORY(an_invited_owner_of_an_account_is_a_guest),
        STORY(an_invitation_is_good_for_its_address_only),
        STORY(an_invitation_gives_what_its_author_may_still_give),
        STORY(a_tenant_takes_addresses_of_its_domains),
        STORY(a_suspended_tenant_serves_nobody),
        STORY(an_active_tenant_is_not_removed),
        STORY(an_export_has_what_a_tenant_has_but_no_secret),
        STORY(the_pages_of_an_export_have_each_entry_once),
        STORY(a_tenant_is_exported_and_removed),
        STORY(operators_set_members_of_any_tenant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
