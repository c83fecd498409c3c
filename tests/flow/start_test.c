/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first minutes of a service: it answers, it is ready, somebody becomes its administrator.
 */
#include "world.h"

#include "identity/first_admin.h"
#include "store/setup.h"

#define ADMIN                                                                                      \
    "\"email\":\"ada@example.com\",\"password\":\"" STORY_PASSWORD "\",\"full_name\":\"Ada\"}"

static const char *setup_code(struct world *w)
{
    const char *code = NULL;
    assert_int_equal(first_admin_code(world_ctx(w), &code).code, ERR_OK);
    assert_non_null(code);
    return code;
}

static const char *setup_body(struct world *w, const char *code)
{
    return text_printf(w->arena, "{\"setup_code\":\"%s\"," ADMIN, code);
}

static void it_is_alive_and_ready(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    struct answer a = client_get(&c, "/healthz");
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "status"), "ok");
    a = client_get(&c, "/readyz");
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "keys"), "ok");
}

/* Signs of life answer whatever the Host (decision 19); nothing else does. */
static void only_signs_of_life_answer_to_any_name(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    struct sent sent = { .target = "/healthz", .host = "10.1.2.3" };
    assert_status(client_send(&c, &sent), 200);
    sent.target = "/auth/me";
    assert_problem(client_send(&c, &sent), 421, "wrong-host");
}

static void its_keys_are_public_and_only_that(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    struct answer a = client_get(&c, "/.well-known/jwks.json");
    assert_status(a, 200);
    assert_non_null(strstr(a.body, "\"kty\":\"EC\""));
    assert_null(strstr(a.body, "\"d\":"));
    assert_null(answer_header(&a, "set-cookie"));
}

static void an_unknown_path_is_a_problem(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    assert_problem(client_get(&c, "/auth/nothing"), 404, "not-found");
    assert_problem(client_delete(&c, "/auth/login"), 405, "method-not-allowed");
}

/* SU-01: no account exists at first, and the code makes one, once. */
static void the_setup_code_makes_the_first_administrator_once(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    const char *code = setup_code(w);
    struct answer a = client_post(&c, "/auth/setup", setup_body(w, code));
    assert_status(a, 201);
    assert_problem(client_post(&c, "/auth/setup", setup_body(w, code)), 403, "forbidden");
    (void)story_sign_in(&c, "ada@example.com");
    a = client_get(&c, "/auth/me");
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "email"), "ada@example.com");
    assert_non_null(strstr(a.body, "admin"));
    assert_int_equal(first_admin_code(world_ctx(w), &code).code, ERR_OK);
    assert_null(code);
}

/* SU-01: a wrong code opens nothing, and after a few tries neither does the right one. */
static void guessing_the_setup_code_closes_it(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    const char *code = setup_code(w);
    for (int i = 0; i < SETUP_TRIES_MAX; i++)
        assert_problem(client_post(&c, "/auth/setup", setup_body(w, "0123456789abcdef")), 403,
                       "forbidden");
    assert_problem(client_post(&c, "/auth/setup", setup_body(w, code)), 403, "forbidden");
}

/* DO-17: what makes or changes the service itself is asked for with a proof, or on the machine; who
 * has none undoes nothing that the operator cannot do again. */
static void a_stranger_neither_sets_up_nor_undoes_it(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    const char *code = setup_code(w);
    struct answer before = client_get(&c, "/.well-known/jwks.json");
    assert_problem(client_post(&c, "/auth/setup", "{" ADMIN), 400, "invalid-field");
    for (int i = 0; i < SETUP_TRIES_MAX; i++)
        assert_problem(client_post(&c, "/auth/setup", setup_body(w, "0123456789abcdef")), 403,
                       "forbidden");
    static const char *const targets[] = { "/auth/keys", "/auth/key/rotate", "/auth/setup/cancel",
                                           "/auth/migrate", "/reload" };
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        assert_problem(client_post(&c, targets[i], "{}"), 404, "not-found");
    assert_problem(client_post(&c, "/admin/keys/rotate", "{}"), 401, "invalid-token");
    assert_problem(client_delete(&c, "/auth/setup"), 405, "method-not-allowed");
    struct answer after = client_get(&c, "/.well-known/jwks.json");
    assert_string_equal(before.body, after.body);
    assert_problem(client_post(&c, "/auth/setup", setup_body(w, code)), 403, "forbidden");
    assert_status(client_post(&c, "/auth/setup", setup_body(w, setup_code(w))), 201);
}

static void the_setup_code_is_good_for_an_hour(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    const char *code = setup_code(w);
    world_pass(w, SETUP_CODE_SECONDS + 1);
    assert_problem(client_post(&c, "/auth/setup", setup_body(w, code)), 403, "forbidden");
    assert_status(client_post(&c, "/auth/setup", setup_body(w, setup_code(w))), 201);
}

static void somebody_registers_signs_in_and_is_known(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    const char *id = story_person(w, "eve@example.com");
    (void)story_sign_in(&c, "eve@example.com");
    struct answer a = client_get(&c, "/auth/me");
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "id"), id);
    c.token = "not-a-token";
    assert_problem(client_get(&c, "/auth/me"), 401, "invalid-token");
}

/* SU-04: the figures are on a listener of their own, and name nobody. */
static void figures_are_read_on_their_own_listener(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, "eve@example.com");
    assert_problem(client_get(&c, "/metrics"), 404, "not-found");
    struct sent sent = { .target = "/metrics", .listener = LISTENER_METRICS };
    struct answer a = client_send(&c, &sent);
    assert_status(a, 200);
    assert_non_null(strstr(a.body, "uauth_hash_slots 2\n"));
    assert_non_null(strstr(a.body, "uauth_signing_keys{state=\"current\"} 1\n"));
    assert_non_null(strstr(a.body, "uauth_errors_total{error=\"not-found\"} 1\n"));
    assert_non_null(strstr(a.body, "uauth_database_up 1\n"));
    assert_non_null(strstr(a.body, "uauth_signing_key_rotation_seconds 7776000\n"));
    const char *clock = text_printf(w->arena, "uauth_clock_seconds %lld\n", (long long)w->now);
    assert_non_null(strstr(a.body, clock));
    assert_non_null(strstr(a.body, "uauth_job_done_seconds{task=\"sweep\"} 0\n"));
    assert_null(strstr(a.body, "eve@"));
    sent.target = "/auth/me";
    assert_problem(client_send(&c, &sent), 404, "not-found");
    sent.method = HTTP_POST;
    sent.target = "/metrics";
    assert_problem(client_send(&c, &sent), 405, "method-not-allowed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(it_is_alive_and_ready),
        STORY(only_signs_of_life_answer_to_any_name),
        STORY(its_keys_are_public_and_only_that),
        STORY(an_unknown_path_is_a_problem),
        STORY(the_setup_code_makes_the_first_administrator_once),
        STORY(guessing_the_setup_code_closes_it),
        STORY(a_stranger_neither_sets_up_nor_undoes_it),
        STORY(the_setup_code_is_good_for_an_hour),
        STORY(somebody_registers_signs_in_and_is_known),
        STORY(figures_are_read_on_their_own_listener),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
