/* SPDX-License-Identifier: Apache-2.0 */
#include "store/credentials.h"

#include "store_testing.h"

static struct password_row password_of(struct ctx *c, const char *user_id)
{
    struct password_row password;
    OK(password_find(c, user_id, &password));
    return password;
}

/* A user without a password. */
static const char *invited(struct ctx *c)
{
    const char *id = NULL;
    OK(user_add(c,
                &(struct user_new){ .email = "invited@example.org",
                                    .email_entered = "invited@example.org",
                                    .full_name = "Invited" },
                &id));
    return id;
}

static void somebody_without_password_has_none(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_null(password_of(c, invited(c)).hash);
    assert_null(password_of(c, "nobody").hash);
}

static void a_password_is_set_and_replaced(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = invited(c);
    const char *other = person(c, "bob@example.org");
    int64_t ended = 0;
    OK(password_set(c, id, "first", true, NULL, &ended));
    assert_string_equal(password_of(c, id).hash, "first");
    assert_true(password_of(c, id).must_change);
    c->now += 5;
    OK(password_set(c, id, "second", false, NULL, &ended));
    assert_string_equal(password_of(c, id).hash, "second");
    assert_false(password_of(c, id).must_change);
    assert_int_equal(password_of(c, id).changed_at, WORLD_NOW + 5);
    assert_string_equal(password_of(c, other).hash, "hash");
}

static void nobody_gets_no_password(void **state)
{
    struct ctx *c = ctx_of(state);
    int64_t ended = 1;
    OK(password_set(c, "nobody", "hash", false, NULL, &ended));
    assert_int_equal(ended, 0);
    assert_int_equal(counted(c, "SELECT count(*) FROM credentials"), 0);
}

static void a_hash_is_renewed_only_while_it_is_the_same_password(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = person(c, "alice@example.org");
    c->now += 5;
    OK(password_rehash(c, id, "hash", "stronger"));
    assert_string_equal(password_of(c, id).hash, "stronger");
    assert_int_equal(password_of(c, id).changed_at, WORLD_NOW);
    OK(password_rehash(c, id, "hash", "too late"));
    assert_string_equal(password_of(c, id).hash, "stronger");
    assert_int_equal(counted_of(c, "SELECT epoch FROM users WHERE id = $1", id), 1);
}

/* EN-01: what stands in for a password that nobody has is some user's, the same one each time. */
static void a_password_stands_in_for_none(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *hash = "";
    OK(password_like(c, "000000000000", &hash));
    assert_null(hash);
    const char *first = person(c, "alice@example.org");
    const char *second = person(c, "bob@example.org");
    int64_t ended = 0;
    OK(password_set(c, second, "second", false, NULL, &ended));
    OK(password_like(c, first + 24, &hash));
    assert_string_equal(hash, "hash");
    OK(password_like(c, second + 24, &hash));
    assert_string_equal(hash, "second");
    const char *from_the_start = NULL;
    OK(password_like(c, "000000000000", &from_the_start));
    OK(password_like(c, "ffffffffffff", &hash));
    assert_string_equal(hash, from_the_start);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(somebody_without_password_has_none),
        STORE_TEST(a_password_is_set_and_replaced),
        STORE_TEST(nobody_gets_no_password),
        STORE_TEST(a_hash_is_renewed_only_while_it_is_the_same_password),
        STORE_TEST(a_password_stands_in_for_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
