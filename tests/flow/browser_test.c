/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Browsers: modes session and spa, their cookies, lists of sessions and devices, signing out.
 */
#include "story.h"

static const char *attributes(const struct client *b, const char *name)
{
    for (size_t i = 0; i < b->cookies_n; i++)
        if (text_equal(b->cookies[i].name, name))
            return b->cookies[i].attributes;
    fail_msg("no cookie %s", name);
    return "";
}

static void assert_attributes(const struct client *b, const char *name, const char *const *has,
                              const char *const *lacks)
{
    const char *found = attributes(b, name);
    for (; *has != NULL; has++)
        if (strstr(found, *has) == NULL)
            fail_msg("cookie %s lacks %s: %s", name, *has, found);
    for (; *lacks != NULL; lacks++)
        if (strstr(found, *lacks) != NULL)
            fail_msg("cookie %s has %s: %s", name, *lacks, found);
}

static const char *const none[] = { NULL };
static const char *const http_only[] = { "HttpOnly", NULL };
static const char *const secure[] = { "Secure", NULL };

/* ---- mode session ---- */

/* SS-04, SS-11: the cookie is a random text, out of reach of scripts; no token is in the body. */
static void a_session_is_a_cookie_and_nothing_else(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = browser_new(w);
    struct answer a = story_login(&b, ADA, "'mode':'session'");
    static const char *const lax[] = { "HttpOnly", "SameSite=Lax", "Path=/", NULL };
    static const char *const not [] = { "Secure", "Domain", "Max-Age", "Expires", NULL };
    static const char *const readable[] = { "SameSite=Lax", "Path=/", NULL };
    assert_status(a, 200);
    assert_null(answer_text(&a, "access_token"));
    assert_null(answer_text(&a, "refresh_token"));
    assert_string_equal(answer_text(&a, "expires_in"), "3600");
    assert_int_equal(strlen(client_cookie(&b, "session")), 43);
    assert_attributes(&b, "session", lax, not );
    assert_attributes(&b, "csrf", readable, http_only);
    assert_string_equal(client_cookie(&b, "csrf"), answer_text(&a, "csrf_token"));
    assert_string_equal(answer_header(&a, "cache-control"), "no-store");
    assert_status(client_get(&b, "/auth/me"), 200);
}

/* SS-04, decision 20: by https the names say what the browser holds them to. */
static void by_https_cookies_are_bound_to_the_host(void **state)
{
    struct world *w = *state;
    struct client b = client_new(w);
    static const char *const refresh[] = { "Secure", "HttpOnly", "SameSite=Strict", "Path=/auth",
                                           NULL };
    static const char *const domain[] = { "Domain", NULL };
    struct sent sent = {
        .method = HTTP_POST, .target = "/auth/register", .tls = true, .host = "id.example.com"
    };
    sent.json = "{\"email\":\"" ADA "\",\"password\":\"" STORY_PASSWORD "\",\"full_name\":\"Ada\"}";
    assert_status(client_send(&b, &sent), 201);
    sent.target = "/auth/verify-email";
    sent.json = story_json(w, "{'token':'%s'}", world_link_token(w, ADA));
    assert_status(client_send(&b, &sent), 204);
    sent.target = "/auth/login";
    static const char *const modes[] = { "session", "spa" };
    for (size_t i = 0; i < 2; i++) {
        sent.json = story_json(w, "{'email':'" ADA "','password':'" STORY_PASSWORD "','mode':'%s'}",
                               modes[i]);
        struct answer a = client_send(&b, &sent);
        assert_status(a, 200);
        client_keep_cookies(&b, &a);
    }
    assert_attributes(&b, "__Host-session", secure, domain);
    assert_attributes(&b, "__Host-csrf", secure, domain);
    assert_attributes(&b, "__Host-device", secure, domain);
    assert_attributes(&b, "__Secure-refresh", refresh, domain);
    /* Plain HTTP is not served at all. */
    sent.tls = false;
    assert_problem(client_send(&b, &sent), 421, "wrong-host");
}

/* SS-01: every sign-in is a new session, and the browser's former one is over. */
static void a_sign_in_replaces_the_session_that_was_there(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    (void)story_person(w, EVE);
    struct client b = story_browser(w, ADA, "session");
    struct client old = b;
    struct answer a = story_login(&b, EVE, "'mode':'session'");
    assert_status(a, 200);
    assert_string_not_equal(client_cookie(&b, "session"), client_cookie(&old, "session"));
    assert_problem(client_get(&old, "/auth/me"), 401, "invalid-session");
    a = client_get(&b, "/auth/me");
    assert_string_equal(answer_text(&a, "email"), EVE);
}

/* SS-01: a secret that somebody planted is never taken over. */
static void a_planted_cookie_becomes_no_session(void **state)
{
    struct world *w = *state;
    static const char planted[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    (void)story_person(w, ADA);
    struct client b = browser_new(w);
    b.cookies[b.cookies_n++] = (struct cookie){ "session", planted, "" };
    assert_status(story_login(&b, ADA, "'mode':'session'"), 200);
    assert_string_not_equal(client_cookie(&b, "session"), planted);
    b.cookies[0].value = planted;
    assert_problem(client_get(&b, "/auth/me"), 401, "invalid-session");
}

/* SS-05: of two cookies of one name nobody knows which is ours. */
static void a_cookie_that_comes_twice_is_refused(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = story_browser(w, ADA, "session");
    struct client c = client_new(w);
    const char *mine = client_cookie(&b, "session");
    struct sent sent = { .target = "/auth/me",
                         .headers = {
                             { "cookie", text_printf(w->arena, "session=%s; session=x", mine) } } };
    assert_problem(client_send(&c, &sent), 400, "invalid-request");
    sent.headers[0].value = text_printf(w->arena, "a=b; session=%s; strange", mine);
    assert_status(client_send(&c, &sent), 200);
}

/* WB-07: a page of another site that sends the browser to the door, by a form, a picture or a
 * script, signs nobody out. */
static void another_site_signs_nobody_out(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = story_browser(w, ADA, "session");
    struct client from_elsewhere = b;
    from_elsewhere.csrf = NULL;
    static const char *const targets[] = { "/auth/logout", "/auth/logout?all=true" };
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        struct sent picture = { .method = HTTP_GET, .target = targets[i] };
        struct sent script = { .method = HTTP_POST, .target = targets[i], .json = "{}" };
        struct sent form = { .method = HTTP_POST, .target = targets[i], .form = "a=b" };
        assert_problem(client_send(&from_elsewhere, &picture), 405, "method-not-allowed");
        assert_problem(client_send(&from_elsewhere, &script), 403, "csrf-failed");
        assert_int_not_equal(client_send(&from_elsewhere, &form).status / 100, 2);
        assert_status(client_get(&b, "/auth/me"), 200);
    }
}

/* SS-02, SS-10: signing out ends the session, not only the cookie. */
static void signing_out_ends_the_session(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = story_browser(w, ADA, "session");
    struct client stolen = b;
    assert_status(client_post(&b, "/auth/logout", NULL), 204);
    assert_null(client_cookie(&b, "session"));
    assert_null(client_cookie(&b, "csrf"));
    assert_non_null(client_cookie(&b, "device"));
    assert_problem(client_get(&stolen, "/auth/me"), 401, "invalid-session");
}

static void signing_out_everywhere_ends_all(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    (void)story_person(w, EVE);
    struct client b = story_browser(w, ADA, "session");
    struct client other = story_browser(w, ADA, "session");
    struct client c = client_new(w);
    struct client eve = story_browser(w, EVE, "session");
    const char *refresh = story_sign_in(&c, ADA);
    assert_status(client_post(&b, "/auth/logout?all=true", NULL), 204);
    assert_problem(client_get(&other, "/auth/me"), 401, "invalid-session");
    assert_problem(client_get(&c, "/auth/me"), 401, "invalid-token");
    assert_problem(story_refresh(&c, refresh), 400, "invalid-grant");
    assert_status(client_get(&eve, "/auth/me"), 200);
}

/* ---- mode spa ---- */

/* The refresh token is in a cookie that scripts cannot read; its use asks for the CSRF token of its
 * own family (WB-02). */
static void a_page_refreshes_by_its_cookie(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = browser_new(w);
    struct answer a = story_login(&b, ADA, "'mode':'spa'");
    static const char *const strict[] = { "HttpOnly", "SameSite=Strict", "Path=/auth", NULL };
    assert_status(a, 200);
    assert_null(answer_text(&a, "refresh_token"));
    assert_non_null(answer_text(&a, "access_token"));
    assert_attributes(&b, "refresh", strict, none);
    assert_problem(client_post(&b, "/auth/refresh", NULL), 403, "csrf-failed");
    struct client other = story_browser(w, ADA, "spa");
    b.csrf = other.csrf;
    assert_problem(client_post(&b, "/auth/refresh", NULL), 403, "csrf-failed");
    b.csrf = answer_text(&a, "csrf_token");
    const char *first = client_cookie(&b, "refresh");
    a = client_post(&b, "/auth/refresh", NULL);
    assert_status(a, 200);
    assert_string_not_equal(client_cookie(&b, "refresh"), first);
    b.token = answer_text(&a, "access_token");
    assert_status(client_get(&b, "/auth/me"), 200);
    assert_status(client_post(&b, "/auth/logout", NULL), 204);
    assert_null(client_cookie(&b, "refresh"));
}

static void a_refresh_cookie_that_is_worth_nothing_is_taken_away(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = story_browser(w, ADA, "spa");
    assert_non_null(client_cookie(&b, "refresh"));
    world_pass(w, 7 * DAYS);
    assert_problem(client_post(&b, "/auth/refresh", NULL), 400, "invalid-grant");
    assert_null(client_cookie(&b, "refresh"));
    assert_problem(client_post(&b, "/auth/refresh", NULL), 400, "invalid-field");
}

/* Whatever a browser holds there: no form of it is a fault of ours. */
static void a_refresh_cookie_that_is_no_token_is_refused(void **state)
{
    static const char *const held[] = { "x", "017f22e27d97",
                                        "0000000000000000000000000000000000000" };
    struct world *w = *state;
    for (size_t i = 0; i < sizeof held / sizeof held[0]; i++) {
        struct client c = client_new(w);
        const char *cookie = text_printf(w->arena, "refresh=%s", held[i]);
        struct sent sent = { .method = HTTP_POST,
                             .target = "/auth/refresh",
                             .headers = { { "cookie", cookie } } };
        assert_problem(client_send(&c, &sent), 400, "invalid-grant");
    }
}

/* RT-16: tokens of one kind are nothing where another is due. */
static void a_refresh_cookie_is_no_session(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = story_browser(w, ADA, "spa");
    struct client c = client_new(w);
    struct sent sent = { .target = "/auth/me",
                         .headers = { { "cookie", text_printf(w->arena, "session=%s",
                                                              client_cookie(&b, "refresh")) } } };
    assert_problem(client_get(&b, "/auth/me"), 401, "invalid-token");
    assert_problem(client_send(&c, &sent), 401, "invalid-session");
}

/* ---- lists ---- */

/* SS-06, AZ-01, EN-07: one sees one's own by handles, and ends one's own only. */
static void one_sees_and_ends_ones_own_sessions(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    (void)story_person(w, EVE);
    struct client b = story_browser(w, ADA, "session");
    struct client eve = story_browser(w, EVE, "session");
    struct client c = client_new(w);
    (void)story_sign_in(&c, ADA);
    struct answer claims = story_claims(w, c.token);
    const char *sid = answer_text(&claims, "sid");
    struct answer list = client_get(&b, "/auth/me/sessions");
    assert_status(list, 200);
    assert_true(answer_holds(&list, sid));
    assert_null(strstr(list.body, client_cookie(&b, "session")));
    const char *path = text_printf(w->arena, "/auth/me/sessions/%s", sid);
    struct answer foreign = client_delete(&eve, path);
    struct answer absent =
        client_delete(&eve, "/auth/me/sessions/01900000-0000-7000-8000-000000000001");
    assert_problem(foreign, 404, "not-found");
    assert_problem(absent, 404, "not-found");
    assert_int_equal(strlen(foreign.body), strlen(absent.body));
    assert_status(client_get(&c, "/auth/me"), 200);
    assert_status(client_delete(&b, path), 204);
    assert_problem(client_get(&c, "/auth/me"), 401, "invalid-token");
    assert_problem(client_delete(&b, path), 404, "not-found");
}

/* SS-14: the oldest goes. */
static void the_oldest_session_ends_when_there_are_too_many(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client first = story_browser(w, ADA, "session");
    world_pass(w, 1); /* within a second there is no oldest */
    struct client second = story_browser(w, ADA, "session");
    struct client third = story_browser(w, ADA, "session");
    assert_status(client_get(&first, "/auth/me"), 200);
    struct client fourth = story_browser(w, ADA, "session");
    assert_problem(client_get(&first, "/auth/me"), 401, "invalid-session");
    assert_status(client_get(&second, "/auth/me"), 200);
    assert_status(client_get(&third, "/auth/me"), 200);
    assert_status(client_get(&fourth, "/auth/me"), 200);
}

/* SS-15, AU-10: a device saves its owner a letter and lets nobody in; it can be forgotten. */
static void a_device_is_known_until_it_is_forgotten(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = story_browser(w, ADA, "session");
    size_t mails = world_mails(w);
    assert_status(story_login(&b, ADA, "'mode':'session'"), 200);
    assert_int_equal(world_mails(w), mails);
    struct client elsewhere = browser_new(w);
    elsewhere.address = "198.51.100.3";
    assert_status(story_login(&elsewhere, ADA, "'mode':'session'"), 200);
    assert_int_equal(world_mails(w), mails + 1);
    struct answer list = client_get(&elsewhere, "/auth/me/devices");
    const char *id = strstr(list.body, "\"id\":\"");
    assert_non_null(id);
    assert_null(strstr(list.body, client_cookie(&elsewhere, "device")));
    struct client thief = browser_new(w);
    thief.cookies[thief.cookies_n++] = (struct cookie){ "device", client_cookie(&b, "device"), "" };
    assert_problem(client_get(&thief, "/auth/me"), 401, "invalid-token");
    elsewhere.csrf = client_cookie(&elsewhere, "csrf");
    const char *path = text_printf(w->arena, "/auth/me/devices/%.36s", id + strlen("\"id\":\""));
    assert_status(client_delete(&elsewhere, path), 204);
    assert_problem(client_delete(&elsewhere, path), 404, "not-found");
}

int main(void)
{
    static const char *const https[] = { "AUTH_PUBLIC_URL=https://id.example.com",
                                         "AUTH_TRUSTED_PROXIES=127.0.0.1/32", NULL };
    static const char *const three[] = { "AUTH_SESSIONS_PER_USER=3", NULL };
    const struct CMUnitTest tests[] = {
        STORY(a_session_is_a_cookie_and_nothing_else),
        STORY_WITH(by_https_cookies_are_bound_to_the_host, https),
        STORY(a_sign_in_replaces_the_session_that_was_there),
        STORY(a_planted_cookie_becomes_no_session),
        STORY(a_cookie_that_comes_twice_is_refused),
        STORY(another_site_signs_nobody_out),
        STORY(signing_out_ends_the_session),
        STORY(signing_out_everywhere_ends_all),
        STORY(a_page_refreshes_by_its_cookie),
        STORY(a_refresh_cookie_that_is_worth_nothing_is_taken_away),
        STORY(a_refresh_cookie_that_is_no_token_is_refused),
        STORY(a_refresh_cookie_is_no_session),
        STORY(one_sees_and_ends_ones_own_sessions),
        STORY_WITH(the_oldest_session_ends_when_there_are_too_many, three),
        STORY(a_device_is_known_until_it_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
