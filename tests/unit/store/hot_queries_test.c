/* SPDX-License-Identifier: Apache-2.0 */
#include "store/hot_queries.h"

#include "store_testing.h"

static const struct {
    const char *name, *sql;
    const char *types; /* of its parameters */
} hot[] = {
    { "access_of", sql_access_of, "tt" },
    { "permissions_held", sql_permissions_held, "t" },
    { "membership_is_live", sql_membership_is_live, "tt" },
    { "authorization_find_live", sql_authorization_find_live, "ti" },
    { "authorization_claims", sql_authorization_claims, "t" },
    { "refresh_look", sql_refresh_look, "tii" },
    { "refresh_use", sql_refresh_use, "tti" },
    { "refresh_touch", sql_refresh_touch, "tii" },
    { "revocations_since", sql_revocations_since, "ittii" },
    { "revocations_tally", sql_revocations_tally, "ii" },
    { "revocation_check", sql_revocation_check, "tttttttit" },
    { "events_of_user", sql_events_of_user, "ttttti" },
    { "events_of_tree", sql_events_of_tree, "ii" },
    { "audit_leaves", sql_audit_leaves, "ii" },
    { "audit_nodes", sql_audit_nodes, "iii" },
    { "users_of_tenant", sql_users_of_tenant, "ttit" },
    { "users_of_tenant_disabled", sql_users_of_tenant_disabled, "ttitt" },
    { "clients_of_tenant", sql_clients_of_tenant, "tti" },
    { "api_keys_of_tenant", sql_api_keys_of_tenant, "tti" },
    { "invitations_of_tenant", sql_invitations_of_tenant, "ttii" },
    { "kept_reply_find", sql_kept_reply_find, "tt" },
    { "client_find", sql_client_find, "t" },
    { "request_find", sql_request_find, "tti" },
    { "code_find", sql_code_find, "ti" },
    { "code_use", sql_code_use, "ti" },
    { "consent_find", sql_consent_find, "tt" },
    { "opaque_find", sql_opaque_find, "t" },
};

/* Whatever a table holds, a hot statement reads the rows that it asks for. */
static void hot_statements_search_and_do_not_scan_or_sort(void **state)
{
    struct ctx *c = ctx_of(state);
    for (size_t i = 0; i < sizeof hot / sizeof *hot; i++) {
        const char *steps = plan(c, hot[i].sql, hot[i].types);
        if (plan_scans(steps) || plan_sorts(steps))
            fail_msg("%s:\n%s", hot[i].name, steps);
    }
}

/* Pages of the audit go by an index that ends with the id, and so stop when they are full. */
static void the_audit_is_read_by_an_index_in_its_order(void **state)
{
    static const struct {
        const char *sql, *index;
    } pages[] = {
        { sql_events_of_tenant, "events_of_tenant" },
        { sql_events_of_tenant_named, "events_named_of_tenant" },
        { sql_events_of_all, "events" },
        { sql_events_of_all_named, "events_named" },
    };
    struct ctx *c = ctx_of(state);
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        const char *steps = plan(c, pages[i].sql, "ttttti");
        if (plan_scans(steps) || plan_sorts(steps) || strstr(steps, pages[i].index) == NULL)
            fail_msg("%s:\n%s", pages[i].index, steps);
    }
}

/* However many mails wait, one row tells whether one is due. */
static void what_is_due_next_is_the_first_of_an_index(void **state)
{
    struct ctx *c = ctx_of(state);
    if (is_on_postgres())
        skip(); /* which prepares nothing without a parameter */
    assert_non_null(strstr(plan(c, sql_outbox_next, ""), "outbox_due"));
}

/* Of the outbox only what is due is looked at, in its order. */
static void claiming_goes_by_what_is_due(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *steps = plan(c, sql_outbox_claim, "iii");
    assert_non_null(strstr(steps, "outbox_due"));
    assert_false(plan_scans(steps) || (!is_on_postgres() && plan_sorts(steps)));
}

/* Whether events wait for their places is told by the index of those that do. */
static void what_waits_for_the_audit_has_an_index(void **state)
{
    struct ctx *c = ctx_of(state);
    if (is_on_postgres())
        skip(); /* which prepares nothing without a parameter */
    assert_non_null(strstr(plan(c, sql_audit_waits, ""), "USING INDEX events_without_leaf"));
}

/* Each second, and mostly nobody acts as another: the index of those who do has nothing in it. */
static void who_acts_as_another_is_found_without_the_sessions_of_all(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *steps = plan(c, sql_sessions_acted, "ti");
    assert_non_null(strstr(steps, "sessions_acted"));
    assert_false(plan_scans(steps) || plan_sorts(steps));
}

/* Among many the index of addresses is walked until the page is full; of a few, all are looked at
 * and sorted, whatever others are called. */
static void users_are_searched_by_their_address(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *index = is_on_postgres() ? "users_email_key" : "sqlite_autoindex_users_2";
    const char *many = plan(c, sql_users_of_tenant_called, "ttittt");
    const char *few = plan(c, sql_users_of_few_called, "ttittt");
    if (plan_scans(many) || plan_sorts(many) || strstr(many, index) == NULL)
        fail_msg("%s", many);
    if (plan_scans(few) || strstr(few, index) != NULL)
        fail_msg("%s", few);
}

/* A client has two secrets at most, which may be sorted. */
static void secrets_are_found_by_their_client(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_false(plan_scans(plan(c, sql_client_secrets_of, "t")));
}

static const struct {
    const char *sql, *types;
} rotation[] = {
    { sql_refresh_look, "tii" },
    { sql_refresh_use, "tti" },
    { sql_refresh_touch, "tii" },
};

static bool is_by_primary_key(const char *step)
{
    if (is_on_postgres()) /* whose second index on memberships has the columns of the key */
        return strstr(step, "_pkey") != NULL || strstr(step, "memberships_of_user") != NULL;
    return strstr(step, "USING INDEX sqlite_autoindex") != NULL ||
           strstr(step, "USING COVERING INDEX sqlite_autoindex") != NULL;
}

/* A rotation finds every row by a key of its own. */
static void a_rotation_goes_by_primary_keys(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *search = is_on_postgres() ? "Scan" : "SEARCH ";
    for (size_t i = 0; i < sizeof rotation / sizeof *rotation; i++) {
        struct texts steps =
            text_split(c->arena, plan(c, rotation[i].sql, rotation[i].types), '\n');
        for (size_t k = 0; k < steps.n; k++)
            if (strstr(steps.at[k], search) != NULL && !is_by_primary_key(steps.at[k]))
                fail_msg("%s", steps.at[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(hot_statements_search_and_do_not_scan_or_sort),
        STORE_TEST(what_waits_for_the_audit_has_an_index),
        STORE_TEST(who_acts_as_another_is_found_without_the_sessions_of_all),
        STORE_TEST(the_audit_is_read_by_an_index_in_its_order),
        STORE_TEST(what_is_due_next_is_the_first_of_an_index),
        STORE_TEST(claiming_goes_by_what_is_due),
        STORE_TEST(secrets_are_found_by_their_client),
        STORE_TEST(users_are_searched_by_their_address),
        STORE_TEST(a_rotation_goes_by_primary_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
