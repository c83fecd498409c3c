/* SPDX-License-Identifier: Apache-2.0 */
#include "store/outbox.h"

#include "base/random.h"
#include "grants_testing.h"

static const char *mail_made(struct ctx *c, const char *user_id)
{
    const char *id = random_uuid(c);
    OK(outbox_add(c, &(struct outbox_row){ .id = id,
                                           .kind = OUTBOX_MAIL,
                                           .user_id = user_id,
                                           .recipient = "ada@example.org",
                                           .subject = "Hello",
                                           .sealed = "sealed" }));
    return id;
}

static struct outbox_rows claimed(struct ctx *c, int64_t limit)
{
    struct outbox_rows rows;
    OK(outbox_claim(c, limit, MINUTE, &rows));
    return rows;
}

static void what_is_due_is_claimed_oldest_first(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *ids[3];
    for (int i = 0; i < 3; i++) {
        ids[i] = mail_made(c, NULL);
        c->now++;
    }
    struct outbox_rows rows = claimed(c, 2);
    assert_int_equal(rows.n, 2);
    assert_string_equal(rows.at[0].id, ids[0]);
    assert_string_equal(rows.at[1].id, ids[1]);
    assert_int_equal(rows.at[0].kind, OUTBOX_MAIL);
    assert_null(rows.at[0].user_id);
    assert_string_equal(rows.at[0].recipient, "ada@example.org");
    assert_string_equal(rows.at[0].subject, "Hello");
    assert_string_equal(rows.at[0].sealed, "sealed");
    assert_int_equal(rows.at[0].attempts, 1);
    assert_int_equal(rows.at[0].created_at, c->now - 3);
    rows = claimed(c, 2);
    assert_int_equal(rows.n, 1);
    assert_string_equal(rows.at[0].id, ids[2]);
    assert_int_equal(claimed(c, 2).n, 0);
}

static void every_kind_comes_back_as_it_went(void **state)
{
    struct ctx *c = ctx_of(state);
    const enum outbox_kind kinds[] = { OUTBOX_MAIL, OUTBOX_BACKCHANNEL, OUTBOX_WEBHOOK };
    for (size_t i = 0; i < 3; i++) {
        OK(outbox_add(c, &(struct outbox_row){ .id = text_printf(c->arena, "%zu", i),
                                               .kind = kinds[i],
                                               .recipient = "",
                                               .subject = "" }));
    }
    struct outbox_rows rows = claimed(c, 10);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(rows.at[i].kind, kinds[i]);
}

/* A worker that died: at least once, not at most once. */
static void what_was_claimed_is_due_again_after_its_lease(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = mail_made(c, NULL);
    assert_int_equal(claimed(c, 1).n, 1);
    c->now += MINUTE - 1;
    assert_int_equal(claimed(c, 1).n, 0);
    c->now += 1;
    struct outbox_rows rows = claimed(c, 1);
    assert_int_equal(rows.n, 1);
    assert_string_equal(rows.at[0].id, id);
    assert_int_equal(rows.at[0].attempts, 2);
}

/* What was delivered, or given up, keeps no secret, and does not come again. */
static void what_is_over_is_emptied(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *ada = user_made(c, "ada@example.org");
    const char *done = mail_made(c, NULL);
    const char *lost = mail_made(c, ada);
    (void)claimed(c, 2);
    OK(outbox_done(c, done));
    OK(outbox_retry(c, lost, 0, "no such mailbox"));
    OK(outbox_retry(c, done, c->now, "too late"));
    assert_int_equal(counted(c, "SELECT count(*) FROM outbox WHERE sealed IS NOT NULL"), 0);
    assert_int_equal(
        counted_of(c, "SELECT count(*) FROM outbox WHERE id = $1 AND why = 'no such mailbox'",
                   lost),
        1);
    c->now += DAY;
    assert_int_equal(claimed(c, 2).n, 0);
    OK(outbox_done(c, "nothing"));
}

/* The erasure of nobody takes such a mail along: it names nobody itself, nor does what a mail
 * server has said of it. */
static void what_is_over_names_nobody_whose_erasure_does_not_take_it_along(void **state)
{
    struct ctx *c = ctx_of(state);
    static const char named[] =
        "SELECT count(*) FROM outbox WHERE recipient <> '' OR coalesce(why, '') <> ''";
    const char *sent = mail_made(c, NULL);
    const char *lost = mail_made(c, NULL);
    const char *kept = mail_made(c, user_made(c, "ada@example.org"));
    assert_int_equal(counted(c, named), 3);
    OK(outbox_retry(c, lost, 0, "<ada@example.org>: no such mailbox"));
    OK(outbox_done(c, sent));
    assert_int_equal(counted(c, named), 1);
    OK(outbox_done(c, kept));
    assert_int_equal(counted(c, named), 1);
}

static void what_failed_is_tried_again_when_it_is_due(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = mail_made(c, NULL);
    (void)claimed(c, 1);
    OK(outbox_retry(c, id, c->now + 300, "greylisted"));
    c->now += 299;
    assert_int_equal(claimed(c, 1).n, 0);
    c->now += 1;
    struct outbox_rows rows = claimed(c, 1);
    assert_int_equal(rows.n, 1);
    assert_string_equal(rows.at[0].sealed, "sealed");
}

static bool is_due(struct ctx *c)
{
    bool due = false;
    OK(outbox_is_due(c, &due));
    return due;
}

static void it_says_whether_there_is_one_to_claim(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_false(is_due(c));
    const char *id = mail_made(c, NULL);
    assert_true(is_due(c));
    (void)claimed(c, 1);
    assert_false(is_due(c));
    OK(outbox_retry(c, id, c->now + 300, "greylisted"));
    c->now += 299;
    assert_false(is_due(c));
    c->now += 1;
    assert_true(is_due(c));
    OK(outbox_done(c, id));
    assert_false(is_due(c));
}

static void it_says_how_much_waits(void **state)
{
    struct ctx *c = ctx_of(state);
    int64_t waiting = -1;
    int64_t oldest = -1;
    OK(outbox_waiting(c, &waiting, &oldest));
    assert_int_equal(waiting, 0);
    assert_int_equal(oldest, 0);
    const char *id = mail_made(c, NULL);
    c->now += 5;
    (void)mail_made(c, NULL);
    OK(outbox_waiting(c, &waiting, &oldest));
    assert_int_equal(waiting, 2);
    assert_int_equal(oldest, 5);
    OK(outbox_done(c, id));
    (void)claimed(c, 2);
    OK(outbox_waiting(c, &waiting, &oldest));
    assert_int_equal(waiting, 1);
    assert_int_equal(oldest, 0);
}

static void what_concerns_an_erased_user_goes_with_them(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *ada = user_made(c, "ada@example.org");
    (void)mail_made(c, ada);
    const char *other = mail_made(c, user_made(c, "bob@example.org"));
    bool found = false;
    OK(user_delete(c, ada, &found));
    struct outbox_rows rows = claimed(c, 5);
    assert_int_equal(rows.n, 1);
    assert_string_equal(rows.at[0].id, other);
}

static void claim_some(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    crowd_joined(c, crowd);
    for (struct outbox_rows rows = claimed(c, 3); rows.n > 0; rows = claimed(c, 3)) {
        for (size_t i = 0; i < rows.n; i++)
            assert_int_equal(rows.at[i].attempts, 1);
        crowd->wins += rows.n;
    }
}

static void many_at_once_claim_each_row_once(void **state)
{
    struct world *w = world_of(state);
    for (int i = 0; i < 200; i++)
        (void)mail_made(w->c, NULL);
    assert_int_equal(crowd_run(w, CROWD_MAX, claim_some, NULL), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(what_is_due_is_claimed_oldest_first),
        STORE_TEST(every_kind_comes_back_as_it_went),
        STORE_TEST(what_was_claimed_is_due_again_after_its_lease),
        STORE_TEST(what_is_over_is_emptied),
        STORE_TEST(what_is_over_names_nobody_whose_erasure_does_not_take_it_along),
        STORE_TEST(what_failed_is_tried_again_when_it_is_due),
        STORE_TEST(it_says_whether_there_is_one_to_claim),
        STORE_TEST(it_says_how_much_waits),
        STORE_TEST(what_concerns_an_erased_user_goes_with_them),
        STORE_TEST(many_at_once_claim_each_row_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
