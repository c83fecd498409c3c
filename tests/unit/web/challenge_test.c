/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/web/web_testing.h"

#include "web/challenge.h"

enum { AUTO, ALWAYS, OFF };

/* clang-format off */
#define ROW(path, limit_, flags_) \
    { "POST", path, &web_anybody, NULL, limit_, PROBLEM, NULL, NULL, web_done, "A row", .flags = flags_ }
static const struct route rows[] = {
    ROW("/auth/login",    "login",   CHALLENGE),
    ROW("/auth/register", LIMIT_ALL, CHALLENGE),
    ROW("/auth/other",    "login",   0),
};
/* clang-format on */

static void open_in(struct web *w, int64_t mode)
{
    w->config.challenge = mode;
    web_open(w, rows, 3);
}

static err demand(struct web *w, const char *path, const char *address, const char *answer)
{
    struct req *r = web_request(w, HTTP_POST, path);
    w->http.peer = address;
    web_header(w, "x-challenge-response", answer);
    return challenge_demand(r);
}

static err login(struct web *w, const char *answer)
{
    return demand(w, "/auth/login", "203.0.113.7", answer);
}

static const char *member(const struct web *w, const char *name)
{
    for (size_t i = 0; i < w->r.members_n; i++) {
        if (text_equal(w->r.members[i].name, name))
            return w->r.members[i].text;
    }
    return NULL;
}

/* The challenge of a refusal, which it checks. */
static const char *challenged(struct web *w, err refused)
{
    REFUSES(refused, CHALLENGE_REQUIRED);
    assert_string_equal(member(w, "algorithm"), "sha256-leading-zero-bits");
    assert_string_equal(member(w, "difficulty"), "18");
    const char *challenge = member(w, "challenge");
    assert_non_null(challenge);
    assert_int_equal(strncmp(challenge, "v1.", 3), 0);
    return challenge;
}

/* Tries nonces as a client does. */
static const char *solve(struct web *w, const char *challenge)
{
    char text[256];
    for (unsigned long i = 0;; i++) {
        int n = snprintf(text, sizeof text, "%s:%lx", challenge, i);
        if (challenge_is_solved((struct bytes){ (const uint8_t *)text, (size_t)n }, CHALLENGE_BITS))
            return text_copy(w->c->arena, text, (size_t)n);
    }
}

static void a_solved_challenge_lets_one_request_through(void **state)
{
    struct web *w = *state;
    open_in(w, ALWAYS);
    const char *answer = solve(w, challenged(w, login(w, NULL)));
    PASSES(login(w, answer));
    /* Once. */
    (void)challenged(w, login(w, answer));
    assert_non_null(
        strstr(metrics_text(w->c, w->door.metrics, rows, NULL, 0), "uauth_challenged_total 2\n"));
}

static void a_challenge_dies_after_its_time(void **state)
{
    struct web *w = *state;
    open_in(w, ALWAYS);
    const char *answer = solve(w, challenged(w, login(w, NULL)));
    w->c->now += CHALLENGE_SECONDS;
    (void)challenged(w, login(w, answer));
    w->c->now -= 1;
    PASSES(login(w, answer));
}

/* An answer is good for the address and the kind of request that it was given for. */
static void an_answer_is_good_for_its_caller_alone(void **state)
{
    struct web *w = *state;
    open_in(w, ALWAYS);
    const char *answer = solve(w, challenged(w, login(w, NULL)));
    (void)challenged(w, demand(w, "/auth/login", "203.0.113.8", answer));
    (void)challenged(w, demand(w, "/auth/register", "203.0.113.7", answer));
    w->door.challenge_key[31] ^= 1;
    (void)challenged(w, login(w, answer));
    w->door.challenge_key[31] ^= 1;
    PASSES(login(w, answer));
}

static void an_answer_without_work_or_of_another_form_is_refused(void **state)
{
    struct web *w = *state;
    open_in(w, ALWAYS);
    const char *challenge = challenged(w, login(w, NULL));
    const char *answer = solve(w, challenge);
    struct arena *a = w->c->arena;
    const char *const bad[] = {
        "",
        ":",
        ":a",
        "v1",
        "v1.1.1.a.b:c",
        "....:a",
        challenge,
        text_printf(a, "%s:", challenge),
        text_printf(a, "%s:not-a-nonce", challenge),
        text_printf(a, "%s:%033d", challenge, 0),
        text_printf(a, "%s:zz", challenge), /* no work */
        text_printf(a, "%s ", answer),
        text_printf(a, "x%s", answer),
        text_printf(a, "%0200d:a", 0),
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        (void)challenged(w, login(w, bad[i]));
    PASSES(login(w, answer));
}

/* Nobody makes it easier, or longer, for themselves. */
static void a_changed_challenge_is_refused(void **state)
{
    struct web *w = *state;
    open_in(w, ALWAYS);
    const char *challenge = challenged(w, login(w, NULL));
    for (size_t i = 0; challenge[i] != '\0'; i++) {
        char *changed = arena_copy(w->c->arena, challenge, strlen(challenge) + 1);
        changed[i] = changed[i] == '1' ? '2' : '1';
        (void)challenged(w, login(w, text_printf(w->c->arena, "%s:1", changed)));
    }
}

static void only_marked_rows_ask_and_only_while_limits_are_near(void **state)
{
    struct web *w = *state;
    open_in(w, ALWAYS);
    PASSES(demand(w, "/auth/other", "203.0.113.7", NULL));
    open_in(w, OFF);
    PASSES(login(w, NULL));
    open_in(w, AUTO);
    for (int i = 0; i < 3; i++) {
        PASSES(limit_take_address(web_request(w, HTTP_POST, "/auth/login")));
        PASSES(challenge_demand(&w->r));
    }
    PASSES(limit_take_address(web_request(w, HTTP_POST, "/auth/login")));
    (void)challenged(w, challenge_demand(&w->r));
}

/* Whoever is asked has not tried yet; whoever answers wrongly has. */
static void being_asked_costs_no_attempt(void **state)
{
    struct web *w = *state;
    open_in(w, ALWAYS);
    for (int i = 0; i < 20; i++) {
        PASSES(limit_take_address(web_request(w, HTTP_POST, "/auth/login")));
        (void)challenged(w, challenge_demand(&w->r));
    }
    for (int i = 0; i < 5; i++) {
        struct req *r = web_request(w, HTTP_POST, "/auth/login");
        web_header(w, "x-challenge-response", "wrong:answer");
        PASSES(limit_take_address(r));
        (void)challenged(w, challenge_demand(r));
    }
    REFUSES(limit_take_address(web_request(w, HTTP_POST, "/auth/login")), RATE_LIMITED);
}

static err no_room(struct ctx *c, struct kv_key key, const char *value, int64_t ttl, bool *added)
{
    (void)key, (void)value, (void)ttl, (void)added;
    return web_away(c);
}

/* RL-11: an answer that cannot be remembered could be used again. */
static void without_a_store_an_answer_is_refused(void **state)
{
    struct web *w = *state;
    const struct kv_driver driver = { .add = no_room };
    struct kv gone = { .driver = &driver };
    struct kv *real = w->c->kv;
    open_in(w, ALWAYS);
    const char *answer = solve(w, challenged(w, login(w, NULL)));
    w->c->kv = &gone;
    REFUSES(login(w, answer), UNAVAILABLE);
    w->c->kv = real;
}

static void leading_zero_bits_are_counted_from_the_first(void **state)
{
    (void)state;
    /* SHA-256("hello") begins with 2c = 0010 1100. */
    assert_true(challenge_is_solved(bytes_of("hello"), 0));
    assert_true(challenge_is_solved(bytes_of("hello"), 2));
    assert_false(challenge_is_solved(bytes_of("hello"), 3));
    assert_false(challenge_is_solved(bytes_of("hello"), 257));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_TEST(a_solved_challenge_lets_one_request_through),
        WEB_TEST(a_challenge_dies_after_its_time),
        WEB_TEST(an_answer_is_good_for_its_caller_alone),
        WEB_TEST(an_answer_without_work_or_of_another_form_is_refused),
        WEB_TEST(a_changed_challenge_is_refused),
        WEB_TEST(only_marked_rows_ask_and_only_while_limits_are_near),
        WEB_TEST(being_asked_costs_no_attempt),
        WEB_TEST(without_a_store_an_answer_is_refused),
        WEB_TEST(leading_zero_bits_are_counted_from_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
