/* SPDX-License-Identifier: Apache-2.0 */
/*
 * API keys: a service acts with one for whoever made it, in one tenant, with no more than they may.
 */
#include "api_key_story.h"

#include "identity/api_key.h"
#include "identity/api_key_text.h"

/* ---- making and using ---- */

static void a_key_is_shown_once_and_lets_in(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    struct answer made = makes(&c, PERMISSIONS("'users:list'"));
    struct client s = service(&made);
    assert_true(text_starts(s.token, API_KEY_PREFIX));
    assert_string_equal(answer_header(&made, "location"), path_of(&made));
    assert_string_equal(answer_text(&made, "user_id"), t->admin);
    struct answer shown = client_get(&c, path_of(&made));
    assert_status(shown, 200);
    assert_non_null(answer_header(&shown, "etag"));
    assert_null(answer_text(&shown, "key"));
    assert_null(answer_text(&shown, "last_used_at"));
    assert_status(client_get(&s, "/admin/users"), 200);
    struct answer me = client_get(&s, "/auth/me");
    assert_status(me, 200);
    assert_string_equal(answer_text(&me, "id"), t->admin);
    assert_string_equal(answer_text(&me, "tenant_id"), t->id);
    assert_true(answer_holds(&me, "users:list"));
    assert_false(answer_holds(&me, "admin:*"));
    struct answer list = client_get(&c, api_keys);
    assert_true(answer_holds(&list, "Directory sync"));
    assert_true(answer_holds(&list, "last_used_at"));
    assert_false(answer_holds(&list, s.token));
    assert_problem(client_get(&s, api_keys), 403, "insufficient-scope");
}

/* Of a use only the minute is known, so that not every call writes. */
static void a_use_is_noted_to_the_minute(void **state)
{
    struct world *w = *state;
    (void)admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    struct answer made = makes(&c, PERMISSIONS("'users:list'"));
    struct client s = service(&made);
    assert_status(client_get(&s, "/auth/me"), 200);
    struct answer first = client_get(&c, path_of(&made));
    world_pass(w, 59);
    assert_status(client_get(&s, "/auth/me"), 200);
    struct answer second = client_get(&c, path_of(&made));
    assert_string_equal(answer_text(&first, "last_used_at"), answer_text(&second, "last_used_at"));
    world_pass(w, 1);
    assert_status(client_get(&s, "/auth/me"), 200);
    second = client_get(&c, path_of(&made));
    assert_string_not_equal(answer_text(&first, "last_used_at"),
                            answer_text(&second, "last_used_at"));
}

/* AT-15: a key is one's own, whatever the body says; without a sign-in there is none. */
static void a_key_is_made_for_nobody_else(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client nobody = client_new(w);
    struct client c = admin_client_of(w, ACME_ADMIN);
    assert_problem(makes(&nobody, PERMISSIONS("'users:list'")), 401, "invalid-token");
    const char *others =
        text_printf(w->arena, PERMISSIONS("'users:list'") ",'user_id':'%s'", t->member);
    assert_problem(makes(&c, others), 400, "invalid-field");
}

static void what_makes_no_key(void **state)
{
    struct world *w = *state;
    static const char *const bad[] = {
        "'name':'x','permissions':['users:list']",
        "'name':'x','permissions':[]," IN_A_MONTH,
        "'name':'  ','permissions':['users:list']," IN_A_MONTH,
        "'name':'a\\u202eb','permissions':['users:list']," IN_A_MONTH,
        "'name':'x','permissions':['users']," IN_A_MONTH,
        "'name':'x','permissions':['users:list','users:list']," IN_A_MONTH,
        "'name':'x','permissions':['users:list'],'expires_at':'2026-11-24T00:00:00Z'",
        "'name':'x','permissions':['users:list'],'expires_at':'2027-12-24T00:00:00Z'",
        "'name':'x','permissions':['users:list'],'expires_at':'9999-12-24T00:00:00Z'",
    };
    (void)admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_problem(makes(&c, bad[i]), 400, "invalid-field");
}

static const char *const a_week[] = { "AUTH_API_KEY_MAX_DAYS=7", NULL };

static void how_long_a_key_lives_is_a_setting(void **state)
{
    struct world *w = *state;
    (void)admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    static const char first[] = "'name':'x','permissions':['users:list'],'expires_at':";
    assert_problem(makes(&c, text_printf(w->arena, "%s'2026-12-02T00:00:00Z'", first)), 400,
                   "invalid-field");
    struct answer made = makes(&c, text_printf(w->arena, "%s'2026-11-30T00:00:00Z'", first));
    struct client s = service(&made);
    world_pass(w, 3 * DAYS);
    assert_status(client_get(&s, "/admin/users"), 200);
    world_pass(w, 4 * DAYS);
    assert_problem(client_get(&s, "/admin/users"), 401, "invalid-token");
}

/* Who left a browser open has not made a key. */
static void making_one_asks_for_a_recent_sign_in(void **state)
{
    struct world *w = *state;
    (void)admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    struct answer made = makes(&c, PERMISSIONS("'users:list'"));
    world_pass(w, RECENT_SECONDS + 1);
    assert_problem(makes(&c, PERMISSIONS("'users:list'")), 401, "step-up-required");
    assert_status(client_delete(&c, path_of(&made)), 204);
}

static void the_same_request_again_is_answered_with_the_same_key(void **state)
{
    struct world *w = *state;
    (void)admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    const char *body = story_json(w, "{" PERMISSIONS("'users:list'") "}");
    struct answer first = admin_send(&c, HTTP_POST, api_keys, body, "idempotency-key", "once");
    struct answer again = admin_send(&c, HTTP_POST, api_keys, body, "idempotency-key", "once");
    assert_status(again, 201);
    assert_string_equal(again.body, first.body);
    struct answer list = client_get(&c, api_keys);
    const char *one = strstr(list.body, "Directory sync");
    assert_non_null(one);
    assert_null(strstr(one + 1, "Directory sync"));
}

/* Two services of one person count their requests each for itself. */
static void each_key_has_its_own_requests(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client one = service_of(w, t, "users:write");
    struct client two = service_of(w, t, "users:write");
    const char *susan = story_json(w, "{'email':'susan@acme.example','full_name':'Susan'}");
    const char *other = story_json(w, "{'email':'x@acme.example','full_name':'X'}");
    assert_status(admin_send(&one, HTTP_POST, "/admin/users", susan, "idempotency-key", "1"), 201);
    assert_status(admin_send(&two, HTTP_POST, "/admin/users", other, "idempotency-key", "1"), 201);
    struct answer again =
        admin_send(&one, HTTP_POST, "/admin/users", susan, "idempotency-key", "1");
    assert_status(again, 201);
    assert_non_null(answer_header(&again, "idempotency-replayed"));
}

static void keys_are_listed_page_by_page(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    struct client other = admin_client_of(w, admin_tenant(w, "other")->admin_email);
    const char *ids[2];
    for (size_t i = 0; i < 2; i++) {
        (void)admin_api_key(w, t->id, t->member, "users:read", &ids[i]);
        world_pass(w, 1);
    }
    struct answer page = client_get(&c, "/admin/api-keys?limit=1");
    assert_true(answer_holds(&page, ids[0]));
    const char *next =
        text_printf(w->arena, "/admin/api-keys?limit=1&after=%s", answer_text(&page, "next"));
    page = client_get(&c, next);
    assert_true(answer_holds(&page, ids[1]));
    assert_false(answer_holds(&page, ids[0]));
    /* AZ-10: a cursor is good for the tenant that it was given out in. */
    assert_problem(client_get(&other, next), 400, "invalid-field");
}

/* SS-14, TN-12: nobody fills the database with them. */
static void there_are_so_many_keys_and_no_more(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    const char *id = NULL;
    for (size_t i = 0; i < API_KEYS_MAX; i++)
        (void)admin_api_key(w, t->id, t->admin, "users:read", &id);
    assert_problem(makes(&c, PERMISSIONS("'users:list'")), 409, "conflict");
    assert_status(client_delete(&c, text_printf(w->arena, "%s/%s", api_keys, id)), 204);
    assert_status(makes(&c, PERMISSIONS("'users:list'")), 201);
}

/* ---- no more than its maker ---- */

/* AZ-04: nobody makes a key that may more than they do, also not by a key. */
static void a_key_never_holds_more_than_its_maker(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    admin_role_add(w, t->id, "clerk", "users:list api-keys:write");
    (void)admin_person(w, t->id, "clerk@acme.example", "clerk");
    struct client c = admin_client_of(w, "clerk@acme.example");
    static const char *const more[] = { "'admin:*'", "'users:*'", "'users:write'",
                                        "'users:list','users:write'" };
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        assert_problem(
            makes(&c, text_printf(w->arena, "'name':'x','permissions':[%s]," IN_A_MONTH, more[i])),
            403, "forbidden");
    struct answer made = makes(&c, PERMISSIONS("'users:list','api-keys:write'"));
    struct client s = service(&made);
    assert_problem(makes(&s, PERMISSIONS("'users:list'")), 403, "forbidden");
}

/* AZ-07, SS-17: what the maker loses the key loses at the next call, and not before. */
static void a_right_that_is_taken_is_gone_at_the_next_call(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    admin_role_add(w, t->id, "clerk", "users:list audit:read");
    const char *clerk = admin_person(w, t->id, "clerk@acme.example", "clerk");
    const char *id = NULL;
    struct client c = admin_client_of(w, ACME_ADMIN);
    struct client s = story_bearer(w, admin_api_key(w, t->id, clerk, "users:list", &id));
    struct client wide =
        story_bearer(w, admin_api_key(w, t->id, clerk, "users:list audit:read", &id));
    assert_status(client_get(&s, "/admin/users"), 200);
    assert_problem(client_get(&s, "/admin/audit"), 403, "insufficient-scope");
    assert_status(client_get(&wide, "/admin/audit"), 200);
    assert_status(
        admin_change(&c, HTTP_PUT, "/admin/roles/clerk", "{\"permissions\":[\"audit:read\"]}"),
        200);
    assert_problem(client_get(&s, "/admin/users"), 403, "insufficient-scope");
    assert_status(client_get(&wide, "/admin/audit"), 200);
    const char *role = text_printf(w->arena, "/admin/users/%s/roles/clerk", clerk);
    assert_status(client_delete(&c, role), 200);
    assert_problem(client_get(&wide, "/admin/audit"), 403, "insufficient-scope");
    assert_status(client_put(&c, role, NULL), 200);
    assert_status(client_get(&wide, "/admin/audit"), 200);
}

/* TN-01, TN-02, TN-04: a key stays in its tenant, and is nothing in another. */
static void a_key_stays_in_its_tenant(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    struct client s = service_of(w, t, "admin:*");
    struct client c = admin_client_of(w, ACME_ADMIN);
    struct client o = admin_client_of(w, other->admin_email);
    struct answer made = makes(&c, PERMISSIONS("'users:list'"));
    assert_problem(admin_send(&s, HTTP_GET, "/admin/users", NULL, "x-tenant-id", other->id), 403,
                   "forbidden");
    assert_status(admin_send(&s, HTTP_GET, "/admin/users", NULL, "x-tenant-id", t->id), 200);
    assert_problem(client_get(&s, text_printf(w->arena, "/admin/users/%s", other->member)), 404,
                   "not-found");
    assert_problem(client_get(&o, path_of(&made)), 404, "not-found");
    assert_problem(client_delete(&o, path_of(&made)), 404, "not-found");
    assert_problem(admin_send(&c, HTTP_POST, api_keys,
                              story_json(w, "{" PERMISSIONS("'users:list'") "}"), "x-tenant-id",
                              other->id),
                   403, "forbidden");
    assert_status(client_get(&s, path_of(&made)), 200);
}

/* AZ-04: who may less does not end the key of who may more; everybody ends their own. */
static void a_key_is_revoked_by_who_may_no_less(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const char *id = NULL;
    const char *own = NULL;
    admin_role_add(w, t->id, "clerk", "users:list api-keys:write");
    const char *clerk = admin_person(w, t->id, "clerk@acme.example", "clerk");
    struct client c = admin_client_of(w, "clerk@acme.example");
    struct client s = story_bearer(w, admin_api_key(w, t->id, t->admin, "users:list", &id));
    struct client mine = story_bearer(w, admin_api_key(w, t->id, clerk, "api-keys:write", &own));
    assert_problem(client_delete(&c, text_printf(w->arena, "%s/%s", api_keys, id)), 403,
                   "forbidden");
    assert_status(client_get(&s, "/admin/users"), 200);
    assert_status(client_delete(&mine, text_printf(w->arena, "%s/%s", api_keys, own)), 204);
    assert_problem(client_delete(&mine, text_printf(w->arena, "%s/%s", api_keys, own)), 401,
                   "invalid-token");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_key_is_shown_once_and_lets_in),
        STORY(a_use_is_noted_to_the_minute),
        STORY(a_key_is_made_for_nobody_else),
        STORY(what_makes_no_key),
        STORY_WITH(how_long_a_key_lives_is_a_setting, a_week),
        STORY(making_one_asks_for_a_recent_sign_in),
        STORY(the_same_request_again_is_answered_with_the_same_key),
        STORY(each_key_has_its_own_requests),
        STORY(keys_are_listed_page_by_page),
        STORY(there_are_so_many_keys_and_no_more),
        STORY(a_key_never_holds_more_than_its_maker),
        STORY(a_right_that_is_taken_is_gone_at_the_next_call),
        STORY(a_key_stays_in_its_tenant),
        STORY(a_key_is_revoked_by_who_may_no_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
