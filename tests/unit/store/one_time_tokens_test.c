/* SPDX-License-Identifier: Apache-2.0 */
#include "store/one_time_tokens.h"

#include "store_testing.h"

static void add(struct ctx *c, enum one_time_kind kind, const char *hash, const char *user_id)
{
    OK(one_time_add(
        c, &(struct one_time_new){
               .kind = kind, .hash = hash, .user_id = user_id, .expires_at = c->now + 60 }));
}

static enum one_time_outcome used(struct ctx *c, enum one_time_kind kind, const char *hash)
{
    enum one_time_outcome how;
    struct one_time_row token;
    OK(one_time_use(c, kind, hash, &how, &token));
    return how;
}

static enum one_time_outcome tried(struct ctx *c, const char *hash, int64_t max)
{
    enum one_time_outcome how;
    struct one_time_row token;
    OK(one_time_try(c, ONE_TIME_MFA, hash, max, &how, &token));
    return how;
}

/* ---- using ---- */

static void a_token_gives_back_what_it_was_made_with(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = person(c, "alice@example.org");
    OK(one_time_add(c, &(struct one_time_new){ .kind = ONE_TIME_CHANGE_EMAIL,
                                               .hash = "h",
                                               .user_id = user_id,
                                               .about = "about",
                                               .payload = "payload",
                                               .expires_at = WORLD_NOW + 60 }));
    enum one_time_outcome how;
    struct one_time_row token;
    c->now++;
    OK(one_time_use(c, ONE_TIME_CHANGE_EMAIL, "h", &how, &token));
    assert_int_equal(how, ONE_TIME_DONE);
    assert_string_equal(token.user_id, user_id);
    assert_string_equal(token.about, "about");
    assert_string_equal(token.payload, "payload");
    assert_int_equal(token.created_at, WORLD_NOW);
    assert_int_equal(token.expires_at, WORLD_NOW + 60);
    OK(one_time_use(c, ONE_TIME_CHANGE_EMAIL, "h", &how, &token));
    assert_int_equal(how, ONE_TIME_USED);
    assert_string_equal(token.user_id, user_id);
}

static void a_token_of_nobody_about_nothing_says_so(void **state)
{
    struct ctx *c = ctx_of(state);
    add(c, ONE_TIME_INVITATION, "h", NULL);
    enum one_time_outcome how;
    struct one_time_row token;
    OK(one_time_use(c, ONE_TIME_INVITATION, "h", &how, &token));
    assert_int_equal(how, ONE_TIME_DONE);
    assert_null(token.user_id);
    assert_null(token.about);
    assert_null(token.payload);
}

static void a_token_lives_until_the_second_in_which_it_expires(void **state)
{
    struct ctx *c = ctx_of(state);
    add(c, ONE_TIME_INVITATION, "early", NULL);
    OK(one_time_add(c, &(struct one_time_new){ .kind = ONE_TIME_INVITATION,
                                               .hash = "late",
                                               .about = "another",
                                               .expires_at = WORLD_NOW + 60 }));
    c->now = WORLD_NOW + 59;
    assert_int_equal(used(c, ONE_TIME_INVITATION, "early"), ONE_TIME_DONE);
    c->now = WORLD_NOW + 60;
    assert_int_equal(used(c, ONE_TIME_INVITATION, "late"), ONE_TIME_EXPIRED);
    assert_int_equal(used(c, ONE_TIME_INVITATION, "early"), ONE_TIME_USED);
}

/* CD-04: a token is unknown to every kind but its own, and stays usable there. */
static void a_token_is_of_one_kind_only(void **state)
{
    struct ctx *c = ctx_of(state);
    const enum one_time_kind kinds[] = { ONE_TIME_VERIFY_EMAIL, ONE_TIME_RESET_PASSWORD,
                                         ONE_TIME_CHANGE_EMAIL, ONE_TIME_MFA, ONE_TIME_INVITATION };
    enum { KINDS = sizeof kinds / sizeof *kinds };
    const char *user_id = person(c, "alice@example.org");
    for (size_t i = 0; i < KINDS; i++) {
        const char *hash = text_printf(c->arena, "h%zu", i);
        add(c, kinds[i], hash, user_id);
        for (size_t other = 0; other < KINDS; other++) {
            if (other != i)
                assert_int_equal(used(c, kinds[other], hash), ONE_TIME_UNKNOWN);
        }
        assert_int_equal(used(c, kinds[i], hash), ONE_TIME_DONE);
    }
}

static void use_at_once(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    crowd_joined(c, crowd);
    enum one_time_outcome how = used(c, ONE_TIME_RESET_PASSWORD, "h");
    assert_true(how == ONE_TIME_DONE || how == ONE_TIME_USED);
    crowd->wins += how == ONE_TIME_DONE;
}

/* PR-05: of 64 who present one link at once, one gets through; nobody does afterwards. */
static void of_a_crowd_with_one_link_one_gets_through(void **state)
{
    struct world *w = world_of(state);
    add(w->c, ONE_TIME_RESET_PASSWORD, "h", person(w->c, "alice@example.org"));
    assert_int_equal(crowd_run(w, 64, use_at_once, NULL), 1);
    assert_int_equal(used(w->c, ONE_TIME_RESET_PASSWORD, "h"), ONE_TIME_USED);
}

/* PR-05: a used link is used after a restart, too. */
static void a_used_link_is_used_after_a_restart(void **state)
{
    struct world *w = world_of(state);
    add(w->c, ONE_TIME_RESET_PASSWORD, "h", person(w->c, "alice@example.org"));
    assert_int_equal(used(w->c, ONE_TIME_RESET_PASSWORD, "h"), ONE_TIME_DONE);
    world_close(w);
    world_open(w, DB_SERVER);
    assert_int_equal(used(w->c, ONE_TIME_RESET_PASSWORD, "h"), ONE_TIME_USED);
}

/* ---- how many ---- */

/* PR-02: a newer link is the only one. */
static void a_newer_link_replaces_the_older(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *alice = person(c, "alice@example.org");
    add(c, ONE_TIME_RESET_PASSWORD, "bob", person(c, "bob@example.org"));
    add(c, ONE_TIME_RESET_PASSWORD, "first", alice);
    add(c, ONE_TIME_CHANGE_EMAIL, "another kind", alice);
    add(c, ONE_TIME_RESET_PASSWORD, "second", alice);
    assert_int_equal(used(c, ONE_TIME_RESET_PASSWORD, "first"), ONE_TIME_UNKNOWN);
    assert_int_equal(used(c, ONE_TIME_RESET_PASSWORD, "second"), ONE_TIME_DONE);
    assert_int_equal(used(c, ONE_TIME_CHANGE_EMAIL, "another kind"), ONE_TIME_DONE);
    assert_int_equal(used(c, ONE_TIME_RESET_PASSWORD, "bob"), ONE_TIME_DONE);
}

static void links_about_different_things_stand_side_by_side(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *abouts[] = { "a", "b", "a" };
    const char *hashes[] = { "a1", "b1", "a2" };
    for (size_t i = 0; i < 3; i++)
        OK(one_time_add(c, &(struct one_time_new){ .kind = ONE_TIME_INVITATION,
                                                   .hash = hashes[i],
                                                   .about = abouts[i],
                                                   .expires_at = WORLD_NOW + 60 }));
    assert_int_equal(used(c, ONE_TIME_INVITATION, "a1"), ONE_TIME_UNKNOWN);
    assert_int_equal(used(c, ONE_TIME_INVITATION, "a2"), ONE_TIME_DONE);
    assert_int_equal(used(c, ONE_TIME_INVITATION, "b1"), ONE_TIME_DONE);
}

/* DO-09: however often somebody begins to sign in, five beginnings are kept, the newest ones. */
static void of_many_handles_the_newest_five_live(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *alice = person(c, "alice@example.org");
    for (int i = 0; i < 40; i++) {
        add(c, ONE_TIME_MFA, text_printf(c->arena, "h%d", i), alice);
        c->now++;
    }
    assert_int_equal(counted(c, "SELECT count(*) FROM one_time_tokens"), 5);
    assert_int_equal(used(c, ONE_TIME_MFA, "h34"), ONE_TIME_UNKNOWN);
    assert_int_equal(used(c, ONE_TIME_MFA, "h35"), ONE_TIME_DONE);
    assert_int_equal(used(c, ONE_TIME_MFA, "h39"), ONE_TIME_DONE);
}

static void a_used_link_makes_no_room_and_takes_none(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *alice = person(c, "alice@example.org");
    add(c, ONE_TIME_RESET_PASSWORD, "first", alice);
    assert_int_equal(used(c, ONE_TIME_RESET_PASSWORD, "first"), ONE_TIME_DONE);
    add(c, ONE_TIME_RESET_PASSWORD, "second", alice);
    assert_int_equal(used(c, ONE_TIME_RESET_PASSWORD, "first"), ONE_TIME_USED);
    assert_int_equal(used(c, ONE_TIME_RESET_PASSWORD, "second"), ONE_TIME_DONE);
}

/* ---- trying ---- */

static void a_handle_may_be_looked_at_a_few_times(void **state)
{
    struct ctx *c = ctx_of(state);
    add(c, ONE_TIME_MFA, "h", person(c, "alice@example.org"));
    for (int i = 0; i < 5; i++)
        assert_int_equal(tried(c, "h", 5), ONE_TIME_DONE);
    assert_int_equal(tried(c, "h", 5), ONE_TIME_EXPIRED);
    assert_int_equal(tried(c, "nothing", 5), ONE_TIME_UNKNOWN);
}

static void a_handle_that_was_used_or_has_expired_is_not_looked_at(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *alice = person(c, "alice@example.org");
    add(c, ONE_TIME_MFA, "used", alice);
    add(c, ONE_TIME_MFA, "late", alice);
    assert_int_equal(tried(c, "used", 5), ONE_TIME_DONE);
    assert_int_equal(used(c, ONE_TIME_MFA, "used"), ONE_TIME_DONE);
    assert_int_equal(tried(c, "used", 5), ONE_TIME_USED);
    c->now += 60;
    assert_int_equal(tried(c, "late", 5), ONE_TIME_EXPIRED);
}

static void try_at_once(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    crowd_joined(c, crowd);
    crowd->wins += tried(c, "h", 5) == ONE_TIME_DONE;
}

/* RL-07: the looks are counted before anything is looked at, also when they come at once. */
static void of_a_crowd_with_one_handle_five_look(void **state)
{
    struct world *w = world_of(state);
    add(w->c, ONE_TIME_MFA, "h", person(w->c, "alice@example.org"));
    assert_int_equal(crowd_run(w, 64, try_at_once, NULL), 5);
}

/* ---- killing ---- */

static void what_is_killed_is_unknown(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *alice = person(c, "alice@example.org");
    add(c, ONE_TIME_RESET_PASSWORD, "used", alice);
    assert_int_equal(used(c, ONE_TIME_RESET_PASSWORD, "used"), ONE_TIME_DONE);
    add(c, ONE_TIME_RESET_PASSWORD, "reset", alice);
    add(c, ONE_TIME_MFA, "mfa", alice);
    add(c, ONE_TIME_MFA, "bob", person(c, "bob@example.org"));
    OK(one_time_kill(c, alice));
    assert_int_equal(used(c, ONE_TIME_RESET_PASSWORD, "reset"), ONE_TIME_UNKNOWN);
    assert_int_equal(used(c, ONE_TIME_MFA, "mfa"), ONE_TIME_UNKNOWN);
    assert_int_equal(used(c, ONE_TIME_RESET_PASSWORD, "used"), ONE_TIME_USED);
    assert_int_equal(used(c, ONE_TIME_MFA, "bob"), ONE_TIME_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_token_gives_back_what_it_was_made_with),
        STORE_TEST(a_token_of_nobody_about_nothing_says_so),
        STORE_TEST(a_token_lives_until_the_second_in_which_it_expires),
        STORE_TEST(a_token_is_of_one_kind_only),
        STORE_TEST(of_a_crowd_with_one_link_one_gets_through),
        STORE_TEST(a_used_link_is_used_after_a_restart),
        STORE_TEST(a_newer_link_replaces_the_older),
        STORE_TEST(links_about_different_things_stand_side_by_side),
        STORE_TEST(of_many_handles_the_newest_five_live),
        STORE_TEST(a_used_link_makes_no_room_and_takes_none),
        STORE_TEST(a_handle_may_be_looked_at_a_few_times),
        STORE_TEST(a_handle_that_was_used_or_has_expired_is_not_looked_at),
        STORE_TEST(of_a_crowd_with_one_handle_five_look),
        STORE_TEST(what_is_killed_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
