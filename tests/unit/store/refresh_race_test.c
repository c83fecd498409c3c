/* SPDX-License-Identifier: Apache-2.0 */
#include "store/refresh_tokens.h"

#include "base/random.h"
#include "grants_testing.h"

enum { OUTCOMES = REFRESH_REUSED + 1 };

/* What came out, how often; and the copies of successors that were given. */
struct race {
    const char *token;
    int64_t grace;
    _Atomic size_t outcomes[OUTCOMES];
    _Atomic size_t strangers; /* answers in the window with another successor than the winner's */
    char next[CROWD_MAX][16];
    char sealed[CROWD_MAX][32];
    _Atomic size_t winner;
};

static void use_one(struct ctx *c, struct crowd *crowd, size_t number)
{
    crowd_joined(c, crowd);
    struct race *race = crowd->arg;
    (void)snprintf(race->next[number], sizeof race->next[number], "next %zu", number);
    struct refresh_use_new use = use_of(c, race->token, race->next[number]);
    use.grace = race->grace;
    struct refresh_use_found found = used(c, use);
    race->outcomes[found.how]++;
    if (found.how == REFRESH_DONE)
        race->winner = number;
    if (found.how == REFRESH_GRACE)
        (void)snprintf(race->sealed[number], sizeof race->sealed[number], "%s", found.sealed);
}

static struct race raced(struct world *w, const char *token, int64_t grace)
{
    struct race race = { .token = token, .grace = grace };
    (void)crowd_run(w, CROWD_MAX, use_one, &race);
    const char *expected = text_printf(w->c->arena, "sealed %s", race.next[race.winner]);
    for (size_t i = 0; i < CROWD_MAX; i++)
        race.strangers += race.sealed[i][0] != '\0' && !text_equal(race.sealed[i], expected);
    return race;
}

/* RT-01, RT-12, SD-01: of 64 at once one rotates, and all others get its successor. */
static void in_the_window_all_get_one_and_the_same_successor(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    struct signed_in ada = signed_in(c, "ada@example.org");
    struct race race = raced(w, ada.token, GRACE);
    assert_int_equal(race.outcomes[REFRESH_DONE], 1);
    assert_int_equal(race.outcomes[REFRESH_GRACE], CROWD_MAX - 1);
    assert_int_equal(race.strangers, 0);
    assert_int_equal(counted(c, "SELECT count(*) FROM refresh_tokens WHERE used_at IS NULL"), 1);
    assert_true(is_live(c, ada.authorization_id));
    assert_int_equal(rotated(c, race.next[race.winner], "third"), REFRESH_DONE);
}

/* RT-01: without a window one rotates, one is found out, and nothing of the family is left. */
static void without_a_window_the_family_is_dead_afterwards(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    struct signed_in ada = signed_in(c, "ada@example.org");
    struct race race = raced(w, ada.token, 0);
    assert_int_equal(race.outcomes[REFRESH_DONE], 1);
    assert_int_equal(race.outcomes[REFRESH_REUSED], 1);
    assert_int_equal(race.outcomes[REFRESH_REVOKED], CROWD_MAX - 2);
    assert_false(is_live(c, ada.authorization_id));
    assert_int_equal(told(c, REVOKED_AUTHORIZATION, ada.authorization_id), 1);
    assert_int_equal(rotated(c, race.next[race.winner], "x"), REFRESH_REVOKED);
}

/* ---- a family in use by many ---- */

enum { ROUNDS = 20 };

/* Presents what it holds, and goes on with what it is given; in the window that is what `sealed`
 * tells. */
static void live_on(struct ctx *c, struct crowd *crowd, size_t number)
{
    crowd_joined(c, crowd);
    const char *token = crowd->arg;
    for (int i = 0; i < ROUNDS; i++) {
        const char *next = text_printf(c->arena, "%zu-%d", number, i);
        struct refresh_use_found found = used(c, use_of(c, token, next));
        if (found.how == REFRESH_DONE)
            token = next;
        else if (found.how == REFRESH_GRACE)
            token = found.sealed + strlen("sealed ");
        else
            return;
    }
    crowd->wins++;
}

/* RT-01: whoever comes when, a family has one end. */
static void a_family_never_has_two_live_tokens(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    struct signed_in ada = signed_in(c, "ada@example.org");
    char token[80];
    (void)snprintf(token, sizeof token, "%s", ada.token);
    (void)crowd_run(w, 16, live_on, token);
    assert_int_equal(counted(c, "SELECT count(*) FROM refresh_tokens WHERE used_at IS NULL"), 1);
    assert_int_equal(counted(c, "SELECT count(*) FROM refresh_tokens r\n"
                                "WHERE r.successor_hash IS NOT NULL\n"
                                "  AND NOT EXISTS (SELECT 1 FROM refresh_tokens s\n"
                                "                  WHERE s.hash = r.successor_hash)"),
                     0);
}

/* ---- against what ends it ---- */

static void refresh_or_revoke(struct ctx *c, struct crowd *crowd, size_t number)
{
    crowd_joined(c, crowd);
    const struct signed_in *who = crowd->arg;
    if (number % 2 == 0) {
        bool ended = false;
        OK(session_end(c, who->user_id, who->session_id, &ended));
        crowd->wins += ended;
        return;
    }
    enum refresh_outcome how = rotated(c, who->token, text_printf(c->arena, "next %zu", number));
    assert_true(how == REFRESH_DONE || how == REFRESH_GRACE || how == REFRESH_REVOKED);
}

/* RT-11: a refresh that comes at the same moment brings nothing back. */
static void after_a_logout_nothing_is_left_whoever_was_faster(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    struct signed_in ada = signed_in(c, "ada@example.org");
    assert_int_equal(crowd_run(w, 32, refresh_or_revoke, &ada), 1);
    assert_false(is_live(c, ada.authorization_id));
    struct table t = asked(c, "SELECT hash FROM refresh_tokens");
    for (size_t i = 0; i < t.rows; i++)
        assert_int_equal(rotated(c, table_text(&t, i, 0), "x"), REFRESH_REVOKED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(in_the_window_all_get_one_and_the_same_successor),
        STORE_TEST(without_a_window_the_family_is_dead_afterwards),
        STORE_TEST(a_family_never_has_two_live_tokens),
        STORE_TEST(after_a_logout_nothing_is_left_whoever_was_faster),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
