/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/web/web_testing.h"
#include "web/openapi_kept.h"

static const struct route rows[] = {
    { "GET", "/page", &web_anybody, NULL, "login", PROBLEM, NULL, NULL, web_done, "A row" },
    { "GET", "/mine", &web_somebody, NULL, "calls", PROBLEM, NULL, NULL, web_done, "A row" },
};

static struct door_plan plan_of(struct web *w)
{
    return (struct door_plan){ .config = &w->config,
                               .routes = rows,
                               .routes_n = 2,
                               .limits = web_limits,
                               .limits_n = 3,
                               .csrf_key = { 1 },
                               .challenge_key = { 2 } };
}

static err make(struct web *w, const struct door_plan *plan, struct door **out)
{
    *out = NULL;
    return door_new(w->c, w->c->arena, plan, out);
}

static void a_door_is_made_of_the_settings_and_tables(void **state)
{
    struct web *w = *state;
    struct door *door = NULL;
    w->config.public_url = "https://Auth.example.com:443/base";
    w->config.allowed_origins = web_texts(w, "https://app.example.com");
    struct door_plan plan = plan_of(w);
    PASSES(make(w, &plan, &door));
    assert_string_equal(door->public_url, "https://Auth.example.com:443/base");
    assert_string_equal(door->issuer, door->public_url);
    assert_string_equal(door->origin, "https://auth.example.com");
    assert_true(door->secure && door->limits.on);
    assert_int_equal(door->csrf_key[0], 1);
    assert_int_equal(door->challenge_key[0], 2);
    assert_true(cors_allows(&door->cors, "https://app.example.com"));
    assert_true(hosts_serve(&door->hosts, "auth.example.com"));
    assert_non_null(door->metrics);
    struct openapi_document document;
    PASSES(openapi_kept_read(w->c, door->openapi, &document));
    const char *openapi = text_copy(w->c->arena, (const char *)document.json.at, document.json.n);
    assert_non_null(strstr(openapi, "\"/mine\""));
    assert_non_null(strstr(openapi, "\"version\":\"" OPENAPI_API_VERSION "\""));
    assert_int_equal(document.etag[0], '"');
}

static void an_issuer_of_its_own_is_kept(void **state)
{
    struct web *w = *state;
    struct door *door = NULL;
    struct metrics *metrics = metrics_new(w->c->arena, 2);
    w->config.jwt_issuer = "https://issuer.example";
    w->config.rate_limit = false;
    struct door_plan plan = plan_of(w);
    plan.metrics = metrics;
    PASSES(make(w, &plan, &door));
    assert_string_equal(door->issuer, "https://issuer.example");
    assert_string_equal(door->public_url, "http://localhost:8080");
    assert_false(door->secure || door->limits.on);
    assert_ptr_equal(door->metrics, metrics);
}

/* Everything lies in the arena of the door, and outlives that of the caller. */
static void a_door_outlives_the_work_that_made_it(void **state)
{
    struct web *w = *state;
    struct door *door = NULL;
    struct arena *own = arena_new(ARENA_REQUEST_CEILING);
    struct ctx maker = *w->c;
    maker.arena = arena_new(ARENA_REQUEST_CEILING);
    w->config.trusted_hosts = web_texts(w, "A.example.com");
    struct door_plan plan = plan_of(w);
    PASSES(door_new(&maker, own, &plan, &door));
    arena_end(maker.arena);
    assert_true(hosts_serve(&door->hosts, "a.example.com"));
    assert_string_equal(door->origin, "http://localhost:8080");
    arena_end(own);
}

static void is_refused(struct web *w, const struct door_plan *plan, enum err_code code,
                       const char *why)
{
    struct door *door = NULL;
    struct arena *own = arena_new(ARENA_REQUEST_CEILING);
    err refused = door_new(w->c, own, plan, &door);
    /* The arena of a door that is not is given up; the reason is still there. */
    arena_end(own);
    assert_int_equal(refused.code, code);
    if (strstr(w->c->fault.text, why) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", w->c->fault.text, why);
    assert_null(door);
    fault_clear(w->c);
}

static void settings_that_cannot_be_are_refused(void **state)
{
    struct web *w = *state;
    struct door_plan plan = plan_of(w);
    w->config.public_url = "http://auth.example.com";
    is_refused(w, &plan, ERR_INVALID_FIELD, "public_url");
    w->config.public_url = "http://localhost";
    w->config.allowed_origins = web_texts(w, "https://a.example/");
    is_refused(w, &plan, ERR_INVALID_FIELD, "allowed_origins");
    w->config.allowed_origins = (struct texts){ 0 };
    w->config.trusted_hosts = web_texts(w, "*");
    is_refused(w, &plan, ERR_INVALID_FIELD, "trusted_hosts");
}

/* A row whose limit is none, or counts callers that nobody asks for, would never be limited. */
static void a_row_that_could_not_be_limited_is_refused(void **state)
{
    struct web *w = *state;
    struct route bad[] = {
        { "GET", "/page", &web_anybody, NULL, "lodin", PROBLEM, NULL, NULL, web_done, "A row" },
    };
    struct door_plan plan = plan_of(w);
    plan.routes = bad;
    plan.routes_n = 1;
    is_refused(w, &plan, ERR_INTERNAL, "GET /page names the limit lodin");
    bad[0].limit = "calls";
    is_refused(w, &plan, ERR_INTERNAL, "nobody asks who they are");
    bad[0].guard = NULL;
    is_refused(w, &plan, ERR_INTERNAL, "no guard");
}

static void a_table_of_limits_that_cannot_be_counted_is_refused(void **state)
{
    struct web *w = *state;
    struct door_plan plan = plan_of(w);
    struct limit_class limits[] = { web_limits[0], web_limits[1], web_limits[2], web_limits[1] };
    plan.limits = limits;
    plan.limits_n = 4;
    is_refused(w, &plan, ERR_INTERNAL, "stands twice");
    plan.limits_n = 3;
    limits[1].window = 0;
    is_refused(w, &plan, ERR_INTERNAL, "limit login");
    limits[1] = web_limits[1];
    limits[2].times = 0;
    is_refused(w, &plan, ERR_INTERNAL, "limit calls");
    limits[2] = web_limits[2];
    limits[0].per = PER_PRINCIPAL;
    is_refused(w, &plan, ERR_INTERNAL, "no limit address");
    plan.limits = web_limits + 1;
    plan.limits_n = 2;
    is_refused(w, &plan, ERR_INTERNAL, "no limit address");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_TEST(a_door_is_made_of_the_settings_and_tables),
        WEB_TEST(an_issuer_of_its_own_is_kept),
        WEB_TEST(a_door_outlives_the_work_that_made_it),
        WEB_TEST(settings_that_cannot_be_are_refused),
        WEB_TEST(a_row_that_could_not_be_limited_is_refused),
        WEB_TEST(a_table_of_limits_that_cannot_be_counted_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
