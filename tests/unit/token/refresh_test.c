/* SPDX-License-Identifier: Apache-2.0 */
/* Refresh tokens: used once, by their holder, in time. */
#include "refresh_testing.h"

#include "crypto/digest.h"

enum { DAY = 86400 };

static void a_token_is_exchanged_for_its_successor(void **state)
{
    struct ctx *c = ctx_of(state);
    struct holder h = a_holder(c, "");
    c->now += 60;
    struct tokens next = refreshed(c, h.tokens.refresh_token);
    assert_string_not_equal(next.refresh_token, h.tokens.refresh_token);
    assert_string_not_equal(next.jti, h.tokens.jti);
    assert_int_equal(next.expires_in, 900);
    struct access access = access_of_token(c, next.access_token);
    assert_string_equal(access.facts.user_id, h.user_id);
    assert_string_equal(access.facts.sid, h.facts.sid);
    assert_string_equal(access.facts.authorization_id, h.facts.authorization_id);
    assert_string_equal(access.facts.tenant_id, TENANT_DEFAULT_ID);
    assert_string_equal(access.facts.acr, h.facts.acr);
    assert_string_equal(joined(c, access.facts.amr), "pwd");
    assert_int_equal(access.facts.auth_time, c->now - 60);
    assert_int_equal(events(c, "token.refreshed"), 1);
    (void)refreshed(c, next.refresh_token);
    assert_int_equal(unused_tokens(c), 1);
}

/* RT-09: the database holds the hash, and the successor only under the token itself. */
static void the_database_does_not_know_the_tokens(void **state)
{
    struct ctx *c = ctx_of(state);
    struct holder h = a_holder(c, "");
    struct tokens next = refreshed(c, h.tokens.refresh_token);
    struct table t =
        asked(c, "SELECT hash, sealed FROM refresh_tokens ORDER BY sealed IS NOT NULL");
    assert_int_equal(t.rows, 2);
    for (size_t i = 0; i < t.rows; i++) {
        const char *token = i == 0 ? h.tokens.refresh_token : next.refresh_token;
        const char *kept = table_text(&t, i, 0);
        assert_memory_equal(kept, token, RANDOM_TIME_CHARS);
        assert_int_equal(kept[RANDOM_TIME_CHARS], '.');
        assert_string_equal(kept + RANDOM_TIME_CHARS + 1, token_hash(c->arena, token));
    }
    assert_null(strstr(table_text(&t, 1, 1), next.refresh_token));
}

/* Tokens had no time in them once; whoever still has one is not signed out for it. */
static void a_token_without_a_time_is_still_good(void **state)
{
    struct ctx *c = ctx_of(state);
    struct holder h = a_holder(c, "");
    const char *old = random_token(c);
    OK(refresh_token_add(c, token_hash(c->arena, old), h.facts.authorization_id, DAY));
    struct tokens next = refreshed(c, old);
    (void)refreshed(c, next.refresh_token);
    c->now += 10;
    refused(c, old);
    refused(c, h.tokens.refresh_token);
}

/* RT-12: who lost the answer asks again, and gets the same successor; there is one live branch. */
static void within_the_window_the_successor_is_the_same(void **state)
{
    struct ctx *c = ctx_of(state);
    struct holder h = a_holder(c, "");
    struct tokens next = refreshed(c, h.tokens.refresh_token);
    c->now += 9;
    struct tokens again = refreshed(c, h.tokens.refresh_token);
    assert_string_equal(again.refresh_token, next.refresh_token);
    assert_string_not_equal(again.jti, next.jti);
    assert_int_equal(unused_tokens(c), 1);
    assert_int_equal(events(c, "token.reused"), 0);
    (void)refreshed(c, again.refresh_token);
}

/* RT-01, RT-12: after the window the family dies, at once on this node, with its access tokens. */
static void a_token_used_again_later_revokes_the_family(void **state)
{
    struct ctx *c = ctx_of(state);
    struct holder h = a_holder(c, "");
    struct tokens next = refreshed(c, h.tokens.refresh_token);
    c->now += 10;
    assert_true(is_live(c, next.access_token));
    refused(c, h.tokens.refresh_token);
    assert_false(is_live(c, next.access_token));
    assert_false(is_live(c, h.tokens.access_token));
    refused(c, next.refresh_token);
    assert_int_equal(told(c, REVOKED_AUTHORIZATION, h.facts.authorization_id), 1);
    assert_int_equal(events(c, "token.reused"), 1);
    struct table t = asked(c, "SELECT outcome, user_id, session_id, detail FROM events\n"
                              "WHERE name = 'token.reused'");
    assert_string_equal(table_text(&t, 0, 0), "refused");
    assert_string_equal(table_text(&t, 0, 1), h.user_id);
    assert_string_equal(table_text(&t, 0, 2), h.facts.sid);
    assert_non_null(strstr(table_text(&t, 0, 3), h.facts.authorization_id));
}

/* RT-12: the window is shut once the successor has been used. */
static void a_used_successor_shuts_the_window(void **state)
{
    struct ctx *c = ctx_of(state);
    struct holder h = a_holder(c, "");
    struct tokens next = refreshed(c, h.tokens.refresh_token);
    struct tokens third = refreshed(c, next.refresh_token);
    refused(c, h.tokens.refresh_token);
    refused(c, third.refresh_token);
    assert_int_equal(unused_tokens(c), 1);
}

static void without_a_window_every_reuse_is_one(void **state)
{
    struct ctx *c = ctx_of(state);
    settings(c)->refresh_grace_seconds = 0;
    struct holder h = a_holder(c, "");
    struct tokens next = refreshed(c, h.tokens.refresh_token);
    refused(c, h.tokens.refresh_token);
    refused(c, next.refresh_token);
}

/* JOSE-32, RT-16, SD-06: what is not exactly a refresh token of ours is none, and harms none. */
static void a_text_that_is_no_refresh_token_is_refused(void **state)
{
    struct ctx *c = ctx_of(state);
    struct holder h = a_holder(c, "");
    const char *token = h.tokens.refresh_token;
    const char *const texts[] = {
        "",
        "x",
        h.tokens.access_token,
        token_hash(c->arena, token),
        text_copy(c->arena, token, 54),
        token + 1,
        text_printf(c->arena, "%c%s", token[0] == '0' ? '1' : '0', token + 1),
        text_printf(c->arena, "%s=", token),
        text_printf(c->arena, "%s ", token),
        text_printf(c->arena, "%.54s%c", token, token[54] == 'A' ? 'B' : 'A'),
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        refused(c, texts[i]);
    (void)refreshed(c, token);
}

/* RT-04: presented by another client, it is refused and not used up; the same once it is used. */
static void a_token_is_its_clients(void **state)
{
    struct ctx *c = ctx_of(state);
    struct holder h = a_holder(c, "");
    struct tokens tokens = { 0 };
    REFUSED(refresh_use(c, h.tokens.refresh_token, "other", NULL, &tokens), INVALID_GRANT);
    REFUSED(refresh_use(c, h.tokens.refresh_token, "other", "users:everything", &tokens),
            INVALID_GRANT);
    struct tokens next = refreshed(c, h.tokens.refresh_token);
    REFUSED(refresh_use(c, h.tokens.refresh_token, "other", NULL, &tokens), INVALID_GRANT);
    assert_int_equal(events(c, "token.reused"), 0);
    (void)refreshed(c, next.refresh_token);
}

/* RT-07: unused for seven days it is dead, and a sign-in ends after thirty however often it is
 * refreshed; no token outlives it. */
static void a_sign_in_ends(void **state)
{
    struct ctx *c = ctx_of(state);
    struct holder h = a_holder(c, "");
    int64_t start = c->now;
    const char *token = h.tokens.refresh_token;
    for (int i = 0; i < 4; i++) {
        c->now += 7 * DAY - 1;
        token = refreshed(c, token).refresh_token;
    }
    c->now = start + 30 * DAY - 5;
    struct tokens last = refreshed(c, token);
    assert_int_equal(last.expires_in, 5);
    c->now = start + 30 * DAY;
    refused(c, last.refresh_token);
    assert_int_equal(events(c, "token.reused"), 0);
}

static void a_token_unused_too_long_is_dead(void **state)
{
    struct ctx *c = ctx_of(state);
    struct holder h = a_holder(c, "");
    c->now += 7 * DAY;
    refused(c, h.tokens.refresh_token);
    c->now -= 1;
    (void)refreshed(c, h.tokens.refresh_token);
}

/* The rotation stands, so the holder asks again. */
static void a_refresh_that_fails_after_the_rotation_can_be_repeated(void **state)
{
    enum { TOO_LONG = 8000 };
    struct ctx *c = ctx_of(state);
    struct holder h = a_holder(c, "");
    struct tokens tokens = { 0 };
    bool done = false;
    char *name = arena_alloc(c->arena, TOO_LONG + 1);
    memset(name, 'x', TOO_LONG);
    OK(role_set(c, &(struct role_row){ .name = name, .description = "" }, &done));
    gets_role(c, h.user_id, name);
    REFUSED(refresh_use(c, h.tokens.refresh_token, CLIENT_FIRST_PARTY, NULL, &tokens),
            INVALID_SCOPE);
    OK(role_take(c, TENANT_DEFAULT_ID, h.user_id, name, &done));
    (void)refreshed(c, h.tokens.refresh_token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOKEN_TEST(a_token_is_exchanged_for_its_successor),
        TOKEN_TEST(the_database_does_not_know_the_tokens),
        TOKEN_TEST(a_token_without_a_time_is_still_good),
        TOKEN_TEST(within_the_window_the_successor_is_the_same),
        TOKEN_TEST(a_token_used_again_later_revokes_the_family),
        TOKEN_TEST(a_used_successor_shuts_the_window),
        TOKEN_TEST(without_a_window_every_reuse_is_one),
        TOKEN_TEST(a_text_that_is_no_refresh_token_is_refused),
        TOKEN_TEST(a_token_is_its_clients),
        TOKEN_TEST(a_sign_in_ends),
        TOKEN_TEST(a_token_unused_too_long_is_dead),
        TOKEN_TEST(a_refresh_that_fails_after_the_rotation_can_be_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
