/* SPDX-License-Identifier: Apache-2.0 */
/* What was revoked, from memory and from the database. */
#include "token_testing.h"

#include "store/revocations.h"
#include "token/revoke_clock.h"
#include "token/revoked_set.h"

/* The clock of the tests, in milliseconds. */
static int64_t ms = 1000000;

static int64_t clock_of_tests(void)
{
    return ms;
}

static int set_up_clock(void **state)
{
    if (set_up_token(state) != 0)
        return -1;
    struct ctx *c = ctx_of(state);
    c->revoked = revocations_new(c->arena);
    ARENA_OWN(c->arena, struct revocations, revocations_free, c->revoked);
    revocations_set_clock(c->revoked, clock_of_tests);
    OK(revocations_read(c, c->revoked));
    return 0;
}

#define REVOKE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_clock, tear_down_store)

struct ground {
    const char *kind, *id, *other_id;
    bool later_too; /* refuses also what is issued after it */
};
static const struct ground grounds[] = {
    { REVOKED_TOKEN, "token-1", "token-2", true },
    { REVOKED_AUTHORIZATION, "authorization-1", "authorization-2", true },
    { REVOKED_SESSION, "session-1", "session-2", true },
    { REVOKED_USER, "user-1", "user-2", false },
    { REVOKED_CLIENT, "first-party", "other", false },
    { REVOKED_TENANT, "tenant-1", "tenant-2", false },
    { REVOKED_MEMBER, "tenant-1 user-1", "tenant-1 user-2", false },
};
enum { GROUNDS = sizeof grounds / sizeof grounds[0] };

static struct access an_access(struct ctx *c)
{
    return (struct access){
        .facts = some_facts(c), .jti = "token-1", .issued_at = c->now, .expires_at = c->now + 900
    };
}

static bool is_revoked(struct ctx *c, const struct access *access)
{
    bool revoked = false;
    OK(revocations_check(c, access, &revoked));
    return revoked;
}

static void forget(struct ctx *c)
{
    OK(db_run(c, "DELETE FROM revocations", NULL, 0, NULL));
}

/* RT-11: a reading is enough for each ground; the database is not asked (its row has gone). */
static void a_reading_knows_every_ground(void **state)
{
    struct ctx *c = ctx_of(state);
    struct access access = an_access(c);
    assert_false(is_revoked(c, &access));
    for (size_t i = 0; i < GROUNDS; i++) {
        struct revocations *fresh = revocations_new(c->arena);
        c->revoked = fresh;
        revocations_set_clock(fresh, clock_of_tests);
        OK(revocation_add(c, grounds[i].kind, grounds[i].other_id));
        OK(revocations_read(c, fresh));
        assert_false(is_revoked(c, &access));
        OK(revocation_add(c, grounds[i].kind, grounds[i].id));
        assert_false(is_revoked(c, &access)); /* not read yet */
        OK(revocations_read(c, fresh));
        forget(c);
        assert_true(is_revoked(c, &access));
        access.issued_at++;
        assert_int_equal(is_revoked(c, &access), grounds[i].later_too);
        access.issued_at--;
        revocations_free(fresh);
    }
}

/* RT-11, RT-15: a node whose reading is older than a second asks the database, for each ground. */
static void a_stale_node_asks_the_database(void **state)
{
    struct ctx *c = ctx_of(state);
    struct access access = an_access(c);
    ms += REVOKED_FRESH_MS;
    for (size_t i = 0; i < GROUNDS; i++) {
        OK(revocation_add(c, grounds[i].kind, grounds[i].id));
        assert_false(is_revoked(c, &access)); /* the memory is just fresh enough */
        ms++;
        assert_true(is_revoked(c, &access));
        access.issued_at++;
        assert_int_equal(is_revoked(c, &access), grounds[i].later_too);
        access.issued_at--;
        forget(c);
        assert_false(is_revoked(c, &access));
        ms--;
    }
}

static void without_a_memory_the_database_is_asked(void **state)
{
    struct ctx *c = ctx_of(state);
    struct access access = an_access(c);
    c->revoked = NULL;
    OK(revocation_add(c, REVOKED_SESSION, "session-1"));
    assert_true(is_revoked(c, &access));
    OK(revocations_read(c, NULL));
    revocations_add(c, NULL, REVOKED_SESSION, "session-1", c->now + 1);
}

/* RT-15: a memory that has read nothing yet says nothing. */
static void a_node_that_starts_knows_what_was_before(void **state)
{
    struct ctx *c = ctx_of(state);
    struct access access = an_access(c);
    OK(revocation_add(c, REVOKED_USER, "user-1"));
    c->now += 800; /* long before what a later reading looks at */
    struct revocations *fresh = revocations_new(c->arena);
    revocations_set_clock(fresh, clock_of_tests);
    c->revoked = fresh;
    assert_true(is_revoked(c, &access)); /* by the database */
    OK(revocations_read(c, fresh));
    forget(c);
    assert_true(is_revoked(c, &access));
    revocations_free(fresh);
}

/* A row that was written a minute ago but committed now is found all the same. */
static void a_late_commit_is_seen(void **state)
{
    struct ctx *c = ctx_of(state);
    struct access access = an_access(c);
    c->now += 1000;
    OK(revocations_read(c, c->revoked));
    c->now -= 60;
    OK(revocation_add(c, REVOKED_SESSION, "session-1"));
    c->now += 60;
    OK(revocations_read(c, c->revoked));
    forget(c);
    assert_true(is_revoked(c, &access));
}

/* what another node writes is read whatever its clock says, as long as no two are further
 * apart than ten minutes; also between two rows of ours, and when its row only moves. */
static void a_row_of_another_clock_is_seen(void **state)
{
    struct ctx *c = ctx_of(state);
    static const int64_t apart[] = { -CLOCKS_APART, -300, -91, 300, CLOCKS_APART };
    struct access access = an_access(c);
    access.facts.user_id = "user-1";
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++) {
        access.facts.sid = text_printf(c->arena, "session of %zu", i);
        c->now += 1000;
        OK(revocations_read(c, c->revoked));
        OK(revocation_add(c, REVOKED_SESSION, "of ours"));
        OK(revocations_read(c, c->revoked));
        assert_false(is_revoked(c, &access));
        c->now += apart[i];
        OK(revocation_add(c, REVOKED_SESSION, access.facts.sid));
        c->now -= apart[i];
        OK(revocations_read(c, c->revoked));
        forget(c);
        assert_true(is_revoked(c, &access));
    }
    access.facts.sid = NULL;
    c->now += 1000;
    access.issued_at = c->now - 310;
    OK(revocation_add(c, REVOKED_SESSION, "of ours"));
    c->now -= 320;
    OK(revocation_add(c, REVOKED_USER, "user-1"));
    c->now += 320;
    OK(revocations_read(c, c->revoked));
    assert_false(is_revoked(c, &access));
    c->now -= 305;
    OK(revocation_add(c, REVOKED_USER, "user-1"));
    c->now += 305;
    OK(revocations_read(c, c->revoked));
    assert_true(is_revoked(c, &access));
}

/* nor is it forgotten while a token of the other clock is alive. */
static void a_row_outlives_the_tokens_of_another_clock(void **state)
{
    struct ctx *c = ctx_of(state);
    struct access access = an_access(c);
    c->now += CLOCKS_APART;
    access.issued_at = c->now;
    access.expires_at = c->now + 900;
    c->now -= CLOCKS_APART;
    OK(revocation_add(c, REVOKED_SESSION, "session-1"));
    OK(revocations_read(c, c->revoked));
    c->now = access.expires_at;
    OK(revocations_read(c, c->revoked));
    forget(c);
    assert_true(is_revoked(c, &access));
}

/* After an outage, what was written meanwhile is read. */
static void a_gap_between_readings_is_filled(void **state)
{
    struct ctx *c = ctx_of(state);
    struct access access = an_access(c);
    c->now += 10;
    OK(revocation_add(c, REVOKED_SESSION, "session-1"));
    c->now += 600;
    OK(revocations_read(c, c->revoked));
    forget(c);
    assert_true(is_revoked(c, &access));
}

/* Where a page ends in an id that nobody has, the reading fails, and what it says is not believed.
 */
static void an_id_that_is_too_long_ends_no_page(void **state)
{
    struct ctx *c = ctx_of(state);
    struct access access = an_access(c);
    char *id = arena_alloc(c->arena, 3000);
    memset(id, 'x', 2999);
    id[2999] = '\0';
    c->now += 1000;
    for (int i = 0; i < 499; i++)
        OK(revocation_add(c, REVOKED_SESSION, text_printf(c->arena, "other-%d", i)));
    OK(revocation_add(c, REVOKED_TOKEN, id));
    OK(revocation_add(c, REVOKED_USER, "user-1"));
    REFUSED(revocations_read(c, c->revoked), INTERNAL);
    ms += REVOKED_FRESH_MS + 1;
    assert_true(is_revoked(c, &access)); /* by the database */
}

static void many_rows_come_in_pages(void **state)
{
    struct ctx *c = ctx_of(state);
    struct access access = an_access(c);
    for (int i = 0; i < 1200; i++) {
        struct arena_mark mark = arena_mark(c->arena);
        OK(revocation_add(c, REVOKED_SESSION, text_printf(c->arena, "other-%d", i)));
        arena_rewind(c->arena, mark);
    }
    OK(revocation_add(c, REVOKED_USER, "user-1")); /* the last in order */
    OK(revocations_read(c, c->revoked));
    forget(c);
    assert_true(is_revoked(c, &access));
    access.facts.user_id = "user-2";
    assert_false(is_revoked(c, &access));
    access.facts.sid = "other-777";
    assert_true(is_revoked(c, &access));
}

/* What this node adds it knows at once, and forgets when no token can need it. */
static void an_addition_counts_at_once(void **state)
{
    struct ctx *c = ctx_of(state);
    struct access access = an_access(c);
    revocations_add(c, c->revoked, REVOKED_SESSION, "session-1", c->now + 960);
    assert_true(is_revoked(c, &access));
    access.facts.sid = NULL;
    assert_false(is_revoked(c, &access));
}

/* RT-11: after a sign-out this node refuses the token and the session, others at their next
 * reading. */
static void a_revoked_token_is_dead_here_and_soon_everywhere(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    struct grant_facts facts = some_facts(c);
    const char *token = a_token(c, &facts), *other = a_token(c, &facts);
    struct access access = { 0 };
    struct node b = node_beside(w, c);
    node_start(&b);
    b.c->revoked = revocations_new(b.c->arena);
    revocations_set_clock(b.c->revoked, clock_of_tests);
    succeeds(b.c, revocations_read(b.c, b.c->revoked));
    OK(verify_access(c, token, NULL, &access));
    OK(revoke_access(c, &access));
    assert_false(is_live(c, token));
    assert_true(is_live(c, other));
    assert_true(is_live(b.c, token));
    succeeds(b.c, revocations_read(b.c, b.c->revoked));
    assert_false(is_live(b.c, token));
    OK(revocation_add(c, REVOKED_SESSION, facts.sid));
    OK(revoke_access(c, &access));
    assert_false(is_live(c, other));
    assert_int_equal(told(c, REVOKED_TOKEN, access.jti), 1);
    node_end(&b);
}

/* While more is revoked than the memory holds, the database is asked; when there is room again, it
 * is read anew, once a minute. */
static void a_memory_that_is_full_is_not_trusted(void **state)
{
    struct ctx *c = ctx_of(state);
    struct access access = an_access(c);
    for (size_t i = 0; i < REVOKED_MAX + 1; i++) {
        struct arena_mark mark = arena_mark(c->arena);
        revocations_add(c, c->revoked, REVOKED_SESSION, text_printf(c->arena, "other-%zu", i),
                        c->now + 100);
        arena_rewind(c->arena, mark);
    }
    OK(revocation_add(c, REVOKED_SESSION, "session-1"));
    assert_true(is_revoked(c, &access)); /* by the database */
    OK(revocations_read(c, c->revoked));
    assert_true(is_revoked(c, &access));
    c->now += 100;
    OK(revocation_add(c, REVOKED_SESSION, "session-2"));
    OK(revocations_read(c, c->revoked));
    access.facts.sid = "session-2";
    assert_true(is_revoked(c, &access));
    ms += REVOKED_RETRY_MS;
    OK(revocations_read(c, c->revoked));
    forget(c);
    assert_true(is_revoked(c, &access)); /* by the memory */
    access.facts.sid = "session-1";
    assert_true(is_revoked(c, &access));
    access.facts.sid = "session-3";
    assert_false(is_revoked(c, &access));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REVOKE_TEST(a_reading_knows_every_ground),
        REVOKE_TEST(a_stale_node_asks_the_database),
        REVOKE_TEST(without_a_memory_the_database_is_asked),
        REVOKE_TEST(a_node_that_starts_knows_what_was_before),
        REVOKE_TEST(a_late_commit_is_seen),
        REVOKE_TEST(a_row_of_another_clock_is_seen),
        REVOKE_TEST(a_row_outlives_the_tokens_of_another_clock),
        REVOKE_TEST(a_gap_between_readings_is_filled),
        REVOKE_TEST(an_id_that_is_too_long_ends_no_page),
        REVOKE_TEST(many_rows_come_in_pages),
        REVOKE_TEST(an_addition_counts_at_once),
        REVOKE_TEST(a_memory_that_is_full_is_not_trusted),
        REVOKE_TEST(a_revoked_token_is_dead_here_and_soon_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
