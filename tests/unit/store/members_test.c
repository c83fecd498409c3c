/* SPDX-License-Identifier: Apache-2.0 */
/* Searches of a tenant's members, where others have such addresses and are disabled, too. */
#include "store/users.h"

#include "store/tenants.h"
#include "store_testing.h"

/* 5,000 people, of whom half are disabled; the last 2,600 are members of the default tenant, and
 * five of the tenant that this yields. */
static const char *people_filled(struct ctx *c)
{
    const char *few = NULL;
    OK(tenant_add(c, "few", "Few", &few));
    (void)asked(c, "WITH RECURSIVE n(i) AS (SELECT 10001 UNION ALL\n"
                   "                        SELECT i + 1 FROM n WHERE i < 15000)\n"
                   "INSERT INTO users (id, email, email_entered, full_name, status, epoch,\n"
                   "                   factor_failures, created_at, updated_at)\n"
                   "SELECT 'id-' || i, 'user' || i || '@example.org', 'user', 'User',\n"
                   "       CASE WHEN i % 2 = 0 THEN 'disabled' ELSE 'active' END, 1, 0, 0, 0\n"
                   "FROM n");
    (void)asked(c, "INSERT INTO memberships (tenant_id, user_id, created_at)\n"
                   "SELECT '" TENANT_DEFAULT_ID "', id, 0 FROM users WHERE id > 'id-12400'");
    (void)asked(c, "INSERT INTO memberships (tenant_id, user_id, created_at)\n"
                   "SELECT t.id, u.id, 0 FROM users u, tenants t\n"
                   "WHERE u.id IN ('id-10001', 'id-11000', 'id-12000', 'id-13001', 'id-15000')\n"
                   "  AND t.slug = 'few'");
    return few;
}

/* How many a search finds, page by page, each later in the order than the one before; in how many
 * pages. */
static size_t walked(struct ctx *c, const struct member_filter *filter, size_t *pages)
{
    char after[64] = "";
    size_t n = 0;
    bool more = true;
    for (*pages = 0; more; (*pages)++) {
        struct arena_mark mark = arena_mark(c->arena);
        const char *from = *pages == 0 ? NULL : text_copy(c->arena, after, strlen(after));
        struct user_rows rows;
        OK(users_of_tenant(c, filter, (struct page){ .after = from, .limit = 100 }, &rows));
        for (size_t i = 0; i < rows.n; i++) {
            const char *key = filter->email_starts ? rows.at[i].email : rows.at[i].id;
            assert_true(strcmp(after, key) < 0);
            (void)snprintf(after, sizeof after, "%s", key);
        }
        if (rows.goes_on != NULL)
            (void)snprintf(after, sizeof after, "%s", rows.goes_on);
        more = rows.n == 100 || rows.goes_on != NULL;
        n += rows.n;
        arena_rewind(c->arena, mark);
    }
    return n;
}

static void members_are_found_by_address_among_more_who_are_called_so(void **state)
{
    struct ctx *c = ctx_of(state);
    size_t pages = 0;
    struct member_filter filter = { .tenant_id = people_filled(c), .email_starts = "user1" };
    assert_int_equal(walked(c, &filter, &pages), 5);
    assert_int_equal(pages, 1);
    filter.tenant_id = TENANT_DEFAULT_ID;
    assert_int_equal(walked(c, &filter, &pages), 2600);
    filter.status = "disabled";
    assert_int_equal(walked(c, &filter, &pages), 1300);
    filter.email_starts = "user12";
    assert_int_equal(walked(c, &filter, &pages), 299);
    filter.email_starts = "user9";
    assert_int_equal(walked(c, &filter, &pages), 0);
    assert_int_equal(pages, 1);
}

/* The first 2,000 who are called so are no members: a page that shows nobody says where to go on.
 */
static void a_search_that_has_looked_at_enough_says_where_it_goes_on(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)people_filled(c);
    const struct member_filter filter = { .tenant_id = TENANT_DEFAULT_ID, .email_starts = "user1" };
    struct user_rows rows;
    OK(users_of_tenant(c, &filter, (struct page){ .limit = 100 }, &rows));
    assert_int_equal(rows.n, 0);
    assert_string_equal(rows.goes_on, "user12001@example.org");
    OK(users_of_tenant(c, &filter, (struct page){ .after = rows.goes_on, .limit = 100 }, &rows));
    assert_int_equal(rows.n, 100);
    assert_null(rows.goes_on);
    assert_string_equal(rows.at[0].email, "user12401@example.org");
}

static void members_who_are_disabled_are_found_among_all(void **state)
{
    struct ctx *c = ctx_of(state);
    size_t pages = 0;
    struct member_filter filter = { .tenant_id = people_filled(c), .status = "disabled" };
    assert_int_equal(walked(c, &filter, &pages), 3);
    assert_int_equal(pages, 1);
    filter.tenant_id = TENANT_DEFAULT_ID;
    assert_int_equal(walked(c, &filter, &pages), 1300);
    filter.status = "active";
    assert_int_equal(walked(c, &filter, &pages), 1300);
    filter.status = NULL;
    assert_int_equal(walked(c, &filter, &pages), 2600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(members_are_found_by_address_among_more_who_are_called_so),
        STORE_TEST(a_search_that_has_looked_at_enough_says_where_it_goes_on),
        STORE_TEST(members_who_are_disabled_are_found_among_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
