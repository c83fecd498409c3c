/* SPDX-License-Identifier: Apache-2.0 */
#include "store/resources.h"

#include "grants_testing.h"

static void resource_made(struct ctx *c, const char *uri)
{
    OK(resource_set(c, &(struct resource_row){
                           .uri = uri, .name = uri, .scopes = TEXTS("a:read", "a:write") }));
}

static void a_resource_is_found_by_its_exact_uri(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct resource_row *row = NULL;
    resource_made(c, "https://api.example.org");
    OK(resource_find(c, "https://api.example.org", &row));
    assert_string_equal(row->name, "https://api.example.org");
    assert_string_equal(text_join(c->arena, row->scopes, " "), "a:read a:write");
    assert_string_equal(row->metadata, "{}");
    OK(resource_find(c, "https://api.example.org/", &row));
    assert_null(row);
}

static void setting_it_again_replaces_it(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct resource_row *row = NULL;
    resource_made(c, "https://api.example.org");
    c->now++;
    OK(resource_set(c, &(struct resource_row){
                           .uri = "https://api.example.org", .name = "API", .metadata = "[]" }));
    OK(resource_find(c, "https://api.example.org", &row));
    assert_string_equal(row->name, "API");
    assert_int_equal(row->scopes.n, 0);
    assert_string_equal(row->metadata, "[]");
    assert_int_equal(row->created_at, WORLD_NOW);
    assert_int_equal(row->updated_at, WORLD_NOW + 1);
}

static void a_removed_resource_is_gone(void **state)
{
    struct ctx *c = ctx_of(state);
    bool removed = false;
    resource_made(c, "https://api.example.org");
    OK(resource_remove(c, "https://api.example.org", &removed));
    assert_true(removed);
    OK(resource_remove(c, "https://api.example.org", &removed));
    assert_false(removed);
}

static void resources_come_in_pages(void **state)
{
    struct ctx *c = ctx_of(state);
    struct resource_rows rows;
    resource_made(c, "https://b.example.org");
    resource_made(c, "https://a.example.org");
    OK(resources_page(c, (struct page){ .limit = 1 }, &rows));
    assert_int_equal(rows.n, 1);
    assert_string_equal(rows.at[0].uri, "https://a.example.org");
    OK(resources_page(c, (struct page){ .after = rows.at[0].uri, .limit = 2 }, &rows));
    assert_int_equal(rows.n, 1);
    assert_string_equal(rows.at[0].uri, "https://b.example.org");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_resource_is_found_by_its_exact_uri),
        STORE_TEST(setting_it_again_replaces_it),
        STORE_TEST(a_removed_resource_is_gone),
        STORE_TEST(resources_come_in_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
