/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a user has to do before a client gets its code: signing in, again or stronger, choosing,
 * consenting; and what happens to the request meanwhile.
 */
#include "oauth_story.h"

#include "crypto/digest.h"
#include "store/authorization_requests.h"
#include "store/consents.h"

static struct answer continued(struct client *browser, const char *handle)
{
    return client_get(
        browser, text_printf(browser->w->arena, "/oauth2/authorize/continue?request=%s", handle));
}

static void assert_code(struct answer a)
{
    assert_status(a, 303);
    if (oauth_param(&a, "code") == NULL)
        fail_msg("no code: %s", answer_header(&a, "location"));
    assert_string_equal(oauth_param(&a, "state"), "s");
}

static void sign_in(struct client *browser)
{
    struct answer a = story_login(browser, ADA, "'mode':'session'");
    assert_status(a, 200);
    browser->csrf = answer_text(&a, "csrf_token");
}

/* A client whose users are asked for consent. */
static void asking_app(struct world *w)
{
    (void)oauth_client(w, APP,
                       "{'token_endpoint_auth_method':'none','redirect_uris':['" APP_CALLBACK
                       "'],'grant_types':['authorization_code','refresh_token']}");
}

/* What the page for consent does once the user has pressed a button. */
static void consents(struct client *browser, const char *handle, unsigned answered,
                     struct texts scopes)
{
    struct world *w = browser->w;
    struct ctx *c = world_ctx(w);
    const struct authorization_request_row *row = NULL;
    struct answer me = client_get(browser, "/auth/me");
    struct answer sessions = client_get(browser, "/auth/me/sessions");
    bool done = false;
    assert_status(sessions, 200);
    story_does(w,
               authorization_request_find(c, REQUEST_WAITING, token_hash(w->arena, handle), &row));
    assert_non_null(row);
    const char *sid = strstr(sessions.body, "\"sid\":\"");
    assert_non_null(sid);
    sid = text_copy(w->arena, sid + 7, 36);
    story_does(w, authorization_request_answer(c, row->hash, sid, answered, &done));
    assert_true(done);
    if (scopes.n > 0)
        story_does(w, consent_set(c, answer_text(&me, "id"), row->client_id, scopes));
}

/* ---- signing in ---- */

static void whoever_is_not_signed_in_signs_in_first(void **state)
{
    struct world *w = *state;
    struct client b = browser_new(w);
    (void)story_person(w, ADA);
    oauth_app(w);
    struct answer a = oauth_authorize(&b, "login_hint=ada%40example.com");
    const char *handle = oauth_waits_for(&a, "/sign-in");
    (void)oauth_waits_for(
        &(struct answer){
            .w = w, .status = 303, .headers = a.headers, .headers_n = a.headers_n, .body = a.body },
        "/sign-in");
    a = continued(&b, handle);
    assert_string_equal(oauth_waits_for(&a, "/sign-in"), handle);
    sign_in(&b);
    a = continued(&b, handle);
    assert_code(a);
    assert_status(oauth_exchange(w, oauth_param(&a, "code"), ""), 200);
    /* The request is used up. */
    assert_error_page(continued(&b, handle));
}

/* WB-01: a request that somebody else began is nothing that a browser goes on with. */
static void a_request_waits_in_one_browser(void **state)
{
    struct world *w = *state;
    struct client mallory = browser_new(w);
    struct client b = oauth_ada(w);
    oauth_app(w);
    struct answer a = oauth_authorize(&mallory, "");
    const char *handle = oauth_waits_for(&a, "/sign-in");
    assert_error_page(continued(&b, handle));
    (void)oauth_authorize(&b, "prompt=login");
    assert_error_page(continued(&b, handle));
    assert_error_page(continued(&b, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    assert_error_page(continued(&b, "x"));
}

static void a_request_does_not_wait_for_ever(void **state)
{
    struct world *w = *state;
    struct client b = browser_new(w);
    (void)story_person(w, ADA);
    oauth_app(w);
    struct answer a = oauth_authorize(&b, "");
    const char *handle = oauth_waits_for(&a, "/sign-in");
    world_pass(w, 3599);
    a = continued(&b, handle);
    (void)oauth_waits_for(&a, "/sign-in");
    world_pass(w, 1);
    assert_error_page(continued(&b, handle));
}

/* OpenID Connect Core 3.1.2.1: login asks even who is signed in, once. */
static void prompt_login_asks_again(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    world_pass(w, 5);
    struct answer a = oauth_authorize(&b, "prompt=login");
    const char *handle = oauth_waits_for(&a, "/sign-in");
    a = continued(&b, handle);
    (void)oauth_waits_for(&a, "/sign-in");
    sign_in(&b);
    assert_code(continued(&b, handle));
}

static void an_old_sign_in_is_asked_for_again(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    world_pass(w, 100);
    assert_code(oauth_authorize(&b, "max_age=100"));
    world_pass(w, 1);
    struct answer a = oauth_authorize(&b, "max_age=100");
    const char *handle = oauth_waits_for(&a, "/sign-in");
    assert_redirected_error(oauth_authorize(&b, "max_age=100&prompt=none"), APP_CALLBACK,
                            "login_required");
    sign_in(&b);
    a = continued(&b, handle);
    assert_code(a);
    struct answer t = oauth_exchange(w, oauth_param(&a, "code"), "");
    struct answer id = story_claims(w, answer_text(&t, "id_token"));
    assert_string_equal(answer_text(&id, "auth_time"),
                        text_printf(w->arena, "%lld", (long long)w->now));
    /* Of now means of now. */
    world_pass(w, 1);
    a = oauth_authorize(&b, "max_age=0");
    handle = oauth_waits_for(&a, "/sign-in");
    world_pass(w, 1);
    sign_in(&b);
    world_pass(w, 1);
    assert_code(continued(&b, handle));
}

/* RFC 9470: stronger than a password, if it can be. */
static void a_stronger_sign_in_is_asked_for(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    world_pass(w, 1);
    assert_code(oauth_authorize(&b, "acr_values=urn%3Auauth%3Aacr%3Apwd"));
    assert_code(oauth_authorize(&b, "acr_values=what%20is%20this"));
    struct answer a = oauth_authorize(&b, "acr_values=urn%3Auauth%3Aacr%3Amfa");
    const char *handle = oauth_waits_for(&a, "/sign-in");
    sign_in(&b);
    assert_code(continued(&b, handle));
    /* What is essential fails where it is not reached. */
    assert_code(oauth_authorize(&b,
                                "claims=%7B%22id_token%22%3A%7B%22acr%22%3A%7B%22essential%22"
                                "%3Atrue%2C%22value%22%3A%22urn%3Auauth%3Aacr%3Apwd%22%7D%7D%7D"));
    world_pass(w, 1);
    a = oauth_authorize(&b, "claims=%7B%22id_token%22%3A%7B%22acr%22%3A%7B%22essential%22%3Atrue%2C"
                            "%22value%22%3A%22urn%3Auauth%3Aacr%3Amfa%22%7D%7D%7D");
    handle = oauth_waits_for(&a, "/sign-in");
    sign_in(&b);
    assert_redirected_error(continued(&b, handle), APP_CALLBACK,
                            "unmet_authentication_requirements");
}

/* OpenID Connect Core 3.1.2.1: the hint says whom it has to be. */
static void a_hint_names_the_user(void **state)
{
    struct world *w = *state;
    struct answer t = oauth_tokens(w, "");
    const char *hint = answer_text(&t, "id_token");
    struct client ada = story_browser(w, ADA, "session");
    (void)story_person(w, BOB);
    struct client bob = story_browser(w, BOB, "session");
    const char *none = text_printf(w->arena, "prompt=none&id_token_hint=%s", hint);
    assert_code(oauth_authorize(&ada, none));
    assert_redirected_error(oauth_authorize(&bob, none), APP_CALLBACK, "login_required");
    world_pass(w, 2 * HOURS);
    ada = story_browser(w, ADA, "session");
    assert_code(oauth_authorize(&ada, none));
    /* Another client's, and an access token, are no hints. */
    (void)oauth_web(w);
    assert_redirected_error(
        oauth_authorize(&ada, text_printf(w->arena, "client_id=web&id_token_hint=%s", hint)),
        APP_CALLBACK, "invalid_request");
    assert_redirected_error(oauth_authorize(&ada, text_printf(w->arena, "id_token_hint=%s",
                                                              answer_text(&t, "access_token"))),
                            APP_CALLBACK, "invalid_request");
}

/* OpenID Connect Core 3.1.2.6: without a page it is an error for each thing that there is to do. */
static void prompt_none_shows_no_page(void **state)
{
    struct world *w = *state;
    struct client nobody = browser_new(w);
    struct client b = oauth_ada(w);
    asking_app(w);
    assert_redirected_error(oauth_authorize(&nobody, "prompt=none"), APP_CALLBACK,
                            "login_required");
    assert_redirected_error(oauth_authorize(&b, "prompt=none"), APP_CALLBACK, "consent_required");
}

static void an_account_is_chosen_or_made_where_asked(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    world_pass(w, 1);
    struct answer a = oauth_authorize(&b, "prompt=select_account");
    const char *handle = oauth_waits_for(&a, "/select-account");
    consents(&b, handle, ANSWERED_SELECT, (struct texts){ 0 });
    assert_code(continued(&b, handle));
    a = oauth_authorize(&b, "prompt=create");
    (void)oauth_waits_for(&a, "/register");
}

/* ---- consent ---- */

/* CD-17: for what was allowed, and never for more. */
static void consent_is_asked_for_once(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    asking_app(w);
    struct answer a = oauth_authorize(&b, "");
    const char *handle = oauth_waits_for(&a, "/consent");
    a = continued(&b, handle);
    (void)oauth_waits_for(&a, "/consent");
    consents(&b, handle, ANSWERED_CONSENT, text_split(w->arena, "openid profile email", ' '));
    assert_code(continued(&b, handle));
    assert_code(oauth_authorize(&b, ""));
    assert_code(oauth_authorize(&b, "scope=openid"));
    /* More than was allowed, and who asks to be asked. */
    a = oauth_authorize(&b, "scope=openid+offline_access");
    (void)oauth_waits_for(&a, "/consent");
    a = oauth_authorize(&b, "prompt=consent");
    (void)oauth_waits_for(&a, "/consent");
}

/* CD-09, RT-05: what a user takes back is gone, and is asked for anew. */
static void a_consent_is_seen_and_taken_back(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    asking_app(w);
    struct answer a = oauth_authorize(&b, "");
    const char *handle = oauth_waits_for(&a, "/consent");
    consents(&b, handle, ANSWERED_CONSENT, text_split(w->arena, "openid profile email", ' '));
    a = continued(&b, handle);
    struct answer t = oauth_exchange(w, oauth_param(&a, "code"), "");
    assert_status(t, 200);
    const char *code = oauth_code(&b, "");
    struct answer list = client_get(&b, "/auth/me/consents");
    assert_status(list, 200);
    assert_true(answer_holds(&list, APP) && answer_holds(&list, "profile"));
    assert_problem(client_delete(&b, "/auth/me/consents/other"), 404, "not-found");
    assert_problem(client_delete(&b, "/auth/me/consents/first-party"), 404, "not-found");
    assert_status(client_delete(&b, "/auth/me/consents/app"), 204);
    assert_problem(client_delete(&b, "/auth/me/consents/app"), 404, "not-found");
    struct client c = story_bearer(w, answer_text(&t, "access_token"));
    assert_status(client_get(&c, "/oauth2/userinfo"), 401);
    assert_oauth_error(oauth_exchange(w, code, ""), 400, "invalid_grant");
    a = oauth_authorize(&b, "");
    (void)oauth_waits_for(&a, "/consent");
    list = client_get(&b, "/auth/me/consents");
    assert_false(answer_holds(&list, APP));
}

/* CD-17: what one user has answered is not what the next one has. */
static void an_answer_is_of_who_gave_it(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    (void)story_person(w, BOB);
    asking_app(w);
    struct answer a = oauth_authorize(&b, "");
    const char *handle = oauth_waits_for(&a, "/consent");
    consents(&b, handle, ANSWERED_CONSENT, (struct texts){ 0 });
    assert_status(story_login(&b, BOB, "'mode':'session'"), 200);
    a = continued(&b, handle);
    (void)oauth_waits_for(&a, "/consent");
}

/* CD-17, RFC 8252 8.6: behind a loopback address or a private scheme may be anybody. */
static void consent_to_a_native_application_is_not_remembered(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    (void)oauth_client(w, "native",
                       "{'token_endpoint_auth_method':'none','redirect_uris':["
                       "'com.example.app:/cb']}");
    static const char changes[] = "client_id=native&redirect_uri=com.example.app%3A%2Fcb";
    for (int i = 0; i < 2; i++) {
        struct answer a = oauth_authorize(&b, changes);
        const char *handle = oauth_waits_for(&a, "/consent");
        consents(&b, handle, ANSWERED_CONSENT, text_split(w->arena, "openid profile email", ' '));
        a = continued(&b, handle);
        assert_code(a);
        assert_true(text_starts(answer_header(&a, "location"), "com.example.app:/cb?code="));
    }
}

/* ---- other ways to ask and to answer ---- */

/* OpenID Connect Core 3.1.2.1: a form of another site comes without cookies, and is gone on with.
 */
static void a_request_may_come_as_a_form(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    struct sent sent = { .method = HTTP_POST,
                         .target = "/oauth2/authorize",
                         .form = oauth_request(w, ""),
                         .headers = { { "origin", "https://app.test" },
                                      { "sec-fetch-site", "cross-site" } } };
    struct answer a = client_send(&b, &sent);
    const char *handle = oauth_waits_for(&a, "/oauth2/authorize/continue");
    assert_code(continued(&b, handle));
}

static void an_answer_may_go_by_a_form(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    struct answer a = oauth_authorize(&b, "response_mode=form_post&state=%22%3E%3Cb%3E");
    assert_status(a, 200);
    assert_null(answer_header(&a, "location"));
    assert_non_null(strstr(a.body, "method=\"post\" action=\"" APP_CALLBACK "\""));
    assert_non_null(strstr(a.body, "name=\"code\" value=\""));
    assert_non_null(strstr(a.body, "name=\"iss\" value=\"http://localhost:8080\""));
    /* INV-4: nothing of the client's gets out of its quotes. */
    assert_non_null(strstr(a.body, "name=\"state\" value=\"&quot;&gt;&lt;b&gt;\""));
    const char *policy = answer_header(&a, "content-security-policy");
    assert_non_null(strstr(policy, "script-src 'self'"));
    assert_null(strstr(policy, "unsafe"));
    assert_null(strstr(policy, "form-action"));
    a = oauth_authorize(&b, "response_mode=form_post&scope=openid+x");
    assert_status(a, 200);
    assert_non_null(strstr(a.body, "name=\"error\" value=\"invalid_scope\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(whoever_is_not_signed_in_signs_in_first),
        STORY(a_request_waits_in_one_browser),
        STORY(a_request_does_not_wait_for_ever),
        STORY(prompt_login_asks_again),
        STORY(an_old_sign_in_is_asked_for_again),
        STORY(a_stronger_sign_in_is_asked_for),
        STORY(a_hint_names_the_user),
        STORY(prompt_none_shows_no_page),
        STORY(an_account_is_chosen_or_made_where_asked),
        STORY(consent_is_asked_for_once),
        STORY(a_consent_is_seen_and_taken_back),
        STORY(an_answer_is_of_who_gave_it),
        STORY(consent_to_a_native_application_is_not_remembered),
        STORY(a_request_may_come_as_a_form),
        STORY(an_answer_may_go_by_a_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
