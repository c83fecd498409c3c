/* SPDX-License-Identifier: Apache-2.0 */
#include "store/seen.h"

#include "grants_testing.h"

static bool is_first(struct ctx *c, const char *purpose, const char *issuer, const char *id)
{
    bool first = false;
    OK(seen_add(c, &(struct seen_key){ purpose, issuer, id }, c->now + MINUTE, &first));
    return first;
}

static void a_value_is_new_once(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_true(is_first(c, "assertion", "shop", "1"));
    assert_false(is_first(c, "assertion", "shop", "1"));
    assert_true(is_first(c, "assertion", "shop", "2"));
    assert_true(is_first(c, "assertion", "other", "1"));
    assert_true(is_first(c, "logout", "shop", "1"));
}

static void it_is_remembered_until_it_expires(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_true(is_first(c, "assertion", "shop", "1"));
    c->now += MINUTE - 1;
    assert_false(is_first(c, "assertion", "shop", "1"));
    c->now += 1;
    assert_true(is_first(c, "assertion", "shop", "1"));
    assert_false(is_first(c, "assertion", "shop", "1"));
    c->now += MINUTE - 1;
    assert_false(is_first(c, "assertion", "shop", "1"));
}

static void show_it(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    crowd_joined(c, crowd);
    crowd->wins += is_first(c, "assertion", "shop", "1");
}

/* CD-02: of many who show one thing at once, one is first. */
static void many_at_once_show_it_once(void **state)
{
    struct world *w = world_of(state);
    assert_int_equal(crowd_run(w, CROWD_MAX, show_it, NULL), 1);
    w->c->now += MINUTE;
    assert_true(is_first(w->c, "assertion", "shop", "1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_value_is_new_once),
        STORE_TEST(it_is_remembered_until_it_expires),
        STORE_TEST(many_at_once_show_it_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
