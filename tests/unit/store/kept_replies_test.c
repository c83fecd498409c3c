/* SPDX-License-Identifier: Apache-2.0 */
#include "store/kept_replies.h"

#include "store_testing.h"

enum { LEASE = 60, TTL = 3600, CROWD = 16 };

static enum kept_outcome begun(struct ctx *c, const struct kept_reply *key, const char **sealed)
{
    enum kept_outcome how = KEPT_OTHER;
    OK(kept_reply_begin(c, key, LEASE, TTL, &how, sealed));
    return how;
}

static void what_was_answered_is_given_again(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct kept_reply key = { person(c, "ada@example.com"), "key", "request" };
    const struct kept_reply other = { key.owner, "key", "another" };
    const struct kept_reply eves = { person(c, "eve@example.com"), "key", "another" };
    const char *sealed = NULL;
    assert_int_equal(begun(c, &key, &sealed), KEPT_BEGUN);
    assert_int_equal(begun(c, &key, &sealed), KEPT_RUNNING);
    OK(kept_reply_finish(c, &key, "answer"));
    assert_int_equal(begun(c, &key, &sealed), KEPT_DONE);
    assert_string_equal(sealed, "answer");
    assert_int_equal(begun(c, &other, &sealed), KEPT_OTHER);
    assert_int_equal(begun(c, &eves, &sealed), KEPT_BEGUN);
    /* What is done stays: a late failure of another one does not forget it. */
    OK(kept_reply_forget(c, &key));
    OK(kept_reply_finish(c, &key, "other"));
    assert_int_equal(begun(c, &key, &sealed), KEPT_DONE);
    assert_string_equal(sealed, "answer");
    c->now += TTL;
    assert_int_equal(begun(c, &other, &sealed), KEPT_BEGUN);
}

static void what_failed_may_begin_anew(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct kept_reply key = { person(c, "ada@example.com"), "key", "request" };
    const char *sealed = NULL;
    assert_int_equal(begun(c, &key, &sealed), KEPT_BEGUN);
    OK(kept_reply_forget(c, &key));
    assert_int_equal(begun(c, &key, &sealed), KEPT_BEGUN);
}

/* Who began and was killed may have done it. */
static void what_was_cut_off_is_not_begun_anew(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct kept_reply key = { person(c, "ada@example.com"), "key", "request" };
    const struct kept_reply other = { key.owner, "key", "another" };
    const char *sealed = NULL;
    int64_t began = c->now;
    assert_int_equal(begun(c, &key, &sealed), KEPT_BEGUN);
    c->now += LEASE - 1;
    assert_int_equal(begun(c, &key, &sealed), KEPT_RUNNING);
    c->now++;
    assert_int_equal(begun(c, &key, &sealed), KEPT_LOST);
    assert_int_equal(begun(c, &other, &sealed), KEPT_OTHER);
    c->now = began + TTL - 1;
    assert_int_equal(begun(c, &key, &sealed), KEPT_LOST);
    /* One that was slow, and not killed, says it in the end. */
    OK(kept_reply_finish(c, &key, "answer"));
    assert_int_equal(begun(c, &key, &sealed), KEPT_DONE);
    c->now = began + TTL;
    assert_int_equal(begun(c, &key, &sealed), KEPT_BEGUN);
}

static void begin_once(struct ctx *c, struct crowd *crowd, size_t number)
{
    enum kept_outcome how = KEPT_OTHER;
    const char *sealed = NULL;
    (void)number;
    crowd_joined(c, crowd);
    OK(kept_reply_begin(c, crowd->arg, LEASE, TTL, &how, &sealed));
    assert_true(how == KEPT_BEGUN || how == KEPT_RUNNING);
    if (how == KEPT_BEGUN)
        crowd->wins++;
}

/* Of all who come at once with one key, one carries the request out. */
static void of_a_crowd_one_begins(void **state)
{
    struct world *w = world_of(state);
    struct kept_reply key = { person(w->c, "ada@example.com"), "key", "request" };
    assert_int_equal(crowd_run(w, CROWD, begin_once, &key), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(what_was_answered_is_given_again),
        STORE_TEST(what_failed_may_begin_anew),
        STORE_TEST(what_was_cut_off_is_not_begun_anew),
        STORE_TEST(of_a_crowd_one_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
