/* SPDX-License-Identifier: Apache-2.0 */
#include "store/api_keys.h"

#include "base/random.h"
#include "store/tenants.h"
#include "store_testing.h"

static const char *add_for(struct ctx *c, const char *user_id, int64_t max)
{
    const char *permissions[] = { "users:list", "users:read" };
    bool done = false;
    const struct api_key_row row = { .id = random_uuid(c),
                                     .tenant_id = TENANT_DEFAULT_ID,
                                     .user_id = user_id,
                                     .name = "A service",
                                     .permissions = { permissions, 2 },
                                     .expires_at = c->now + 3600 };
    OK(api_key_add(c, &row, "hash", max, &done));
    return done ? row.id : NULL;
}

static enum api_key_state state_of(struct ctx *c, const char *id)
{
    enum api_key_state state;
    const char *hash = NULL;
    const struct api_key_row *row = NULL;
    OK(api_key_find(c, id, &state, &hash, &row));
    assert_int_equal(row == NULL, state == API_KEY_UNKNOWN);
    assert_int_equal(hash == NULL, state == API_KEY_UNKNOWN);
    return state;
}

static void a_key_is_found_until_it_expires(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = add_for(c, person(c, "alice@example.org"), 1);
    enum api_key_state how;
    const char *hash = NULL;
    const struct api_key_row *row = NULL;
    OK(api_key_find(c, id, &how, &hash, &row));
    assert_int_equal(how, API_KEY_LIVE);
    assert_string_equal(hash, "hash");
    assert_string_equal(row->id, id);
    assert_string_equal(row->tenant_id, TENANT_DEFAULT_ID);
    assert_string_equal(row->name, "A service");
    assert_string_equal(text_join(c->arena, row->permissions, " "), "users:list users:read");
    assert_int_equal(row->created_at, WORLD_NOW);
    assert_int_equal(row->expires_at, WORLD_NOW + 3600);
    assert_int_equal(row->last_used_at, 0);
    c->now += 3599;
    assert_int_equal(state_of(c, id), API_KEY_LIVE);
    c->now++;
    assert_int_equal(state_of(c, id), API_KEY_EXPIRED);
    assert_int_equal(state_of(c, random_uuid(c)), API_KEY_UNKNOWN);
}

static void a_use_is_noted(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = person(c, "alice@example.org");
    const char *id = add_for(c, user_id, 1);
    struct api_key_rows rows;
    c->now += 60;
    OK(api_key_touch(c, id));
    OK(api_keys_of_user(c, user_id, (struct page){ .limit = 10 }, &rows));
    assert_int_equal(rows.n, 1);
    assert_int_equal(rows.at[0].last_used_at, WORLD_NOW + 60);
}

/* SS-09, TN-06: a key does not outlive what its maker may. */
static void a_key_stands_with_its_user_and_its_tenant(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = person(c, "alice@example.org");
    const char *id = add_for(c, user_id, 1);
    bool done = false;
    OK(DB_RUN(c, "UPDATE users SET status = 'disabled' WHERE id = $1", NULL, P_TEXT(user_id)));
    assert_int_equal(state_of(c, id), API_KEY_DENIED);
    OK(DB_RUN(c, "UPDATE users SET status = 'active' WHERE id = $1", NULL, P_TEXT(user_id)));
    assert_int_equal(state_of(c, id), API_KEY_LIVE);
    OK(tenant_set_status(c, TENANT_DEFAULT_ID, TENANT_DISABLED, &done));
    assert_int_equal(state_of(c, id), API_KEY_DENIED);
    OK(tenant_set_status(c, TENANT_DEFAULT_ID, TENANT_ACTIVE, &done));
    assert_int_equal(state_of(c, id), API_KEY_DENIED); /* made before */
}

/* SS-14, TN-12: there are not more than may be; those that have expired do not count. */
static void a_user_has_so_many_keys_and_no_more(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = person(c, "alice@example.org");
    assert_non_null(add_for(c, user_id, 2));
    assert_non_null(add_for(c, user_id, 2));
    assert_null(add_for(c, user_id, 2));
    assert_non_null(add_for(c, person(c, "bob@example.org"), 2));
    c->now += 3600;
    assert_non_null(add_for(c, user_id, 2));
}

/* AZ-01, TN-02 */
static void a_key_is_listed_and_removed_in_its_tenant(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = person(c, "alice@example.org");
    const char *first = add_for(c, user_id, 3);
    c->now++;
    const char *second = add_for(c, user_id, 3);
    const char *other = NULL;
    struct api_key_rows rows;
    bool removed = true;
    OK(tenant_add(c, "acme", "Acme", &other));
    OK(api_keys_page(c, other, (struct page){ .limit = 10 }, &rows));
    assert_int_equal(rows.n, 0);
    OK(api_keys_page(c, TENANT_DEFAULT_ID, (struct page){ .limit = 1 }, &rows));
    assert_int_equal(rows.n, 1);
    assert_string_equal(rows.at[0].id, first);
    OK(api_keys_page(c, TENANT_DEFAULT_ID, (struct page){ .after = first, .limit = 1 }, &rows));
    assert_string_equal(rows.at[0].id, second);
    OK(api_key_remove(c, other, first, &removed));
    assert_false(removed);
    OK(api_key_remove(c, TENANT_DEFAULT_ID, first, &removed));
    assert_true(removed);
    OK(api_key_remove(c, TENANT_DEFAULT_ID, first, &removed));
    assert_false(removed);
    assert_int_equal(state_of(c, first), API_KEY_UNKNOWN);
    assert_int_equal(state_of(c, second), API_KEY_LIVE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_key_is_found_until_it_expires),
        STORE_TEST(a_use_is_noted),
        STORE_TEST(a_key_stands_with_its_user_and_its_tenant),
        STORE_TEST(a_user_has_so_many_keys_and_no_more),
        STORE_TEST(a_key_is_listed_and_removed_in_its_tenant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
