/* SPDX-License-Identifier: Apache-2.0 */
#include "store/revocations.h"

#include "grants_testing.h"

static struct revocation_rows since(struct ctx *c, struct revocations_after after, int64_t limit)
{
    struct revocation_rows rows;
    after.until = after.until == 0 ? INT64_MAX : after.until;
    OK(revocations_since(c, after, limit, &rows));
    return rows;
}

/* RT-15: the truth about what was revoked is in SQL. */
static void what_is_revoked_is_read_in_its_order(void **state)
{
    struct ctx *c = ctx_of(state);
    int64_t begun = c->now;
    OK(revocation_add(c, REVOKED_USER, "b"));
    OK(revocation_add(c, REVOKED_TOKEN, "c"));
    c->now++;
    OK(revocation_add(c, REVOKED_USER, "a"));
    struct revocation_rows rows = since(c, (struct revocations_after){ .at = begun }, 10);
    assert_int_equal(rows.n, 3);
    assert_string_equal(rows.at[0].kind, REVOKED_TOKEN);
    assert_string_equal(rows.at[0].id, "c");
    assert_string_equal(rows.at[1].id, "b");
    assert_int_equal(rows.at[1].at, begun);
    assert_string_equal(rows.at[2].id, "a");
    assert_int_equal(rows.at[2].at, c->now);
    assert_int_equal(rows.at[2].expires_at, c->now + 15 * MINUTE + CLOCKS_APART + MINUTE);
    assert_int_equal(since(c, (struct revocations_after){ .at = c->now }, 10).n, 1);
    assert_int_equal(since(c, (struct revocations_after){ .at = c->now + 1 }, 10).n, 0);
    rows = since(c, (struct revocations_after){ .at = begun, .until = c->now }, 10);
    assert_int_equal(rows.n, 2);
}

static struct revocations_tally tally_of(struct ctx *c, int64_t from, int64_t until)
{
    struct revocations_tally tally;
    OK(revocations_tally(c, from, until, &tally));
    return tally;
}

/* whoever has read a while of the past sees by it whether somebody has written there since.
 */
static void a_tally_is_another_when_a_row_comes_or_moves(void **state)
{
    struct ctx *c = ctx_of(state);
    int64_t from = c->now, until = c->now + 600;
    struct revocations_tally tally = tally_of(c, from, until);
    assert_int_equal(tally.n, 0);
    assert_int_equal(tally.sum, 0);
    OK(revocation_add(c, REVOKED_USER, "ada"));
    OK(revocation_add(c, REVOKED_TOKEN, "a"));
    tally = tally_of(c, from, until);
    assert_int_equal(tally.n, 2);
    assert_int_equal(tally.sum, 2 * from);
    c->now += 7;
    OK(revocation_add(c, REVOKED_USER, "ada"));
    tally = tally_of(c, from, until);
    assert_int_equal(tally.n, 2);
    assert_int_equal(tally.sum, 2 * from + 7);
    assert_int_equal(tally_of(c, from, c->now).n, 1);
    assert_int_equal(tally_of(c, from + 8, until).n, 0);
}

static void rows_of_one_second_come_in_pages(void **state)
{
    struct ctx *c = ctx_of(state);
    for (int i = 0; i < 5; i++)
        OK(revocation_add(c, REVOKED_TOKEN, text_printf(c->arena, "%d", i)));
    struct revocations_after after = { .at = c->now };
    size_t seen = 0;
    for (struct revocation_rows rows = since(c, after, 2); rows.n > 0; rows = since(c, after, 2)) {
        for (size_t i = 0; i < rows.n; i++)
            assert_string_equal(rows.at[i].id, text_printf(c->arena, "%zu", seen++));
        const struct revocation_row *last = &rows.at[rows.n - 1];
        after = (struct revocations_after){ .at = last->at, .kind = last->kind, .id = last->id };
    }
    assert_int_equal(seen, 5);
}

static void a_repeated_one_moves_forward_and_never_back(void **state)
{
    struct ctx *c = ctx_of(state);
    int64_t begun = c->now;
    OK(revocation_add(c, REVOKED_USER, "ada"));
    c->now += 100;
    OK(revocation_add(c, REVOKED_USER, "ada"));
    c->now -= 50; /* of a request that began earlier */
    OK(revocation_add(c, REVOKED_USER, "ada"));
    struct revocation_rows rows = since(c, (struct revocations_after){ .at = begun }, 10);
    assert_int_equal(rows.n, 1);
    assert_int_equal(rows.at[0].at, begun + 100);
    assert_int_equal(rows.at[0].expires_at, begun + 100 + CLOCKS_APART + 16 * MINUTE);
}

static bool is_revoked(struct ctx *c, struct revocation_question question)
{
    bool revoked = false;
    OK(revocation_check(c, &question, &revoked));
    return revoked;
}

static struct revocation_question everything(int64_t issued_at)
{
    return (struct revocation_question){ .jti = "jti",
                                         .authorization_id = "authorization",
                                         .sid = "sid",
                                         .user_id = "user",
                                         .client_id = "client",
                                         .grant_client_id = "grantee",
                                         .tenant_id = "tenant",
                                         .issued_at = issued_at };
}

static const struct {
    const char *kind, *id;
    bool of_time; /* concerns what was issued until then */
} concerns[] = {
    { REVOKED_TOKEN, "jti", false },    { REVOKED_AUTHORIZATION, "authorization", false },
    { REVOKED_SESSION, "sid", false },  { REVOKED_USER, "user", true },
    { REVOKED_CLIENT, "client", true }, { REVOKED_CLIENT, "grantee", true },
    { REVOKED_TENANT, "tenant", true }, { REVOKED_MEMBER, "tenant user", true },
};

/* RT-15: each kind is found by who asks the database, and no other kind answers for it. */
static void a_token_is_revoked_by_any_row_that_concerns_it(void **state)
{
    struct ctx *c = ctx_of(state);
    for (size_t i = 0; i < sizeof concerns / sizeof *concerns; i++) {
        assert_false(is_revoked(c, everything(c->now)));
        OK(revocation_add(c, concerns[i].kind, "another"));
        for (size_t k = 0; k < sizeof concerns / sizeof *concerns; k++) {
            if (!text_equal(concerns[k].kind, concerns[i].kind))
                OK(revocation_add(c, concerns[i].kind, concerns[k].id));
        }
        assert_false(is_revoked(c, everything(c->now)));
        OK(revocation_add(c, concerns[i].kind, concerns[i].id));
        assert_true(is_revoked(c, everything(c->now)));
        assert_true(is_revoked(c, everything(c->now - 1)));
        assert_int_equal(is_revoked(c, everything(c->now + 1)), !concerns[i].of_time);
        assert_false(is_revoked(c, (struct revocation_question){ .issued_at = c->now }));
        (void)asked(c, "DELETE FROM revocations");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(what_is_revoked_is_read_in_its_order),
        STORE_TEST(a_tally_is_another_when_a_row_comes_or_moves),
        STORE_TEST(rows_of_one_second_come_in_pages),
        STORE_TEST(a_repeated_one_moves_forward_and_never_back),
        STORE_TEST(a_token_is_revoked_by_any_row_that_concerns_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
