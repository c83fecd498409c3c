/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/web/web_testing.h"

#include <pthread.h>

/* clang-format off */
static const struct route rows[] = {
    { "POST", "/auth/login", &web_anybody,  NULL, "login",   PROBLEM, NULL, NULL, web_done, "A row" },
    { "GET",  "/auth/me",    &web_somebody, NULL, "calls",   PROBLEM, NULL, NULL, web_done, "A row" },
    { "GET",  "/page",       &web_anybody,  NULL, LIMIT_ALL, PROBLEM, NULL, NULL, web_done, "A row" },
    { "GET",  "/jwks.json",  &web_anybody,  NULL, LIMIT_ALL, PROBLEM, NULL, NULL, web_done, "A row",
      .cost = INLINE },
};
/* clang-format on */
enum { ROWS = sizeof rows / sizeof *rows };

static err login_from(struct web *w, const char *address)
{
    struct req *r = web_request(w, HTTP_POST, "/auth/login");
    w->http.peer = address;
    return limit_take_address(r);
}

/* RL-01, SD-16: fields that anybody can write do not make another caller. */
static void an_address_gets_what_its_class_allows(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    for (int i = 0; i < 5; i++) {
        struct req *r = web_request(w, HTTP_POST, "/auth/login");
        web_header(w, "x-forwarded-for", text_printf(w->c->arena, "198.51.100.%d", i));
        PASSES(limit_take_address(r));
    }
    err refused = login_from(w, "203.0.113.7");
    assert_int_equal(w->c->fault.retry_after, 12);
    REFUSES(refused, RATE_LIMITED);
    PASSES(login_from(w, "203.0.113.8"));
}

static void it_is_refilled_evenly(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    for (int i = 0; i < 5; i++)
        PASSES(login_from(w, "203.0.113.7"));
    w->c->now += 11;
    REFUSES(login_from(w, "203.0.113.7"), RATE_LIMITED);
    w->c->now += 1;
    PASSES(login_from(w, "203.0.113.7"));
    REFUSES(login_from(w, "203.0.113.7"), RATE_LIMITED);
}

/* RL-02: one IPv6 subscriber is one caller, however its address is written. */
static void addresses_of_one_network_are_one_caller(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    for (int i = 0; i < 5; i++)
        PASSES(login_from(w, text_printf(w->c->arena, "2001:db8:0:1::%x", i)));
    REFUSES(login_from(w, "2001:DB8:0:1:FFFF::1"), RATE_LIMITED);
    PASSES(login_from(w, "2001:db8:0:2::1"));
    for (int i = 0; i < 5; i++)
        PASSES(login_from(w, "::ffff:203.0.113.7"));
    REFUSES(login_from(w, "203.0.113.7"), RATE_LIMITED);
}

/* RL-02: whoever has a whole /48 has more, but not 65536 times as much. */
static void a_large_network_has_sixteen_times_as_much(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    for (int i = 0; i < 5 * LIMIT_WIDE; i++)
        PASSES(login_from(w, text_printf(w->c->arena, "2001:db8:7:%x::1", i)));
    REFUSES(login_from(w, "2001:db8:7:ffff::1"), RATE_LIMITED);
    PASSES(login_from(w, "2001:db8:8:1::1"));
}

static void the_keys_of_addresses_are_their_networks(void **state)
{
    struct web *w = *state;
    struct arena *a = w->c->arena;
    assert_string_equal(limit_address_key(a, "203.0.113.7", false), "203.0.113.7");
    assert_string_equal(limit_address_key(a, "::ffff:203.0.113.7", false), "203.0.113.7");
    assert_null(limit_address_key(a, "203.0.113.7", true));
    assert_string_equal(limit_address_key(a, "2001:DB8:0:1::5", false), "2001:db8:0:1::/64");
    assert_string_equal(limit_address_key(a, "2001:DB8:0:1::5", true), "2001:db8::/48");
    assert_string_equal(limit_address_key(a, "unix", false), "unix");
    assert_null(limit_address_key(a, "unix", true));
}

static void a_success_gives_back_what_it_took(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    for (int i = 0; i < 50; i++) {
        PASSES(login_from(w, "2001:db8:0:1::1"));
        limit_give_back(&w->r);
        assert_int_equal(w->r.limits[1].remaining, 5);
    }
    /* Not of what every request takes. */
    assert_int_equal(w->r.limits[0].remaining, w->config.address_per_minute - 50);
}

static void a_refused_request_gives_nothing_back(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    for (int i = 0; i < 5; i++)
        PASSES(login_from(w, "203.0.113.7"));
    err refused = login_from(w, "203.0.113.7");
    limit_give_back(&w->r);
    REFUSES(refused, RATE_LIMITED);
    REFUSES(login_from(w, "203.0.113.7"), RATE_LIMITED);
}

static void every_request_takes_from_the_allowance_of_its_address(void **state)
{
    struct web *w = *state;
    w->config.address_per_minute = 3;
    web_open(w, rows, ROWS);
    PASSES(login_from(w, "203.0.113.7"));
    PASSES(limit_take_address(web_request(w, HTTP_GET, "/page")));
    PASSES(limit_take_address(web_request(w, HTTP_GET, "/auth/me")));
    REFUSES(limit_take_address(web_request(w, HTTP_GET, "/page")), RATE_LIMITED);
    REFUSES(login_from(w, "203.0.113.7"), RATE_LIMITED);
}

static err call_as(struct web *w, const char *user_id, const char *client_id)
{
    struct req *r = web_request(w, HTTP_GET, "/auth/me");
    r->who = (struct principal){ .kind = user_id == NULL && client_id == NULL ? PRINCIPAL_NONE
                                                                              : PRINCIPAL_BEARER,
                                 .user_id = user_id,
                                 .client_id = client_id };
    return limit_take_principal(r);
}

static void a_principal_gets_what_its_class_allows_from_any_address(void **state)
{
    struct web *w = *state;
    w->config.calls_per_minute = 2;
    web_open(w, rows, ROWS);
    PASSES(call_as(w, "ada", "first-party"));
    PASSES(call_as(w, "ada", "other"));
    REFUSES(call_as(w, "ada", "first-party"), RATE_LIMITED);
    PASSES(call_as(w, "bob", "first-party"));
    PASSES(call_as(w, NULL, "service"));
    PASSES(call_as(w, NULL, "service"));
    REFUSES(call_as(w, NULL, "service"), RATE_LIMITED);
    PASSES(call_as(w, NULL, NULL));
    assert_int_equal(w->r.limits_n, 0);
}

/* RL-12: many addresses together are noticed, and refused nothing. */
static void everybody_together_is_near_before_it_is_refused(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    for (int i = 0; i < 374; i++) {
        PASSES(login_from(w, text_printf(w->c->arena, "10.0.%d.%d", i / 250, i % 250)));
        assert_false(limit_is_near(&w->r));
    }
    PASSES(login_from(w, "198.51.100.1"));
    assert_true(limit_is_near(&w->r));
    for (int i = 0; i < 200; i++)
        PASSES(login_from(w, text_printf(w->c->arena, "10.1.%d.%d", i / 250, i % 250)));
}

static void near_is_a_quarter_left(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    for (int i = 0; i < 3; i++) {
        PASSES(login_from(w, "203.0.113.7"));
        assert_false(limit_is_near(&w->r));
    }
    PASSES(login_from(w, "203.0.113.7"));
    assert_true(limit_is_near(&w->r));
}

/* RL-14: what is told depends on the caller's address, and on nobody's account. */
static void the_limit_that_is_closest_to_its_end_is_told(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    PASSES(login_from(w, "203.0.113.7"));
    PASSES(login_from(w, "203.0.113.7"));
    limit_headers(&w->r);
    assert_string_equal(web_answer(w, "RateLimit-Policy"), "\"login\";q=5;w=60");
    assert_string_equal(web_answer(w, "RateLimit"), "\"login\";r=3;t=24");
    PASSES(limit_take_address(web_request(w, HTTP_GET, "/page")));
    limit_headers(&w->r);
    assert_string_equal(web_answer(w, "RateLimit-Policy"), "\"address\";q=600;w=60");
    assert_string_equal(web_answer(w, "RateLimit"), "\"address\";r=597;t=1");
}

static void a_refusal_tells_that_nothing_is_left(void **state)
{
    struct web *w = *state;
    web_open(w, rows, ROWS);
    for (int i = 0; i < 5; i++)
        PASSES(login_from(w, "203.0.113.7"));
    REFUSES(login_from(w, "203.0.113.7"), RATE_LIMITED);
    limit_headers(&w->r);
    assert_string_equal(web_answer(w, "RateLimit"), "\"login\";r=0;t=60");
    const char *text = metrics_text(w->c, w->door.metrics, rows, NULL, 0);
    assert_non_null(strstr(text, "uauth_rate_limited_total 1\n"));
}

static void nothing_is_counted_where_limits_are_off_or_the_answer_is_inline(void **state)
{
    struct web *w = *state;
    w->config.address_per_minute = 1;
    web_open(w, rows, ROWS);
    for (int i = 0; i < 10; i++) {
        PASSES(limit_take_address(web_request(w, HTTP_GET, "/jwks.json")));
        assert_int_equal(w->r.limits_n, 0);
    }
    limit_headers(&w->r);
    assert_null(web_answer(w, "RateLimit"));
    w->config.rate_limit = false;
    web_open(w, rows, ROWS);
    for (int i = 0; i < 10; i++)
        PASSES(login_from(w, "203.0.113.7"));
    PASSES(call_as(w, "ada", NULL));
    assert_int_equal(w->r.limits_n, 0);
}

static void settings_at_their_upper_bound_are_counted(void **state)
{
    struct web *w = *state;
    w->config.address_per_minute = 1000000;
    w->config.login_per_minute = 10000;
    web_open(w, rows, ROWS);
    PASSES(login_from(w, "2001:db8::1"));
    assert_int_equal(w->r.limits[0].limit, 1000000);
    assert_int_equal(w->r.limits[3].limit, 1000000);
}

static err away(struct ctx *c, struct kv_key key, struct kv_rate rate, int64_t cost,
                struct kv_taken *out)
{
    (void)key, (void)rate, (void)cost, (void)out;
    return web_away(c);
}

/* RL-11: without counters nobody passes uncounted. */
static void a_store_that_is_away_lets_nobody_through(void **state)
{
    struct web *w = *state;
    const struct kv_driver driver = { .take = away };
    struct kv gone = { .driver = &driver };
    struct kv *real = w->c->kv;
    web_open(w, rows, ROWS);
    PASSES(login_from(w, "203.0.113.7"));
    w->c->kv = &gone;
    limit_give_back(&w->r);
    assert_int_equal(w->c->fault.code, ERR_OK);
    REFUSES(login_from(w, "203.0.113.7"), UNAVAILABLE);
    w->c->kv = real;
}

/* ---- many at once ---- */

enum { THREADS = 32, TRIES = 8 };

struct race {
    struct web *w;
    pthread_barrier_t start;
    _Atomic int let_through;
};

static void *try_often(void *arg)
{
    struct race *race = arg;
    struct ctx c = { .arena = arena_new(ARENA_REQUEST_CEILING), .kv = race->w->c->kv };
    struct http_request http = { .method = HTTP_POST, .path = "/auth/login", .peer = "192.0.2.1" };
    c.now = WEB_NOW;
    (void)pthread_barrier_wait(&race->start);
    for (int i = 0; i < TRIES; i++) {
        struct req r = { .c = &c, .door = &race->w->door, .http = &http, .route = &rows[0] };
        race->let_through += limit_take_address(&r).code == ERR_OK;
        fault_clear(&c);
    }
    arena_end(c.arena);
    return NULL;
}

/* RL-07: of many that come at one moment as many pass as the limit says, exactly. */
static void a_race_does_not_pass_the_limit(void **state)
{
    struct web *w = *state;
    pthread_t threads[THREADS];
    struct race race = { .w = w };
    web_open(w, rows, ROWS);
    assert_int_equal(pthread_barrier_init(&race.start, NULL, THREADS), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, try_often, &race), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    (void)pthread_barrier_destroy(&race.start);
    assert_int_equal(race.let_through, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_TEST(an_address_gets_what_its_class_allows),
        WEB_TEST(it_is_refilled_evenly),
        WEB_TEST(addresses_of_one_network_are_one_caller),
        WEB_TEST(a_large_network_has_sixteen_times_as_much),
        WEB_TEST(the_keys_of_addresses_are_their_networks),
        WEB_TEST(a_success_gives_back_what_it_took),
        WEB_TEST(a_refused_request_gives_nothing_back),
        WEB_TEST(every_request_takes_from_the_allowance_of_its_address),
        WEB_TEST(a_principal_gets_what_its_class_allows_from_any_address),
        WEB_TEST(everybody_together_is_near_before_it_is_refused),
        WEB_TEST(near_is_a_quarter_left),
        WEB_TEST(the_limit_that_is_closest_to_its_end_is_told),
        WEB_TEST(a_refusal_tells_that_nothing_is_left),
        WEB_TEST(nothing_is_counted_where_limits_are_off_or_the_answer_is_inline),
        WEB_TEST(settings_at_their_upper_bound_are_counted),
        WEB_TEST(a_store_that_is_away_lets_nobody_through),
        WEB_TEST(a_race_does_not_pass_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
