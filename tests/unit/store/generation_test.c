/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lives and what is dead after an older state of the database was put back.
 */
#include "store/generation.h"

#include "life.h"
#include "store/credentials.h"
#include "store/meta.h"
#include "store/outbox.h"
#include "store/refresh_tokens.h"
#include "store/revocations.h"
#include "store/setup.h"
#include "store/tables.h"
#include "store/whereabouts.h"

static int64_t raised(struct ctx *c)
{
    int64_t generation = 0;
    OK(generation_raise(c, 0, &generation));
    return generation;
}

/* A table that nobody has thought about stops a restore, and this test. */
static void what_becomes_of_every_table_is_decided(void **state)
{
    struct ctx *c = ctx_of(state);
    struct texts tables;
    struct texts known = generation_tables(c->arena);
    OK(tables_list(c, &tables));
    assert_int_equal(tables.n, known.n);
    for (size_t i = 0; i < tables.n; i++)
        if (!texts_hold(known, tables.at[i]))
            fail_msg("store/generation.c does not say what becomes of %s", tables.at[i]);
    OK(db_run(c, "CREATE TABLE forgotten (x BIGINT)", NULL, 0, NULL));
    int64_t generation = 0;
    struct life l = life_begin(c, "alice");
    REFUSED(generation_raise(c, 0, &generation), INTERNAL);
    life_is(c, &l, all_left);
}

/* SU-13: people live; whatever was good once, or could have been revoked since, does not. */
static void people_live_and_what_was_good_once_is_dead(void **state)
{
    struct ctx *c = ctx_of(state);
    struct life l = life_begin(c, "alice");
    OK(refresh_token_add(c, "refresh", "alice-a-free", 3600));
    const char *codes[] = { "one", "two" };
    OK(recovery_codes_set(c, l.user_id,
                          &(struct recovery_set){ .salt = "salt", .hashes = { codes, 2 } }));
    assert_int_equal(raised(c), 1);
    life_is(c, &l, LEFT(.factors = 1, .identities = 1));
    assert_int_equal(counted(c, "SELECT count(*) FROM refresh_tokens"), 0);
    const char *salt = NULL;
    int64_t left = 0;
    bool accepted = true;
    OK(recovery_codes_find(c, l.user_id, &salt, &left));
    assert_int_equal(left, 0);
    OK(recovery_code_use(c, l.user_id, "one", &accepted, &left));
    assert_false(accepted);
    const struct user_row *user = NULL;
    OK(user_find(c, l.user_id, &user));
    assert_int_equal(user->status, USER_ACTIVE);
    assert_int_equal(counted(c, "SELECT count(*) FROM credentials"), 1);
    assert_int_equal(counted(c, "SELECT count(*) FROM memberships"), 1);
}

/* What an authenticator shows now, or will show next, may have been used since the backup. */
static void codes_of_now_and_of_the_next_step_are_used(void **state)
{
    struct ctx *c = ctx_of(state);
    struct life l = life_begin(c, "alice");
    (void)raised(c);
    const struct totp_row *totp = NULL;
    OK(totp_find(c, l.user_id, &totp));
    assert_int_equal(totp->last_step, c->now / 30 + 1);
    static const char sql_ahead[] = "UPDATE totp_factors SET last_step = $1";
    OK(DB_RUN(c, sql_ahead, NULL, P_INT(c->now)));
    (void)raised(c);
    OK(totp_find(c, l.user_id, &totp));
    assert_int_equal(totp->last_step, c->now); /* never back */
}

/* Tokens of people who are in no table any more are revoked as well; later ones are good. */
static void every_access_token_of_before_is_revoked(void **state)
{
    struct ctx *c = ctx_of(state);
    bool revoked = false;
    struct revocation_question about = { .jti = "j", .user_id = "anybody", .issued_at = c->now };
    OK(revocation_check(c, &about, &revoked));
    assert_false(revoked);
    (void)raised(c);
    OK(revocation_check(c, &about, &revoked));
    assert_true(revoked);
    about.issued_at = c->now + 1;
    OK(revocation_check(c, &about, &revoked));
    assert_false(revoked);
}

static void each_time_it_is_one_more(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_int_equal(raised(c), 1);
    assert_int_equal(raised(c), 2);
    /* Above that of the database whose place it takes, too. */
    int64_t above = 0;
    OK(generation_raise(c, 7, &above));
    assert_int_equal(above, 8);
    OK(generation_raise(c, 3, &above));
    assert_int_equal(above, 9);
    const char *at = NULL;
    OK(meta_get(c, META_RESTORED, &at));
    assert_string_equal(at, text_printf(c->arena, "%d", WORLD_NOW));
    OK(meta_set(c, META_GENERATION, "x"));
    int64_t generation = 0;
    REFUSED(generation_raise(c, 0, &generation), INTERNAL);
}

static void a_setup_code_is_dead_and_setup_stays_open_or_done(void **state)
{
    struct ctx *c = ctx_of(state);
    bool issued = false;
    bool open = false;
    OK(setup_issue(c, "hash", c->now + 60, &issued));
    assert_true(issued);
    (void)raised(c);
    enum setup_outcome how;
    OK(setup_finish(c, "hash", &how));
    assert_int_equal(how, SETUP_WRONG);
    OK(setup_is_open(c, &open));
    assert_true(open);
}

/* ---- whereabouts ---- */

static void is_refused(struct ctx *c, const char *mark, const char *why)
{
    OK(meta_set(c, mark, "ELSEWHERE"));
    assert_int_equal(whereabouts_check(c).code, ERR_UNAVAILABLE);
    assert_non_null(strstr(c->fault.text, "ELSEWHERE"));
    assert_non_null(strstr(c->fault.text, why));
    fault_clear(c);
}

/* A backup, or what was moved, is no database to work on before its generation is raised. */
static void what_is_not_the_database_says_so(void **state)
{
    struct ctx *c = ctx_of(state);
    OK(whereabouts_check(c));
    is_refused(c, META_BACKUP, "uauth restore");
    (void)raised(c);
    OK(whereabouts_check(c));
    is_refused(c, META_MOVED, "AUTH_DATABASE_URL");
    (void)raised(c);
    OK(whereabouts_check(c));
    is_refused(c, META_MOVING, "uauth migrate --to");
    (void)raised(c);
    REFUSED(whereabouts_check(c), UNAVAILABLE); /* half of a database becomes no whole one */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(what_becomes_of_every_table_is_decided),
        STORE_TEST(people_live_and_what_was_good_once_is_dead),
        STORE_TEST(codes_of_now_and_of_the_next_step_are_used),
        STORE_TEST(every_access_token_of_before_is_revoked),
        STORE_TEST(each_time_it_is_one_more),
        STORE_TEST(a_setup_code_is_dead_and_setup_stays_open_or_done),
        STORE_TEST(what_is_not_the_database_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
