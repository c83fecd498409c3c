/* SPDX-License-Identifier: Apache-2.0 */
#include "store/status_lists.h"

#include "grants_testing.h"
#include "store/generation.h"
#include "store/sweep.h"

enum { LIFE = 900 };

/* The place that the authorization has now. */
static struct status_place place_of(struct ctx *c, const char *authorization_id)
{
    struct table t;
    static const char sql[] = "SELECT status_list, status_idx FROM authorizations WHERE id = $1";
    OK(DB_RUN(c, sql, &t, P_TEXT(authorization_id)));
    assert_int_equal(t.rows, 1);
    return (struct status_place){ table_text(&t, 0, 0), table_int(&t, 0, 1) };
}

static bool is_revoked(struct ctx *c, const struct status_place *place)
{
    struct status_places places;
    OK(status_list_revoked(c, place->list, c->now - LIFE, place->idx - 1, 1, &places));
    return places.n == 1 && places.at[0] == place->idx;
}

static const char *granted(struct ctx *c, const char *user)
{
    return authorization_made(c, (struct authorization_row){ .user_id = user });
}

static void every_authorization_has_a_place_of_its_own(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = user_made(c, "ada@example.org");
    struct status_place one = place_of(c, granted(c, user));
    struct status_place two = place_of(c, granted(c, user));
    assert_string_equal(one.list, "0-0");
    assert_true(one.idx >= 0 && one.idx < STATUS_LIST_PLACES);
    assert_int_not_equal(one.idx, two.idx);
    assert_false(is_revoked(c, &one));
    struct texts used;
    OK(status_lists_used(c, &used));
    assert_int_equal(used.n, 1);
}

/* A full list is not asked for ever: the next ones take over. */
static void a_full_list_is_followed_by_others(void **state)
{
    struct ctx *c = ctx_of(state);
    static const char fill[] =
        "WITH RECURSIVE n (i) AS (SELECT $1 UNION ALL SELECT i + 1 FROM n WHERE i < $1 + $2 - 1)\n"
        "INSERT INTO status_entries (list, idx, client_id, created_at, expires_at)\n"
        "SELECT '0-0', i, 'x', 0, 0 FROM n";
    enum { PART = 1 << 16 };
    struct status_place place;
    for (int64_t i = 0; i < STATUS_LIST_PLACES; i += PART)
        OK(DB_RUN(c, fill, NULL, P_INT(i), P_INT(PART)));
    OK(status_place_take(c, NULL, "first-party", c->now + 1, &place));
    assert_string_not_equal(place.list, "0-0");
}

static void what_ends_an_authorization_shows(void **state)
{
    struct ctx *c = ctx_of(state);
    bool done = false;
    const char *user = user_made(c, "ada@example.org");
    const char *one = granted(c, user);
    struct status_place a = place_of(c, one);
    struct status_place b = place_of(c, granted(c, user));
    OK(authorization_revoke(c, one, &done));
    assert_true(is_revoked(c, &a));
    assert_false(is_revoked(c, &b));
    OK(user_set_status(c, user, USER_DISABLED, &done));
    assert_true(is_revoked(c, &b));
}

/* Nothing is told of what no living token stands on. */
static void it_is_told_while_a_token_may_be_alive(void **state)
{
    struct ctx *c = ctx_of(state);
    bool done = false;
    const char *one = granted(c, user_made(c, "ada@example.org"));
    struct status_place a = place_of(c, one);
    OK(authorization_revoke(c, one, &done));
    c->now += LIFE - 1;
    assert_true(is_revoked(c, &a));
    c->now++;
    assert_false(is_revoked(c, &a));
}

/* A row that is gone took its authorization along: its place stays and says so. */
static void a_place_outlives_what_it_is_for(void **state)
{
    struct ctx *c = ctx_of(state);
    bool done = false;
    int64_t removed = 0;
    bool more = false;
    client_made(c, "app");
    const char *user = user_made(c, "ada@example.org");
    const char *one =
        authorization_made(c, (struct authorization_row){ .user_id = user, .client_id = "app" });
    struct status_place a = place_of(c, one);
    OK(client_remove(c, "app", &done));
    client_made(c, "app");
    assert_true(is_revoked(c, &a));
    c->now += ABSOLUTE + DAY;
    OK(sweep(c, &removed, &more));
    assert_false(is_revoked(c, &a));
    assert_int_equal(counted(c, "SELECT count(*) FROM status_entries"), 0);
}

static void the_tokens_of_a_client_share_a_place(void **state)
{
    struct ctx *c = ctx_of(state);
    bool found = false;
    struct status_place one;
    struct status_place again;
    client_made(c, "job");
    c->now++;
    OK(status_place_of_client(c, "job", LIFE, &one));
    OK(status_place_of_client(c, "job", LIFE, &again));
    assert_int_equal(one.idx, again.idx);
    assert_false(is_revoked(c, &one));
    c->now++;
    OK(client_set_status(c, "job", CLIENT_DISABLED, &found));
    assert_true(is_revoked(c, &one));
    /* What was given before stays dead when it is enabled again. */
    OK(client_set_status(c, "job", CLIENT_ACTIVE, &found));
    assert_true(is_revoked(c, &one));
    c->now++;
    OK(status_place_of_client(c, "job", LIFE, &again));
    assert_int_not_equal(one.idx, again.idx);
    assert_false(is_revoked(c, &again));
    c->now += ABSOLUTE + 1;
    OK(status_place_of_client(c, "job", LIFE, &one));
    assert_int_not_equal(one.idx, again.idx);
}

static void a_client_that_was_made_again_is_another(void **state)
{
    struct ctx *c = ctx_of(state);
    bool done = false;
    struct status_place one;
    client_made(c, "job");
    OK(status_place_of_client(c, "job", LIFE, &one));
    OK(client_remove(c, "job", &done));
    c->now++;
    client_made(c, "job");
    assert_true(is_revoked(c, &one));
}

/* One token is revoked: those before look so, too, and those after do not. */
static void a_spent_place_is_followed_by_another(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *one = granted(c, user_made(c, "ada@example.org"));
    struct status_place before = place_of(c, one);
    OK(status_place_spend(c, &before));
    struct status_place after = place_of(c, one);
    assert_int_not_equal(before.idx, after.idx);
    assert_true(is_revoked(c, &before));
    assert_false(is_revoked(c, &after));
    OK(status_place_spend(c, &before));
    struct status_place still = place_of(c, one);
    assert_int_equal(still.idx, after.idx);
    OK(status_place_spend(c, &(struct status_place){ 0 }));
}

/* SU-13: lists of before a restore have other names. */
static void a_restore_begins_other_lists(void **state)
{
    struct ctx *c = ctx_of(state);
    int64_t generation = 0;
    struct status_place place;
    OK(generation_raise(c, 6, &generation));
    OK(status_place_take(c, NULL, "first-party", c->now + 1, &place));
    assert_string_equal(place.list, "7-0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(every_authorization_has_a_place_of_its_own),
        STORE_TEST(a_full_list_is_followed_by_others),
        STORE_TEST(what_ends_an_authorization_shows),
        STORE_TEST(it_is_told_while_a_token_may_be_alive),
        STORE_TEST(a_place_outlives_what_it_is_for),
        STORE_TEST(the_tokens_of_a_client_share_a_place),
        STORE_TEST(a_client_that_was_made_again_is_another),
        STORE_TEST(a_spent_place_is_followed_by_another),
        STORE_TEST(a_restore_begins_other_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
