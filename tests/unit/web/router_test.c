/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/web/web_testing.h"

#define ROW(method, path)                                                                          \
    {                                                                                              \
        method, path, &web_anybody, NULL, "login", PROBLEM, NULL, NULL, web_done, "A row"          \
    }

/* clang-format off */
static const struct route rows[] = {
    ROW("GET",    "/"),
    ROW("POST",   "/auth/login"),
    ROW("GET",    "/auth/me"),
    ROW("PUT",    "/auth/me"),
    ROW("GET",    "/.well-known/jwks.json"),
    ROW("GET",    "/admin/users/{id}"),
    ROW("GET",    "/admin/users/me"),
    ROW("DELETE", "/admin/users/{id}"),
    ROW("GET",    "/admin/users/{id}/roles/{role}"),
    ROW("GET",    "/admin/{thing}/count"),
    ROW("GET",    "/admin/*"),
    ROW("*",      "/auth/verify/*"),
    ROW("GET",    "/any"),
    ROW("*",      "/any"),
    ROW("GET",    "/{tenant}/login"),
};
/* clang-format on */
enum { ROWS = sizeof rows / sizeof *rows };

/* The path of the row that is found, with what it took; "405 ..." or "404" if none is. */
static const char *found(struct web *w, enum http_method method, const char *path)
{
    struct route_match match;
    struct text_buffer b = text_buffer(w->c->arena);
    router_find(w->door.router, method, path, &match);
    if (match.route == NULL)
        return match.allow == NULL ? "404" : text_printf(w->c->arena, "405 %s", match.allow);
    text_add(&b, match.route->path);
    for (size_t i = 0; i < match.params_n; i++) {
        text_addf(&b, " %s=", match.params[i].name);
        text_add_bytes(&b, match.params[i].value.at, match.params[i].value.n);
    }
    return text_of(&b);
}

static void a_path_finds_its_row(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    assert_string_equal(found(w, HTTP_GET, "/"), "/");
    assert_string_equal(found(w, HTTP_POST, "/auth/login"), "/auth/login");
    assert_string_equal(found(w, HTTP_GET, "/.well-known/jwks.json"), "/.well-known/jwks.json");
    assert_string_equal(found(w, HTTP_GET, "/admin/users/17"), "/admin/users/{id} id=17");
    assert_string_equal(found(w, HTTP_GET, "/admin/users/17/roles/a b"),
                        "/admin/users/{id}/roles/{role} id=17 role=a b");
}

static void a_literal_wins_over_a_parameter_and_a_parameter_over_the_rest(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    assert_string_equal(found(w, HTTP_GET, "/admin/users/me"), "/admin/users/me");
    assert_string_equal(found(w, HTTP_GET, "/admin/users/count"), "/admin/users/{id} id=count");
    assert_string_equal(found(w, HTTP_GET, "/admin/roles/count"),
                        "/admin/{thing}/count thing=roles");
    assert_string_equal(found(w, HTTP_GET, "/admin/roles/other"), "/admin/*");
    assert_string_equal(found(w, HTTP_GET, "/admin/users/17/other"), "/admin/*");
    assert_string_equal(found(w, HTTP_GET, "/acme/login"), "/{tenant}/login tenant=acme");
}

static void a_rest_takes_what_follows_also_nothing(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    assert_string_equal(found(w, HTTP_POST, "/auth/verify"), "/auth/verify/*");
    assert_string_equal(found(w, HTTP_DELETE, "/auth/verify/"), "/auth/verify/*");
    assert_string_equal(found(w, HTTP_GET, "/auth/verify/a//b/1/2/3/4/5/6/7/8/9/10/11/12"),
                        "/auth/verify/*");
    assert_string_equal(found(w, HTTP_GET, "/auth/verifyx"), "404");
    assert_string_equal(found(w, HTTP_GET, "/auth/verif"), "404");
}

/* RL-06, HH-06: another spelling of a path is another path, and none of ours. */
static void only_the_canonical_path_is_found(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    static const char *const others[] = {
        "/auth/login/",  "//auth/login", "/auth//login", "/auth/LOGIN",
        "/auth/login;x", "/auth",        "/auth/loginx", "",
        "auth/login",    "/auth/login ", "//",           "/auth/me/",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_string_equal(found(w, HTTP_POST, others[i]), "404");
    assert_string_equal(found(w, HTTP_GET, "/admin/users/"), "/admin/*");
    assert_string_equal(found(w, HTTP_GET, "/a/b/c/d/e/f/g/h/i/j/k/l/m/login"), "404");
    static const struct route rest[] = { ROW("GET", "/*") };
    web_open(w, rest, 1);
    assert_string_equal(found(w, HTTP_GET, "/"), "/*");
    assert_string_equal(found(w, HTTP_GET, ""), "404");
    assert_string_equal(found(w, HTTP_GET, "x"), "404");
}

/* DO-07: what stands for a parameter is never empty and never long. */
static void a_parameter_has_1_to_256_bytes(void **state)
{
    struct web *w = *state;
    struct route_match match;
    static const struct route one[] = { ROW("GET", "/users/{id}") };
    web_open(w, one, 1);
    char path[7 + PATH_PARAM_MAX + 2] = "/users/";
    memset(path + 7, 'x', PATH_PARAM_MAX);
    router_find(w->door.router, HTTP_GET, path, &match);
    assert_int_equal(match.params_n, 1);
    assert_int_equal(match.params[0].value.n, PATH_PARAM_MAX);
    path[7 + PATH_PARAM_MAX] = 'x';
    assert_string_equal(found(w, HTTP_GET, path), "404");
    assert_string_equal(found(w, HTTP_GET, "/users/"), "404");
    assert_string_equal(found(w, HTTP_GET, "/users"), "404");
}

/* WB-06: nothing but the methods of the table reaches a handler. */
static void a_method_that_is_not_offered_is_told_which_are(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    assert_string_equal(found(w, HTTP_GET, "/auth/login"), "405 POST, OPTIONS");
    assert_string_equal(found(w, HTTP_HEAD, "/auth/login"), "405 POST, OPTIONS");
    assert_string_equal(found(w, HTTP_DELETE, "/auth/me"), "405 GET, HEAD, PUT, OPTIONS");
    assert_string_equal(found(w, HTTP_OPTIONS, "/auth/me"), "405 GET, HEAD, PUT, OPTIONS");
    assert_string_equal(found(w, HTTP_PATCH, "/admin/users/17"), "405 GET, HEAD, DELETE, OPTIONS");
    /* The literal row decides, also where a row with a parameter would offer the method. */
    assert_string_equal(found(w, HTTP_DELETE, "/admin/users/me"), "405 GET, HEAD, OPTIONS");
}

static void head_is_answered_by_get(void **state)
{
    struct web *w = *state;
    struct route_match match;
    web_open(w, rows, ROWS);
    router_find(w->door.router, HTTP_HEAD, "/auth/me", &match);
    assert_ptr_equal(match.route, &rows[2]);
    router_find(w->door.router, HTTP_HEAD, "/any", &match);
    assert_ptr_equal(match.route, &rows[12]);
    router_find(w->door.router, HTTP_POST, "/any", &match);
    assert_ptr_equal(match.route, &rows[13]);
    router_find(w->door.router, HTTP_OPTIONS, "/any", &match);
    assert_ptr_equal(match.route, &rows[13]);
    assert_string_equal(match.allow, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
}

/* Whether a table of `row`, after the row of GET /x/{id}, is refused with a text that has `why`. */
static void is_refused(struct web *w, struct route row, const char *why)
{
    struct router *router = NULL;
    const struct route table[] = { ROW("GET", "/x/{id}"), row };
    assert_int_equal(router_new(w->c, w->c->arena, table, 2, &router).code, ERR_INTERNAL);
    assert_null(router);
    if (strstr(w->c->fault.text, why) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", w->c->fault.text, why);
    assert_non_null(strstr(w->c->fault.text, "row 1"));
    fault_clear(w->c);
}

/* AZ-02, AZ-12, SD-15: a row that forgets who may call never comes to be served. */
static void a_row_without_guard_or_with_an_empty_permission_is_refused(void **state)
{
    struct web *w = *state;
    struct route row = ROW("GET", "/y");
    row.guard = NULL;
    is_refused(w, row, "no guard");
    row.guard = &web_somebody;
    row.permission = "";
    is_refused(w, row, "empty permission");
    row.permission = "users:read";
    row.guard = &web_anybody;
    is_refused(w, row, "not who calls");
    row.permission = NULL;
    row.flags = RECENT;
    is_refused(w, row, "not who calls");
    row.flags = 0;
    row.guard = &web_somebody;
    row.cost = INLINE;
    is_refused(w, row, "needs the database");
}

static void a_row_with_a_missing_column_is_refused(void **state)
{
    struct web *w = *state;
    struct route row = ROW("GET", "/y");
    row.limit = NULL;
    is_refused(w, row, "no limit");
    row.limit = "";
    is_refused(w, row, "no limit");
    row.limit = "login";
    row.handler = NULL;
    is_refused(w, row, "no handler");
    row.handler = web_done;
    row.summary = NULL;
    is_refused(w, row, "no summary");
    row.summary = "";
    is_refused(w, row, "no summary");
}

static void a_row_that_cannot_be_reached_or_stands_twice_is_refused(void **state)
{
    struct web *w = *state;
    static const char *const methods[] = { "HEAD", "OPTIONS", "TRACE", "CONNECT", "get", "", NULL };
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        is_refused(w, (struct route)ROW(methods[i], "/y"), "method");
    static const char *const paths[] = {
        NULL,
        "",
        "y",
        "/y/",
        "//y",
        "/y//z",
        "/y z",
        "/y%20",
        "/{}",
        "/{A}",
        "/{a}b",
        "/*/y",
        "/y/..",
        "/./y",
        "/a*",
        "/{a}/{a}",
        "/{a}/{b}/{c}/{d}/{e}",
        "/\xC3\xA9",
        "/1/2/3/4/5/6/7/8/9/10/11/12/13",
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        is_refused(w, (struct route)ROW("GET", paths[i]), "canonical");
    is_refused(w, (struct route)ROW("GET", "/x/{id}"), "twice");
    is_refused(w, (struct route)ROW("POST", "/x/{name}"), "use one name");
    struct route at_issuers = ROW("POST", "/x/{id}");
    at_issuers.flags |= ISSUER;
    is_refused(w, at_issuers, "all have it, or none has");
}

static void two_rows_for_all_methods_of_one_path_are_refused(void **state)
{
    struct web *w = *state;
    struct router *router = NULL;
    const struct route both[] = { ROW("*", "/x"), ROW("*", "/x") };
    REFUSES(router_new(w->c, w->c->arena, both, 2, &router), INTERNAL);
    const struct route mixed[] = { ROW("*", "/x"), ROW("GET", "/x"), ROW("*", "/x") };
    REFUSES(router_new(w->c, w->c->arena, mixed, 3, &router), INTERNAL);
    PASSES(router_new(w->c, w->c->arena, mixed, 2, &router));
}

/* Every row of a large table is found by its own path, whatever the order. */
static void each_of_a_thousand_rows_is_found(void **state)
{
    struct web *w = *state;
    enum { MANY = 1000 };
    struct route *many = ARENA_NEWS(w->c->arena, struct route, MANY);
    for (size_t i = 0; i < MANY; i++) {
        struct route row = ROW("GET", NULL);
        row.path = text_printf(w->c->arena, i % 3 == 0 ? "/p%zu/{id}" : "/p%zu/id", i);
        memcpy(&many[i], &row, sizeof row);
    }
    web_open(w, many, MANY);
    for (size_t i = 0; i < MANY; i++) {
        struct route_match match;
        router_find(w->door.router, HTTP_GET, text_printf(w->c->arena, "/p%zu/id", i), &match);
        assert_ptr_equal(match.route, &many[i]);
    }
    size_t n = 0;
    assert_ptr_equal(router_rows(w->door.router, &n), many);
    assert_int_equal(n, MANY);
}

static void looking_up_allocates_nothing(void **state)
{
    struct web *w = *state;
    struct route_match match;
    web_open(w, rows, ROWS);
    size_t before = arena_used(w->c->arena);
    router_find(w->door.router, HTTP_GET, "/admin/users/17/roles/a", &match);
    router_find(w->door.router, HTTP_GET, "/nowhere", &match);
    assert_int_equal(arena_used(w->c->arena), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_TEST(a_path_finds_its_row),
        WEB_TEST(a_literal_wins_over_a_parameter_and_a_parameter_over_the_rest),
        WEB_TEST(a_rest_takes_what_follows_also_nothing),
        WEB_TEST(only_the_canonical_path_is_found),
        WEB_TEST(a_parameter_has_1_to_256_bytes),
        WEB_TEST(a_method_that_is_not_offered_is_told_which_are),
        WEB_TEST(head_is_answered_by_get),
        WEB_TEST(a_row_without_guard_or_with_an_empty_permission_is_refused),
        WEB_TEST(a_row_with_a_missing_column_is_refused),
        WEB_TEST(a_row_that_cannot_be_reached_or_stands_twice_is_refused),
        WEB_TEST(two_rows_for_all_methods_of_one_path_are_refused),
        WEB_TEST(each_of_a_thousand_rows_is_found),
        WEB_TEST(looking_up_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
