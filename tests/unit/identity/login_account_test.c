/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/digest.h"
#include "identity/account.h"
#include "identity/people.h"
#include "identity/sign_in.h"
#include "sign_in_testing.h"
#include "store/registrations.h"

#include <crypt.h>

/* A registration of EMAIL with this password. */
static void register_with(struct ctx *c, const char *password, bool usable)
{
    enum registration_outcome how = REGISTRATION_TAKEN;
    const char *user_id = NULL, *hash = NULL;
    OK(password_hash(c, password, &hash));
    struct registration_new new = { .email = EMAIL,
                                    .email_entered = "Ada@example.com",
                                    .full_name = "Ada Lovelace",
                                    .password_hash = hash,
                                    .link_hash = token_hash(c->arena, password),
                                    .expires_at = c->now + 86400,
                                    .tenant_id = TENANT_DEFAULT_ID,
                                    .usable = usable };
    OK(registration_add(c, &new, &how, &user_id));
    assert_int_not_equal(how, REGISTRATION_TAKEN);
}

static enum verify_outcome followed(struct ctx *c, const char *token)
{
    enum verify_outcome how = VERIFY_UNKNOWN;
    struct verified done;
    OK(registration_verify(c, token_hash(c->arena, token), &how, &done));
    return how;
}

/* EN-01, decision 15: whoever has the right password gets the link again; nobody else hears. */
static void an_unverified_address_looks_like_a_wrong_password(void **state)
{
    struct ctx *c = ctx_of(state);
    register_with(c, PASSWORD, false);
    assert_int_equal(tries_password(c, EMAIL, OTHER_PASSWORD), ERR_INVALID_CREDENTIALS);
    assert_int_equal(mails_n(c), 0);
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_INVALID_CREDENTIALS);
    const char *text = mail_taken(c, "Ada@example.com");
    /* The name is what somebody typed who may be somebody else. */
    assert_null(strstr(text, "Lovelace"));
    assert_int_equal(followed(c, token_in(c, text)), VERIFY_DONE);
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_OK);
}

static void the_link_goes_out_a_few_times_an_hour(void **state)
{
    struct ctx *c = ctx_of(state);
    house_of(state)->config->login_per_minute = 100;
    register_with(c, PASSWORD, false);
    for (size_t i = 0; i < 12; i++)
        assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_INVALID_CREDENTIALS);
    assert_int_equal(mails_n(c), c->config->forgot_per_hour);
}

static void only_the_newest_registration_gets_its_link_again(void **state)
{
    struct ctx *c = ctx_of(state);
    register_with(c, PASSWORD, false);
    register_with(c, OTHER_PASSWORD, false);
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_INVALID_CREDENTIALS);
    assert_int_equal(mails_n(c), 0);
    assert_int_equal(tries_password(c, EMAIL, OTHER_PASSWORD), ERR_INVALID_CREDENTIALS);
    assert_int_equal(followed(c, mailed_token(c, "Ada@example.com")), VERIFY_DONE);
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_INVALID_CREDENTIALS);
    assert_int_equal(tries_password(c, EMAIL, OTHER_PASSWORD), ERR_OK);
}

/* AT-04: of an account that somebody else has made, with a password of before.  Its link is not
 * that of somebody who registered the address meanwhile, and is one to choose a password. */
static void who_was_taken_over_unverified_gets_a_link_of_their_own(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct user_row *user = NULL;
    const struct people_new person = { .email = EMAIL,
                                       .full_name = "Ada Lovelace",
                                       .password = PASSWORD,
                                       .unverified = true,
                                       .quiet = true };
    OK(people_add(c, &person, &user));
    assert_int_equal(mails_n(c), 0);
    register_with(c, OTHER_PASSWORD, false);
    assert_int_equal(tries_password(c, EMAIL, OTHER_PASSWORD), ERR_INVALID_CREDENTIALS);
    assert_int_equal(mails_n(c), 0);
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_INVALID_CREDENTIALS);
    const char *text = mail_taken(c, EMAIL);
    assert_non_null(strstr(text, "/reset-password?token="));
    assert_int_equal(followed(c, token_in(c, text)), VERIFY_UNKNOWN);
    OK(account_reset(c, token_in(c, text), "Third-horse-9-staple"));
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_INVALID_CREDENTIALS);
    assert_int_equal(tries_password(c, EMAIL, OTHER_PASSWORD), ERR_INVALID_CREDENTIALS);
    assert_int_equal(tries_password(c, EMAIL, "Third-horse-9-staple"), ERR_OK);
}

static void an_unverified_address_may_do_by_setting(void **state)
{
    struct ctx *c = ctx_of(state);
    house_of(state)->config->require_verified_email = false;
    register_with(c, PASSWORD, true);
    register_with(c, OTHER_PASSWORD, true);
    assert_int_equal(tries_password(c, EMAIL, OTHER_PASSWORD), ERR_INVALID_CREDENTIALS);
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_OK);
    assert_int_equal(mails_n(c), 0);
    house_of(state)->config->require_verified_email = true;
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_INVALID_CREDENTIALS);
}

static void a_pending_password_does_where_the_setting_was_on_before(void **state)
{
    struct ctx *c = ctx_of(state);
    register_with(c, PASSWORD, false);
    house_of(state)->config->require_verified_email = false;
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_OK);
}

/* ---- hashes that change ---- */

static const char *hash_of(struct ctx *c, const char *user_id)
{
    struct password_row row;
    OK(password_find(c, user_id, &row));
    return row.hash;
}

/* CR-09: at the next sign-in, and for nobody who has the wrong password. */
static void a_hash_with_other_costs_is_replaced(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    const char *before = hash_of(c, user);
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_OK);
    assert_string_equal(hash_of(c, user), before);
    house_of(state)->config->argon2_time = 2;
    assert_int_equal(tries_password(c, EMAIL, OTHER_PASSWORD), ERR_INVALID_CREDENTIALS);
    assert_string_equal(hash_of(c, user), before);
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_OK);
    assert_true(text_starts(hash_of(c, user), "$argon2id$v=19$m=32,t=2,p=1$"));
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_OK);
}

/* Decision 18. */
static void an_imported_password_signs_in_and_is_hashed_anew(void **state)
{
    struct ctx *c = ctx_of(state);
    struct crypt_data *data = ARENA_NEW(c->arena, struct crypt_data);
    const char *hash = crypt_rn(PASSWORD, "$2b$04$abcdefghijklmnopqrstuu", data, sizeof *data);
    assert_non_null(hash);
    struct user_new new = { .email = EMAIL,
                            .email_entered = EMAIL,
                            .full_name = "Ada",
                            .password_hash = hash,
                            .verified = true };
    const char *user = NULL;
    OK(user_add(c, &new, &user));
    assert_int_equal(tries_password(c, EMAIL, OTHER_PASSWORD), ERR_INVALID_CREDENTIALS);
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_OK);
    assert_true(text_starts(hash_of(c, user), "$argon2id$"));
    assert_int_equal(tries_password(c, EMAIL, PASSWORD), ERR_OK);
}

static void a_password_that_must_change_is_said_to(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    int64_t ended = 0;
    OK(password_set(c, user, hash_of(c, user), true, NULL, &ended));
    assert_true(signed_in(c, SESSION_TOKEN, NULL).must_change_password);
}

/* ---- what changes meanwhile ---- */

/* A sign-in of EMAIL whose password has just been found right. */
static struct sign_in half_way(struct ctx *c)
{
    struct sign_in s = { .who = EMAIL, .mode = SESSION_TOKEN };
    OK(sign_in_find(c, &s, NULL));
    assert_non_null(s.row);
    return s;
}

static void changes_password(struct ctx *c, const char *user)
{
    int64_t ended = 0;
    OK(password_set(c, user, hash_of(c, user), false, NULL, &ended));
}

static void is_disabled(struct ctx *c, const char *user)
{
    bool found = false;
    OK(user_set_status(c, user, USER_DISABLED, &found));
}

static void enrols(struct ctx *c, const char *user)
{
    (void)enrolled(c, user);
}

static void is_erased(struct ctx *c, const char *user)
{
    bool found = false;
    OK(user_delete(c, user, &found));
}

static void nothing_happens(struct ctx *c, const char *user)
{
    (void)c;
    (void)user;
}

/* PR-02, SS-09: a hash takes its time; what happens in that time counts. */
static void a_sign_in_does_not_outrun_a_change(void **state)
{
    void (*const changes[])(struct ctx *, const char *) = { nothing_happens, changes_password,
                                                            enrols, is_disabled, is_erased };
    struct ctx *c = ctx_of(state);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct login_done done = { 0 };
        const char *user = person(c, EMAIL);
        bool found = false;
        struct sign_in s = half_way(c);
        changes[i](c, user);
        enum err_code code = sign_in_conclude(c, &s, &done).code;
        assert_int_equal(code, i == 0 ? ERR_OK : ERR_INVALID_CREDENTIALS);
        assert_int_equal(done.sid != NULL, i == 0);
        fault_clear(c);
        OK(user_delete(c, user, &found));
    }
}

/* ---- tenants and scopes ---- */

static enum err_code tries_tenant(struct ctx *c, const char *tenant_id, struct login_done *done)
{
    struct login attempt = {
        .email = EMAIL, .password = PASSWORD, .tenant_id = tenant_id, .mode = SESSION_TOKEN
    };
    return tries(c, &attempt, done);
}

/* Decision 5. */
static void a_sign_in_is_bound_to_a_tenant_of_theirs(void **state)
{
    struct ctx *c = ctx_of(state);
    struct login_done done;
    const char *user = person(c, EMAIL), *mine = NULL, *other = NULL;
    bool changed = false;
    OK(tenant_add(c, "mine", "Mine", &mine));
    OK(tenant_add(c, "other", "Other", &other));
    OK(membership_add(c, mine, user, &changed));
    assert_int_equal(tries_tenant(c, mine, &done), ERR_OK);
    assert_string_equal(done.tenant_id, mine);
    assert_int_equal(done.rights.roles.n, 0);
    assert_int_equal(tries_tenant(c, other, &done), ERR_FORBIDDEN);
    assert_null(done.sid);
    assert_int_equal(tries_tenant(c, "no-such-tenant", &done), ERR_FORBIDDEN);
    assert_int_equal(tries_tenant(c, "", &done), ERR_FORBIDDEN);
    assert_int_equal(events_called(c, "login.failed").n, 3);
    OK(tenant_set_status(c, mine, TENANT_DISABLED, &changed));
    assert_int_equal(tries_tenant(c, mine, &done), ERR_FORBIDDEN);
}

static void without_a_tenant_there_are_no_rights(void **state)
{
    struct ctx *c = ctx_of(state);
    struct login_done done;
    bool changed = false;
    (void)person(c, EMAIL);
    assert_int_equal(tries_tenant(c, "none", &done), ERR_OK);
    assert_null(done.tenant_id);
    assert_int_equal(done.rights.permissions.n + done.scopes.n, 0);
    OK(tenant_set_status(c, TENANT_DEFAULT_ID, TENANT_DISABLED, &changed));
    assert_int_equal(tries_tenant(c, NULL, &done), ERR_OK);
    assert_null(done.tenant_id);
    assert_int_equal(done.rights.permissions.n + done.scopes.n, 0);
}

/* Decision 3: a scope narrows what one has, and never widens it. */
static void what_is_granted_is_what_was_asked_for_and_is_allowed(void **state)
{
    struct ctx *c = ctx_of(state);
    struct login_done done;
    (void)person(c, EMAIL);
    struct login attempt = { .email = EMAIL,
                             .password = PASSWORD,
                             .mode = SESSION_TOKEN,
                             .scope = "users:write users:read admin:*" };
    assert_int_equal(tries(c, &attempt, &done), ERR_OK);
    assert_string_equal(text_join(c->arena, done.scopes, " "), "users:read");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(an_unverified_address_looks_like_a_wrong_password),
        HOUSE_TEST(the_link_goes_out_a_few_times_an_hour),
        HOUSE_TEST(only_the_newest_registration_gets_its_link_again),
        HOUSE_TEST(who_was_taken_over_unverified_gets_a_link_of_their_own),
        HOUSE_TEST(an_unverified_address_may_do_by_setting),
        HOUSE_TEST(a_pending_password_does_where_the_setting_was_on_before),
        HOUSE_TEST(a_hash_with_other_costs_is_replaced),
        HOUSE_TEST(an_imported_password_signs_in_and_is_hashed_anew),
        HOUSE_TEST(a_password_that_must_change_is_said_to),
        HOUSE_TEST(a_sign_in_does_not_outrun_a_change),
        HOUSE_TEST(a_sign_in_is_bound_to_a_tenant_of_theirs),
        HOUSE_TEST(without_a_tenant_there_are_no_rights),
        HOUSE_TEST(what_is_granted_is_what_was_asked_for_and_is_allowed),
    };
    return cmocka_run_group_tests_name("identity/login_account", tests, NULL, NULL);
}
