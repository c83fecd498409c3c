/* SPDX-License-Identifier: Apache-2.0 */
#include "store/device_codes.h"

#include "grants_testing.h"

enum { LIFE = 600, MOST = 3 };

struct tried {
    bool added, full;
};

static struct tried try_add(struct ctx *c, const char *hash, const char *user_code)
{
    const struct device_code_row row = { .hash = hash,
                                         .user_code = user_code,
                                         .client_id = CLIENT_FIRST_PARTY,
                                         .scopes = text_split(c->arena, "a b", ' '),
                                         .address = "192.0.2.1",
                                         .wait = 5,
                                         .expires_at = c->now + LIFE };
    struct tried tried;
    OK(device_code_add(c, &row, MOST, &tried.added, &tried.full));
    return tried;
}

static void no_two_devices_have_one_user_code(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_true(try_add(c, "h1", "u").added);
    struct tried tried = try_add(c, "h2", "u");
    assert_false(tried.added || tried.full);
}

/* DV-07: so many of one client wait, and no more; what has expired waits no longer. */
static void a_client_has_only_so_many_that_wait(void **state)
{
    struct ctx *c = ctx_of(state);
    for (int i = 0; i < MOST; i++)
        assert_true(
            try_add(c, text_printf(c->arena, "h%d", i), text_printf(c->arena, "u%d", i)).added);
    struct tried tried = try_add(c, "more", "more");
    assert_true(tried.full && !tried.added);
    c->now += LIFE;
    assert_true(try_add(c, "more", "more").added);
}

static void an_answer_is_given_once_and_in_time(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in who = signed_in(c, "ada@example.org");
    const struct device_code_row *row = NULL;
    bool done = false;
    assert_true(try_add(c, "h", "u").added);
    OK(device_code_find_pending(c, "u", &row));
    assert_non_null(row);
    assert_string_equal(row->address, "192.0.2.1");
    OK(device_code_answer(c, "u", who.session_id, false, &done));
    assert_true(done);
    OK(device_code_answer(c, "u", who.session_id, true, &done));
    assert_false(done);
    OK(device_code_find_pending(c, "u", &row));
    assert_null(row);
    assert_true(try_add(c, "late", "late").added);
    c->now += LIFE;
    OK(device_code_answer(c, "late", who.session_id, true, &done));
    assert_false(done);
}

/* ---- many at once ---- */

static void answer_it(struct ctx *c, struct crowd *crowd, size_t number)
{
    bool done = false;
    crowd_joined(c, crowd);
    OK(device_code_answer(c, "u", crowd->arg, number % 2 == 0, &done));
    crowd->wins += done;
}

static void ask_for_it(struct ctx *c, struct crowd *crowd, size_t number)
{
    struct device_code_row row;
    enum device_outcome how = DEVICE_UNKNOWN;
    (void)number;
    crowd_joined(c, crowd);
    OK(device_code_ask(c, "h", CLIENT_FIRST_PARTY, &how, &row));
    crowd->wins += how == DEVICE_TAKEN;
}

/* DV-07: of many who answer one user code at once, one does, and what they said stands. */
static void many_at_once_answer_it_once(void **state)
{
    struct world *w = world_of(state);
    struct signed_in who = signed_in(w->c, "ada@example.org");
    assert_true(try_add(w->c, "h", "u").added);
    assert_int_equal(crowd_run(w, CROWD_MAX, answer_it, (void *)(uintptr_t)who.session_id), 1);
}

/* DV-07: of many who ask for what was allowed at once, one gets it. */
static void many_at_once_take_it_once(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    struct signed_in who = signed_in(c, "ada@example.org");
    bool done = false;
    assert_true(try_add(c, "h", "u").added);
    OK(device_code_answer(c, "u", who.session_id, true, &done));
    assert_int_equal(crowd_run(w, CROWD_MAX, ask_for_it, NULL), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(no_two_devices_have_one_user_code),
        STORE_TEST(a_client_has_only_so_many_that_wait),
        STORE_TEST(an_answer_is_given_once_and_in_time),
        STORE_TEST(many_at_once_answer_it_once),
        STORE_TEST(many_at_once_take_it_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
