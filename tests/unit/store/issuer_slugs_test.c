/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose the name of an issuer is, also once the tenant is gone, and who had one before that was
 * remembered.
 */
#include "store/issuer_slugs.h"

#include "store_testing.h"

enum { BEFORE = 33 };

static void a_name_is_of_who_had_it_last(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = "";
    OK(issuer_slug_find(c, "acme", &id));
    assert_null(id);
    OK(issuer_slug_put(c, "acme", "one"));
    OK(issuer_slug_put(c, "acme", "one"));
    OK(issuer_slug_put(c, "other", "two"));
    OK(issuer_slug_find(c, "acme", &id));
    assert_string_equal(id, "one");
    OK(issuer_slug_put(c, "acme", "two"));
    OK(issuer_slug_find(c, "acme", &id));
    assert_string_equal(id, "two");
    OK(issuer_slug_find(c, "ACME", &id));
    assert_null(id);
}

/* ---- a database from before ---- */

static int set_up_before(void **state)
{
    struct world *w = world_new();
    world_open(w, DB_SERVER);
    struct ctx *c = w->c;
    struct migrations before = *store_schema();
    before.n = BEFORE;
    OK(migrate_run(c, &before, NULL));
    *state = w;
    return 0;
}

static void made(struct ctx *c, const char *slug, const char *settings)
{
    static const char sql[] =
        "INSERT INTO tenants (id, slug, name, status, created_at, updated_at, settings)\n"
        "VALUES ($1, $2, $2, 'active', 1, 1, $3)";
    OK(DB_RUN(c, sql, NULL, P_TEXT(text_printf(c->arena, "id of %s", slug)), P_TEXT(slug),
              P_TEXT(settings)));
}

static void the_issuers_that_are_there_are_remembered(void **state)
{
    struct ctx *c = ctx_of(state);
    made(c, "own", "{\"issuer\":\"own\"}");
    made(c, "more",
         "{\"session_idle_minutes\":9,\"issuer\":\"own\",\"impersonation\":\"refused\"}");
    made(c, "none", "{\"registration\":\"domains\"}");
    made(c, "nothing", NULL);
    OK(migrate_run(c, store_schema(), NULL));
    const char *id = NULL;
    OK(issuer_slug_find(c, "own", &id));
    assert_string_equal(id, "id of own");
    OK(issuer_slug_find(c, "more", &id));
    assert_string_equal(id, "id of more");
    assert_int_equal(counted(c, "SELECT count(*) FROM issuer_slugs"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_name_is_of_who_had_it_last),
        cmocka_unit_test_setup_teardown(the_issuers_that_are_there_are_remembered, set_up_before,
                                        tear_down_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
