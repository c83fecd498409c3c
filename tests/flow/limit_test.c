/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits: by address, by account, by principal; who is let through all the same; the proof of work.
 */
#include "page_story.h"

#include "federation/provider_change.h"
#include "identity/people.h"
#include "web/challenge.h"

enum { LOGINS = 5, ASKED = 100, CALLS = 100, MAILS = 5 };

static struct answer wrong(struct client *c, const char *email)
{
    return story_post(c, "/auth/login", "{'email':'%s','password':'Wrong-horse-9'}", email);
}

static struct client at(struct world *w, const char *address)
{
    struct client c = client_new(w);
    c.address = address;
    return c;
}

/* An address of its own for each try: TEST-NET-2 (RFC 5737). */
static struct client from(struct world *w, int number)
{
    return at(w, text_printf(w->arena, "198.51.100.%d", number));
}

static void use_account_up(struct world *w, const char *email)
{
    for (int i = 0; i < LOGINS; i++) {
        struct client c = from(w, 100 + i);
        assert_problem(wrong(&c, email), 401, "invalid-credentials");
    }
}

/* ---- by address ---- */

/* SD-16, RL-14: five a minute; the answer says what is left, and nothing about the account. */
static void five_tries_a_minute_from_one_address(void **state)
{
    struct world *w = *state;
    struct client c = at(w, "192.0.2.1");
    for (int i = 1; i <= LOGINS; i++) {
        struct answer a = wrong(&c, text_printf(w->arena, "person%d@example.com", i));
        assert_problem(a, 401, "invalid-credentials");
        assert_string_equal(answer_header(&a, "ratelimit-policy"), "\"login\";q=5;w=60");
        assert_true(text_starts(answer_header(&a, "ratelimit"),
                                text_printf(w->arena, "\"login\";r=%d;t=", LOGINS - i)));
    }
    struct answer a = wrong(&c, "another@example.com");
    assert_problem(a, 429, "rate-limited");
    assert_string_equal(answer_header(&a, "retry-after"), "12");
    struct client other = at(w, "192.0.2.2");
    assert_problem(wrong(&other, "another@example.com"), 401, "invalid-credentials");
    world_pass(w, 12);
    assert_problem(wrong(&c, "another@example.com"), 401, "invalid-credentials");
    assert_problem(wrong(&c, "another@example.com"), 429, "rate-limited");
}

/* RL-06: the form of OAuth 2.0 is another path to the same door. */
static void both_doors_take_from_one_allowance(void **state)
{
    struct world *w = *state;
    struct client c = at(w, "192.0.2.1");
    struct sent form = { .method = HTTP_POST,
                         .target = "/auth/token",
                         .form = "username=eve%40example.com&password=Wrong-horse-9" };
    for (int i = 0; i < 3; i++)
        assert_problem(wrong(&c, text_printf(w->arena, "person%d@example.com", i)), 401,
                       "invalid-credentials");
    assert_status(client_send(&c, &form), 400);
    form.target = "/auth/token?x=1";
    assert_status(client_send(&c, &form), 400);
    form.target = "/auth/token";
    struct answer a = client_send(&c, &form);
    assert_status(a, 429);
    assert_string_equal(answer_text(&a, "error"), "temporarily_unavailable");
    assert_problem(wrong(&c, EVE), 429, "rate-limited");
}

/* RL-02: spellings of one address, and all of one /64, count together. */
static void an_address_is_one_whatever_it_is_written_like(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < LOGINS; i++) {
        struct client v4 = at(w, i % 2 == 0 ? "192.0.2.1" : "::ffff:192.0.2.1");
        struct client v6 = at(w, text_printf(w->arena, "2001:db8:0:1::%d", i));
        assert_status(wrong(&v4, text_printf(w->arena, "a%d@example.com", i)), 401);
        assert_status(wrong(&v6, text_printf(w->arena, "b%d@example.com", i)), 401);
    }
    struct client v4 = at(w, "::ffff:192.0.2.1");
    struct client v6 = at(w, "2001:db8:0:1:ffff:ffff:ffff:ffff");
    struct client beside = at(w, "2001:db8:0:2::1");
    assert_problem(wrong(&v4, EVE), 429, "rate-limited");
    assert_problem(wrong(&v6, EVE), 429, "rate-limited");
    assert_problem(wrong(&beside, EVE), 401, "invalid-credentials");
}

/* Signing in costs nothing: an office behind one address gets in. */
static void a_success_costs_its_address_nothing(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client c = at(w, "192.0.2.1");
    for (int i = 0; i < 4 * LOGINS; i++)
        assert_status(story_login(&c, ADA, ""), 200);
    for (int i = 0; i < LOGINS; i++)
        assert_problem(wrong(&c, text_printf(w->arena, "a%d@example.com", i)), 401,
                       "invalid-credentials");
    assert_problem(story_login(&c, ADA, ""), 429, "rate-limited");
}

static void add_domain(struct world *w)
{
    const char *domain = "corp.example";
    struct provider_made made;
    const struct provider_wanted wanted = { .id = "corp",
                                            .kind = "openid",
                                            .secret = "s",
                                            .metadata = { .issuer = "https://idp.corp.example",
                                                          .client_id = "us",
                                                          .login_domains = { &domain, 1 } } };
    story_does(w, provider_create(world_ctx(w), &wanted, &made));
}

static struct answer asks(struct client *c, const char *email)
{
    return story_post(c, "/auth/home-realm", "{'email':'%s'}", email);
}

/* EN-09: who asks for many domains is stopped, and a domain that somebody has costs what one costs
 * that nobody has. */
static void asking_whose_a_domain_is_has_a_limit(void **state)
{
    struct world *w = *state;
    struct client c = at(w, "192.0.2.1");
    add_domain(w);
    for (int i = 1; i <= ASKED; i++) {
        bool has = i % 2 == 0;
        struct answer a =
            asks(&c, has ? "x@corp.example" : text_printf(w->arena, "x@d%d.example", i));
        assert_status(a, 200);
        assert_true(has == (answer_text(&a, "provider") != NULL));
        assert_string_equal(answer_header(&a, "ratelimit-policy"), "\"authorize\";q=100;w=60");
        assert_true(text_starts(answer_header(&a, "ratelimit"),
                                text_printf(w->arena, "\"authorize\";r=%d;t=", ASKED - i)));
    }
    struct answer known = asks(&c, "x@corp.example");
    struct answer unknown = asks(&c, "x@nobody.example");
    assert_problem(known, 429, "rate-limited");
    assert_problem(unknown, 429, "rate-limited");
    assert_string_equal(answer_header(&known, "retry-after"),
                        answer_header(&unknown, "retry-after"));
    struct client other = at(w, "192.0.2.2");
    assert_status(asks(&other, "x@corp.example"), 200);
    world_pass(w, 1);
    assert_status(asks(&c, "x@corp.example"), 200);
}

/* EN-09: typing addresses into the form of the page is as dear as trying passwords there. */
static void nor_are_domains_asked_for_by_the_page(void **state)
{
    struct world *w = *state;
    struct client c = browser_new(w);
    c.address = "192.0.2.1";
    add_domain(w);
    for (int i = 0; i < LOGINS; i++) {
        bool has = i % 2 == 0;
        struct answer a = page_send(&c, "/sign-in", "/sign-in",
                                    has ? "step=address&email=x%40corp.example"
                                        : "step=address&email=x%40d.example");
        assert_int_equal(a.status, has ? 303 : 200);
    }
    assert_status(page_send(&c, "/sign-in", "/sign-in", "step=address&email=x%40corp.example"),
                  429);
    assert_status(page_send(&c, "/sign-in", "/sign-in", "step=address&email=x%40d.example"), 429);
}

/* ---- by account ---- */

/* EN-04: an account that is not there is limited as one that is; the right password waits too. */
static void five_tries_a_minute_at_one_account(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    static const char *const emails[] = { ADA, "nobody@example.com" };
    for (size_t i = 0; i < 2; i++) {
        struct client c = from(w, 1 + (int)i);
        use_account_up(w, emails[i]);
        struct answer a = story_login(&c, emails[i], "");
        assert_problem(a, 429, "rate-limited");
        assert_string_equal(answer_header(&a, "retry-after"), "12");
        world_pass(w, 120);
    }
    struct client c = from(w, 9);
    assert_status(story_login(&c, ADA, ""), 200);
}

/* RL-10, MF-05: other spellings of an address are the same account. */
static void spellings_are_one_account(void **state)
{
    struct world *w = *state;
    static const char *const spellings[] = { "Ada@example.com", "ADA@EXAMPLE.COM",
                                             "ada@EXAMPLE.com", "aDa@example.com", ADA };
    (void)story_person(w, ADA);
    for (int i = 0; i < LOGINS; i++) {
        struct client c = from(w, i);
        assert_problem(wrong(&c, spellings[i]), 401, "invalid-credentials");
    }
    struct client c = from(w, 99);
    assert_problem(story_login(&c, "adA@example.com", ""), 429, "rate-limited");
}

/* RL-09: whoever floods an account keeps everybody out but its owner's own browser. */
static void a_known_device_still_gets_in(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    (void)story_person(w, EVE);
    struct client b = story_browser(w, ADA, "session");
    struct client eves = story_browser(w, EVE, "session");
    assert_non_null(client_cookie(&b, "device"));
    use_account_up(w, ADA);
    struct client c = from(w, 1);
    assert_problem(story_login(&c, ADA, ""), 429, "rate-limited");
    /* Another person's device opens nothing. */
    assert_problem(story_login(&eves, ADA, "'mode':'session'"), 429, "rate-limited");
    assert_status(story_login(&b, ADA, "'mode':'session'"), 200);
    /* Its own allowance is limited too. */
    for (int i = 0; i < LOGINS; i++) {
        b.address = text_printf(w->arena, "203.0.113.%d", i);
        assert_problem(wrong(&b, ADA), 401, "invalid-credentials");
    }
    b.address = "203.0.113.99";
    assert_problem(story_login(&b, ADA, ""), 429, "rate-limited");
}

/* PR-10, MF-15: past five mails an hour nothing is sent, and nothing is told. */
static void mails_to_one_account_are_few(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    /* One went out when the account was registered. */
    assert_int_equal(world_mails(w), 1);
    for (int i = 0; i < MAILS + 3; i++) {
        struct client c = from(w, i);
        struct answer a = story_post(&c, "/auth/forgot-password", "{'email':'" ADA "'}");
        assert_status(a, 202);
        assert_string_equal(a.body, "");
    }
    assert_int_equal(world_mails(w), MAILS);
    world_pass(w, 12 * MINUTES);
    struct client c = from(w, 99);
    assert_status(story_post(&c, "/auth/forgot-password", "{'email':'" ADA "'}"), 202);
    assert_int_equal(world_mails(w), MAILS + 1);
}

/* ---- by principal ---- */

static void a_hundred_calls_a_minute_of_one_person(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    (void)story_person(w, EVE);
    struct client first = client_new(w);
    struct client second = at(w, "192.0.2.99");
    struct client eve = client_new(w);
    (void)story_sign_in(&first, ADA);
    (void)story_sign_in(&second, ADA);
    (void)story_sign_in(&eve, EVE);
    for (int i = 0; i < CALLS; i++)
        assert_status(client_get(i % 2 == 0 ? &first : &second, "/auth/me"), 200);
    struct answer a = client_get(&second, "/auth/me");
    assert_string_equal(answer_header(&a, "ratelimit-policy"), "\"calls\";q=100;w=60");
    assert_problem(a, 429, "rate-limited");
    assert_non_null(answer_header(&a, "retry-after"));
    assert_status(client_get(&eve, "/auth/me"), 200);
    assert_status(client_get(&first, "/auth/verify"), 200);
    world_pass(w, 60);
    assert_status(client_get(&first, "/auth/me"), 200);
}

/* What costs no more than a refusal is not counted. */
static void keys_are_given_to_everybody(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    for (int i = 0; i < 1000; i++)
        assert_status(client_get(&c, "/.well-known/jwks.json"), 200);
}

/* ---- proof of work ---- */

static const char *solve(struct world *w, const char *challenge)
{
    char tried[256];
    for (int i = 0;; i++) {
        (void)snprintf(tried, sizeof tried, "%s:%d", challenge, i);
        if (challenge_is_solved(bytes_of(tried), CHALLENGE_BITS))
            return text_printf(w->arena, "%s", tried);
    }
}

static struct answer answered(struct client *c, const char *solution)
{
    struct sent sent = { .method = HTTP_POST,
                         .target = "/auth/login",
                         .json = story_json(c->w, "{'email':'" ADA "','password':'%s'}",
                                            STORY_PASSWORD),
                         .headers = { { "x-challenge-response", solution } } };
    return client_send(c, &sent);
}

/* RL-12: when little is left, one has to work for the rest. */
static void near_the_limit_a_proof_of_work_is_asked_for(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client c = at(w, "192.0.2.1");
    for (int i = 0; i < 3; i++)
        assert_problem(wrong(&c, text_printf(w->arena, "a%d@example.com", i)), 401,
                       "invalid-credentials");
    /* Being asked is no attempt. */
    for (int i = 0; i < 2 * LOGINS; i++)
        assert_problem(story_login(&c, ADA, ""), 403, "challenge-required");
    struct answer a = story_login(&c, ADA, "");
    assert_string_equal(answer_text(&a, "algorithm"), "sha256-leading-zero-bits");
    const char *solution = solve(w, answer_text(&a, "challenge"));
    struct client other = at(w, "192.0.2.2");
    assert_status(story_login(&other, ADA, ""), 200);
    assert_status(answered(&c, solution), 200);
    /* Once, and not by guessing: a wrong answer is an attempt. */
    assert_problem(answered(&c, solution), 403, "challenge-required");
    assert_problem(answered(&c, "v1.1.1.AAAA.BBBB:1"), 403, "challenge-required");
    assert_problem(answered(&c, solution), 429, "rate-limited");
}

/* Without the door, which asks for work. */
static void add_person(struct world *w)
{
    const struct user_row *user = NULL;
    const struct people_new ada = { .email = ADA, .full_name = "Ada", .password = STORY_PASSWORD };
    story_does(w, people_add(world_ctx(w), &ada, &user));
}

static void a_challenge_is_for_one_caller_and_two_minutes(void **state)
{
    struct world *w = *state;
    w->counts = true;
    add_person(w);
    struct client c = at(w, "192.0.2.1");
    struct client other = at(w, "192.0.2.2");
    struct answer a = story_login(&c, ADA, "");
    assert_problem(a, 403, "challenge-required");
    const char *solution = solve(w, answer_text(&a, "challenge"));
    assert_problem(answered(&other, solution), 403, "challenge-required");
    world_pass(w, CHALLENGE_SECONDS);
    assert_problem(answered(&c, solution), 403, "challenge-required");
    a = story_login(&c, ADA, "");
    assert_status(answered(&c, solve(w, answer_text(&a, "challenge"))), 200);
    /* All three doors ask. */
    static const char *const doors[] = { "/auth/register", "/auth/forgot-password",
                                         "/auth/verify-email/resend" };
    for (size_t i = 0; i < 3; i++)
        assert_problem(client_post(&c, doors[i], "{}"), 403, "challenge-required");
}

int main(void)
{
    static const char *const on[] = { "AUTH_RATE_LIMIT=on", NULL };
    static const char *const near[] = { "AUTH_RATE_LIMIT=on", "AUTH_CHALLENGE=auto", NULL };
    static const char *const always[] = { "AUTH_CHALLENGE=always", NULL };
    const struct CMUnitTest tests[] = {
        STORY_WITH(five_tries_a_minute_from_one_address, on),
        STORY_WITH(both_doors_take_from_one_allowance, on),
        STORY_WITH(an_address_is_one_whatever_it_is_written_like, on),
        STORY_WITH(a_success_costs_its_address_nothing, on),
        STORY_WITH(asking_whose_a_domain_is_has_a_limit, on),
        STORY_WITH(nor_are_domains_asked_for_by_the_page, on),
        STORY_WITH(five_tries_a_minute_at_one_account, on),
        STORY_WITH(spellings_are_one_account, on),
        STORY_WITH(a_known_device_still_gets_in, on),
        STORY_WITH(mails_to_one_account_are_few, on),
        STORY_WITH(a_hundred_calls_a_minute_of_one_person, on),
        STORY_WITH(keys_are_given_to_everybody, on),
        STORY_WITH(near_the_limit_a_proof_of_work_is_asked_for, near),
        STORY_WITH(a_challenge_is_for_one_caller_and_two_minutes, always),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
