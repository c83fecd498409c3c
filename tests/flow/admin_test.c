/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API under /admin: what each call does, and what it refuses.
 */
#include "admin_story.h"

#define ACME_ADMIN "admin@acme.example"
#define SUSAN      "susan@acme.example"

static const char *path(struct world *w, const char *format, const char *id)
{
    struct texts parts = text_split(w->arena, format, '#');
    return text_printf(w->arena, "%s%s%s", parts.at[0], id, parts.n > 1 ? parts.at[1] : "");
}

/* ---- users ---- */

/* Who was made proves the address, and chooses a password. */
static void follows_the_link(struct world *w, const char *email)
{
    struct client c = client_new(w);
    assert_status(story_post(&c, "/auth/reset-password",
                             "{'token':'%s','password':'" STORY_PASSWORD "'}",
                             world_link_token(w, email)),
                  204);
}

static void a_user_is_made_found_changed_and_erased(void **state)
{
    struct world *w = *state;
    (void)admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    struct answer a = story_post(&c, "/admin/users",
                                 "{'email':'" SUSAN "','full_name':'Susan',"
                                 "'password':'" STORY_PASSWORD "','roles':['moderator']}");
    assert_status(a, 201);
    const char *id = answer_text(&a, "id");
    const char *target = path(w, "/admin/users/#", id);
    assert_string_equal(answer_header(&a, "location"), target);
    struct answer got = client_get(&c, target);
    assert_status(got, 200);
    assert_string_equal(got.body, a.body);
    assert_string_equal(answer_header(&got, "etag"), answer_header(&a, "etag"));
    assert_true(answer_holds(&got, "moderator"));
    follows_the_link(w, SUSAN);
    struct client susan = admin_client_of(w, SUSAN);
    assert_status(client_get(&susan, "/admin/users"), 200);
    a = admin_change(&c, HTTP_PATCH, target, "{\"full_name\":\"Susan B\"}");
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "full_name"), "Susan B");
    assert_status(client_post(&c, path(w, "/admin/users/#/disable", id), NULL), 204);
    assert_status(client_get(&susan, "/auth/me"), 401);
    assert_status(story_login(&susan, SUSAN, ""), 401);
    assert_status(client_post(&c, path(w, "/admin/users/#/enable", id), NULL), 204);
    assert_status(story_login(&susan, SUSAN, ""), 200);
    assert_status(client_delete(&c, target), 204);
    assert_problem(client_get(&c, target), 404, "not-found");
    assert_status(story_login(&susan, SUSAN, ""), 401);
}

/* RFC 9110 13.1.1, RFC 6585 3. */
static void nobody_undoes_what_another_changed(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    const char *target = path(w, "/admin/users/#", t->member);
    struct answer read = client_get(&c, target);
    const char *etag = answer_header(&read, "etag");
    static const char change[] = "{\"full_name\":\"Another\"}";
    assert_problem(admin_send(&c, HTTP_PATCH, target, change, NULL, NULL), 428,
                   "precondition-required");
    assert_problem(admin_send(&c, HTTP_PATCH, target, change, "if-match", "\"x\""), 412,
                   "precondition-failed");
    const char *weak = text_printf(w->arena, "W/%s", etag);
    assert_problem(admin_send(&c, HTTP_PATCH, target, change, "if-match", weak), 412,
                   "precondition-failed");
    struct answer done = admin_send(&c, HTTP_PATCH, target, change, "if-match", etag);
    assert_status(done, 200);
    assert_problem(admin_send(&c, HTTP_PATCH, target, change, "if-match", etag), 412,
                   "precondition-failed");
    const char *both = text_printf(w->arena, "\"x\", %s", answer_header(&done, "etag"));
    assert_status(admin_send(&c, HTTP_PATCH, target, change, "if-match", both), 200);
}

/* ---- the same request again ---- */

static void a_request_that_comes_again_is_answered_again(void **state)
{
    struct world *w = *state;
    (void)admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    const char *body = story_json(w, "{'email':'" SUSAN "','full_name':'Susan'}");
    struct answer first =
        admin_send(&c, HTTP_POST, "/admin/users", body, "idempotency-key", "key-1");
    assert_status(first, 201);
    assert_null(answer_header(&first, "idempotency-replayed"));
    world_pass(w, 60);
    struct answer again =
        admin_send(&c, HTTP_POST, "/admin/users", body, "idempotency-key", "key-1");
    assert_status(again, 201);
    assert_string_equal(again.body, first.body);
    assert_string_equal(answer_header(&again, "location"), answer_header(&first, "location"));
    assert_string_equal(answer_header(&again, "etag"), answer_header(&first, "etag"));
    assert_non_null(answer_header(&again, "idempotency-replayed"));
    assert_problem(admin_send(&c, HTTP_POST, "/admin/users", body, NULL, NULL), 409, "conflict");
    const char *other = story_json(w, "{'email':'x@acme.example','full_name':'X'}");
    assert_problem(admin_send(&c, HTTP_POST, "/admin/users", other, "idempotency-key", "key-1"),
                   409, "conflict");
    /* Another caller's key is another key. */
    (void)admin_tenant(w, "other");
    struct client o = admin_client_of(w, "admin@other.example");
    assert_status(admin_send(&o, HTTP_POST, "/admin/users", other, "idempotency-key", "key-1"),
                  201);
    static const char *const bad[] = { "a b", "\x7f", "\xc3\xa9" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_problem(admin_send(&c, HTTP_POST, "/admin/users", other, "idempotency-key", bad[i]),
                       400, "invalid-request");
}

/* Also what is answered at length, as a file of all that is configured is. */
static void a_long_answer_is_given_again(void **state)
{
    enum { ROLES = 1500, LONG = 256 * 1024 };
    struct world *w = *state;
    struct text_buffer b = text_buffer(w->arena);
    (void)admin_person(w, TENANT_DEFAULT_ID, "op@example.com", "admin");
    struct client op = admin_client_of(w, "op@example.com");
    for (int i = 0; i < ROLES; i++)
        text_addf(&b, "%s{'name':'r%d','description':'%0100d','permissions':['a:b%d']}",
                  i == 0 ? "" : ",", i, i, i);
    const char *body = story_json(w, "{'roles':[%s]}", text_of(&b));
    struct answer first =
        admin_send(&op, HTTP_POST, "/admin/apply", body, "idempotency-key", "key-1");
    assert_status(first, 200);
    assert_true(strlen(first.body) > LONG);
    struct answer again =
        admin_send(&op, HTTP_POST, "/admin/apply", body, "idempotency-key", "key-1");
    assert_status(again, 200);
    assert_string_equal(again.body, first.body);
    assert_non_null(answer_header(&again, "idempotency-replayed"));
}

static void a_key_is_forgotten_in_the_end(void **state)
{
    struct world *w = *state;
    (void)admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    const char *body = story_json(w, "{'name':'r','permissions':['a:b']}");
    assert_status(admin_send(&c, HTTP_POST, "/admin/roles", body, "idempotency-key", "k"), 201);
    world_pass(w, 86401);
    (void)story_sign_in(&c, ACME_ADMIN);
    assert_problem(admin_send(&c, HTTP_POST, "/admin/roles", body, "idempotency-key", "k"), 409,
                   "conflict");
    /* A refusal is not kept: what was in the way may be gone. */
    struct answer a = client_delete(&c, "/admin/roles/r");
    assert_status(a, 204);
    assert_status(admin_send(&c, HTTP_POST, "/admin/roles", body, "idempotency-key", "k"), 201);
}

/* ---- what asks for a recent sign-in ---- */

static void what_is_grave_asks_for_a_recent_sign_in(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    world_pass(w, RECENT_SECONDS + 1);
    const char *target = path(w, "/admin/users/#", t->member);
    assert_problem(client_delete(&c, target), 401, "step-up-required");
    assert_problem(client_put(&c, path(w, "/admin/users/#/roles/moderator", t->member), NULL), 401,
                   "step-up-required");
    assert_status(client_get(&c, target), 200);
    (void)story_sign_in(&c, ACME_ADMIN);
    assert_status(client_delete(&c, target), 204);
}

/* AZ-04: what changes rights of many, or what an application may, is no less grave than giving one.
 */
static void what_gives_rights_asks_for_a_recent_sign_in(void **state)
{
    struct world *w = *state;
    (void)admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    static const char metadata[] = "{'redirect_uris':['https://app.example/cb']}";
    struct answer made = story_post(&c, "/admin/clients", "{'metadata':%s}", metadata);
    const char *client = path(w, "/admin/clients/#", answer_text(&made, "client_id"));
    assert_status(story_post(&c, "/admin/roles", "{'name':'r','permissions':['a:b']}"), 201);
    world_pass(w, RECENT_SECONDS + 1);
    assert_problem(story_post(&c, "/admin/roles", "{'name':'s','permissions':['a:b']}"), 401,
                   "step-up-required");
    const char *wider = story_json(w, "{'permissions':['users:list']}");
    assert_problem(admin_change(&c, HTTP_PUT, "/admin/roles/r", wider), 401, "step-up-required");
    assert_problem(admin_change(&c, HTTP_PUT, client, story_json(w, metadata)), 401,
                   "step-up-required");
    (void)story_sign_in(&c, ACME_ADMIN);
    assert_status(admin_change(&c, HTTP_PUT, "/admin/roles/r", wider), 200);
    assert_status(admin_change(&c, HTTP_PUT, client, story_json(w, metadata)), 200);
}

/* ---- sessions, factors, links ---- */

static void sessions_of_a_member_are_seen_and_ended(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    struct client one = admin_client_of(w, t->member_email);
    struct client two = admin_client_of(w, t->member_email);
    struct answer claims = story_claims(w, one.token);
    const char *sid = answer_text(&claims, "sid");
    const char *list = path(w, "/admin/users/#/sessions", t->member);
    struct answer a = client_get(&c, list);
    assert_status(a, 200);
    assert_true(answer_holds(&a, sid));
    const char *target = text_printf(w->arena, "%s/%s", list, sid);
    assert_status(client_delete(&c, target), 204);
    assert_problem(client_delete(&c, target), 404, "not-found");
    assert_status(client_get(&one, "/auth/me"), 401);
    assert_status(client_get(&two, "/auth/me"), 200);
    assert_status(client_delete(&c, list), 204);
    assert_status(client_get(&two, "/auth/me"), 401);
    assert_status(client_get(&c, "/auth/me"), 200);
}

static void a_factor_is_reset_and_its_owner_told(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    struct client m = admin_client_of(w, t->member_email);
    (void)story_enrol(&m, NULL);
    (void)story_sign_in(&c, ACME_ADMIN);
    struct client again = client_new(w);
    assert_problem(story_login(&again, t->member_email, ""), 401, "mfa-required");
    const char *target = path(w, "/admin/users/#/mfa", t->member);
    assert_status(client_delete(&c, target), 204);
    assert_problem(client_delete(&c, target), 404, "not-found");
    assert_status(story_login(&again, t->member_email, ""), 200);
    assert_non_null(strstr(world_mail(w, t->member_email)->text, "removed"));
}

/* PR-12: an administrator sends a link to the owner, and does not see it. */
static void a_link_to_choose_a_password_goes_to_the_owner(void **state)
{
    struct world *w = *state;
    (void)admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    struct answer a = story_post(&c, "/admin/users", "{'email':'" SUSAN "','full_name':'Susan'}");
    assert_status(a, 201);
    world_pass(w, 1);
    struct answer sent =
        client_post(&c, path(w, "/admin/users/#/send-reset", answer_text(&a, "id")), NULL);
    assert_status(sent, 202);
    assert_string_equal(sent.body, "");
    follows_the_link(w, SUSAN);
    struct client susan = client_new(w);
    assert_status(story_login(&susan, SUSAN, ""), 200);
}

/* ---- roles ---- */

static void a_role_is_made_given_changed_and_removed(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    struct client m = admin_client_of(w, t->member_email);
    struct answer a = story_post(&c, "/admin/roles",
                                 "{'name':'desk','description':'Front desk',"
                                 "'permissions':['users:list','orders:read']}");
    assert_status(a, 201);
    assert_problem(client_get(&m, "/admin/users"), 403, "insufficient-scope");
    assert_status(client_put(&c, path(w, "/admin/users/#/roles/desk", t->member), NULL), 200);
    (void)story_sign_in(&m, t->member_email);
    assert_status(client_get(&m, "/admin/users"), 200);
    assert_status(
        admin_change(&c, HTTP_PUT, "/admin/roles/desk", "{\"permissions\":[\"orders:read\"]}"),
        200);
    /* AZ-07: what the token says is looked up again. */
    assert_problem(client_get(&m, "/admin/users"), 403, "forbidden");
    assert_status(client_delete(&c, "/admin/roles/desk"), 204);
    a = client_get(&c, path(w, "/admin/users/#", t->member));
    assert_false(answer_holds(&a, "desk"));
    assert_problem(client_delete(&c, "/admin/roles/admin"), 403, "forbidden");
    assert_problem(
        story_post(&c, "/admin/roles", "{'name':'wide','permissions':['a:b'],'all_tenants':true}"),
        403, "forbidden");
}

/* AZ-04: a role is given by who may give roles and has signed in lately, by whichever door. */
static void making_somebody_gives_no_more_than_giving_a_role(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    (void)admin_person(w, t->id, "mod@acme.example", "moderator");
    struct client m = admin_client_of(w, "mod@acme.example");
    static const char with_role[] =
        "{'email':'" SUSAN "','full_name':'Susan','roles':['moderator']}";
    static const char without[] = "{'email':'%s@acme.example','full_name':'Susan'}";
    assert_problem(story_post(&m, "/admin/users", with_role), 403, "insufficient-scope");
    assert_status(story_post(&m, "/admin/users", without, "one"), 201);
    struct client c = admin_client_of(w, ACME_ADMIN);
    world_pass(w, 301);
    assert_problem(story_post(&c, "/admin/users", with_role), 401, "step-up-required");
    assert_problem(story_post(&c, path(w, "/admin/tenants/#/invitations", t->id),
                              "{'email':'" SUSAN "','roles':['admin']}"),
                   401, "step-up-required");
    assert_status(story_post(&c, "/admin/users", without, "two"), 201);
    (void)story_sign_in(&c, ACME_ADMIN);
    assert_status(story_post(&c, "/admin/users", with_role), 201);
}

/* AZ-15. */
static void the_last_administrator_stays(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    assert_problem(client_delete(&c, path(w, "/admin/users/#/roles/admin", t->admin)), 409,
                   "conflict");
    assert_problem(client_post(&c, path(w, "/admin/users/#/disable", t->admin), NULL), 409,
                   "conflict");
    assert_problem(client_delete(&c, path(w, "/admin/users/#", t->admin)), 409, "conflict");
    assert_status(client_put(&c, path(w, "/admin/users/#/roles/admin", t->member), NULL), 200);
    assert_status(client_delete(&c, path(w, "/admin/users/#/roles/admin", t->admin)), 200);
    assert_problem(client_get(&c, "/admin/roles"), 403, "forbidden");
}

/* ---- keys, audit ---- */

static void keys_are_for_operators(void **state)
{
    struct world *w = *state;
    (void)admin_tenant(w, "acme");
    (void)admin_person(w, TENANT_DEFAULT_ID, BOB, "admin");
    struct client c = admin_client_of(w, ACME_ADMIN);
    struct client bob = admin_client_of(w, BOB);
    assert_problem(client_get(&c, "/admin/keys"), 403, "forbidden");
    assert_problem(client_post(&c, "/admin/keys/rotate", NULL), 403, "forbidden");
    struct answer a = client_get(&bob, "/admin/keys");
    assert_true(answer_holds(&a, "current"));
    assert_false(answer_holds(&a, "next"));
    a = client_post(&bob, "/admin/keys/rotate", NULL);
    assert_status(a, 200);
    assert_true(answer_holds(&a, "next"));
}

/* AU-02, AU-06: what was done is written down with who did it, for the tenant and nobody else. */
static void the_audit_is_of_ones_own_tenant(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    (void)admin_tenant(w, "other");
    (void)admin_person(w, TENANT_DEFAULT_ID, BOB, "admin");
    struct client c = admin_client_of(w, ACME_ADMIN);
    struct client o = admin_client_of(w, "admin@other.example");
    struct client bob = admin_client_of(w, BOB);
    assert_status(client_post(&c, path(w, "/admin/users/#/disable", t->member), NULL), 204);
    const char *query =
        text_printf(w->arena, "/admin/audit?name=user.disabled&user_id=%s", t->member);
    struct answer a = client_get(&c, query);
    assert_status(a, 200);
    assert_true(answer_holds(&a, t->member));
    assert_true(answer_holds(&a, t->admin));
    assert_true(answer_holds(&a, t->id));
    a = client_get(&o, query);
    assert_non_null(strstr(a.body, "\"events\":[]"));
    assert_problem(client_get(&o, text_printf(w->arena, "/admin/audit?tenant_id=%s", t->id)), 404,
                   "not-found");
    a = client_get(&bob, text_printf(w->arena, "/admin/audit?tenant_id=%s", t->id));
    assert_true(answer_holds(&a, "user.disabled"));
    a = client_get(&c, "/admin/audit?since=2040-01-01T00:00:00Z");
    assert_non_null(strstr(a.body, "\"events\":[]"));
    assert_problem(client_get(&c, "/admin/audit?since=yesterday"), 400, "invalid-field");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_user_is_made_found_changed_and_erased),
        STORY(nobody_undoes_what_another_changed),
        STORY(a_request_that_comes_again_is_answered_again),
        STORY(a_long_answer_is_given_again),
        STORY(a_key_is_forgotten_in_the_end),
        STORY(what_is_grave_asks_for_a_recent_sign_in),
        STORY(what_gives_rights_asks_for_a_recent_sign_in),
        STORY(sessions_of_a_member_are_seen_and_ended),
        STORY(a_factor_is_reset_and_its_owner_told),
        STORY(a_link_to_choose_a_password_goes_to_the_owner),
        STORY(a_role_is_made_given_changed_and_removed),
        STORY(making_somebody_gives_no_more_than_giving_a_role),
        STORY(the_last_administrator_stays),
        STORY(keys_are_for_operators),
        STORY(the_audit_is_of_ones_own_tenant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
