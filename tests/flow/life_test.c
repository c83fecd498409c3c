/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long things live: access and refresh tokens, sessions, signing keys.
 */
#include "story.h"

#include "identity/session.h"
#include "token/keyring.h"

enum { GRACE = 10 };

/* RFC 9068 4: after its 15 minutes a token is nothing. */
static void an_access_token_lives_for_a_quarter_of_an_hour(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    (void)story_sign_in(&c, ADA);
    struct answer claims = story_claims(w, c.token);
    assert_string_equal(answer_text(&claims, "exp"),
                        text_printf(w->arena, "%lld", (long long)(w->now + 15 * MINUTES)));
    world_pass(w, 15 * MINUTES - 1);
    assert_status(client_get(&c, "/auth/me"), 200);
    world_pass(w, 61);
    assert_problem(client_get(&c, "/auth/me"), 401, "invalid-token");
}

/* ---- refresh tokens ---- */

static void an_unused_refresh_token_lives_for_a_week(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    const char *first = story_sign_in(&c, ADA);
    const char *second = story_sign_in(&c, ADA);
    world_pass(w, 7 * DAYS - 1);
    assert_status(story_refresh(&c, first), 200);
    world_pass(w, 1);
    assert_problem(story_refresh(&c, second), 400, "invalid-grant");
}

/* RT-07: however often it is refreshed, a sign-in ends after 30 days, and no token outlives it. */
static void a_sign_in_ends_after_thirty_days(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    const char *token = story_sign_in(&c, ADA);
    for (int day = 6; day < 30; day += 6) {
        world_pass(w, 6 * DAYS);
        struct answer a = story_refresh(&c, token);
        assert_status(a, 200);
        token = answer_text(&a, "refresh_token");
    }
    world_pass(w, 6 * DAYS - 5 * MINUTES);
    struct answer a = story_refresh(&c, token);
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "expires_in"), "300");
    c.token = answer_text(&a, "access_token");
    token = answer_text(&a, "refresh_token");
    world_pass(w, 5 * MINUTES);
    assert_problem(story_refresh(&c, token), 400, "invalid-grant");
    world_pass(w, 61);
    assert_problem(client_get(&c, "/auth/me"), 401, "invalid-token");
}

/* RT-12, decision 8: within the window the same successor; after it the family dies. */
static void a_repeated_refresh_gets_the_same_successor_for_a_moment(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    const char *token = story_sign_in(&c, ADA);
    struct answer first = story_refresh(&c, token);
    world_pass(w, GRACE - 1);
    struct answer second = story_refresh(&c, token);
    assert_status(second, 200);
    assert_string_equal(answer_text(&first, "refresh_token"),
                        answer_text(&second, "refresh_token"));
    assert_string_not_equal(answer_text(&first, "access_token"),
                            answer_text(&second, "access_token"));
    world_pass(w, 2);
    assert_problem(story_refresh(&c, token), 400, "invalid-grant");
    assert_problem(story_refresh(&c, answer_text(&first, "refresh_token")), 400, "invalid-grant");
    c.token = answer_text(&second, "access_token");
    assert_problem(client_get(&c, "/auth/me"), 401, "invalid-token");
}

/* RT-01: once the successor has been used, the first token is a thief's. */
static void a_token_whose_successor_was_used_ends_the_family(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    const char *token = story_sign_in(&c, ADA);
    struct answer first = story_refresh(&c, token);
    struct answer next = story_refresh(&c, answer_text(&first, "refresh_token"));
    assert_status(next, 200);
    assert_problem(story_refresh(&c, token), 400, "invalid-grant");
    assert_problem(story_refresh(&c, answer_text(&next, "refresh_token")), 400, "invalid-grant");
}

/* ---- sessions ---- */

/* Idle for an hour, a session is over; used, it slides. */
static void a_session_ends_after_an_hour_without_use(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = story_browser(w, ADA, "session");
    for (int i = 0; i < 5; i++) {
        world_pass(w, 59 * MINUTES);
        assert_status(client_get(&b, "/auth/me"), 200);
    }
    world_pass(w, 60 * MINUTES);
    assert_problem(client_get(&b, "/auth/me"), 401, "invalid-session");
}

/* However much it is used, after a day. */
static void a_session_ends_after_a_day(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = story_browser(w, ADA, "session");
    for (int i = 0; i < 47; i++) {
        world_pass(w, 30 * MINUTES);
        assert_status(client_get(&b, "/auth/me"), 200);
    }
    world_pass(w, 30 * MINUTES);
    assert_problem(client_get(&b, "/auth/me"), 401, "invalid-session");
}

/* A note of use is a write, so one a minute is enough. */
static void a_use_is_noted_once_a_minute(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = story_browser(w, ADA, "session");
    const struct session_row *row = NULL;
    const char *secret = client_cookie(&b, "session");
    int64_t began = w->now;
    world_pass(w, 59);
    story_does(w, session_resume(world_ctx(w), secret, &row));
    story_does(w, session_resume(world_ctx(w), secret, &row));
    assert_int_equal(row->last_seen_at, began);
    world_pass(w, 1);
    story_does(w, session_resume(world_ctx(w), secret, &row));
    story_does(w, session_resume(world_ctx(w), secret, &row));
    assert_int_equal(row->last_seen_at, began + 60);
}

static void settings_say_how_long(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    const char *token = story_sign_in(&c, ADA);
    struct client b = story_browser(w, ADA, "session");
    world_pass(w, 3 * MINUTES);
    assert_problem(client_get(&c, "/auth/me"), 401, "invalid-token");
    world_pass(w, 2 * MINUTES);
    assert_problem(client_get(&b, "/auth/me"), 401, "invalid-session");
    world_pass(w, 1 * DAYS);
    assert_problem(story_refresh(&c, token), 400, "invalid-grant");
}

/* ---- keys ---- */

static const char *kid_of(struct world *w, const char *token)
{
    struct answer header = story_header(w, token);
    return answer_text(&header, "kid");
}

static bool is_published(struct client *c, const char *kid)
{
    struct answer jwks = client_get(c, "/.well-known/jwks.json");
    assert_status(jwks, 200);
    return answer_holds(&jwks, kid);
}

static size_t published(struct client *c)
{
    size_t n = 0;
    struct answer jwks = client_get(c, "/.well-known/jwks.json");
    for (const char *at = strstr(jwks.body, "\"kid\""); at != NULL; at = strstr(at + 1, "\"kid\""))
        n++;
    return n;
}

/* As the job of the service does, for `seconds`. */
static void keys_go_on(struct world *w, int64_t seconds, int64_t step)
{
    for (int64_t gone = 0; gone < seconds; gone += step) {
        world_pass(w, step);
        struct ctx *c = world_ctx(w);
        story_does(w, keyring_refresh(c, w->node->keys));
    }
}

static const char *kid_now(struct world *w)
{
    struct client c = client_new(w);
    (void)story_sign_in(&c, ADA);
    return kid_of(w, c.token);
}

/* CR-11: over two rotations every token can be checked by the published keys for all its life. */
static void keys_rotate_without_a_gap(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    const char *first = kid_now(w);
    assert_int_equal(published(&c), 1);
    /* The next key is published an hour before it signs. */
    keys_go_on(w, 90 * DAYS - 2 * HOURS, 6 * HOURS);
    for (int i = 0; published(&c) == 1 && i < 600; i++)
        keys_go_on(w, 1 * MINUTES, 1 * MINUTES);
    assert_int_equal(published(&c), 2);
    assert_string_equal(kid_now(w), first);
    (void)story_sign_in(&c, ADA);
    for (int i = 0; text_equal(kid_now(w), first) && i < 600; i++) {
        keys_go_on(w, 1 * MINUTES, 1 * MINUTES);
        (void)story_sign_in(&c, ADA);
    }
    const char *second = kid_now(w);
    assert_string_not_equal(first, second);
    assert_true(is_published(&c, first));
    /* The last token of the old key is good to its end. */
    world_pass(w, 13 * MINUTES);
    story_does(w, keyring_refresh(world_ctx(w), w->node->keys));
    assert_status(client_get(&c, "/auth/me"), 200);
    keys_go_on(w, 10 * MINUTES, 1 * MINUTES);
    assert_false(is_published(&c, first));
    assert_true(is_published(&c, second));
    keys_go_on(w, 92 * DAYS, 6 * HOURS);
    keys_go_on(w, 1 * DAYS, 1 * HOURS);
    assert_string_not_equal(kid_now(w), second);
    assert_false(is_published(&c, second));
}

/* CR-11: in an emergency what the old key signed is refused at once. */
static void an_emergency_takes_a_key_away_at_once(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    const char *refresh = story_sign_in(&c, ADA);
    const char *first = kid_of(w, c.token);
    struct ctx *ctx = world_ctx(w);
    story_does(w, keyring_rotate(ctx, w->node->keys, true));
    assert_false(is_published(&c, first));
    assert_problem(client_get(&c, "/auth/me"), 401, "invalid-token");
    struct answer a = story_refresh(&c, refresh);
    assert_status(a, 200);
    c.token = answer_text(&a, "access_token");
    assert_status(client_get(&c, "/auth/me"), 200);
}

/* The document is fetched again only when it has changed (RFC 9110 13.1.2). */
static void the_key_set_has_an_etag(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    struct answer a = client_get(&c, "/.well-known/jwks.json");
    struct sent again = { .target = "/.well-known/jwks.json",
                          .headers = { { "if-none-match", answer_header(&a, "etag") } } };
    assert_non_null(answer_header(&a, "etag"));
    assert_status(client_send(&c, &again), 304);
    struct ctx *ctx = world_ctx(w);
    story_does(w, keyring_rotate(ctx, w->node->keys, false));
    assert_status(client_send(&c, &again), 200);
}

int main(void)
{
    static const char *const short_lives[] = { "AUTH_JWT_ACCESS_EXPIRE_MINUTES=2",
                                               "AUTH_SESSION_IDLE_MINUTES=5",
                                               "AUTH_JWT_REFRESH_EXPIRE_DAYS=1", NULL };
    const struct CMUnitTest tests[] = {
        STORY(an_access_token_lives_for_a_quarter_of_an_hour),
        STORY(an_unused_refresh_token_lives_for_a_week),
        STORY(a_sign_in_ends_after_thirty_days),
        STORY(a_repeated_refresh_gets_the_same_successor_for_a_moment),
        STORY(a_token_whose_successor_was_used_ends_the_family),
        STORY(a_session_ends_after_an_hour_without_use),
        STORY(a_session_ends_after_a_day),
        STORY(a_use_is_noted_once_a_minute),
        STORY_WITH(settings_say_how_long, short_lives),
        STORY(keys_rotate_without_a_gap),
        STORY(an_emergency_takes_a_key_away_at_once),
        STORY(the_key_set_has_an_etag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
