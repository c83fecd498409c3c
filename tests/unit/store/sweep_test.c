/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sweep.h"

#include "base/random.h"
#include "grants_testing.h"
#include "store/authorization_requests.h"
#include "store/codes.h"
#include "store/devices.h"
#include "store/one_time_tokens.h"
#include "store/outbox.h"
#include "store/registrations.h"
#include "store/roles.h"
#include "store/seen.h"

static int64_t swept(struct ctx *c, bool more)
{
    int64_t removed = -1;
    bool again = !more;
    OK(sweep(c, &removed, &again));
    assert_int_equal(again, more);
    return removed;
}

static int64_t all_swept(struct ctx *c)
{
    int64_t removed = 0;
    int64_t n = 0;
    bool more = true;
    while (more) {
        OK(sweep(c, &n, &more));
        removed += n;
    }
    return removed;
}

/* One of everything that expires an hour from now, or later with `longer`. */
static void everything_made(struct ctx *c, const char *name, int64_t longer)
{
    const char *user = user_made(c, text_printf(c->arena, "%s@example.org", name));
    const char *session = NULL;
    int64_t lives = 3600 + longer;
    OK(session_add(
        c,
        &(struct session_new){
            .user_id = user, .mode = SESSION_TOKEN, .idle = lives, .absolute = lives, .max = 5 },
        &session));
    const char *granted =
        authorization_made(c, (struct authorization_row){ .user_id = user, .session_id = session });
    OK(refresh_token_add(c, name, granted, lives));
    OK(one_time_add(c, &(struct one_time_new){ .kind = ONE_TIME_RESET_PASSWORD,
                                               .hash = name,
                                               .user_id = user,
                                               .expires_at = c->now + lives }));
    OK(authorization_request_add(
        c, REQUEST_PUSHED,
        &(struct authorization_request_row){ .hash = name,
                                             .client_id = CLIENT_FIRST_PARTY,
                                             .params = "{}",
                                             .expires_at = c->now + lives }));
    const char *device = NULL;
    OK(device_add(c, user, name, c->now + lives, &device));
    bool first = false;
    OK(seen_add(c, &(struct seen_key){ "test", "test", name }, c->now + lives, &first));
    int64_t now = c->now;
    /* An access token, a minute, and clocks that are apart: of tokens, and of who sweeps. */
    c->now += lives - 16 * MINUTE - 2 * (int64_t)CLOCKS_APART;
    OK(revocation_add(c, REVOKED_TOKEN, name));
    c->now = now;
}

static int64_t rows_left(struct ctx *c)
{
    return counted(c, "SELECT (SELECT count(*) FROM sessions)\n"
                      "     + (SELECT count(*) FROM authorizations)\n"
                      "     + (SELECT count(*) FROM refresh_tokens)\n"
                      "     + (SELECT count(*) FROM one_time_tokens)\n"
                      "     + (SELECT count(*) FROM authorization_requests)\n"
                      "     + (SELECT count(*) FROM devices)\n"
                      "     + (SELECT count(*) FROM seen)\n"
                      "     + (SELECT count(*) FROM revocations)");
}

/* DO-09: what has expired goes by itself, from every table. */
static void what_has_expired_goes_and_what_lives_stays(void **state)
{
    struct ctx *c = ctx_of(state);
    everything_made(c, "ada", 0);
    everything_made(c, "bob", 1);
    assert_int_equal(rows_left(c), 16);
    assert_int_equal(swept(c, false), 0);
    c->now += 3600;
    assert_int_equal(swept(c, false), 8);
    assert_int_equal(rows_left(c), 8);
    assert_int_equal(counted(c, "SELECT count(*) FROM refresh_tokens WHERE hash = 'bob'"), 1);
    assert_int_equal(counted(c, "SELECT count(*) FROM users"), 2);
    c->now += 1;
    assert_int_equal(swept(c, false), 8);
    assert_int_equal(swept(c, false), 0);
}

/* DO-19: a little at a time. */
static void no_more_than_its_share_goes_at_once(void **state)
{
    struct ctx *c = ctx_of(state);
    bool first = false;
    for (int i = 0; i < SWEEP_MAX + 1; i++)
        OK(seen_add(c, &(struct seen_key){ "test", "test", text_printf(c->arena, "%d", i) },
                    c->now + 1, &first));
    c->now += 1;
    assert_int_equal(swept(c, true), SWEEP_MAX);
    assert_int_equal(swept(c, false), 1);
}

/* DO-19: a session with a long family does not take all of it along in one transaction. */
static void a_session_goes_after_all_that_hangs_on_it(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in ada = signed_in(c, "ada@example.org");
    for (int i = 0; i < SWEEP_MAX; i++)
        OK(refresh_token_add(c, text_printf(c->arena, "%d", i), ada.authorization_id, ABSOLUTE));
    c->now += ABSOLUTE;
    assert_int_equal(swept(c, true), SWEEP_MAX);
    assert_int_equal(counted(c, "SELECT count(*) FROM refresh_tokens"), 1);
    assert_int_equal(counted(c, "SELECT count(*) FROM authorizations"), 1);
    assert_int_equal(counted(c, "SELECT count(*) FROM sessions"), 1);
    assert_int_equal(swept(c, false), 3);
    assert_int_equal(rows_left(c), 0);
}

/* CD-01: that a code was used is known for a day after it has expired. */
static void a_used_code_is_remembered_for_a_day(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in ada = signed_in(c, "ada@example.org");
    enum code_outcome how;
    struct code_row row;
    bool added = false;
    OK(code_add(c,
                &(struct code_new){ .hash = "h",
                                    .authorization = { .user_id = ada.user_id,
                                                       .client_id = CLIENT_FIRST_PARTY,
                                                       .auth_time = c->now,
                                                       .expires_at = c->now + ABSOLUTE },
                                    .redirect_uri = "https://app.test/cb",
                                    .expires_at = c->now + MINUTE },
                &added));
    OK(code_use(c, &(struct code_use_new){ .hash = "h", .client_id = CLIENT_FIRST_PARTY }, &how,
                &row));
    c->now += MINUTE + DAY - 1;
    (void)all_swept(c);
    assert_int_equal(counted(c, "SELECT count(*) FROM codes"), 1);
    c->now++;
    (void)all_swept(c);
    assert_int_equal(counted(c, "SELECT count(*) FROM codes"), 0);
}

/* ---- registrations ---- */

static const char *registered_by(struct ctx *c, const char *email, const char *link)
{
    const char *user = NULL;
    enum registration_outcome how;
    OK(registration_add(c,
                        &(struct registration_new){ .email = email,
                                                    .email_entered = email,
                                                    .full_name = "Ada",
                                                    .password_hash = "$hash",
                                                    .link_hash = link,
                                                    .expires_at = c->now + DAY,
                                                    .tenant_id = TENANT_DEFAULT_ID },
                        &how, &user));
    return user;
}

static const char *registered(struct ctx *c, const char *email)
{
    return registered_by(c, email, random_token(c));
}

static bool exists(struct ctx *c, const char *user_id)
{
    const struct user_row *row = NULL;
    OK(user_find(c, user_id, &row));
    return row != NULL;
}

/* DO-09: who never answered leaves nothing behind, and the address is free. */
static void an_unverified_user_goes_with_the_last_registration(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *ada = registered(c, "ada@example.org");
    c->now += 10;
    const char *bob = registered(c, "bob@example.org");
    enum role_outcome role;
    OK(role_give(c, TENANT_DEFAULT_ID, bob, "user", &role)); /* as registering does */
    assert_int_equal(role, ROLE_GIVEN);
    assert_string_equal(registered(c, "ada@example.org"), ada);
    c->now += DAY - 10;
    assert_true(all_swept(c) >= 1);
    assert_true(exists(c, ada)); /* the second waits still */
    c->now += 10;
    (void)all_swept(c);
    assert_false(exists(c, ada));
    assert_false(exists(c, bob));
    assert_int_equal(counted(c, "SELECT count(*) FROM memberships"), 0);
    assert_string_not_equal(registered(c, "ada@example.org"), ada);
}

static void who_has_anything_to_come_back_to_stays(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *link = random_token(c);
    const char *verified = registered_by(c, "a@example.org", link);
    const char *of_role = registered(c, "b@example.org");
    const char *signed_in_once = registered(c, "c@example.org");
    struct verified done;
    enum verify_outcome how;
    enum role_outcome role;
    OK(registration_verify(c, link, &how, &done));
    assert_int_equal(how, VERIFY_DONE);
    OK(role_give(c, TENANT_DEFAULT_ID, of_role, "moderator", &role));
    OK(user_logged_in(c, signed_in_once, NULL, NULL));
    c->now += DAY;
    (void)all_swept(c);
    assert_int_equal(counted(c, "SELECT count(*) FROM registrations"), 0);
    assert_true(exists(c, verified));
    assert_true(exists(c, of_role));
    assert_true(exists(c, signed_in_once));
}

/* ---- the outbox ---- */

static void what_was_sent_stays_a_week_and_what_waits_for_ever(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *ids[3];
    for (int i = 0; i < 3; i++) {
        ids[i] = random_uuid(c);
        OK(outbox_add(c, &(struct outbox_row){ .id = ids[i], .recipient = "", .subject = "" }));
    }
    OK(outbox_done(c, ids[0]));
    OK(outbox_retry(c, ids[1], 0, "lost"));
    c->now += 7 * DAY - 1;
    assert_int_equal(swept(c, false), 0);
    c->now += 1;
    assert_int_equal(swept(c, false), 2);
    c->now += 365 * DAY;
    assert_int_equal(swept(c, false), 0);
    assert_int_equal(counted_of(c, "SELECT count(*) FROM outbox WHERE id = $1", ids[2]), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(what_has_expired_goes_and_what_lives_stays),
        STORE_TEST(no_more_than_its_share_goes_at_once),
        STORE_TEST(a_session_goes_after_all_that_hangs_on_it),
        STORE_TEST(a_used_code_is_remembered_for_a_day),
        STORE_TEST(an_unverified_user_goes_with_the_last_registration),
        STORE_TEST(who_has_anything_to_come_back_to_stays),
        STORE_TEST(what_was_sent_stays_a_week_and_what_waits_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
