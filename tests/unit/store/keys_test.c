/* SPDX-License-Identifier: Apache-2.0 */
#include "store/keys.h"

#include "grants_testing.h"
#include "store/tenants.h"

static bool key_made(struct ctx *c, const char *kid, const char *alg, enum key_row_state state)
{
    bool added = false;
    OK(key_add(c,
               &(struct key_row){ .kid = kid,
                                  .alg = alg,
                                  .state = state,
                                  .sealed_private = "sealed",
                                  .public_jwk = "{}",
                                  .created_at = c->now,
                                  .activates_at = c->now + DAY,
                                  .retires_at = c->now + 90 * DAY },
               &added));
    return added;
}

static struct key_row key_found(struct ctx *c, const char *kid)
{
    struct key_rows rows;
    OK(keys_list(c, NULL, &rows));
    for (size_t i = 0; i < rows.n; i++) {
        if (text_equal(rows.at[i].kid, kid))
            return rows.at[i];
    }
    fail_msg("no key %s", kid);
    return (struct key_row){ 0 };
}

static bool promoted(struct ctx *c, const char *kid)
{
    bool done = false;
    OK(key_promote(c,
                   &(struct key_promotion){ .kid = kid,
                                            .old_expires_at = c->now + DAY,
                                            .retires_at = c->now + 60 * DAY },
                   &done));
    return done;
}

static void keys_are_listed_newest_first(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_true(key_made(c, "a", "RS256", KEY_ROW_CURRENT));
    c->now++;
    assert_true(key_made(c, "b", "RS256", KEY_ROW_NEXT));
    struct key_rows rows;
    OK(keys_list(c, NULL, &rows));
    assert_int_equal(rows.n, 2);
    assert_string_equal(rows.at[0].kid, "b");
    assert_int_equal(rows.at[0].state, KEY_ROW_NEXT);
    assert_string_equal(rows.at[1].alg, "RS256");
    assert_int_equal(rows.at[1].state, KEY_ROW_CURRENT);
    assert_string_equal(rows.at[1].sealed_private, "sealed");
    assert_string_equal(rows.at[1].public_jwk, "{}");
    assert_int_equal(rows.at[1].created_at, c->now - 1);
    assert_int_equal(rows.at[1].activates_at, c->now - 1 + DAY);
    assert_int_equal(rows.at[1].retires_at, c->now - 1 + 90 * DAY);
    assert_int_equal(rows.at[1].expires_at, 0);
}

static void an_algorithm_has_one_key_of_each_turn(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_true(key_made(c, "a", "RS256", KEY_ROW_CURRENT));
    assert_false(key_made(c, "b", "RS256", KEY_ROW_CURRENT));
    assert_true(key_made(c, "b", "RS256", KEY_ROW_NEXT));
    assert_false(key_made(c, "c", "RS256", KEY_ROW_NEXT));
    assert_true(key_made(c, "c", "ES256", KEY_ROW_CURRENT));
    assert_false(key_made(c, "a", "ES256", KEY_ROW_NEXT));
}

static void promoting_retires_the_one_before(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_true(key_made(c, "old", "RS256", KEY_ROW_CURRENT));
    assert_true(key_made(c, "new", "RS256", KEY_ROW_NEXT));
    assert_true(key_made(c, "other", "ES256", KEY_ROW_CURRENT));
    c->now += 5;
    assert_true(promoted(c, "new"));
    assert_int_equal(key_found(c, "new").state, KEY_ROW_CURRENT);
    assert_int_equal(key_found(c, "new").activates_at, c->now);
    assert_int_equal(key_found(c, "new").retires_at, c->now + 60 * DAY);
    assert_int_equal(key_found(c, "old").state, KEY_ROW_RETIRED);
    assert_int_equal(key_found(c, "old").retires_at, c->now);
    assert_int_equal(key_found(c, "old").expires_at, c->now + DAY);
    assert_int_equal(key_found(c, "other").state, KEY_ROW_CURRENT);
    assert_false(promoted(c, "new"));
    assert_false(promoted(c, "old"));
    assert_false(promoted(c, "nothing"));
    assert_int_equal(key_found(c, "new").state, KEY_ROW_CURRENT);
}

static void retired_keys_go_when_they_have_expired(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_true(key_made(c, "old", "RS256", KEY_ROW_CURRENT));
    assert_true(key_made(c, "new", "RS256", KEY_ROW_NEXT));
    assert_true(promoted(c, "new"));
    int64_t removed = -1;
    c->now += DAY - 1;
    OK(keys_remove_expired(c, &removed));
    assert_int_equal(removed, 0);
    c->now += 1;
    OK(keys_remove_expired(c, &removed));
    assert_int_equal(removed, 1);
    struct key_rows rows;
    OK(keys_list(c, NULL, &rows));
    assert_int_equal(rows.n, 1);
    assert_string_equal(rows.at[0].kid, "new");
}

static bool replaced(struct ctx *c, const char *kid)
{
    bool changed = false;
    OK(key_replace(c,
                   &(struct key_row){ .kid = kid,
                                      .alg = "RS256",
                                      .public_jwk = "{}",
                                      .created_at = c->now,
                                      .retires_at = c->now + 60 * DAY },
                   c->now + DAY, &changed));
    return changed;
}

static void a_key_from_a_file_becomes_current_whatever_was(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_true(replaced(c, "file"));
    assert_false(replaced(c, "file"));
    assert_int_equal(key_found(c, "file").state, KEY_ROW_CURRENT);
    assert_null(key_found(c, "file").sealed_private);
    assert_int_equal(key_found(c, "file").activates_at, c->now);
    c->now++;
    assert_true(key_made(c, "next", "RS256", KEY_ROW_NEXT));
    assert_true(replaced(c, "file 2"));
    assert_int_equal(key_found(c, "file").state, KEY_ROW_RETIRED);
    assert_int_equal(key_found(c, "file").expires_at, c->now + DAY);
    assert_int_equal(key_found(c, "next").state, KEY_ROW_NEXT);
    assert_true(replaced(c, "file")); /* back again */
    assert_int_equal(key_found(c, "file").state, KEY_ROW_CURRENT);
    assert_int_equal(key_found(c, "file").expires_at, 0);
    assert_true(replaced(c, "next"));
    assert_int_equal(key_found(c, "next").state, KEY_ROW_CURRENT);
    assert_null(key_found(c, "next").sealed_private);
}

static void a_promotion_is_brought_forward_and_never_put_off(void **state)
{
    struct ctx *c = ctx_of(state);
    bool done = true;
    OK(key_hasten(c, NULL, "RS256", c->now, &done));
    assert_false(done);
    assert_true(key_made(c, "a", "RS256", KEY_ROW_NEXT));
    assert_true(key_made(c, "b", "ES256", KEY_ROW_NEXT));
    OK(key_hasten(c, NULL, "RS256", c->now + DAY + 1, &done));
    assert_false(done);
    OK(key_hasten(c, NULL, "RS256", c->now + 10, &done));
    assert_true(done);
    assert_int_equal(key_found(c, "a").activates_at, c->now + 10);
    assert_int_equal(key_found(c, "b").activates_at, c->now + DAY);
}

/* ---- all nodes at once ---- */

static void add_next(struct ctx *c, struct crowd *crowd, size_t number)
{
    crowd_joined(c, crowd);
    crowd->wins += key_made(c, text_printf(c->arena, "%zu", number), "RS256", KEY_ROW_NEXT);
}

static void promote_it(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    crowd_joined(c, crowd);
    crowd->wins += promoted(c, crowd->arg);
}

static void many_at_once_add_one_and_promote_it_once(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    assert_true(key_made(c, "old", "RS256", KEY_ROW_CURRENT));
    assert_int_equal(crowd_run(w, CROWD_MAX, add_next, NULL), 1);
    struct table t = asked(c, "SELECT kid FROM keys WHERE state = 'next'");
    assert_int_equal(t.rows, 1);
    char kid[8];
    (void)snprintf(kid, sizeof kid, "%s", table_text(&t, 0, 0));
    assert_int_equal(crowd_run(w, CROWD_MAX, promote_it, kid), 1);
    assert_int_equal(key_found(c, kid).state, KEY_ROW_CURRENT);
    assert_int_equal(key_found(c, "old").state, KEY_ROW_RETIRED);
    assert_int_equal(counted(c, "SELECT count(*) FROM keys"), 2);
}

static void replace_it(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    crowd_joined(c, crowd);
    crowd->wins += replaced(c, "file");
}

static void many_at_once_replace_one_once(void **state)
{
    struct world *w = world_of(state);
    assert_true(key_made(w->c, "old", "RS256", KEY_ROW_CURRENT));
    assert_int_equal(crowd_run(w, CROWD_MAX, replace_it, NULL), 1);
    assert_int_equal(key_found(w->c, "old").state, KEY_ROW_RETIRED);
}

/* TN-02: what one tenant rotates is nobody else's. */
static void keys_of_a_tenant_are_apart(void **state)
{
    struct ctx *c = ctx_of(state);
    struct key_row row = { .alg = "RS256", .public_jwk = "{}", .created_at = c->now };
    const char *whose[] = { NULL, NULL, NULL };
    static const char *const kids[] = { "root", "of-a", "of-b" };
    struct key_rows rows;
    bool done = false;
    OK(tenant_add(c, "a", "A", &whose[1]));
    OK(tenant_add(c, "b", "B", &whose[2]));
    for (size_t i = 0; i < 3; i++) {
        row.tenant_id = whose[i];
        row.kid = kids[i];
        row.state = KEY_ROW_CURRENT;
        OK(key_add(c, &row, &done));
        assert_true(done);
    }
    row.kid = "next-of-a";
    row.tenant_id = whose[1];
    row.state = KEY_ROW_NEXT;
    row.activates_at = c->now + DAY;
    OK(key_add(c, &row, &done));
    OK(key_hasten(c, whose[2], "RS256", c->now, &done));
    assert_false(done);
    OK(key_hasten(c, NULL, "RS256", c->now, &done));
    assert_false(done);
    assert_true(promoted(c, "next-of-a"));
    OK(keys_list(c, whose[1], &rows));
    assert_int_equal(rows.n, 2);
    for (size_t i = 0; i < 3; i += 2) {
        OK(keys_list(c, whose[i], &rows));
        assert_int_equal(rows.n, 1);
        assert_string_equal(rows.at[0].kid, kids[i]);
        assert_int_equal(rows.at[0].state, KEY_ROW_CURRENT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(keys_are_listed_newest_first),
        STORE_TEST(an_algorithm_has_one_key_of_each_turn),
        STORE_TEST(promoting_retires_the_one_before),
        STORE_TEST(retired_keys_go_when_they_have_expired),
        STORE_TEST(a_key_from_a_file_becomes_current_whatever_was),
        STORE_TEST(a_promotion_is_brought_forward_and_never_put_off),
        STORE_TEST(keys_of_a_tenant_are_apart),
        STORE_TEST(many_at_once_add_one_and_promote_it_once),
        STORE_TEST(many_at_once_replace_one_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
