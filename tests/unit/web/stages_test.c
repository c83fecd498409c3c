/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/web/web_testing.h"

#include "web/challenge.h"
#include "web/csrf.h"

/* The order of the stages: nothing runs before what decides whether it may. */

struct greeting {
    const char *name;
    int64_t times;
};
LOCAL_SHAPE(greeting, FIELD(greeting, name, REQUIRED, 1, 10, "Whom to greet"),
            FIELD(greeting, times, OPTIONAL, 1, 3, "How often"));

/* clang-format off */
#define ROW(method, path, guard, permission, in, ...) \
    { method, path, guard, permission, "calls", PROBLEM, in, NULL, web_done, "A row", __VA_ARGS__ }
static const struct route rows[] = {
    ROW("GET",    "/things",        &web_somebody, "things:read",  NULL,            .status = 200),
    ROW("POST",   "/things",        &web_somebody, "things:write", &greeting_shape, .status = 201),
    ROW("GET",    "/things/{id}",   &web_somebody, NULL,           &greeting_shape, .status = 200),
    ROW("PUT",    "/things/{id}",   &web_somebody, NULL,           &greeting_shape, .status = 200),
    ROW("PATCH",  "/things/{id}",   &web_somebody, NULL,           &greeting_shape, .status = 200),
    ROW("DELETE", "/things/{id}",   &web_somebody, "things:write", NULL,            .flags = RECENT),
    ROW("POST",   "/forms",         &web_somebody, NULL,           &greeting_shape, .flags = FORM),
    ROW("*",      "/verify/*",      &web_somebody, NULL,           NULL,            .flags = READ_ONLY),
    { "POST", "/everything", &web_somebody, "things:write", "calls", PROBLEM, &greeting_shape, NULL,
      web_done, "A row", .flags = RECENT, .body_max = 100 },
    { "POST", "/login", &web_anybody, NULL, "login", PROBLEM, NULL, NULL, web_done, "A row",
      .flags = CHALLENGE },
};
/* clang-format on */
enum { ROWS = sizeof rows / sizeof *rows };

static const char *const paths[ROWS] = { "/things",     "/things",   "/things/1", "/things/1",
                                         "/things/1",   "/things/1", "/forms",    "/verify/a",
                                         "/everything", "/login" };

static void be_somebody(struct web *w)
{
    w->who = (struct principal){ .kind = PRINCIPAL_CLIENT,
                                 .client_id = "service",
                                 .permissions = web_texts(w, "things:*"),
                                 .auth_time = WEB_NOW };
    w->refusal = ERR_OK;
}

static void send_body(struct web *w, const char *type, const char *body)
{
    w->http.body = bytes_of(body);
    web_header(w, "content-type", type);
}

/* AZ-02: claim I3, by every row and every method. */
static void no_handler_runs_before_its_guard(void **state)
{
    struct web *w = *state;
    size_t tried = 0;
    web_open(w, rows, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        for (unsigned method = 0; method < HTTP_METHODS; method++) {
            web_forget(w);
            w->refusal = ERR_INVALID_TOKEN;
            struct req *r = web_request(w, (enum http_method)method, paths[i]);
            bool offered = r->route != NULL && r->route->guard != &web_anybody;
            if (!offered)
                continue;
            assert_int_equal(web_walk(w), ERR_INVALID_TOKEN);
            assert_string_equal(text_of(&w->trail), "guard ");
            assert_int_equal(w->reply.status, 401);
            tried++;
        }
    }
    assert_true(tried > 20);
}

static void a_handler_runs_after_its_guard_once(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    be_somebody(w);
    (void)web_request(w, HTTP_GET, "/things");
    assert_int_equal(web_walk(w), ERR_OK);
    assert_string_equal(text_of(&w->trail), "guard handler ");
    assert_int_equal(w->reply.status, 200);
    (void)web_request(w, HTTP_HEAD, "/things");
    assert_int_equal(web_walk(w), ERR_OK);
    assert_string_equal(text_of(&w->trail), "guard handler ");
}

static void the_stages_are_these_in_this_number(void **state)
{
    (void)state;
    size_t n = 0;
    stage *const *all = stages_all(&n);
    assert_int_equal(n, 14);
    for (size_t i = 0; i < n; i++) {
        assert_non_null(all[i]);
        for (size_t k = 0; k < i; k++)
            assert_true(all[k] != all[i]);
    }
}

/* A request in which everything is wrong; the first `mended` of it have been put right. */
static enum err_code walk_mended(struct web *w, unsigned mended)
{
    char body[120] = { 0 };
    memset(body, ' ', sizeof body - 1);
    be_somebody(w);
    (void)web_request(w, HTTP_POST, mended > 1 ? "/everything" : "/nowhere");
    w->http.host = mended > 0 ? "localhost" : "evil.example";
    w->http.peer = mended > 2 ? "198.51.100.1" : "203.0.113.7";
    w->http.body = bytes_of(mended > 3 ? "{\"name\":1}" : body);
    web_header(w, "content-type", mended > 4 ? "application/json" : "text/plain");
    w->refusal = mended > 5 ? ERR_OK : ERR_INVALID_TOKEN;
    w->who.kind = mended > 6 ? PRINCIPAL_BEARER : PRINCIPAL_SESSION;
    w->who.csrf_binding = "session-1";
    w->who.tenant_id = "a";
    web_header(w, "x-tenant-id", mended > 7 ? "a" : "b");
    w->who.permissions = web_texts(w, mended > 8 ? "things:*" : "other:*");
    w->who.auth_time = mended > 9 ? WEB_NOW : 0;
    w->who.client_id = mended > 11 ? "third" : mended > 10 ? "second" : "service";
    if (mended > 11)
        w->http.body = bytes_of("{\"name\":\"Ada\"}");
    return web_walk(w);
}

static const enum err_code order[] = {
    ERR_WRONG_HOST,
    ERR_NOT_FOUND,
    ERR_RATE_LIMITED,
    ERR_BODY_TOO_LARGE,
    ERR_UNSUPPORTED_MEDIA_TYPE,
    ERR_INVALID_TOKEN,
    ERR_CSRF_FAILED,
    ERR_FORBIDDEN,
    ERR_INSUFFICIENT_SCOPE,
    ERR_STEP_UP_REQUIRED,
    ERR_RATE_LIMITED,
    ERR_INVALID_FIELD,
    ERR_OK,
};

/* Cheap refusals before dear ones, who before what: each is told only when all before it are right.
 */
static void refusals_come_in_the_order_of_the_stages(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    /* The allowances of one address and of one client are used up before. */
    w->config.calls_per_minute = 1;
    w->config.address_per_minute = 1;
    be_somebody(w);
    struct req *r = web_request(w, HTTP_GET, "/things");
    r->who = w->who;
    PASSES(limit_take_address(r));
    PASSES(limit_take_principal(r));
    w->config.address_per_minute = 1000;
    for (unsigned i = 0; i < sizeof order / sizeof *order; i++) {
        if (walk_mended(w, i) != order[i])
            fail_msg("after %u: %s", i, w->c->fault.text);
        bool asked = strstr(text_of(&w->trail), "guard") != NULL;
        bool handled = strstr(text_of(&w->trail), "handler") != NULL;
        assert_int_equal(asked, i >= 5);
        assert_int_equal(handled, order[i] == ERR_OK);
    }
}

static void an_old_sign_in_is_asked_for_again(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    be_somebody(w);
    w->who.auth_time = WEB_NOW - RECENT_SECONDS;
    (void)web_request(w, HTTP_DELETE, "/things/1");
    assert_int_equal(web_walk(w), ERR_OK);
    w->who.auth_time--;
    (void)web_request(w, HTTP_DELETE, "/things/1");
    assert_int_equal(web_walk(w), ERR_STEP_UP_REQUIRED);
    /* RFC 9470 3. */
    assert_non_null(strstr(web_answer(w, "WWW-Authenticate"), "max_age=\"300\""));
    assert_non_null(
        strstr(web_answer(w, "WWW-Authenticate"), "error=\"insufficient_user_authentication\""));
    assert_null(strstr(text_of(&w->trail), "handler"));
    w->who.auth_time = 0;
    (void)web_request(w, HTTP_DELETE, "/things/1");
    assert_int_equal(web_walk(w), ERR_STEP_UP_REQUIRED);
}

/* What is refused by a limit or for a challenge is not looked at any further. */
static void a_challenge_comes_before_the_guard(void **state)
{
    struct web *w = *state;
    w->config.challenge = 1;
    web_open(w, rows, ROWS);
    (void)web_request(w, HTTP_POST, "/login");
    assert_int_equal(web_walk(w), ERR_CHALLENGE_REQUIRED);
    assert_string_equal(text_of(&w->trail), "");
    assert_non_null(strstr((const char *)w->reply.body.at, "\"algorithm\":\"sha256-leading-zero"));
}

/* What a request may hold in memory ends with the stage that went over it. */
static void a_request_over_its_memory_goes_no_further(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    be_somebody(w);
    (void)arena_alloc(w->c->arena, ARENA_REQUEST_CEILING);
    (void)web_request(w, HTTP_GET, "/things");
    assert_int_equal(web_walk(w), ERR_OUT_OF_MEMORY);
    assert_int_equal(w->reply.status, 503);
    assert_string_equal(text_of(&w->trail), "");
}

static void options_are_answered_without_guard_or_handler(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    (void)web_request(w, HTTP_OPTIONS, "/things");
    assert_int_equal(web_walk(w), ERR_OK);
    assert_int_equal(w->reply.status, 204);
    assert_string_equal(web_answer(w, "Allow"), "GET, HEAD, POST, OPTIONS");
    assert_string_equal(text_of(&w->trail), "");
    assert_string_equal(web_answer(w, "X-Content-Type-Options"), "nosniff");
    (void)web_request(w, HTTP_OPTIONS, "/nowhere");
    assert_int_equal(web_walk(w), ERR_NOT_FOUND);
}

/* WB-06: overriding a method, and methods that a row does not have, have no effect. */
static void only_the_methods_of_the_table_reach_a_handler(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    be_somebody(w);
    (void)web_request(w, HTTP_GET, "/things/1");
    web_header(w, "x-http-method-override", "DELETE");
    w->http.query = "name=x";
    assert_int_equal(web_walk(w), ERR_OK);
    (void)web_request(w, HTTP_GET, "/login");
    web_header(w, "x-http-method-override", "POST");
    w->http.query = "_method=POST";
    assert_int_equal(web_walk(w), ERR_METHOD_NOT_ALLOWED);
    assert_int_equal(w->reply.status, 405);
    assert_string_equal(web_answer(w, "Allow"), "POST, OPTIONS");
    assert_string_equal(text_of(&w->trail), "");
}

static enum err_code body_of(struct web *w, enum http_method method, const char *path,
                             const char *type, const char *body)
{
    be_somebody(w);
    (void)web_request(w, method, path);
    send_body(w, type, body);
    return web_walk(w);
}

/* RL-10: a list where one value is expected is one refused request. */
static void input_is_read_by_its_shape(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    static const char json[] = "application/json";
    static const char form[] = "application/x-www-form-urlencoded";
    assert_int_equal(body_of(w, HTTP_POST, "/things", json, "{\"name\":\"Ada\"}"), ERR_OK);
    assert_int_equal(w->reply.status, 201);
    assert_int_equal(body_of(w, HTTP_POST, "/forms", form, "name=Ada&times=2"), ERR_OK);
    assert_int_equal(body_of(w, HTTP_POST, "/things", json, "{\"name\":[\"a\",\"b\"]}"),
                     ERR_INVALID_FIELD);
    assert_string_equal(w->c->fault.field, "name");
    assert_int_equal(body_of(w, HTTP_POST, "/things", json, "[{\"name\":\"a\"}]"),
                     ERR_INVALID_JSON);
    assert_int_equal(body_of(w, HTTP_POST, "/things", json, ""), ERR_INVALID_JSON);
    assert_int_equal(body_of(w, HTTP_POST, "/forms", form, "name=a&name=b"), ERR_INVALID_FIELD);
    (void)web_request(w, HTTP_GET, "/things/1");
    w->http.query = "times=9&name=a";
    assert_int_equal(web_walk(w), ERR_INVALID_FIELD);
    assert_string_equal(w->c->fault.field, "times");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_TEST(no_handler_runs_before_its_guard),
        WEB_TEST(a_handler_runs_after_its_guard_once),
        WEB_TEST(the_stages_are_these_in_this_number),
        WEB_TEST(refusals_come_in_the_order_of_the_stages),
        WEB_TEST(an_old_sign_in_is_asked_for_again),
        WEB_TEST(a_challenge_comes_before_the_guard),
        WEB_TEST(a_request_over_its_memory_goes_no_further),
        WEB_TEST(options_are_answered_without_guard_or_handler),
        WEB_TEST(only_the_methods_of_the_table_reach_a_handler),
        WEB_TEST(input_is_read_by_its_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
