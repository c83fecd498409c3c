/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pushed authorization requests (RFC 9126), and the documents that say what the server can do.
 */
#include "oauth_story.h"

static struct answer pushed(struct world *w, const char *changes)
{
    return oauth_post(w, "/oauth2/par", APP, NULL, oauth_request(w, changes));
}

/* A request of APP that was pushed: its request_uri, form-encoded. */
static const char *reference(struct world *w, const char *changes)
{
    struct answer a = pushed(w, changes);
    assert_status(a, 201);
    assert_string_equal(answer_text(&a, "expires_in"), "90");
    return text_printf(w->arena, "urn%%3Aietf%%3Aparams%%3Aoauth%%3Arequest_uri%%3A%s",
                       answer_text(&a, "request_uri") +
                           strlen("urn:ietf:params:oauth:request_uri:"));
}

static struct answer opened(struct client *b, const char *uri, const char *more)
{
    return client_get(
        b, text_printf(b->w->arena, "/oauth2/authorize?client_id=app&request_uri=%s%s", uri, more));
}

/* CD-14: once, at its client, for a minute and a half; and the browser holds nothing of it. */
static void a_pushed_request_leads_to_one_code(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    const char *uri = reference(w, "");
    struct answer a = opened(&b, uri, "");
    assert_status(a, 303);
    assert_string_equal(oauth_param(&a, "state"), "s");
    assert_status(oauth_exchange(w, oauth_param(&a, "code"), ""), 200);
    assert_error_page(opened(&b, uri, ""));
}

/* A browser may load the page again while its user signs in, and takes its time. */
static void a_pushed_request_waits_for_its_user(void **state)
{
    struct world *w = *state;
    struct client b = browser_new(w);
    (void)story_person(w, ADA);
    oauth_app(w);
    const char *uri = reference(w, "");
    struct answer a = opened(&b, uri, "");
    struct answer again = opened(&b, uri, "");
    const char *handle = oauth_param(&a, "request");
    const char *other = oauth_param(&again, "request");
    assert_non_null(handle);
    assert_non_null(other);
    world_pass(w, 600);
    assert_status(story_login(&b, ADA, "'mode':'session'"), 200);
    a = client_get(&b, text_printf(w->arena, "/oauth2/authorize/continue?request=%s", handle));
    assert_non_null(oauth_param(&a, "code"));
    /* Both lead to one code. */
    a = client_get(&b, text_printf(w->arena, "/oauth2/authorize/continue?request=%s", other));
    assert_redirected_error(a, APP_CALLBACK, "invalid_request");
    assert_error_page(opened(&b, uri, ""));
}

/* CD-14: what waits is in the database, and not in a cookie. */
static void a_cookie_says_nothing_of_the_request(void **state)
{
    struct world *w = *state;
    struct client b = browser_new(w);
    oauth_app(w);
    struct answer a = opened(&b, reference(w, ""), "");
    const char *cookie = answer_header(&a, "set-cookie");
    static const char *const parts[] = { "app", "profile", "cb", "E9Melhoa2Owv", "openid" };
    assert_non_null(cookie);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        assert_null(strstr(cookie, parts[i]));
}

static void a_reference_is_opened_for_a_minute_and_a_half(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    const char *early = reference(w, "");
    const char *late = reference(w, "");
    world_pass(w, 89);
    assert_status(opened(&b, early, ""), 303);
    world_pass(w, 1);
    assert_error_page(opened(&b, late, ""));
}

/* PK-07: what was pushed counts, and nothing stands beside the reference. */
static void nothing_stands_beside_a_reference(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    const char *uri = reference(w, "");
    static const char *const more[] = { ("&code_challenge=" CHALLENGE), "&scope=openid", "&state=x",
                                        "&redirect_uri=https%3A%2F%2Fevil.test%2Fcb",
                                        "&prompt=none" };
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
        assert_redirected_error(opened(&b, uri, more[i]), APP_CALLBACK, "invalid_request");
    assert_error_page(opened(&b, uri, text_printf(w->arena, "&request_uri=%s", uri)));
    struct answer a = opened(&b, uri, "");
    assert_non_null(oauth_param(&a, "code"));
}

/* CD-04, CD-14: a reference is its client's, and of its kind. */
static void a_reference_is_its_clients(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    (void)oauth_web(w);
    const char *uri = reference(w, "");
    assert_error_page(client_get(
        &b, text_printf(w->arena, "/oauth2/authorize?client_id=web&request_uri=%s", uri)));
    const char *handle = strrchr(uri, 'A') + 1;
    assert_error_page(
        client_get(&b, text_printf(w->arena, "/oauth2/authorize/continue?request=%s", handle)));
    struct answer a = opened(&b, uri, "");
    assert_non_null(oauth_param(&a, "code"));
}

/* PK-06, CD-12: the checks of a plain request are those of a pushed one. */
static void a_bad_request_is_refused_when_it_is_pushed(void **state)
{
    struct world *w = *state;
    oauth_app(w);
    static const struct {
        const char *changes, *error;
    } refused[] = {
        { "redirect_uri=https%3A%2F%2Fevil.test%2Fcb", "invalid_request" },
        { "redirect_uri=", "invalid_request" },
        { "response_type=token", "unsupported_response_type" },
        { "code_challenge=&code_challenge_method=", "invalid_request" },
        { "code_challenge_method=plain", "invalid_request" },
        { "scope=openid+x", "invalid_scope" },
        { "resource=https%3A%2F%2Fnone.test", "invalid_target" },
        { "request=x", "request_not_supported" },
        { "request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Ax", "invalid_request" },
        { "prompt=none+login", "invalid_request" },
        { "response_mode=fragment", "invalid_request" },
        { "state=a&state=b", "invalid_request" },
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_oauth_error(pushed(w, refused[i].changes), 400, refused[i].error);
    assert_oauth_error(pushed(w, "client_id=nobody"), 401, "invalid_client");
}

/* RFC 9126 6: where it is registered so, nothing else is taken. */
static void a_client_may_be_bound_to_push(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    (void)oauth_client(w, APP,
                       "{'token_endpoint_auth_method':'none','first_party':true,"
                       "'require_pushed_authorization_requests':true,"
                       "'redirect_uris':['" APP_CALLBACK "']}");
    assert_redirected_error(oauth_authorize(&b, ""), APP_CALLBACK, "invalid_request");
    struct answer a = opened(&b, reference(w, ""), "");
    assert_non_null(oauth_param(&a, "code"));
}

/* ---- discovery ---- */

/* Rule 5 of the profile: caches keep what everybody may have, and ask with its name. */
static void what_machines_read_may_be_kept(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    static const char *const paths[] = { "/.well-known/openid-configuration",
                                         "/.well-known/oauth-authorization-server",
                                         "/.well-known/jwks.json" };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct answer a = client_get(&c, paths[i]);
        const char *etag = answer_header(&a, "etag");
        assert_status(a, 200);
        assert_non_null(etag);
        assert_true(text_starts(answer_header(&a, "cache-control"), "public, max-age="));
        assert_string_equal(answer_header(&a, "access-control-allow-origin"), "*");
        struct sent sent = { .method = HTTP_GET,
                             .target = paths[i],
                             .headers = { { "if-none-match", etag } } };
        assert_status(client_send(&c, &sent), 304);
        sent.headers[0].value = "\"other\"";
        assert_status(client_send(&c, &sent), 200);
    }
}

static void both_documents_are_one(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    struct answer a = client_get(&c, "/.well-known/openid-configuration");
    struct answer b = client_get(&c, "/.well-known/oauth-authorization-server");
    assert_status(a, 200);
    assert_string_equal(a.body, b.body);
    assert_string_equal(answer_text(&a, "issuer"), "http://localhost:8080");
    assert_string_equal(answer_header(&a, "access-control-allow-origin"), "*");
    struct sent sent = { .target = "/.well-known/openid-configuration",
                         .headers = { { "if-none-match", answer_header(&a, "etag") } } };
    assert_status(client_send(&c, &sent), 304);
}

/* Every endpoint that is named is there. */
static void every_endpoint_of_the_document_is_there(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    static const struct {
        const char *name;
        int status;
    } endpoints[] = {
        { "authorization_endpoint", 400 },
        { "token_endpoint", 405 },
        { "userinfo_endpoint", 401 },
        { "jwks_uri", 200 },
        { "introspection_endpoint", 405 },
        { "revocation_endpoint", 405 },
        { "pushed_authorization_request_endpoint", 405 },
        { "end_session_endpoint", 303 },
    };
    struct answer a = client_get(&c, "/.well-known/openid-configuration");
    for (size_t i = 0; i < sizeof endpoints / sizeof endpoints[0]; i++) {
        const char *url = answer_text(&a, endpoints[i].name);
        assert_true(text_starts(url, "http://localhost:8080/"));
        assert_status(client_get(&c, url + strlen("http://localhost:8080")), endpoints[i].status);
    }
    assert_string_equal(answer_text(&a, "authorization_response_iss_parameter_supported"), "true");
    assert_string_equal(answer_text(&a, "request_parameter_supported"), "true");
    assert_true(answer_holds(&a, "ES256"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_pushed_request_leads_to_one_code),
        STORY(a_pushed_request_waits_for_its_user),
        STORY(a_cookie_says_nothing_of_the_request),
        STORY(a_reference_is_opened_for_a_minute_and_a_half),
        STORY(nothing_stands_beside_a_reference),
        STORY(a_reference_is_its_clients),
        STORY(a_bad_request_is_refused_when_it_is_pushed),
        STORY(a_client_may_be_bound_to_push),
        STORY(what_machines_read_may_be_kept),
        STORY(both_documents_are_one),
        STORY(every_endpoint_of_the_document_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
