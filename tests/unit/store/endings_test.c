/* SPDX-License-Identifier: Apache-2.0 */
#include "store/endings.h"

#include "life.h"
#include "store/clients.h"
#include "store/consents.h"
#include "store/credentials.h"
#include "store/registrations.h"

/* Two lives: what happens to alice does not happen to bob. */
struct lives {
    struct life alice, bob;
};

static struct lives lives_of(struct ctx *c)
{
    struct lives both = { .alice = life_begin(c, "alice"), .bob = life_begin(c, "bob") };
    life_is(c, &both.alice, all_left);
    life_is(c, &both.bob, all_left);
    c->now += 10;
    return both;
}

static int64_t epoch_of(struct ctx *c, const char *id)
{
    return counted_of(c, "SELECT epoch FROM users WHERE id = $1", id);
}

/* ---- sessions ---- */

/* SS-02, RT-11: a session that was ended is ended in SQL, with what hangs on it, and its access
 * tokens are told of. */
static void a_session_ends_with_its_authorizations(void **state)
{
    struct ctx *c = ctx_of(state);
    struct lives l = lives_of(c);
    bool ended = false;
    OK(session_end(c, l.alice.user_id, l.alice.here, &ended));
    assert_true(ended);
    struct left expected = all_left;
    expected.here = 0;
    expected.here_authorizations = 0;
    life_is(c, &l.alice, expected);
    life_is(c, &l.bob, all_left);
    assert_int_equal(told(c, REVOKED_SESSION, l.alice.here), 1);
    assert_int_equal(counted(c, "SELECT count(*) FROM revocations"), 1);
    OK(session_end(c, l.alice.user_id, l.alice.here, &ended));
    assert_false(ended);
}

static void a_session_of_somebody_else_is_not_ended(void **state)
{
    struct ctx *c = ctx_of(state);
    struct lives l = lives_of(c);
    bool ended = true;
    OK(session_end(c, l.bob.user_id, l.alice.here, &ended));
    assert_false(ended);
    life_is(c, &l.alice, all_left);
    assert_int_equal(counted(c, "SELECT count(*) FROM revocations"), 0);
}

static void all_sessions_but_one_end(void **state)
{
    struct ctx *c = ctx_of(state);
    struct lives l = lives_of(c);
    int64_t ended = 0;
    OK(sessions_end(c, l.alice.user_id, l.alice.here, &ended));
    assert_int_equal(ended, 1);
    struct left expected = all_left;
    expected.there = 0;
    expected.there_authorizations = 0;
    expected.free_authorizations = 0;
    life_is(c, &l.alice, expected);
    life_is(c, &l.bob, all_left);
    assert_int_equal(told(c, REVOKED_SESSION, l.alice.there), 1);
    assert_int_equal(told(c, REVOKED_AUTHORIZATION, "alice-a-free"), 1);
    assert_int_equal(counted(c, "SELECT count(*) FROM revocations"), 2);
}

static void all_sessions_end(void **state)
{
    struct ctx *c = ctx_of(state);
    struct lives l = lives_of(c);
    int64_t ended = 0;
    OK(sessions_end(c, l.alice.user_id, NULL, &ended));
    assert_int_equal(ended, 2);
    life_is(c, &l.alice,
            LEFT(.devices = 1, .links = 1, .factors = 1, .identities = 1, .api_keys = 1));
    life_is(c, &l.bob, all_left);
    OK(sessions_end(c, l.alice.user_id, NULL, &ended));
    assert_int_equal(ended, 0);
}

/* An access token may be younger than the last use of its session's cookie. */
static void a_session_that_has_expired_is_not_counted_but_told_of(void **state)
{
    struct ctx *c = ctx_of(state);
    struct lives l = lives_of(c);
    c->now += 600;
    int64_t ended = 1;
    OK(sessions_end(c, l.alice.user_id, NULL, &ended));
    assert_int_equal(ended, 0);
    assert_int_equal(told(c, REVOKED_SESSION, l.alice.here), 1);
}

/* ---- passwords ---- */

/* PR-02, RT-11: with a new password everything that somebody else might hold dies. */
static void with_a_new_password_only_the_session_that_set_it_lives(void **state)
{
    struct ctx *c = ctx_of(state);
    struct lives l = lives_of(c);
    int64_t ended = 0;
    OK(password_set(c, l.alice.user_id, "new", false, l.alice.here, &ended));
    assert_int_equal(ended, 1);
    life_is(
        c, &l.alice,
        LEFT(.here = 1, .here_authorizations = 1, .factors = 1, .identities = 1, .api_keys = 1));
    life_is(c, &l.bob, all_left);
    assert_int_equal(epoch_of(c, l.alice.user_id), 2);
    assert_int_equal(epoch_of(c, l.bob.user_id), 1);
    struct one_time_row link;
    enum one_time_outcome how;
    OK(one_time_use(c, ONE_TIME_RESET_PASSWORD, "alice-link", &how, &link));
    assert_int_equal(how, ONE_TIME_UNKNOWN);
}

/* PR-07: a reset ends every session and leaves the second factor. */
static void with_a_reset_password_no_session_lives(void **state)
{
    struct ctx *c = ctx_of(state);
    struct lives l = lives_of(c);
    int64_t ended = 0;
    OK(password_set(c, l.alice.user_id, "new", false, NULL, &ended));
    assert_int_equal(ended, 2);
    life_is(c, &l.alice, LEFT(.factors = 1, .identities = 1));
    life_is(c, &l.bob, all_left);
}

/* Who signs in again in the second of the reset gets a token that lives. */
static void a_session_begun_in_the_second_of_a_reset_is_not_told_of(void **state)
{
    struct ctx *c = ctx_of(state);
    struct lives l = lives_of(c);
    int64_t ended = 0;
    OK(password_set(c, l.alice.user_id, "new", false, NULL, &ended));
    const char *fresh = life_session(c, l.alice.user_id, NULL, "fresh");
    assert_true(session_lives(c, fresh));
    assert_int_equal(told(c, REVOKED_USER, l.alice.user_id), 0);
    assert_int_equal(told(c, REVOKED_SESSION, fresh), 0);
}

/* ---- users ---- */

/* SS-09, RT-11: disabling ends everything, and enabling brings none of it back. */
static void a_disabled_user_has_no_access_and_gets_none_back(void **state)
{
    struct ctx *c = ctx_of(state);
    struct lives l = lives_of(c);
    bool found = false;
    OK(user_set_status(c, l.alice.user_id, USER_DISABLED, &found));
    assert_true(found);
    life_is(c, &l.alice, LEFT(.factors = 1, .identities = 1));
    life_is(c, &l.bob, all_left);
    assert_int_equal(told(c, REVOKED_USER, l.alice.user_id), 1);
    const struct user_row *user = NULL;
    OK(user_find(c, l.alice.user_id, &user));
    assert_int_equal(user->status, USER_DISABLED);
    OK(user_set_status(c, l.alice.user_id, USER_ACTIVE, &found));
    life_is(c, &l.alice, LEFT(.factors = 1, .identities = 1));
    assert_int_equal(told(c, REVOKED_USER, l.bob.user_id), 0);
}

static void nobody_is_not_disabled(void **state)
{
    struct ctx *c = ctx_of(state);
    bool found = true;
    OK(user_set_status(c, "nobody", USER_DISABLED, &found));
    assert_false(found);
    OK(user_delete(c, "nobody", &found));
    assert_false(found);
    assert_int_equal(counted(c, "SELECT count(*) FROM revocations"), 0);
}

/* ---- addresses ---- */

/* PR-02: links sent to the address before are dead; sessions go on. */
static void with_a_new_address_the_links_of_the_old_one_die(void **state)
{
    struct ctx *c = ctx_of(state);
    struct lives l = lives_of(c);
    enum email_outcome how;
    const char *old = NULL;
    OK(user_set_email(c, l.alice.user_id, "new@example.org", "new@example.org", &how, &old));
    struct left expected = all_left;
    expected.links = 0;
    life_is(c, &l.alice, expected);
    life_is(c, &l.bob, all_left);
}

static void an_address_that_was_taken_leaves_the_links(void **state)
{
    struct ctx *c = ctx_of(state);
    struct lives l = lives_of(c);
    enum email_outcome how;
    const char *old = NULL;
    OK(user_set_email(c, l.alice.user_id, "bob@example.org", "bob@example.org", &how, &old));
    assert_int_equal(how, EMAIL_TAKEN);
    life_is(c, &l.alice, all_left);
    life_is(c, &l.bob, all_left);
}

/* AT-04: whoever registered the address before its owner keeps nothing: no session, no token, no
 * device, no pending link, no factor, no linked identity. */
static void a_verified_owner_inherits_nothing(void **state)
{
    struct ctx *c = ctx_of(state);
    struct lives l = lives_of(c);
    OK(DB_RUN(c, "UPDATE users SET email_verified_at = NULL WHERE id = $1", NULL,
              P_TEXT(l.alice.user_id)));
    enum registration_outcome how;
    const char *id = NULL;
    OK(registration_add(c,
                        &(struct registration_new){ .email = "alice@example.org",
                                                    .email_entered = "alice@example.org",
                                                    .full_name = "The owner",
                                                    .password_hash = "owner",
                                                    .link_hash = "owner",
                                                    .expires_at = c->now + 60 },
                        &how, &id));
    assert_int_equal(how, REGISTRATION_PENDING);
    enum verify_outcome verified;
    struct verified done;
    OK(registration_verify(c, "owner", &verified, &done));
    assert_int_equal(verified, VERIFY_DONE);
    assert_string_equal(done.user_id, l.alice.user_id);
    life_is(c, &l.alice, LEFT(.links = 1)); /* the one used just now */
    life_is(c, &l.bob, all_left);
}

/* AT-04: the same by a link to choose a password, which is of no registration; the next one leaves
 * what the owner has made since. */
static void an_address_that_is_proven_first_begins_anew(void **state)
{
    struct ctx *c = ctx_of(state);
    struct lives l = lives_of(c);
    bool first = true;
    bool added = false;
    OK(client_add(c, &(struct client_row){ .id = "shop", .name = "Shop" }, &added));
    OK(consent_set(c, l.alice.user_id, "shop", (struct texts){ 0 }));
    OK(user_prove_address(c, l.alice.user_id, &first));
    assert_false(first);
    life_is(c, &l.alice, all_left);
    OK(DB_RUN(c, "UPDATE users SET email_verified_at = NULL WHERE id = $1", NULL,
              P_TEXT(l.alice.user_id)));
    OK(user_prove_address(c, l.alice.user_id, &first));
    assert_true(first);
    life_is(c, &l.alice, LEFT());
    life_is(c, &l.bob, all_left);
    assert_int_equal(
        counted_of(c, "SELECT count(*) FROM consents WHERE user_id = $1", l.alice.user_id), 0);
}

/* ---- tenants ---- */

static RESULT leave(struct ctx *c, struct db *tx, void *user_id)
{
    (void)tx;
    return end_membership(c, TENANT_DEFAULT_ID, user_id);
}

static void what_is_bound_to_a_tenant_ends_with_the_membership(void **state)
{
    struct ctx *c = ctx_of(state);
    struct lives l = lives_of(c);
    OK(DB_RUN(c, "UPDATE authorizations SET tenant_id = $1 WHERE id = 'alice-a-free'", NULL,
              P_TEXT(TENANT_DEFAULT_ID)));
    char user_id[64];
    (void)snprintf(user_id, sizeof user_id, "%s", l.alice.user_id);
    OK(db_atomically(c, leave, user_id));
    struct left expected = all_left;
    expected.here = 0;
    expected.here_authorizations = 0;
    expected.free_authorizations = 0;
    expected.api_keys = 0;
    life_is(c, &l.alice, expected);
    life_is(c, &l.bob, all_left);
    assert_int_equal(told(c, REVOKED_SESSION, l.alice.here), 1);
    assert_int_equal(
        told(c, REVOKED_MEMBER, text_printf(c->arena, "%s %s", TENANT_DEFAULT_ID, user_id)), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_session_ends_with_its_authorizations),
        STORE_TEST(a_session_of_somebody_else_is_not_ended),
        STORE_TEST(all_sessions_but_one_end),
        STORE_TEST(all_sessions_end),
        STORE_TEST(a_session_that_has_expired_is_not_counted_but_told_of),
        STORE_TEST(with_a_new_password_only_the_session_that_set_it_lives),
        STORE_TEST(with_a_reset_password_no_session_lives),
        STORE_TEST(a_session_begun_in_the_second_of_a_reset_is_not_told_of),
        STORE_TEST(a_disabled_user_has_no_access_and_gets_none_back),
        STORE_TEST(nobody_is_not_disabled),
        STORE_TEST(with_a_new_address_the_links_of_the_old_one_die),
        STORE_TEST(an_address_that_was_taken_leaves_the_links),
        STORE_TEST(a_verified_owner_inherits_nothing),
        STORE_TEST(an_address_that_is_proven_first_begins_anew),
        STORE_TEST(what_is_bound_to_a_tenant_ends_with_the_membership),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
