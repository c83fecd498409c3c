/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/web/web_testing.h"
#include "web/reply.h"

#define ID "01JD8KQ4M2V7XW3R9T5Y6Z1ABC"

/* clang-format off */
static const struct route rows[] = {
    { "POST", "/problem",  &web_somebody, "users:read", "login", PROBLEM,  NULL, NULL, web_done, "Do" },
    { "POST", "/recent",   &web_somebody, NULL,         "login", PROBLEM,  NULL, NULL, web_done, "Do", .flags = RECENT },
    { "POST", "/oauth",    &web_anybody,   NULL,         "login", OAUTH,    NULL, NULL, web_done, "Do" },
    { "GET",  "/redirect", &web_anybody,   NULL,         "login", REDIRECT, NULL, NULL, web_done, "Go" },
    { "GET",  "/page",     &web_anybody,   NULL,         "login", PAGE,     NULL, NULL, web_done, "See" },
};
/* clang-format on */

static int open_web(void **state)
{
    struct web *w = web_new();
    w->c->request_id = ID;
    web_open(w, rows, sizeof rows / sizeof rows[0]);
    w->config.jwt_issuer = "https://id.example";
    w->door.issuer = w->config.jwt_issuer;
    *state = w;
    return 0;
}

static int close_web(void **state)
{
    web_free(*state);
    return 0;
}

static const char *body(struct web *w)
{
    return text_copy(w->c->arena, (const char *)w->reply.body.at, w->reply.body.n);
}

static struct req *begin(struct web *w, const char *path)
{
    return web_request(
        w, text_equal(path, "/page") || text_equal(path, "/redirect") ? HTTP_GET : HTTP_POST, path);
}

static void assert_shown(struct web *w, const char *part)
{
    if (strstr(body(w), part) == NULL)
        fail_msg("%s is not in %s", part, body(w));
}

static void assert_hidden(struct web *w, const char *part)
{
    if (strstr(body(w), part) != NULL)
        fail_msg("%s is in %s", part, body(w));
    for (size_t i = 0; i < w->reply.headers_n; i++)
        assert_null(strstr(w->reply.headers[i].value, part));
}

/* ---- problem documents ---- */

/* AU-01: the reason is for the log; the client reads the title (claim I7). */
static void a_problem_document_tells_the_title_and_never_the_reason(void **state)
{
    struct web *w = *state;
    struct req *r = begin(w, "/problem");
    reply_failure(r, fail_at(w->c, ERR_INVALID_CREDENTIALS, __FILE__, __LINE__,
                             "no user canary@example.com"));
    assert_int_equal(w->reply.status, 401);
    assert_string_equal(web_answer(w, "Content-Type"), "application/problem+json");
    assert_string_equal(
        body(w), "{\"type\":\"https://id.example/problems/invalid-credentials\","
                 "\"title\":\"The e-mail address, password or code is wrong\",\"status\":401,"
                 "\"instance\":\"https://id.example/problems/invalid-credentials#" ID "\","
                 "\"request_id\":\"" ID "\"}");
    assert_hidden(w, "canary");
}

static void what_is_said_on_purpose_is_the_detail(void **state)
{
    struct web *w = *state;
    struct req *r = begin(w, "/problem");
    reply_failure(r, fail_say(w->c, CONFLICT, "It is there already.", "row canary"));
    assert_int_equal(w->reply.status, 409);
    assert_shown(w, "\"detail\":\"It is there already.\"");
    assert_hidden(w, "canary");
    assert_hidden(w, "errors");
}

static void a_bad_field_is_named(void **state)
{
    struct web *w = *state;
    struct req *r = begin(w, "/problem");
    reply_failure(r, fail_field(w->c, INVALID_FIELD, "members[2].role", "Must be one of a, b."));
    assert_shown(
        w, "\"errors\":[{\"field\":\"members[2].role\",\"detail\":\"Must be one of a, b.\"}]");
}

/* INV-4: a name that the caller made up is escaped also where it is JSON. */
static void a_made_up_field_name_is_harmless(void **state)
{
    struct web *w = *state;
    struct req *r = begin(w, "/problem");
    reply_failure(r, fail_field(w->c, INVALID_FIELD, "</script>\r\n\"", "Is not known."));
    assert_shown(w, "\"field\":\"\\u003c/script\\u003e\\u000d\\n\\\"\"");
}

static void members_of_the_request_follow(void **state)
{
    struct web *w = *state;
    struct req *r = begin(w, "/problem");
    req_problem_text(r, "mfa_token", "abc");
    req_problem_texts(r, "methods", web_texts(w, "totp recovery_code"));
    reply_failure(r, fail_at(w->c, ERR_MFA_REQUIRED, __FILE__, __LINE__, "has a factor"));
    assert_shown(w, ",\"mfa_token\":\"abc\",\"methods\":[\"totp\",\"recovery_code\"]}");
}

static void what_was_recorded_of_another_failure_is_not_told(void **state)
{
    struct web *w = *state;
    struct req *r = begin(w, "/problem");
    err handled = fail_say(w->c, NOT_FOUND, "canary", "handled by somebody");
    assert_int_equal(handled.code, ERR_NOT_FOUND);
    reply_failure(r, fail_at(w->c, ERR_CONFLICT, __FILE__, __LINE__, "the one that counts"));
    assert_int_equal(w->reply.status, 409);
    assert_hidden(w, "canary");
}

static void it_is_said_how_long_to_wait(void **state)
{
    struct web *w = *state;
    struct req *r = begin(w, "/problem");
    err limited = fail_at(w->c, ERR_RATE_LIMITED, __FILE__, __LINE__, "6 of 5");
    w->c->fault.retry_after = 12;
    reply_failure(r, limited);
    assert_int_equal(w->reply.status, 429);
    assert_string_equal(web_answer(w, "Retry-After"), "12");
    r = begin(w, "/problem");
    reply_failure(r, fail_at(w->c, ERR_UNAVAILABLE, __FILE__, __LINE__, "away"));
    assert_null(web_answer(w, "Retry-After"));
}

/* WB-06: what is not offered is answered with what is. */
static void a_wrong_method_is_told_the_right_ones(void **state)
{
    struct web *w = *state;
    struct req *r = web_request(w, HTTP_PUT, "/problem");
    reply_failure(r, fail_at(w->c, ERR_METHOD_NOT_ALLOWED, __FILE__, __LINE__, "PUT"));
    assert_int_equal(w->reply.status, 405);
    assert_string_equal(web_answer(w, "Allow"), w->r.match.allow);
    assert_non_null(strstr(w->r.match.allow, "POST"));
}

/* ---- WWW-Authenticate ---- */

/* RFC 9449 7.2. */
#define DPOP ", DPoP realm=\"uauth\", algs=\"RS256 PS256 ES256 ES384 EdDSA Ed25519\""

/* RFC 9728 5.1. */
#define RESOURCE                                                                                   \
    ", resource_metadata=\"http://localhost:8080/.well-known/oauth-protected-resource\""

static const char *challenge_of(struct web *w, const char *path, const char *authorization, err e)
{
    struct req *r = begin(w, path);
    web_header(w, "authorization", authorization);
    reply_failure(r, e);
    return web_answer(w, "WWW-Authenticate");
}

static void who_brought_no_token_is_only_asked_for_one(void **state)
{
    struct web *w = *state;
    const char *bare = "Bearer realm=\"uauth\"" RESOURCE DPOP;
    assert_string_equal(challenge_of(w, "/problem", NULL, (err){ ERR_INVALID_TOKEN }), bare);
    assert_string_equal(challenge_of(w, "/problem", NULL, (err){ ERR_INVALID_SESSION }), bare);
    assert_string_equal(challenge_of(w, "/problem", NULL, (err){ ERR_INVALID_CREDENTIALS }), bare);
    assert_null(challenge_of(w, "/problem", NULL, (err){ ERR_INSUFFICIENT_SCOPE }));
    assert_null(challenge_of(w, "/problem", NULL, (err){ ERR_FORBIDDEN }));
    assert_null(challenge_of(w, "/oauth", NULL, (err){ ERR_INVALID_GRANT }));
}

static void who_brought_one_is_told_what_is_wrong_with_it(void **state)
{
    struct web *w = *state;
    assert_string_equal(
        challenge_of(w, "/problem", "Bearer x", (err){ ERR_INVALID_TOKEN }),
        "Bearer realm=\"uauth\", error=\"invalid_token\", error_description="
        "\"The access token is missing, invalid, expired or revoked\"" RESOURCE DPOP);
    assert_string_equal(
        challenge_of(w, "/problem", "Bearer x", (err){ ERR_INSUFFICIENT_SCOPE }),
        "Bearer realm=\"uauth\", error=\"insufficient_scope\", error_description="
        "\"The token does not carry the permission this needs\", scope=\"users:read\"" RESOURCE);
    assert_string_equal(challenge_of(w, "/oauth", NULL, (err){ ERR_INVALID_CLIENT }),
                        "Basic realm=\"uauth\", charset=\"UTF-8\"");
}

static void a_step_up_says_what_would_do(void **state)
{
    struct web *w = *state;
    const char *plain = challenge_of(w, "/recent", NULL, (err){ ERR_STEP_UP_REQUIRED });
    assert_string_equal(plain,
                        "Bearer realm=\"uauth\", error=\"insufficient_user_authentication\", "
                        "error_description=\"A more recent or stronger sign-in is required\", "
                        "max_age=\"300\"" RESOURCE);
    struct req *r = begin(w, "/recent");
    req_problem_text(r, "max_age", "60");
    req_problem_texts(r, "acr_values", web_texts(w, "mfa phr"));
    reply_failure(r, (err){ ERR_STEP_UP_REQUIRED });
    assert_non_null(
        strstr(web_answer(w, "WWW-Authenticate"), ", max_age=\"60\", acr_values=\"mfa phr\""));
}

/* IN-04: nothing that is said can end the field or its quotes. */
static void a_challenge_stays_one_quoted_line(void **state)
{
    struct web *w = *state;
    struct req *r = begin(w, "/problem");
    web_header(w, "authorization", "Bearer x");
    reply_failure(r, fail_say(w->c, INVALID_TOKEN, "a\"b\\c\r\nSet-Cookie: x\xC4\x8A", "bad"));
    assert_non_null(
        strstr(web_answer(w, "WWW-Authenticate"), "error_description=\"a'b'c??Set-Cookie: x??\""));
}

/* ---- OAuth 2.0 ---- */

static void an_oauth_endpoint_answers_as_rfc_6749_does(void **state)
{
    struct web *w = *state;
    struct req *r = begin(w, "/oauth");
    reply_failure(r, fail_at(w->c, ERR_INVALID_SCOPE, __FILE__, __LINE__, "canary"));
    assert_int_equal(w->reply.status, 400);
    assert_string_equal(web_answer(w, "Content-Type"), "application/json");
    assert_string_equal(body(w),
                        "{\"error\":\"invalid_scope\",\"error_description\":"
                        "\"The scope is unknown or exceeds what was granted\",\"error_uri\":"
                        "\"https://id.example/problems/invalid-scope\",\"request_id\":\"" ID "\"}");
    r = begin(w, "/oauth");
    reply_failure(r, fail_field(w->c, INVALID_FIELD, "username", "Is \"missing\"."));
    assert_shown(w,
                 "\"error\":\"invalid_request\",\"error_description\":\"username: Is 'missing'.\"");
}

static void a_wrong_grant_is_400_and_a_wrong_client_401(void **state)
{
    struct web *w = *state;
    struct req *r = begin(w, "/oauth");
    reply_failure(r, fail_at(w->c, ERR_INVALID_CREDENTIALS, __FILE__, __LINE__, "wrong"));
    assert_int_equal(w->reply.status, 400);
    assert_shown(w, "\"error\":\"invalid_grant\"");
    r = begin(w, "/oauth");
    reply_failure(r, fail_at(w->c, ERR_INVALID_CLIENT, __FILE__, __LINE__, "wrong"));
    assert_int_equal(w->reply.status, 401);
    r = begin(w, "/oauth");
    reply_failure(r, fail_at(w->c, ERR_RATE_LIMITED, __FILE__, __LINE__, "many"));
    assert_int_equal(w->reply.status, 429);
    assert_shown(w, "\"error\":\"temporarily_unavailable\"");
}

/* ---- redirects ---- */

static const char *redirected(struct web *w, const char *uri, const char *client_state, err e)
{
    struct req *r = begin(w, "/redirect");
    r->redirect_uri = uri;
    r->redirect_state = client_state;
    reply_failure(r, e);
    assert_int_equal(w->reply.status, 303);
    assert_null(web_answer(w, "WWW-Authenticate"));
    return web_answer(w, "Location");
}

static void a_proven_client_reads_the_failure_from_its_redirect(void **state)
{
    struct web *w = *state;
    assert_string_equal(
        redirected(w, "https://app.example/cb", "a&b=\r\n", (err){ ERR_INVALID_SCOPE }),
        "https://app.example/cb?error=invalid_scope&error_description=The%20scope%20"
        "is%20unknown%20or%20exceeds%20what%20was%20granted&error_uri=https%3A%2F%2Fid.example"
        "%2Fproblems%2Finvalid-scope%2301JD8KQ4M2V7XW3R9T5Y6Z1ABC&state=a%26b%3D%0D%0A&iss=https%"
        "3A%2F%2Fid.example");
    const char *more = redirected(w, "https://app.example/cb?x=1", NULL, (err){ ERR_INTERNAL });
    assert_true(text_starts(more, "https://app.example/cb?x=1&error=server_error&"));
    assert_null(strstr(more, "state="));
}

static void errors_of_tokens_are_a_denial_to_an_authorization(void **state)
{
    struct web *w = *state;
    static const enum err_code codes[] = { ERR_INVALID_SESSION, ERR_INVALID_CREDENTIALS,
                                           ERR_INVALID_CLIENT, ERR_STEP_UP_REQUIRED };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        assert_non_null(strstr(redirected(w, "https://app.example/cb", "s", (err){ codes[i] }),
                               "?error=access_denied&"));
}

/* ---- pages ---- */

static void without_a_proven_uri_it_is_a_page(void **state)
{
    struct web *w = *state;
    struct req *r = begin(w, "/redirect");
    reply_failure(r, fail_at(w->c, ERR_INVALID_REQUEST, __FILE__, __LINE__, "canary"));
    assert_int_equal(w->reply.status, 400);
    assert_null(web_answer(w, "Location"));
    assert_string_equal(web_answer(w, "Content-Type"), "text/html; charset=utf-8");
    assert_hidden(w, "canary");
}

/* INV-4, WB-10, WB-14: a page shows our own words, and what else it shows is text. */
static void a_page_tells_a_person_what_to_do(void **state)
{
    struct web *w = *state;
    struct req *r = begin(w, "/page");
    reply_failure(
        r, fail_field(w->c, INVALID_FIELD, "<img src=x onerror=alert(1)>", "Is \"not\" known."));
    reply_security_headers(r);
    assert_int_equal(w->reply.status, 400);
    assert_shown(w, "<!doctype html>");
    assert_shown(w, "This request cannot be answered");
    assert_shown(w, "&lt;img src=x onerror=alert(1)&gt;");
    assert_shown(w, "Is &quot;not&quot; known.");
    assert_shown(w, "<code>" ID "</code>");
    assert_shown(w, "href=\"/problems/invalid-field\"");
    assert_hidden(w, "<img src=x");
    assert_hidden(w, "<script");
    assert_hidden(w, " style=");
    assert_string_equal(web_answer(w, "Content-Security-Policy"),
                        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
                        "frame-ancestors 'none'; form-action 'self'");
    assert_string_equal(web_answer(w, "Cache-Control"), "no-store");
}

static void where_nothing_is_a_browser_gets_a_page_and_a_program_a_document(void **state)
{
    struct web *w = *state;
    struct req *r = web_request(w, HTTP_GET, "/nowhere");
    reply_failure(r, fail_at(w->c, ERR_NOT_FOUND, __FILE__, __LINE__, "no row"));
    assert_string_equal(web_answer(w, "Content-Type"), "application/problem+json");
    assert_string_equal(web_answer(w, "Vary"), "Accept");
    r = web_request(w, HTTP_GET, "/nowhere");
    web_header(w, "accept", "text/html,*/*;q=0.8");
    reply_failure(r, fail_at(w->c, ERR_NOT_FOUND, __FILE__, __LINE__, "no row"));
    assert_int_equal(w->reply.status, 404);
    assert_string_equal(web_answer(w, "Content-Type"), "text/html; charset=utf-8");
}

/* INV-1: there is no failure without an answer in any style. */
static void every_failure_can_be_told_in_every_style(void **state)
{
    struct web *w = *state;
    static const char *const paths[] = { "/problem", "/oauth", "/redirect", "/page", "/nowhere" };
    for (unsigned code = ERR_OK + 1; code < ERR_CODES; code++) {
        for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
            struct arena_mark mark = arena_mark(w->c->arena);
            struct req *r = begin(w, paths[i]);
            reply_failure(r, (err){ (enum err_code)code });
            reply_security_headers(r);
            assert_true(w->reply.status >= 400);
            assert_true(w->reply.body.n > 0);
            assert_true(w->reply.status != 401 || web_answer(w, "WWW-Authenticate") != NULL);
            arena_rewind(w->c->arena, mark);
        }
    }
}

#define WEB(name) cmocka_unit_test_setup_teardown(name, open_web, close_web)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB(a_problem_document_tells_the_title_and_never_the_reason),
        WEB(what_is_said_on_purpose_is_the_detail),
        WEB(a_bad_field_is_named),
        WEB(a_made_up_field_name_is_harmless),
        WEB(members_of_the_request_follow),
        WEB(what_was_recorded_of_another_failure_is_not_told),
        WEB(it_is_said_how_long_to_wait),
        WEB(a_wrong_method_is_told_the_right_ones),
        WEB(who_brought_no_token_is_only_asked_for_one),
        WEB(who_brought_one_is_told_what_is_wrong_with_it),
        WEB(a_step_up_says_what_would_do),
        WEB(a_challenge_stays_one_quoted_line),
        WEB(an_oauth_endpoint_answers_as_rfc_6749_does),
        WEB(a_wrong_grant_is_400_and_a_wrong_client_401),
        WEB(a_proven_client_reads_the_failure_from_its_redirect),
        WEB(errors_of_tokens_are_a_denial_to_an_authorization),
        WEB(without_a_proven_uri_it_is_a_page),
        WEB(a_page_tells_a_person_what_to_do),
        WEB(where_nothing_is_a_browser_gets_a_page_and_a_program_a_document),
        WEB(every_failure_can_be_told_in_every_style),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
