/* SPDX-License-Identifier: Apache-2.0 */
#include "store/consents.h"

#include "grants_testing.h"

static const struct consent_row *found(struct ctx *c, const char *user_id, const char *client_id)
{
    const struct consent_row *row = NULL;
    OK(consent_find(c, user_id, client_id, &row));
    return row;
}

static void a_consent_is_remembered_for_one_user_and_client(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *ada = user_made(c, "ada@example.org");
    const char *bob = user_made(c, "bob@example.org");
    client_made(c, "shop");
    client_made(c, "other");
    assert_null(found(c, ada, "shop"));
    OK(consent_set(c, ada, "shop", TEXTS("openid", "email")));
    const struct consent_row *row = found(c, ada, "shop");
    assert_string_equal(row->client_id, "shop");
    assert_string_equal(row->client_name, "shop");
    assert_string_equal(text_join(c->arena, row->scopes, " "), "openid email");
    assert_int_equal(row->created_at, WORLD_NOW);
    assert_null(found(c, bob, "shop"));
    assert_null(found(c, ada, "other"));
}

static void a_newer_consent_replaces_the_older(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *ada = user_made(c, "ada@example.org");
    client_made(c, "shop");
    OK(consent_set(c, ada, "shop", TEXTS("openid")));
    c->now++;
    OK(consent_set(c, ada, "shop", TEXTS("email")));
    const struct consent_row *row = found(c, ada, "shop");
    assert_string_equal(text_join(c->arena, row->scopes, " "), "email");
    assert_int_equal(row->created_at, WORLD_NOW);
    assert_int_equal(row->updated_at, WORLD_NOW + 1);
}

static void a_revoked_consent_takes_what_was_granted_along(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in ada = signed_in(c, "ada@example.org");
    bool revoked = false;
    client_made(c, "shop");
    client_made(c, "other");
    OK(consent_set(c, ada.user_id, "shop", TEXTS("openid")));
    OK(consent_set(c, ada.user_id, "other", TEXTS("openid")));
    struct authorization_row row = { .user_id = ada.user_id,
                                     .client_id = "shop",
                                     .session_id = ada.session_id };
    const char *bound = authorization_made(c, row);
    row.session_id = NULL;
    const char *offline = authorization_made(c, row);
    row.client_id = "other";
    const char *others = authorization_made(c, row);
    OK(consent_revoke(c, ada.user_id, "shop", &revoked));
    assert_true(revoked);
    assert_null(found(c, ada.user_id, "shop"));
    assert_non_null(found(c, ada.user_id, "other"));
    assert_false(is_live(c, bound));
    assert_false(is_live(c, offline));
    assert_true(is_live(c, others));
    assert_true(is_live(c, ada.authorization_id));
    assert_int_equal(told(c, REVOKED_AUTHORIZATION, bound), 1);
    assert_int_equal(told(c, REVOKED_AUTHORIZATION, offline), 1);
    OK(consent_revoke(c, ada.user_id, "shop", &revoked));
    assert_false(revoked);
}

static void consents_come_in_pages(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *ada = user_made(c, "ada@example.org");
    struct consent_rows rows;
    client_made(c, "b");
    client_made(c, "a");
    OK(consent_set(c, ada, "b", TEXTS("openid")));
    OK(consent_set(c, ada, "a", TEXTS("openid")));
    OK(consents_of(c, ada, (struct page){ .limit = 1 }, &rows));
    assert_int_equal(rows.n, 1);
    assert_string_equal(rows.at[0].client_id, "a");
    OK(consents_of(c, ada, (struct page){ .after = "a", .limit = 2 }, &rows));
    assert_int_equal(rows.n, 1);
    assert_string_equal(rows.at[0].client_id, "b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_consent_is_remembered_for_one_user_and_client),
        STORE_TEST(a_newer_consent_replaces_the_older),
        STORE_TEST(a_revoked_consent_takes_what_was_granted_along),
        STORE_TEST(consents_come_in_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
