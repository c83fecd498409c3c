/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing out that an application begins: what ends a session at once, what is asked first, and
 * where a browser is never sent.
 */
#include "oauth_story.h"
#include "page_story.h"

#include "base/codec.h"
#include "store/outbox.h"

#define OUT     "https://app.test/out"
#define OUT_URI "post_logout_redirect_uri=https%3A%2F%2Fapp.test%2Fout"
#define BOB     "bob@example.com"

static void leaving_app(struct world *w)
{
    (void)oauth_client(w, APP,
                       "{'client_name':'<b>Shop</b>','token_endpoint_auth_method':'none',"
                       "'first_party':true,'redirect_uris':['" APP_CALLBACK "'],"
                       "'grant_types':['authorization_code'],"
                       "'post_logout_redirect_uris':['" OUT "','https://app.test/bye?a=1']}");
}

/* An ID token of who is signed in in `b`. */
static const char *hint_of(struct client *b)
{
    struct answer a = oauth_exchange(b->w, oauth_code(b, ""), "");
    assert_status(a, 200);
    return answer_text(&a, "id_token");
}

static struct answer ask(struct client *b, const char *query)
{
    return client_get(b, text_printf(b->w->arena, "/oauth2/logout?%s", query));
}

static struct answer ask_with(struct client *b, const char *hint, const char *more)
{
    return ask(b, text_printf(b->w->arena, "id_token_hint=%s&%s", hint, more));
}

static void assert_signed_in(struct client *b, bool expected)
{
    assert_status(client_get(b, "/auth/me"), expected ? 200 : 401);
}

/* RP-Initiated Logout 1.0 2, 3: at once, and back with the state as it was. */
static void a_hint_of_this_session_signs_out(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    leaving_app(w);
    const char *hint = hint_of(&b);
    assert_leads(ask_with(&b, hint, OUT_URI "&state=a%26b%3D%C3%A9"), OUT "?state=a%26b%3D%C3%A9");
    assert_signed_in(&b, false);
    /* Again there is nothing to end, and the way back is the same. */
    assert_leads(ask_with(&b, hint, OUT_URI), OUT);
    assert_leads(ask_with(&b, hint, ""), "/signed-out");
    assert_leads(ask_with(&b, hint,
                          "client_id=" APP "&state=s&post_logout_redirect_uri="
                          "https%3A%2F%2Fapp.test%2Fbye%3Fa%3D1"),
                 "https://app.test/bye?a=1&state=s");
}

/* SS-02: the cookie from before is worth nothing, and the application's tokens end. */
static void signing_out_ends_what_belongs_to_the_session(void **state)
{
    struct world *w = *state;
    w->counts = true;
    struct client b = oauth_ada(w);
    leaving_app(w);
    struct answer t = oauth_exchange(w, oauth_code(&b, ""), "");
    struct client before = b;
    struct client bearer = client_new(w);
    bearer.token = answer_text(&t, "access_token");
    assert_status(client_get(&bearer, "/oauth2/userinfo"), 200);
    assert_status(ask_with(&b, answer_text(&t, "id_token"), ""), 303);
    assert_signed_in(&before, false);
    assert_status(client_get(&bearer, "/oauth2/userinfo"), 401);
    assert_null(client_cookie(&b, "session"));
}

/* RP-Initiated Logout 1.0 2: an ID token that has expired is still a hint. */
static void an_expired_hint_will_do(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    leaving_app(w);
    const char *hint = hint_of(&b);
    for (int i = 0; i < 8; i++) {
        world_pass(w, 900);
        assert_signed_in(&b, true);
    }
    assert_leads(ask_with(&b, hint, OUT_URI), OUT);
    assert_signed_in(&b, false);
}

/* WB-07: without an ID token of this very session nothing ends before the person says so. */
static void without_a_hint_of_this_session_the_person_is_asked(void **state)
{
    struct world *w = *state;
    (void)story_person(w, BOB);
    struct client b = oauth_ada(w);
    struct client other = story_browser(w, ADA, "session");
    struct client bob = story_browser(w, BOB, "session");
    leaving_app(w);
    struct answer t = oauth_exchange(w, oauth_code(&b, ""), "");
    const char *own = answer_text(&t, "id_token");
    const char *const hints[] = {
        hint_of(&other),
        hint_of(&bob),
        answer_text(&t, "access_token"),
        "x",
        text_printf(w->arena, "%sx", own),
        text_printf(w->arena, "%.*s.", (int)(strrchr(own, '.') - own), own),
    };
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++)
        assert_page(ask_with(&b, hints[i], ""), 200, "Sign out?");
    assert_page(client_get(&b, "/oauth2/logout"), 200, "Sign out?");
    assert_page(ask(&b, "client_id=" APP), 200, "&lt;b&gt;Shop&lt;/b&gt; asks to end");
    assert_page(ask(&b, "client_id=" APP "&ui_locales=xx+de"), 200, "Abmelden?");
    assert_signed_in(&b, true);
    assert_signed_in(&other, true);
    assert_signed_in(&bob, true);
}

static const char *confirmation(struct world *w, const struct answer *page, const char *token)
{
    return text_printf(w->arena, "csrf_token=%s&session=%s&state=%s&client_id=" APP "&%s", token,
                       page_hidden(page, "session"), page_hidden(page, "state"), OUT_URI);
}

static struct answer confirm(struct client *b, const char *form)
{
    return client_send(
        b, &(struct sent){ .method = HTTP_POST, .target = "/oauth2/logout/confirm", .form = form });
}

/* WB-07: by a form of the page, with its token, for the session that the page asked about. */
static void who_is_asked_may_confirm(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    leaving_app(w);
    struct answer page = ask(&b, "client_id=" APP "&" OUT_URI "&state=s%22");
    assert_page(page, 200, ADA);
    assert_string_equal(page_hidden(&page, "state"), "s&quot;");
    /* Decision 21: the way on ends at another origin. */
    assert_null(strstr(answer_header(&page, "content-security-policy"), "form-action"));
    const char *token = page_hidden(&page, "csrf_token");
    assert_status(confirm(&b, confirmation(w, &page, "x")), 403);
    assert_signed_in(&b, true);
    page = ask(&b, "client_id=" APP "&" OUT_URI "&state=s");
    const char *form = confirmation(w, &page, token);
    assert_leads(confirm(&b, form), OUT "?state=s");
    assert_signed_in(&b, false);
    assert_leads(confirm(&b, form), OUT "?state=s");
}

/* SS-10: a page that asked about one person ends no session of another. */
static void an_old_page_ends_no_other_session(void **state)
{
    struct world *w = *state;
    (void)story_person(w, BOB);
    struct client b = oauth_ada(w);
    leaving_app(w);
    struct answer page = ask(&b, "client_id=" APP "&" OUT_URI "&state=s");
    const char *form = confirmation(w, &page, page_hidden(&page, "csrf_token"));
    struct client bob = story_browser(w, BOB, "session");
    bob.cookies[bob.cookies_n++] = (struct cookie){ "browser", client_cookie(&b, "browser"), "" };
    assert_page(confirm(&bob, form), 200, BOB);
    assert_signed_in(&bob, true);
}

/* URI-12: nothing but the exact text of a registered URI, and never an unknown client's. */
static void a_browser_is_sent_to_registered_uris_only(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    leaving_app(w);
    (void)oauth_web(w);
    const char *hint = hint_of(&b);
    static const char *const wrong[] = {
        "https://app.test/out/",
        "https://app.test/out?",
        "https://app.test/out#",
        "https://app.test/OUT",
        "https://app.test:443/out",
        "https://APP.test/out",
        "https://app.test/x/../out",
        "http://app.test/out",
        "https://evil.test/out",
        "https://app.test.evil/out",
        "//evil.test",
        "/\\evil.test",
        "https://app.test@evil.test",
        "javascript:alert(1)",
        "/account",
        "https://app.test/cb",
        "https://app.test/%6fut",
        "https://app.test/out\\@evil",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *uri = percent_encode(w->arena, wrong[i]);
        const char *more = text_printf(w->arena, "post_logout_redirect_uri=%s", uri);
        assert_error_page(ask_with(&b, hint, more));
        more = text_printf(w->arena, "client_id=" APP "&%s", more);
        assert_error_page(ask(&b, more));
    }
    assert_error_page(ask(&b, OUT_URI));
    assert_error_page(ask(&b, "client_id=web&" OUT_URI));
    assert_error_page(ask(&b, "client_id=nobody&" OUT_URI));
    assert_error_page(ask_with(&b, "x", OUT_URI));
    assert_error_page(ask_with(&b, hint, "client_id=web"));
    assert_error_page(ask_with(&b, hint, OUT_URI "&" OUT_URI));
    assert_signed_in(&b, true);
}

/* WB-07: a form of another site comes without cookies, so it leads to the question first. */
static void a_form_leads_to_the_same(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    leaving_app(w);
    const char *hint = hint_of(&b);
    struct sent sent = { .method = HTTP_POST, .target = "/oauth2/logout" };
    sent.form = text_printf(w->arena, "%s&state=%%26s&id_token_hint=%s", OUT_URI, hint);
    sent.headers[0] = (struct http_header){ "origin", "https://app.test" };
    sent.headers[1] = (struct http_header){ "sec-fetch-site", "cross-site" };
    struct client other = client_new(w);
    struct answer a = client_send(&other, &sent);
    assert_status(a, 303);
    const char *next = answer_header(&a, "location");
    assert_true(text_starts(next, "/oauth2/logout?id_token_hint="));
    assert_signed_in(&b, true);
    assert_leads(client_get(&b, next), OUT "?state=%26s");
    assert_signed_in(&b, false);
    /* Parameters do not stand in two places. */
    sent.target = "/oauth2/logout?state=x";
    assert_status(client_send(&other, &sent), 400);
}

/* ---- who is told (Front-Channel Logout 1.0) ---- */

#define FRAMED "framed"

/* One that the browser tells, one whose server is told, and one that wants to hear nothing. */
static void three_apps(struct world *w)
{
    (void)oauth_client(w, APP,
                       "{'client_name':'Notes','token_endpoint_auth_method':'none',"
                       "'first_party':true,'redirect_uris':['" APP_CALLBACK "'],"
                       "'post_logout_redirect_uris':['" OUT "'],"
                       "'frontchannel_logout_uri':'https://app.test/frame?a=1'}");
    (void)oauth_client(w, "mail",
                       "{'client_name':'Mail','token_endpoint_auth_method':'none',"
                       "'first_party':true,'redirect_uris':['" APP_CALLBACK "'],"
                       "'backchannel_logout_uri':'https://mail.test/told'}");
    (void)oauth_client(w, "old",
                       "{'client_name':'Old','token_endpoint_auth_method':'none',"
                       "'first_party':true,'redirect_uris':['" APP_CALLBACK "']}");
}

/* Signs in to the application, and says which session that was. */
static const char *sign_in_to(struct client *b, const char *id, const char **hint)
{
    const char *as = text_printf(b->w->arena, "client_id=%s", id);
    struct answer a = oauth_exchange(b->w, oauth_code(b, as), as);
    assert_status(a, 200);
    *hint = answer_text(&a, "id_token");
    struct answer claims = story_claims(b->w, *hint);
    return answer_text(&claims, "sid");
}

static void deliver(struct world *w, bool done)
{
    struct ctx *c = world_ctx(w);
    struct outbox_rows rows;
    story_does(w, outbox_claim(c, 100, 1, &rows));
    for (size_t i = 0; i < rows.n; i++) {
        if (rows.at[i].kind != OUTBOX_BACKCHANNEL)
            continue;
        if (done)
            story_does(w, outbox_done(c, rows.at[i].id));
        else
            story_does(w, outbox_retry(c, rows.at[i].id, 0, "away"));
    }
}

static const char *frame_of(struct world *w, const char *sid)
{
    return text_printf(w->arena,
                       "<iframe src=\"https://app.test/frame?a=1&amp;iss=http%%3A%%2F%%2Flocalhost"
                       "%%3A8080&amp;sid=%s\"",
                       sid);
}

static void the_page_tells_who_was_told(void **state)
{
    struct world *w = *state;
    const char *hint;
    struct client b = oauth_ada(w);
    three_apps(w);
    (void)sign_in_to(&b, "mail", &hint);
    (void)sign_in_to(&b, "old", &hint);
    const char *sid = sign_in_to(&b, APP, &hint);
    assert_leads(page_send(&b, "/sign-out", "/sign-out", ""), "/signed-out");
    assert_signed_in(&b, false);
    struct answer page = client_get(&b, "/signed-out");
    assert_page(page, 200, frame_of(w, sid));
    assert_page(page, 200, "Told through this browser");
    assert_page(page, 200, "Is being told");
    assert_page(page, 200, "Sign out there yourself");
    assert_page(page, 200, "href=\"/signed-out\">Look again");
    const char *policy = answer_header(&page, "content-security-policy");
    assert_non_null(strstr(policy, "; frame-src https://app.test; "));
    deliver(w, true);
    page = client_get(&b, "/signed-out");
    assert_page(page, 200, "badge good\">Signed out");
    assert_null(strstr(page.body, "Look again"));
    /* Nobody else learns of it, and after ten minutes nobody at all. */
    struct client other = client_new(w);
    assert_null(strstr(client_get(&other, "/signed-out").body, "Notes"));
    world_pass(w, 601);
    assert_null(strstr(client_get(&b, "/signed-out").body, "Notes"));
}

/* The frames have their time before the browser goes back; without frames it goes at once. */
static void frames_come_before_the_way_back(void **state)
{
    struct world *w = *state;
    w->counts = true;
    const char *hint;
    struct client b = oauth_ada(w);
    three_apps(w);
    const char *sid = sign_in_to(&b, APP, &hint);
    struct answer a = ask_with(&b, hint, OUT_URI "&state=%26s");
    assert_leads(a, "/signed-out?client_id=" APP "&" OUT_URI "&state=%26s");
    assert_signed_in(&b, false);
    struct answer page = client_get(&b, answer_header(&a, "location"));
    assert_page(page, 200, frame_of(w, sid));
    assert_page(page, 200, "href=\"" OUT "?state=%26s\">Back to the application");
    assert_string_equal(answer_header(&page, "refresh"), "4; url=" OUT "?state=%26s");
    /* URI-12: the page sends nobody where the way back would not lead. */
    assert_error_page(client_get(&b, "/signed-out?client_id=" APP
                                     "&post_logout_redirect_uri=https%3A%2F%2Fevil.test"));
    assert_error_page(client_get(&b, "/signed-out?" OUT_URI));
}

/* The same for programs: of one's own sessions, and of nobody else's. */
static void the_api_tells_who_was_told(void **state)
{
    struct world *w = *state;
    const char *hint;
    (void)story_person(w, BOB);
    struct client b = oauth_ada(w);
    struct client here = story_browser(w, ADA, "session");
    struct client bob = story_browser(w, BOB, "session");
    three_apps(w);
    (void)sign_in_to(&b, "mail", &hint);
    (void)sign_in_to(&b, "old", &hint);
    const char *sid = sign_in_to(&b, APP, &hint);
    const char *path = text_printf(w->arena, "/auth/me/sessions/%s/applications", sid);
    struct answer a = client_get(&here, path);
    assert_status(a, 200);
    assert_non_null(strstr(a.body, "{\"client_id\":\"mail\",\"client_name\":\"Mail\","
                                   "\"state\":\"signed_in\"}"));
    assert_status(client_get(&bob, path), 404);
    assert_status(client_get(&here, "/auth/me/sessions/x/applications"), 404);
    assert_status(client_delete(&here, text_printf(w->arena, "/auth/me/sessions/%s", sid)), 204);
    a = client_get(&here, path);
    assert_non_null(strstr(a.body, "\"Mail\",\"state\":\"telling\""));
    assert_non_null(strstr(a.body, "\"Notes\",\"state\":\"browser\""));
    assert_non_null(strstr(a.body, "\"Old\",\"state\":\"untold\""));
    deliver(w, false);
    a = client_get(&here, path);
    assert_non_null(strstr(a.body, "\"Mail\",\"state\":\"failed\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_hint_of_this_session_signs_out),
        STORY(signing_out_ends_what_belongs_to_the_session),
        STORY(an_expired_hint_will_do),
        STORY(without_a_hint_of_this_session_the_person_is_asked),
        STORY(who_is_asked_may_confirm),
        STORY(an_old_page_ends_no_other_session),
        STORY(a_browser_is_sent_to_registered_uris_only),
        STORY(a_form_leads_to_the_same),
        STORY(the_page_tells_who_was_told),
        STORY(frames_come_before_the_way_back),
        STORY(the_api_tells_who_was_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
