/* SPDX-License-Identifier: Apache-2.0 */
#include "store/users.h"

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

static void registered(struct ctx *c, const char *password_hash)
{
    enum registration_outcome how;
    const char *id = NULL;
    OK(registration_add(c,
                        &(struct registration_new){ .email = "alice@example.org",
                                                    .email_entered = "alice@example.org",
                                                    .full_name = "Alice",
                                                    .password_hash = password_hash,
                                                    .link_hash = password_hash,
                                                    .expires_at = c->now + 60 },
                        &how, &id));
    assert_int_not_equal(how, REGISTRATION_TAKEN);
}

static void a_profile_changes_where_something_is_given(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = add(c, "alice@example.org");
    const char *other = add(c, "bob@example.org");
    bool there = false;
    c->now++;
    OK(user_set_profile(c, id, &(struct user_profile){ "Alice B.", NULL, NULL }, &there));
    assert_true(there);
    assert_string_equal(found(c, id)->full_name, "Alice B.");
    assert_null(found(c, id)->default_tenant_id);
    assert_int_equal(found(c, id)->updated_at, WORLD_NOW + 1);
    OK(user_set_profile(c, id, &(struct user_profile){ NULL, TENANT_DEFAULT_ID, NULL }, &there));
    assert_string_equal(found(c, id)->full_name, "Alice B.");
    assert_string_equal(found(c, id)->default_tenant_id, TENANT_DEFAULT_ID);
    assert_string_equal(found(c, other)->full_name, "Somebody");
    OK(user_set_profile(c, "nobody", &(struct user_profile){ "X", NULL, NULL }, &there));
    assert_false(there);
}

static void a_sign_in_is_noted(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = add(c, "alice@example.org");
    c->now += 5;
    OK(user_logged_in(c, id, NULL, NULL));
    assert_int_equal(found(c, id)->last_login_at, WORLD_NOW + 5);
    assert_int_equal(found(c, id)->updated_at, WORLD_NOW);
}

/* What is only asked for fills a gap; what was chosen takes the place of anything. */
static void the_language_of_a_sign_in_is_remembered(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = add(c, "alice@example.org");
    const char *locale = NULL;
    OK(user_logged_in(c, id, NULL, NULL));
    OK(user_locale(c, id, &locale));
    assert_null(locale);
    OK(user_logged_in(c, id, NULL, "de"));
    OK(user_logged_in(c, id, NULL, "fr"));
    assert_string_equal(found(c, id)->locale, "de");
    OK(user_logged_in(c, id, "ja", "ja"));
    OK(user_logged_in(c, id, NULL, "es"));
    OK(user_locale(c, id, &locale));
    assert_string_equal(locale, "ja");
    OK(user_locale(c, "nobody", &locale));
    assert_null(locale);
}

static void an_address_moves_and_is_verified(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = add(c, "alice@example.org");
    enum email_outcome how;
    const char *old = NULL;
    OK(user_set_email(c, id, "new@example.org", "New@example.org", &how, &old));
    assert_int_equal(how, EMAIL_CHANGED);
    assert_string_equal(old, "alice@example.org");
    assert_string_equal(found(c, id)->email, "new@example.org");
    assert_string_equal(found(c, id)->email_entered, "New@example.org");
    assert_int_equal(found(c, id)->email_verified_at, WORLD_NOW);
    const struct user_row *user = NULL;
    OK(user_find_email(c, "alice@example.org", &user));
    assert_null(user);
}

static void an_address_of_somebody_else_is_not_taken_over(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *alice = add(c, "alice@example.org");
    const char *bob = person(c, "bob@example.org");
    enum email_outcome how;
    const char *old = NULL;
    OK(user_set_email(c, alice, "bob@example.org", "bob@example.org", &how, &old));
    assert_int_equal(how, EMAIL_TAKEN);
    assert_string_equal(found(c, alice)->email, "alice@example.org");
    assert_int_equal(found(c, alice)->email_verified_at, 0);
    assert_string_equal(found(c, bob)->email, "bob@example.org");
    OK(user_set_email(c, "nobody", "x@example.org", "x@example.org", &how, &old));
    assert_int_equal(how, EMAIL_NO_USER);
    assert_null(old);
}

static void ones_own_address_may_be_written_another_way(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = person(c, "alice@example.org");
    enum email_outcome how;
    const char *old = NULL;
    OK(user_set_email(c, id, "alice@example.org", "ALICE@example.org", &how, &old));
    assert_int_equal(how, EMAIL_CHANGED);
    assert_string_equal(found(c, id)->email_entered, "ALICE@example.org");
}

/* By a link that is of no registration: the passwords of those were somebody's who may be another.
 */
static void an_address_is_proven_once(void **state)
{
    struct ctx *c = ctx_of(state);
    registered(c, "theirs");
    const struct login_row *login = NULL;
    OK(login_find(c, "alice@example.org", &login));
    const char *id = login->user.id;
    bool first = false;
    OK(user_prove_address(c, id, &first));
    assert_true(first);
    c->now++;
    OK(user_prove_address(c, id, &first));
    assert_false(first);
    assert_int_equal(found(c, id)->email_verified_at, WORLD_NOW);
    OK(login_find(c, "alice@example.org", &login));
    assert_null(login->password_hash);
    assert_null(login->pending_hash);
    enum verify_outcome how;
    struct verified done;
    OK(registration_verify(c, "theirs", &how, &done));
    assert_int_equal(how, VERIFY_USED);
    OK(user_prove_address(c, "nobody", &first));
    assert_false(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_profile_changes_where_something_is_given),
        STORE_TEST(a_sign_in_is_noted),
        STORE_TEST(the_language_of_a_sign_in_is_remembered),
        STORE_TEST(an_address_moves_and_is_verified),
        STORE_TEST(an_address_of_somebody_else_is_not_taken_over),
        STORE_TEST(ones_own_address_may_be_written_another_way),
        STORE_TEST(an_address_is_proven_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
