/* SPDX-License-Identifier: Apache-2.0 */
#include "web/openapi_kept.h"

#include "tests/unit/crypto/vectors.h"
#include "tests/unit/web/web_testing.h"
#include "web/reply.h"

struct inner {
    const char *name;
};
LOCAL_SHAPE(inner, FIELD(inner, name, REQUIRED, 1, 10, "Name"));

struct thing {
    const char *email, *password;
    struct items inner;
};
LOCAL_SHAPE(thing, FIELD(thing, email, REQUIRED | EMAIL, 3, 254, "Address"),
            FIELD(thing, password, OPTIONAL | SECRET, 8, 128, "Password"),
            FIELD_OF(thing, inner, OPTIONAL, 0, 5, &inner_shape, "Parts"));

struct search {
    const char *q;
    int64_t limit;
};
LOCAL_SHAPE(search, FIELD(search, q, REQUIRED, 1, 50, "What to look for"),
            FIELD(search, limit, OPTIONAL, 1, 100, "How many"));

static const struct guard bearer_only = { "bearer_only", ACCEPTS_BEARER, web_let_in };

/* clang-format off */
static const struct route rows[] = {
    { "POST",   "/auth/login",      &web_anybody,   NULL,          "login", PROBLEM,  &thing_shape,  &thing_shape, web_done, "Sign in", .cost = HASH, .flags = CHALLENGE },
    { "POST",   "/auth/token",      &web_anybody,   NULL,          "login", OAUTH,    &thing_shape,  NULL,         web_done, "Form", .flags = FORM | ANY_ORIGIN },
    { "GET",    "/auth/things",     &web_somebody, "things:read", "calls", PROBLEM,  &search_shape, &thing_shape, web_done, "Search" },
    { "POST",   "/auth/things",     &web_somebody, NULL,          "calls", PROBLEM,  &thing_shape,  NULL,         web_done, "Make", .status = 201, .flags = RECENT | BODY_OPTIONAL, .query = &search_shape, .event = "thing.made" },
    { "DELETE", "/auth/things/{id}/parts/{part}", &bearer_only, NULL, "calls", PROBLEM, NULL, NULL, web_done, "Remove", .deprecated = 1688169599, .sunset = 1795529167 },
    { "*",      "/auth/verify/*",   &web_somebody, NULL,          "calls", OAUTH,    NULL,          NULL,         web_done, "Ask", .flags = READ_ONLY, .status = 200 },
    { "GET",    "/.well-known/jwks.json", &web_anybody, NULL,      "login", PROBLEM,  NULL,          NULL,         web_done, "Keys", .cost = INLINE, .flags = CORS_ANY, .status = 200 },
    { "GET",    "/authorize",       &web_anybody,   NULL,          "login", REDIRECT, NULL,          NULL,         web_done, "Begin", .status = 303 },
};
/* clang-format on */
enum { ROWS = sizeof rows / sizeof rows[0] };

static int open_web(void **state)
{
    *state = web_new();
    return 0;
}

static int close_web(void **state)
{
    web_free(*state);
    return 0;
}

static const struct openapi_info info = { "uauth", "https://id.example", "__Host-session" };

static const char *document(struct web *w)
{
    return openapi_write(w->c, &info, rows, ROWS);
}

/* The value at `path`, whose steps stand between spaces, or NULL. */
static const struct vector *at(struct web *w, const struct vector *from, const char *path)
{
    struct texts steps = text_split(w->c->arena, path, ' ');
    for (size_t i = 0; i < steps.n && from != NULL; i++) {
        int64_t item;
        bool is_item = text_int(steps.at[i], 0, 99, &item) && vector_n(from) > (size_t)item;
        from = is_item ? vector_at(from, (size_t)item) : vector_get(from, steps.at[i]);
    }
    return from;
}

/* The text of the member `name` of what is at `path`. */
static const char *text_at(struct web *w, const struct vector *from, const char *path,
                           const char *name)
{
    const char *text = vector_text(at(w, from, path), name);
    if (text == NULL)
        fail_msg("there is no text %s at %s", name, path);
    return text;
}

static const char *json_at(struct web *w, const struct vector *from, const char *path)
{
    return vector_json(w->c, at(w, from, path));
}

static struct vector *read_document(struct web *w)
{
    const char *text = document(w);
    struct vector *all = vectors_parse(text, strlen(text));
    assert_non_null(all);
    return all;
}

/* The document with a line for each member of its upper levels, so that a change of it can be read.
 */
static const char *in_lines(struct web *w, const char *text)
{
    struct text_buffer b = text_buffer(w->c->arena);
    int depth = 0;
    bool quoted = false;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' && (c == text || c[-1] != '\\'))
            quoted = !quoted;
        depth += quoted ? 0 : (*c == '{' || *c == '[') - (*c == '}' || *c == ']');
        text_add_bytes(&b, c, 1);
        if (!quoted && depth < 5 && (*c == ',' || *c == '{' || *c == '['))
            text_addf(&b, "\n%*s", depth, "");
    }
    return text_of(&b);
}

static void the_document_is_the_golden_one(void **state)
{
    struct web *w = *state;
    const char *lines = in_lines(w, document(w));
    assert_golden(w->c->arena, "openapi.json", text_printf(w->c->arena, "%s\n", lines));
}

static void a_body_is_described_by_its_shape(void **state)
{
    struct web *w = *state;
    struct vector *all = read_document(w);
    const char *json = "paths /auth/login post requestBody content application/json schema";
    const char *form =
        "paths /auth/token post requestBody content application/x-www-form-urlencoded schema";
    assert_string_equal(text_at(w, all, json, "$ref"), "#/components/schemas/thing");
    assert_string_equal(text_at(w, all, form, "$ref"), "#/components/schemas/thing");
    assert_string_equal(text_at(w, all, "components schemas thing properties inner items", "$ref"),
                        "#/components/schemas/inner");
    assert_non_null(at(w, all, "components schemas inner properties name"));
    assert_null(at(w, all, "components schemas search"));
    assert_string_equal(json_at(w, all, "paths /auth/login post requestBody required"), "true");
    assert_string_equal(json_at(w, all, "paths /auth/things post requestBody required"), "false");
    assert_null(at(w, all, "paths /auth/things get requestBody"));
    vectors_close(all);
}

/* Whether the operation has a parameter of this name and place. */
static bool has_parameter(struct web *w, const struct vector *operation, const char *in,
                          const char *name)
{
    const struct vector *parameters = vector_get(operation, "parameters");
    for (size_t i = 0; i < vector_n(parameters); i++) {
        const struct vector *parameter = vector_at(parameters, i);
        if (!text_equal(vector_text(parameter, "name"), name))
            continue;
        assert_string_equal(vector_text(parameter, "in"), in);
        assert_non_null(at(w, parameter, "schema type"));
        return true;
    }
    return false;
}

static void parameters_are_in_path_query_and_header(void **state)
{
    struct web *w = *state;
    struct vector *all = read_document(w);
    const struct vector *search = at(w, all, "paths /auth/things get");
    assert_true(has_parameter(w, search, "query", "q"));
    assert_true(has_parameter(w, search, "query", "limit"));
    assert_true(has_parameter(w, search, "header", "X-Tenant-Id"));
    assert_false(has_parameter(w, search, "header", "X-CSRF-Token"));
    const struct vector *make = at(w, all, "paths /auth/things post");
    assert_true(has_parameter(w, make, "query", "q"));
    assert_true(has_parameter(w, make, "header", "X-CSRF-Token"));
    const struct vector *removal = at(w, all, "paths /auth/things/{id}/parts/{part} delete");
    assert_true(has_parameter(w, removal, "path", "id"));
    assert_true(has_parameter(w, removal, "path", "part"));
    assert_false(has_parameter(w, removal, "header", "X-CSRF-Token"));
    const struct vector *login = at(w, all, "paths /auth/login post");
    assert_true(has_parameter(w, login, "header", "X-Challenge-Response"));
    assert_false(has_parameter(w, login, "header", "X-Tenant-Id"));
    assert_true(has_parameter(w, at(w, all, "paths /auth/verify/{path} get"), "path", "path"));
    vectors_close(all);
}

/* AZ-02: what needs a caller says by which schemes. */
static void security_follows_from_the_guard(void **state)
{
    struct web *w = *state;
    struct vector *all = read_document(w);
    assert_int_equal(vector_n(at(w, all, "paths /auth/login post security")), 0);
    assert_int_equal(vector_n(at(w, all, "paths /auth/things get security")), 2);
    assert_non_null(at(w, all, "paths /auth/things get security 0 bearer"));
    assert_non_null(at(w, all, "paths /auth/things get security 1 session"));
    assert_int_equal(vector_n(at(w, all, "paths /auth/things/{id}/parts/{part} delete security")),
                     1);
    assert_string_equal(text_at(w, all, "components securitySchemes session", "name"),
                        "__Host-session");
    assert_string_equal(text_at(w, all, "paths /auth/things get", "x-permission"), "things:read");
    assert_null(at(w, all, "paths /auth/things post x-permission"));
    vectors_close(all);
}

static void failures_follow_from_the_row(void **state)
{
    struct web *w = *state;
    struct vector *all = read_document(w);
    const struct vector *login = at(w, all, "paths /auth/login post responses");
    assert_null(at(w, login, "401"));
    assert_string_equal(text_at(w, login, "429", "$ref"), "#/components/responses/Problem429");
    assert_string_equal(text_at(w, login, "415", "$ref"), "#/components/responses/Problem415");
    assert_string_equal(text_at(w, login, "403", "$ref"), "#/components/responses/Problem403");
    assert_string_equal(text_at(w, login, "default", "$ref"),
                        "#/components/responses/ProblemFailure");
    const struct vector *things = at(w, all, "paths /auth/things get responses");
    assert_non_null(at(w, things, "401"));
    assert_null(at(w, things, "415"));
    assert_null(at(w, things, "404"));
    assert_non_null(at(w, all, "paths /auth/things/{id}/parts/{part} delete responses 404"));
    assert_non_null(at(w, all, "paths /auth/things/{id}/parts/{part} delete responses 204"));
    assert_string_equal(text_at(w, all, "paths /auth/token post responses 400", "$ref"),
                        "#/components/responses/OAuth400");
    assert_null(at(w, all, "paths /auth/token post responses 403"));
    assert_null(at(w, all, "paths /.well-known/jwks.json get responses 503"));
    assert_string_equal(text_at(w, all, "paths /authorize get responses default", "$ref"),
                        "#/components/responses/PageFailure");
    assert_string_equal(
        text_at(w, all, "components responses Problem401 content application/problem+json schema",
                "$ref"),
        "#/components/schemas/problem_document");
    assert_non_null(at(w, all, "components responses Problem429 headers Retry-After"));
    assert_non_null(
        strstr(text_at(w, all, "components responses Problem401", "description"), "invalid-token"));
    vectors_close(all);
}

static void every_reference_leads_somewhere(void **state)
{
    struct web *w = *state;
    const char *text = document(w);
    struct vector *all = read_document(w);
    size_t n = 0;
    for (const char *ref = strstr(text, "\"#/"); ref != NULL; ref = strstr(ref + 1, "\"#/"), n++) {
        const char *path = text_copy(w->c->arena, ref + 3, strcspn(ref + 3, "\""));
        assert_non_null(
            at(w, all, text_join(w->c->arena, text_split(w->c->arena, path, '/'), " ")));
    }
    assert_true(n > 20);
    vectors_close(all);
}

static void operations_have_names_of_their_own(void **state)
{
    struct web *w = *state;
    static const char key[] = "\"operationId\":";
    const char *text = document(w);
    size_t n = 0;
    for (const char *one = strstr(text, key); one != NULL; one = strstr(one + 1, key), n++) {
        const char *whole = text_copy(w->c->arena, one, strcspn(one, ","));
        assert_null(strstr(one + 1, text_printf(w->c->arena, "%s,", whole)));
    }
    assert_int_equal(n, ROWS - 1 + 5);
    assert_non_null(strstr(text, "\"delete_auth_things_by_id_parts_by_part\""));
    assert_non_null(strstr(text, "\"get_well_known_jwks_json\""));
}

static void what_ends_and_what_is_recorded_is_said(void **state)
{
    struct web *w = *state;
    struct vector *all = read_document(w);
    const char *removal = "paths /auth/things/{id}/parts/{part} delete";
    assert_string_equal(json_at(w, all, text_printf(w->c->arena, "%s deprecated", removal)),
                        "true");
    assert_string_equal(text_at(w, all, removal, "x-sunset"), "2026-11-24T14:06:07Z");
    assert_string_equal(text_at(w, all, "paths /auth/things post", "x-audit-event"), "thing.made");
    assert_string_equal(text_at(w, all, "paths /auth/things post", "x-rate-limit"), "calls");
    assert_int_equal(vector_int(at(w, all, "paths /auth/things post"), "x-recent-sign-in"), 300);
    assert_null(at(w, all, "paths /auth/things get deprecated"));
    vectors_close(all);
}

static void the_document_is_served_with_its_etag(void **state)
{
    struct web *w = *state;
    struct openapi_document kept;
    const char *made = document(w);
    w->door.openapi = openapi_kept_new(w->c->arena, &info, rows, ROWS);
    struct req *r = web_request(w, HTTP_GET, "/openapi.json");
    PASSES(get_openapi(r));
    assert_int_equal(w->reply.status, 200);
    assert_string_equal(web_answer(w, "Content-Type"), "application/json");
    assert_string_equal(text_copy(w->c->arena, (const char *)w->reply.body.at, w->reply.body.n),
                        made);
    PASSES(openapi_kept_read(w->c, w->door.openapi, &kept));
    assert_ptr_equal(kept.json.at, w->reply.body.at); /* made once */
    assert_string_equal(web_answer(w, "ETag"), kept.etag);
    r = web_request(w, HTTP_GET, "/openapi.json");
    web_header(w, "if-none-match", kept.etag);
    PASSES(get_openapi(r));
    assert_int_equal(w->reply.status, 304);
}

#define WEB(name) cmocka_unit_test_setup_teardown(name, open_web, close_web)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB(the_document_is_the_golden_one),
        WEB(a_body_is_described_by_its_shape),
        WEB(parameters_are_in_path_query_and_header),
        WEB(security_follows_from_the_guard),
        WEB(failures_follow_from_the_row),
        WEB(every_reference_leads_somewhere),
        WEB(operations_have_names_of_their_own),
        WEB(what_ends_and_what_is_recorded_is_said),
        WEB(the_document_is_served_with_its_etag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
