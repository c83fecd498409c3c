/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/throttle.h"

#include "tests/unit/identity/identity_testing.h"

static struct ctx *ctx_of(void **state)
{
    return ((struct house *)*state)->c;
}

/* How many attempts pass before one is refused, at most 1000. */
static int passes(struct ctx *c, enum throttle kind, const char *who, const char *device)
{
    int n = 0;
    while (n < 1000 && throttle_take(c, kind, who, device).code == ERR_OK)
        n++;
    if (n < 1000)
        assert_int_equal(c->fault.code, ERR_RATE_LIMITED);
    return n;
}

static void an_allowance_ends_and_says_when_there_is_more(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_int_equal(passes(c, THROTTLE_LOGIN, EMAIL, NULL), 5);
    assert_true(c->fault.retry_after >= 1 && c->fault.retry_after <= 12);
    fault_clear(c);
    c->now += 12;
    assert_int_equal(passes(c, THROTTLE_LOGIN, EMAIL, NULL), 1);
}

/* RL-09: nothing is locked; the allowance is there again with time */
static void an_allowance_fills_up_with_time(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_int_equal(passes(c, THROTTLE_LOGIN, EMAIL, NULL), 5);
    fault_clear(c);
    c->now += 60;
    assert_int_equal(passes(c, THROTTLE_LOGIN, EMAIL, NULL), 5);
}

static void the_settings_say_how_much_each_kind_allows(void **state)
{
    struct house *h = *state;
    h->config->login_per_minute = 3;
    h->config->forgot_per_hour = 2;
    assert_int_equal(passes(h->c, THROTTLE_LOGIN, EMAIL, NULL), 3);
    fault_clear(h->c);
    assert_int_equal(passes(h->c, THROTTLE_CONFIRM, EMAIL, NULL), 3);
    fault_clear(h->c);
    assert_int_equal(passes(h->c, THROTTLE_MAIL, EMAIL, NULL), 2);
    assert_true(h->c->fault.retry_after > 60);
}

/* RL-09, AT-16: people have allowances of their own, and so has each device of one */
static void allowances_are_apart(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_int_equal(passes(c, THROTTLE_LOGIN, EMAIL, NULL), 5);
    fault_clear(c);
    assert_int_equal(passes(c, THROTTLE_LOGIN, EMAIL, "device 1"), 5);
    fault_clear(c);
    assert_int_equal(passes(c, THROTTLE_LOGIN, EMAIL, "device 2"), 5);
    fault_clear(c);
    assert_int_equal(passes(c, THROTTLE_LOGIN, "bob@example.com", NULL), 5);
    fault_clear(c);
    assert_int_equal(passes(c, THROTTLE_LOGIN, EMAIL, NULL), 0);
}

static void what_is_given_back_can_be_taken_again(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_int_equal(passes(c, THROTTLE_LOGIN, EMAIL, NULL), 5);
    fault_clear(c);
    throttle_give_back(c, THROTTLE_LOGIN, EMAIL, NULL);
    assert_int_equal(passes(c, THROTTLE_LOGIN, EMAIL, NULL), 1);
    fault_clear(c);
    /* Never more than the full allowance. */
    for (int i = 0; i < 20; i++)
        throttle_give_back(c, THROTTLE_LOGIN, EMAIL, NULL);
    assert_int_equal(passes(c, THROTTLE_LOGIN, EMAIL, NULL), 5);
    fault_clear(c);
}

/* SU-05: the setting works, both ways */
static void without_limits_nothing_is_limited(void **state)
{
    struct house *h = *state;
    h->config->rate_limit = false;
    assert_int_equal(passes(h->c, THROTTLE_LOGIN, EMAIL, NULL), 1000);
    throttle_give_back(h->c, THROTTLE_LOGIN, EMAIL, NULL);
    h->config->rate_limit = true;
    assert_int_equal(passes(h->c, THROTTLE_LOGIN, EMAIL, NULL), 5);
    fault_clear(h->c);
}

/* PR-10: past the allowance no mail goes out, and nobody is told */
static void whether_mail_may_go_is_told_without_a_failure(void **state)
{
    struct ctx *c = ctx_of(state);
    bool allowed = false;
    for (int i = 0; i < 5; i++) {
        OK(throttle_may_mail(c, EMAIL, &allowed));
        assert_true(allowed);
    }
    OK(throttle_may_mail(c, EMAIL, &allowed));
    assert_false(allowed);
    assert_int_equal(c->fault.code, ERR_OK);
}

static bool takes_one(struct ctx *c, void *arg)
{
    return throttle_take(c, THROTTLE_LOGIN, arg, NULL).code == ERR_OK;
}

/* RL-07: a crowd at once gets no more than one after the other */
static void a_crowd_gets_no_more(void **state)
{
    char who[] = EMAIL;
    assert_int_equal(house_crowd_run(*state, 64, takes_one, who), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(an_allowance_ends_and_says_when_there_is_more),
        HOUSE_TEST(an_allowance_fills_up_with_time),
        HOUSE_TEST(the_settings_say_how_much_each_kind_allows),
        HOUSE_TEST(allowances_are_apart),
        HOUSE_TEST(what_is_given_back_can_be_taken_again),
        HOUSE_TEST(without_limits_nothing_is_limited),
        HOUSE_TEST(whether_mail_may_go_is_told_without_a_failure),
        HOUSE_TEST(a_crowd_gets_no_more),
    };
    return cmocka_run_group_tests_name("identity/throttle", tests, NULL, NULL);
}
