/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The authorization endpoint: where it redirects and where it never does, and every request that it
 * refuses.
 */
#include "oauth_story.h"

/* ---- before client and redirect URI are proven ---- */

/* URI-01, URI-02, URI-05, URI-07, URI-11, URI-15, URI-16, URI-20: a redirect URI is the registered
 * text, or the answer is a page. */
static void any_other_redirect_uri_is_a_page(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    static const char *const uris[] = {
        "https%3A%2F%2Fapp.test.evil.test%2Fcb",
        "https%3A%2F%2Fapp.testevil%2Fcb",
        "https%3A%2F%2Fapp.test%2Fcb%2Fextra",
        "https%3A%2F%2Fapp.test%2Fcbx",
        "https%3A%2F%2Fapp.test%2Fcb%2F..%2Fevil",
        "https%3A%2F%2Fapp.test%2Fcb%2F..%252f..%252fevil",
        "https%3A%2F%2Fapp.test%2Fcb%2F%25252f..%25252f",
        "https%3A%2F%2Fapp.test%2Fcb%2F..%3B%2Fevil",
        "https%3A%2F%2Fapp.test%2Fcb%2F%252e%252e%2F",
        "HTTPS%3A%2F%2FAPP.TEST%2Fcb",
        "https%3A%2F%2Fapp.test%2FCB",
        "http%3A%2F%2Fapp.test%2Fcb",
        "https%3A%2F%2Fapp.test%2Fcb%23x",
        "https%3A%2F%2Fapp.test%2Fcb%0d%0aX%3A1",
        "+https%3A%2F%2Fapp.test%2Fcb",
        "%2F%09%2Fevil",
        "%2F%5Cevil",
        "%2F%2Fevil",
        "%2F%2F%2Fevil",
        "https%3Aevil",
        "https%3A%2F%2Fapp.test%3A443%2Fcb",
        "https%3A%2F%2Fapp.test%2F%2563b",
        "https%3A%2F%2Fapp.test%2Fcb%3F",
        "https%3A%2F%2Fapp.test.%2Fcb",
        "https%3A%2F%2Fuser%40app.test%2Fcb",
        "https%3A%2F%2Fxn--app-.test%2Fcb",
        "https%3A%2F%2F%5Bapp.test%5D%2Fcb",
        "javascript%3A%2F%2Fapp.test%2F%250aalert(1)",
        "data%3Atext%2Fhtml%2Cx",
        "http%3A%2F%2F127.0.0.1%2Fcb",
    };
    for (size_t i = 0; i < sizeof uris / sizeof uris[0]; i++) {
        struct answer a = oauth_authorize(&b, text_printf(w->arena, "redirect_uri=%s", uris[i]));
        assert_error_page(a);
    }
}

/* URI-15: nothing is cut before it is compared. */
static void a_long_redirect_uri_is_refused_whole(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    char *tail = arena_alloc(w->arena, 4001);
    static const size_t lengths[] = { 2000, 2048, 2049, 4000 };
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        memset(tail, 'a', lengths[i]);
        tail[lengths[i]] = '\0';
        assert_error_page(oauth_authorize(
            &b, text_printf(w->arena, "redirect_uri=https%%3A%%2F%%2Fapp.test%%2Fcb%%3F%s", tail)));
    }
}

/* URI-04, URI-09: there is no default, and nothing is learned from the first request. */
static void without_a_redirect_uri_it_is_a_page(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    (void)oauth_client(w, "bare", "{'grant_types':['client_credentials']}");
    assert_error_page(oauth_authorize(&b, "redirect_uri="));
    assert_error_page(oauth_authorize(&b, "client_id=bare"));
    assert_error_page(oauth_authorize(&b, "client_id=bare"));
}

static void an_unknown_client_is_a_page(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    static const char *const changes[] = { "client_id=", "client_id=nobody", "client_id=APP",
                                           "client_id=first-party" };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        assert_error_page(oauth_authorize(&b, changes[i]));
}

/* CD-12: a parameter that comes twice, even the same, is nobody's request. */
static void a_parameter_comes_once(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    static const char *const twice[] = {
        "client_id=app",
        "redirect_uri=https%3A%2F%2Fapp.test%2Fcb",
        "state=s",
        "scope=openid",
        "response_type=code",
        "nonce=n",
        ("code_challenge=" CHALLENGE),
        "code_challenge_method=S256",
    };
    for (size_t i = 0; i < sizeof twice / sizeof twice[0]; i++) {
        const char *target =
            text_printf(w->arena, "/oauth2/authorize?%s&%s", oauth_request(w, ""), twice[i]);
        assert_error_page(client_get(&b, target));
    }
    struct sent both = { .method = HTTP_POST,
                         .target = "/oauth2/authorize?state=s",
                         .form = oauth_request(w, "") };
    assert_error_page(client_send(&b, &both));
}

/* RFC 6749 3.1: what is not known has no effect, and what is empty is as good as left out. */
static void unknown_and_empty_parameters_do_not_matter(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    const char *target =
        text_printf(w->arena, "/oauth2/authorize?%s&more=1&more=2&prompt=", oauth_request(w, ""));
    struct answer a = client_get(&b, target);
    assert_status(a, 303);
    assert_non_null(oauth_param(&a, "code"));
}

/* ---- after they are proven ---- */

static const struct {
    const char *changes, *error;
} refused[] = {
    /* CD-10: nothing but codes. */
    { "response_type=token", "unsupported_response_type" },
    { "response_type=id_token+token", "unsupported_response_type" },
    { "response_type=code+token", "unsupported_response_type" },
    { "response_type=code+id_token", "unsupported_response_type" },
    { "response_type=none", "unsupported_response_type" },
    { "response_type=Code", "unsupported_response_type" },
    { "response_type=", "invalid_request" },
    /* CD-11, WB-15. */
    { "response_mode=fragment", "invalid_request" },
    { "response_mode=web_message", "invalid_request" },
    { "response_mode=fragment.jwt", "invalid_request" },
    /* PK-04, PK-05. */
    { "code_challenge=&code_challenge_method=", "invalid_request" },
    { "code_challenge=", "invalid_request" },
    { "code_challenge_method=", "invalid_request" },
    { "code_challenge_method=plain", "invalid_request" },
    { "code_challenge_method=s256", "invalid_request" },
    { "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c", "invalid_request" },
    { "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMM", "invalid_request" },
    { "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw%2BcM", "invalid_request" },
    /* SR-01: nothing is fetched. */
    { "request=eyJhbGciOiJub25lIn0.e30.", "request_not_supported" },
    { "scope=openid+admin", "invalid_scope" },
    { "scope=openid++email", "invalid_scope" },
    { "scope=openid+openid", "invalid_scope" },
    { "prompt=none+login", "invalid_request" },
    { "prompt=Login", "invalid_request" },
    { "max_age=-1", "invalid_request" },
    { "max_age=x", "invalid_request" },
    { "claims=%5B%5D", "invalid_request" },
    { "claims=%7B%22id_token%22%3A1%7D", "invalid_request" },
    { "claims=x", "invalid_request" },
    { "id_token_hint=x", "invalid_request" },
    /* CL-16. */
    { "resource=https%3A%2F%2Fapi.test", "invalid_target" },
    { "resource=not-absolute", "invalid_target" },
};

/* CD-07: the client reads each refusal, with state and the issuer. */
static void a_bad_request_goes_back_to_its_client(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct answer a = oauth_authorize(&b, refused[i].changes);
        if (a.status != 303 || !text_equal(oauth_param(&a, "error"), refused[i].error))
            fail_msg("%s: %d %s", refused[i].changes, a.status, answer_header(&a, "location"));
        assert_redirected_error(a, APP_CALLBACK "?", refused[i].error);
        assert_string_equal(oauth_param(&a, "state"), "s");
    }
}

/* SR-01, PK-07: a request_uri is one of ours. */
static void a_request_uri_of_others_is_a_page(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    static const char *const uris[] = { "https%3A%2F%2F127.0.0.1%2Fr",
                                        "urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Ax",
                                        "file%3A%2F%2F%2Fetc%2Fpasswd" };
    for (size_t i = 0; i < sizeof uris / sizeof uris[0]; i++)
        assert_error_page(client_get(
            &b, text_printf(w->arena, "/oauth2/authorize?client_id=app&request_uri=%s", uris[i])));
}

/* CD-07, RFC 9207: the issuer stands on the good answer, too. */
static void a_code_comes_with_the_issuer(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    struct answer a = oauth_authorize(&b, "");
    assert_string_equal(oauth_param(&a, "iss"), "http://localhost:8080");
    assert_string_equal(oauth_param(&a, "state"), "s");
    a = oauth_authorize(&b, "state=");
    assert_null(oauth_param(&a, "state"));
}

/* WB-05: no origin may read what the endpoint answers. */
static void no_script_reads_the_answer(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    struct sent sent = {
        .target = text_printf(w->arena, "/oauth2/authorize?%s", oauth_request(w, "")),
        .headers = { { "origin", "https://app.test" } },
    };
    struct answer a = client_send(&b, &sent);
    assert_null(answer_header(&a, "access-control-allow-origin"));
}

static void a_query_of_the_redirect_uri_stays(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    (void)oauth_client(w, "q",
                       "{'token_endpoint_auth_method':'none','first_party':true,"
                       "'redirect_uris':['https://app.test/cb?a=1']}");
    struct answer a =
        oauth_authorize(&b, "client_id=q&redirect_uri=https%3A%2F%2Fapp.test%2Fcb%3Fa%3D1");
    assert_status(a, 303);
    assert_true(text_starts(answer_header(&a, "location"), "https://app.test/cb?a=1&code="));
}

/* URI-06: the port of a loopback address, of a public client, and nothing else. */
static void only_the_port_of_loopback_may_differ(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    (void)oauth_client(w, "native",
                       "{'token_endpoint_auth_method':'none','first_party':true,'redirect_uris':["
                       "'http://127.0.0.1/cb','http://[::1]:1234/cb','http://localhost:8000/cb']}");
    (void)oauth_client(w, "server", "{'first_party':true,'redirect_uris':['http://127.0.0.1/cb']}");
    static const char *const good[] = { "http%3A%2F%2F127.0.0.1%3A51004%2Fcb",
                                        "http%3A%2F%2F127.0.0.1%2Fcb",
                                        "http%3A%2F%2F%5B%3A%3A1%5D%3A61023%2Fcb",
                                        "http%3A%2F%2Flocalhost%3A8000%2Fcb" };
    static const char *const bad[] = { "http%3A%2F%2Flocalhost.evil.test%2Fcb",
                                       "http%3A%2F%2F127.0.0.1.evil.test%2Fcb",
                                       "http%3A%2F%2F127.1%2Fcb",
                                       "http%3A%2F%2F0x7f000001%2Fcb",
                                       "http%3A%2F%2F127.0.0.2%2Fcb",
                                       "http%3A%2F%2F127.0.0.1%3A51004%2Fother",
                                       "http%3A%2F%2F127.0.0.1%3A51004%2Fcb%3Fa",
                                       "http%3A%2F%2F127.0.0.1%3A51004%2Fcb%23a",
                                       "https%3A%2F%2F127.0.0.1%3A51004%2Fcb",
                                       "http%3A%2F%2Flocalhost%3A8001%2Fcb" };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_non_null(
            oauth_code(&b, text_printf(w->arena, "client_id=native&redirect_uri=%s", good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_error_page(
            oauth_authorize(&b, text_printf(w->arena, "client_id=native&redirect_uri=%s", bad[i])));
    assert_error_page(oauth_authorize(&b, "client_id=server&redirect_uri=http%3A%2F%2F127.0.0.1%"
                                          "3A5000%2Fcb"));
}

/* ---- PKCE by setting ---- */

static const char *const public_only[] = { "AUTH_REQUIRE_PKCE=public", NULL };

/* PK-01, PK-04: a confidential client may leave it out where the setting says so, and then no
 * verifier is taken. */
static void a_setting_lets_confidential_clients_off_pkce(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    const char *secret = oauth_web(w);
    (void)oauth_client(w, "strict",
                       "{'first_party':true,'require_pkce':true,'redirect_uris':["
                       "'https://app.test/cb']}");
    static const char bare[] = "client_id=web&code_challenge=&code_challenge_method=";
    static const char form[] = "grant_type=authorization_code&code=%s"
                               "&redirect_uri=https%%3A%%2F%%2Fapp.test%%2Fcb%s";
    assert_redirected_error(oauth_authorize(&b, "code_challenge=&code_challenge_method="),
                            APP_CALLBACK, "invalid_request");
    assert_redirected_error(
        oauth_authorize(&b, "client_id=strict&code_challenge=&code_challenge_method="),
        APP_CALLBACK, "invalid_request");
    const char *code = oauth_code(&b, bare);
    assert_status(
        oauth_post(w, "/oauth2/token", WEB, secret, text_printf(w->arena, form, code, "")), 200);
    code = oauth_code(&b, bare);
    assert_oauth_error(oauth_post(w, "/oauth2/token", WEB, secret,
                                  text_printf(w->arena, form, code, "&code_verifier=" VERIFIER)),
                       400, "invalid_grant");
}

/* WB-11: what comes back in a form stays in its quotes, or is refused; the form goes to a
 * registered address alone, and runs one script of ours. */
static void nothing_gets_out_of_the_form(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    struct answer a = oauth_authorize(
        &b, "response_mode=form_post&state=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%27x");
    assert_status(a, 200);
    assert_null(strstr(a.body, "<script>"));
    assert_non_null(
        strstr(a.body, "value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;x\""));
    const char *script = strstr(a.body, "<script");
    assert_true(script != NULL && text_starts(script, "<script src=\"/assets/"));
    assert_null(strstr(script + 1, "<script"));
    const char *stateless = oauth_request(w, "response_mode=form_post&state=");
    a = client_get(&b, text_printf(w->arena, "/oauth2/authorize?%s&state=ab", stateless));
    assert_status(a, 200);
    a = client_get(&b, text_printf(w->arena, "/oauth2/authorize?%s&state=a%%00b", stateless));
    assert_error_page(a);
    char *long_state = arena_alloc(w->arena, 2050);
    memset(long_state, 'a', 2049);
    long_state[2049] = '\0';
    a = oauth_authorize(&b, text_printf(w->arena, "response_mode=form_post&state=%s", long_state));
    assert_error_page(a);
    a = oauth_authorize(&b, "response_mode=form_post&redirect_uri=https%3A%2F%2Fevil.test%2Fcb");
    assert_error_page(a);
    assert_null(strstr(a.body, "evil.test"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(any_other_redirect_uri_is_a_page),
        STORY(a_long_redirect_uri_is_refused_whole),
        STORY(without_a_redirect_uri_it_is_a_page),
        STORY(an_unknown_client_is_a_page),
        STORY(a_parameter_comes_once),
        STORY(unknown_and_empty_parameters_do_not_matter),
        STORY(a_bad_request_goes_back_to_its_client),
        STORY(a_request_uri_of_others_is_a_page),
        STORY(a_code_comes_with_the_issuer),
        STORY(no_script_reads_the_answer),
        STORY(nothing_gets_out_of_the_form),
        STORY(a_query_of_the_redirect_uri_stays),
        STORY(only_the_port_of_loopback_may_differ),
        STORY_WITH(a_setting_lets_confidential_clients_off_pkce, public_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
