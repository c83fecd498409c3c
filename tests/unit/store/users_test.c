/* SPDX-License-Identifier: Apache-2.0 */
#include "store/users.h"

#include "store/credentials.h"
#include "store/hot_queries.h"
#include "store/registrations.h"
#include "store/tenants.h"
#include "store_testing.h"

static const char *add(struct ctx *c, const char *email)
{
    const char *id = NULL;
    OK(user_add(
        c, &(struct user_new){ .email = email, .email_entered = email, .full_name = "Somebody" },
        &id));
    return id;
}

static const struct user_row *found(struct ctx *c, const char *id)
{
    const struct user_row *user = NULL;
    OK(user_find(c, id, &user));
    assert_non_null(user);
    return user;
}

/* ---- adding and finding ---- */

static void a_new_user_is_found_with_all_that_was_given(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = NULL;
    OK(user_add(c,
                &(struct user_new){ .email = "alice@example.org",
                                    .email_entered = "Alice@Example.org",
                                    .full_name = "Alice",
                                    .password_hash = "hash",
                                    .must_change = true,
                                    .verified = true,
                                    .tenant_id = TENANT_DEFAULT_ID },
                &id));
    const struct user_row *u = found(c, id);
    assert_string_equal(u->id, id);
    assert_string_equal(u->email, "alice@example.org");
    assert_string_equal(u->email_entered, "Alice@Example.org");
    assert_string_equal(u->full_name, "Alice");
    assert_int_equal(u->status, USER_ACTIVE);
    assert_int_equal(u->email_verified_at, WORLD_NOW);
    assert_string_equal(u->default_tenant_id, TENANT_DEFAULT_ID);
    assert_int_equal(u->created_at, WORLD_NOW);
    assert_int_equal(u->last_login_at, 0);
    assert_int_equal(u->epoch, 1);
    assert_false(u->totp);
    assert_int_equal(counted_of(c, "SELECT count(*) FROM memberships WHERE user_id = $1", id), 1);
    struct password_row password;
    OK(password_find(c, id, &password));
    assert_string_equal(password.hash, "hash");
    assert_true(password.must_change);
}

static void a_new_user_may_be_nothing_but_an_address(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = add(c, "alice@example.org");
    const struct user_row *u = found(c, id);
    assert_int_equal(u->email_verified_at, 0);
    assert_null(u->default_tenant_id);
    assert_int_equal(counted(c, "SELECT count(*) FROM memberships"), 0);
    assert_int_equal(counted(c, "SELECT count(*) FROM credentials"), 0);
}

static void an_address_that_is_taken_adds_nobody(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)person(c, "alice@example.org");
    assert_null(add(c, "alice@example.org"));
    assert_int_equal(counted(c, "SELECT count(*) FROM users"), 1);
}

static void a_user_of_no_tenant_there_is_not_half_added(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = NULL;
    REFUSED(user_add(c,
                     &(struct user_new){ .email = "alice@example.org",
                                         .email_entered = "alice@example.org",
                                         .full_name = "Alice",
                                         .password_hash = "hash",
                                         .tenant_id = "nowhere" },
                     &id),
            CONFLICT);
    assert_int_equal(counted(c, "SELECT count(*) FROM users"), 0);
}

static void somebody_who_is_not_there_is_not_found(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct user_row *user = NULL;
    const struct login_row *login = NULL;
    OK(user_find(c, "nobody", &user));
    assert_null(user);
    OK(user_find_email(c, "nobody@example.org", &user));
    assert_null(user);
    OK(login_find(c, "nobody@example.org", &login));
    assert_null(login);
}

/* AT-06: two addresses are the same only byte for byte; the database folds nothing. */
static void addresses_are_compared_by_bytes(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *plain = person(c, "alice@example.org");
    const char *cedilla = person(c, "ali\xc3\xa7"
                                    "e@example.org");
    const char *upper = person(c, "ALICE@example.org");
    const struct user_row *user = NULL;
    OK(user_find_email(c, "alice@example.org", &user));
    assert_string_equal(user->id, plain);
    assert_string_not_equal(plain, cedilla);
    assert_string_not_equal(plain, upper);
    OK(user_find_email(c, "Alice@example.org", &user));
    assert_null(user);
}

/* AT-05: the dotless i, the Kelvin sign, the long s, a full-width a and a decomposed letter are
 * other addresses than the ones they look like. */
static void letters_that_only_look_alike_are_other_addresses(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *mike = person(c, "mike@example.org");
    (void)person(c, "m\xc4\xb1ke@example.org");
    (void)person(c, "mi\xe2\x84\xaa"
                    "e@example.org");
    (void)person(c, "\xef\xbd\x8dike@example.org");
    (void)person(c, "mike\xcc\x81@example.org");
    (void)person(c, "mike@example.org\xc5\xbf");
    assert_int_equal(counted(c, "SELECT count(*) FROM users"), 6);
    const struct login_row *login = NULL;
    OK(login_find(c, "mike@example.org", &login));
    assert_string_equal(login->user.id, mike);
    assert_string_equal(login->user.email_entered, "mike@example.org");
}

static void add_at_once(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    crowd_joined(c, crowd);
    crowd->wins += add(c, "alice@example.org") != NULL;
}

static void of_a_crowd_with_one_address_one_is_added(void **state)
{
    struct world *w = world_of(state);
    assert_int_equal(crowd_run(w, 32, add_at_once, NULL), 1);
    assert_int_equal(counted(w->c, "SELECT count(*) FROM users"), 1);
}

/* ---- signing in ---- */

static void a_sign_in_knows_all_in_one_read(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = person(c, "alice@example.org");
    const struct login_row *login = NULL;
    OK(login_find(c, "alice@example.org", &login));
    assert_string_equal(login->user.id, id);
    assert_string_equal(login->password_hash, "hash");
    assert_false(login->must_change);
    assert_null(login->pending_hash);
    assert_null(login->registration_id);
    assert_true(login->default_tenant_live);
}

static void a_sign_in_without_password_says_so(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)add(c, "alice@example.org");
    const struct login_row *login = NULL;
    OK(login_find(c, "alice@example.org", &login));
    assert_null(login->password_hash);
    assert_false(login->default_tenant_live);
}

static void a_sign_in_sees_whether_the_default_tenant_is_live(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = person(c, "alice@example.org");
    const struct login_row *login = NULL;
    (void)asked(c, "UPDATE tenants SET status = 'disabled'");
    OK(login_find(c, "alice@example.org", &login));
    assert_false(login->default_tenant_live);
    (void)asked(c, "UPDATE tenants SET status = 'active'");
    OK(login_find(c, "alice@example.org", &login));
    assert_true(login->default_tenant_live);
    (void)asked(c, "DELETE FROM memberships");
    OK(login_find(c, "alice@example.org", &login));
    assert_false(login->default_tenant_live);
    assert_string_equal(login->user.id, id);
}

static void registered(struct ctx *c, const char *password_hash, int64_t lives)
{
    enum registration_outcome how;
    const char *id = NULL;
    OK(registration_add(c,
                        &(struct registration_new){ .email = "alice@example.org",
                                                    .email_entered = "alice@example.org",
                                                    .full_name = "Alice",
                                                    .password_hash = password_hash,
                                                    .link_hash = password_hash,
                                                    .expires_at = c->now + lives },
                        &how, &id));
    assert_int_not_equal(how, REGISTRATION_TAKEN);
}

static void a_sign_in_knows_the_newest_pending_password(void **state)
{
    struct ctx *c = ctx_of(state);
    registered(c, "first", 60);
    registered(c, "second", 60);
    const struct login_row *login = NULL;
    OK(login_find(c, "alice@example.org", &login));
    assert_string_equal(login->pending_hash, "second");
    assert_non_null(login->registration_id);
    assert_null(login->password_hash);
    c->now += 60;
    OK(login_find(c, "alice@example.org", &login));
    assert_null(login->pending_hash);
    assert_null(login->registration_id);
}

static void hot_reads_are_indexed(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *const hot[] = { sql_user_find, sql_login_find, sql_password_like,
                                sql_session_find };
    for (size_t i = 0; i < sizeof hot / sizeof *hot; i++)
        assert_true(plan_is_indexed(c, hot[i], strstr(hot[i], "$2") == NULL ? "t" : "ti"));
}

/* ---- pages ---- */

static void pages_follow_each_other_without_gap_or_repetition(void **state)
{
    struct ctx *c = ctx_of(state);
    for (int i = 0; i < 7; i++)
        (void)add(c, text_printf(c->arena, "user%d@example.org", i));
    size_t seen = 0;
    const char *after = NULL;
    for (;;) {
        struct user_rows page;
        OK(users_page(c, NULL, (struct page){ .after = after, .limit = 3 }, &page));
        if (page.n == 0)
            break;
        assert_true(page.n <= 3);
        assert_true(after == NULL || strcmp(after, page.at[0].id) < 0);
        after = page.at[page.n - 1].id;
        seen += page.n;
    }
    assert_int_equal(seen, 7);
}

static void a_page_is_narrowed_by_how_addresses_start(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)person(c, "al@example.org");
    const char *alice = person(c, "alice@example.org");
    (void)person(c, "bob@example.org");
    (void)person(c, "ALICE@example.org");
    (void)person(c, "al%@example.org");
    struct user_rows page;
    OK(users_page(c, "ali", (struct page){ .limit = 10 }, &page));
    assert_int_equal(page.n, 1);
    assert_string_equal(page.at[0].id, alice);
    OK(users_page(c, "al%", (struct page){ .limit = 10 }, &page));
    assert_int_equal(page.n, 1);
    OK(users_page(c, "x", (struct page){ .limit = 10 }, &page));
    assert_int_equal(page.n, 0);
}

static void a_page_has_no_deleted_users(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *alice = person(c, "alice@example.org");
    bool gone = false;
    OK(user_delete(c, alice, &gone));
    struct user_rows page;
    OK(users_page(c, NULL, (struct page){ .limit = 10 }, &page));
    assert_int_equal(page.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_new_user_is_found_with_all_that_was_given),
        STORE_TEST(a_new_user_may_be_nothing_but_an_address),
        STORE_TEST(an_address_that_is_taken_adds_nobody),
        STORE_TEST(a_user_of_no_tenant_there_is_not_half_added),
        STORE_TEST(somebody_who_is_not_there_is_not_found),
        STORE_TEST(addresses_are_compared_by_bytes),
        STORE_TEST(letters_that_only_look_alike_are_other_addresses),
        STORE_TEST(of_a_crowd_with_one_address_one_is_added),
        STORE_TEST(a_sign_in_knows_all_in_one_read),
        STORE_TEST(a_sign_in_without_password_says_so),
        STORE_TEST(a_sign_in_sees_whether_the_default_tenant_is_live),
        STORE_TEST(a_sign_in_knows_the_newest_pending_password),
        STORE_TEST(hot_reads_are_indexed),
        STORE_TEST(pages_follow_each_other_without_gap_or_repetition),
        STORE_TEST(a_page_is_narrowed_by_how_addresses_start),
        STORE_TEST(a_page_has_no_deleted_users),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
