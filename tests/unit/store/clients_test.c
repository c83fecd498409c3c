/* SPDX-License-Identifier: Apache-2.0 */
#include "store/clients.h"

#include "grants_testing.h"

static void the_first_party_is_there_from_the_start(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct client_row *row = NULL;
    OK(client_find(c, CLIENT_FIRST_PARTY, &row));
    assert_int_equal(row->status, CLIENT_ACTIVE);
    assert_false(row->confidential);
    assert_null(row->tenant_id);
}

static void a_client_is_added_once(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct client_row shop = { .id = "shop",
                                     .tenant_id = TENANT_DEFAULT_ID,
                                     .name = "Shop",
                                     .status = CLIENT_DISABLED,
                                     .confidential = true };
    bool added = false;
    OK(client_add(c, &shop, &added));
    assert_true(added);
    const struct client_row *row = NULL;
    OK(client_find(c, "shop", &row));
    assert_string_equal(row->id, "shop");
    assert_string_equal(row->tenant_id, TENANT_DEFAULT_ID);
    assert_string_equal(row->name, "Shop");
    assert_int_equal(row->status, CLIENT_DISABLED);
    assert_true(row->confidential);
    assert_int_equal(row->created_at, c->now);
    assert_int_equal(row->updated_at, c->now);
    OK(client_add(c, &(struct client_row){ .id = "shop", .name = "Another" }, &added));
    assert_false(added);
    OK(client_find(c, "shop", &row));
    assert_string_equal(row->name, "Shop");
    OK(client_find(c, "Shop", &row));
    assert_null(row);
}

/* CD-09: what was granted to a disabled client is gone, also after it is enabled. */
static void disabling_revokes_what_was_granted_to_it(void **state)
{
    struct ctx *c = ctx_of(state);
    client_made(c, "shop");
    const char *user = user_made(c, "ada@example.org");
    const struct authorization_row row = { .user_id = user, .client_id = "shop" };
    const char *granted = authorization_made(c, row);
    struct signed_in ada = signed_in_to(c, user, TENANT_DEFAULT_ID);
    bool found = false;
    c->now++;
    OK(client_set_status(c, "shop", CLIENT_DISABLED, &found));
    assert_true(found);
    const struct client_row *client = NULL;
    OK(client_find(c, "shop", &client));
    assert_int_equal(client->status, CLIENT_DISABLED);
    assert_int_equal(client->updated_at, c->now);
    assert_false(is_live(c, granted));
    assert_true(is_live(c, ada.authorization_id));
    assert_int_equal(told(c, REVOKED_CLIENT, "shop"), 1);
    assert_int_equal(counted(c, "SELECT count(*) FROM revocations"), 1);
    c->now++;
    OK(client_set_status(c, "shop", CLIENT_ACTIVE, &found));
    assert_true(found);
    assert_false(is_live(c, granted));
    assert_true(is_live(c, authorization_made(c, row)));
}

static void a_client_that_is_not_there_has_no_status(void **state)
{
    struct ctx *c = ctx_of(state);
    bool found = true;
    OK(client_set_status(c, "nobody", CLIENT_DISABLED, &found));
    assert_false(found);
    assert_int_equal(told(c, REVOKED_CLIENT, "nobody"), 0);
    found = true;
    OK(client_set_status(c, "nobody", CLIENT_ACTIVE, &found));
    assert_false(found);
}

static void what_a_client_registered_is_kept_and_changes(void **state)
{
    struct ctx *c = ctx_of(state);
    bool done = false;
    const struct client_row *row = NULL;
    OK(client_add(c, &(struct client_row){ .id = "shop", .name = "Shop", .metadata = "{\"a\":1}" },
                  &done));
    OK(client_find(c, "shop", &row));
    assert_string_equal(row->metadata, "{\"a\":1}");
    c->now++;
    const struct client_row changed = {
        .id = "shop", .name = "New shop", .confidential = true, .metadata = "{}"
    };
    OK(client_update(c, &changed, &done));
    assert_true(done);
    OK(client_find(c, "shop", &row));
    assert_string_equal(row->name, "New shop");
    assert_string_equal(row->metadata, "{}");
    assert_true(row->confidential);
    assert_int_equal(row->created_at, WORLD_NOW);
    assert_int_equal(row->updated_at, WORLD_NOW + 1);
    OK(client_update(c, &(struct client_row){ .id = "nobody", .name = "x" }, &done));
    assert_false(done);
}

/* What it registered says nothing until somebody says something. */
static void a_client_without_metadata_has_an_empty_object(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct client_row *row = NULL;
    client_made(c, "shop");
    OK(client_find(c, "shop", &row));
    assert_string_equal(row->metadata, "{}");
}

static void a_removed_client_takes_what_was_granted_along(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct client_row *client = NULL;
    const char *user = user_made(c, "ada@example.org");
    bool removed = false;
    client_made(c, "shop");
    const char *granted =
        authorization_made(c, (struct authorization_row){ .user_id = user, .client_id = "shop" });
    OK(client_remove(c, "shop", &removed));
    assert_true(removed);
    OK(client_find(c, "shop", &client));
    assert_null(client);
    assert_false(is_live(c, granted));
    assert_int_equal(told(c, REVOKED_CLIENT, "shop"), 1);
    OK(client_remove(c, "shop", &removed));
    assert_false(removed);
    assert_int_equal(told(c, REVOKED_CLIENT, "shop"), 1);
}

static void clients_come_in_pages(void **state)
{
    struct ctx *c = ctx_of(state);
    struct client_rows rows;
    client_made(c, "b");
    client_made(c, "a");
    OK(clients_page(c, (struct page){ .limit = 2 }, &rows));
    assert_int_equal(rows.n, 2);
    assert_string_equal(rows.at[0].id, "a");
    assert_string_equal(rows.at[1].id, "b");
    OK(clients_page(c, (struct page){ .after = "b", .limit = 2 }, &rows));
    assert_int_equal(rows.n, 1);
    assert_string_equal(rows.at[0].id, CLIENT_FIRST_PARTY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(the_first_party_is_there_from_the_start),
        STORE_TEST(a_client_is_added_once),
        STORE_TEST(disabling_revokes_what_was_granted_to_it),
        STORE_TEST(a_client_that_is_not_there_has_no_status),
        STORE_TEST(what_a_client_registered_is_kept_and_changes),
        STORE_TEST(a_client_without_metadata_has_an_empty_object),
        STORE_TEST(a_removed_client_takes_what_was_granted_along),
        STORE_TEST(clients_come_in_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
