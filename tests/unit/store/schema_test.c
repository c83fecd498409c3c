/* SPDX-License-Identifier: Apache-2.0 */
#include "store/schema.h"

#include "base/codec.h"
#include "crypto/digest.h"
#include "store_testing.h"

static void the_schema_is_applied_once(void **state)
{
    struct ctx *c = ctx_of(state);
    struct migrations_due due;
    OK(migrate_plan(c, store_schema(), &due));
    assert_int_equal(due.n, 0);
    assert_int_equal(counted(c, "SELECT count(*) FROM migrations"), store_schema()->n);
}

/* Databases remember each file by its digest, comments and all. */
static void each_migration_has_the_digest_of_its_file(void **state)
{
    struct ctx *c = ctx_of(state);
    enum { FILE_MAX = 16 * 1024 };
    uint8_t *file = arena_alloc(c->arena, FILE_MAX);
    uint8_t digest[DIGEST_SHA256];
    for (size_t i = 0; i < store_schema()->n; i++) {
        const struct migration *m = &store_schema()->at[i];
        FILE *from =
            fopen(text_printf(c->arena, "%s/src/store/schema/%s.sql", SOURCE_ROOT, m->name), "r");
        assert_non_null(from);
        size_t n = fread(file, 1, FILE_MAX, from);
        assert_int_equal(fclose(from), 0);
        assert_in_range(n, 1, FILE_MAX - 1);
        sha256((struct bytes){ file, n }, digest);
        assert_string_equal(m->sha256,
                            hex_encode(c->arena, (struct bytes){ digest, sizeof digest }));
        assert_null(m->sql);
    }
}

static void text_of_sqlite_is_compared_by_bytes(struct ctx *c)
{
    struct table t = asked(c, "SELECT sql FROM sqlite_master WHERE type = 'table' AND sql <> ''");
    assert_true(t.rows > 20);
    for (size_t i = 0; i < t.rows; i++) {
        for (const char *at = strstr(table_text(&t, i, 0), " TEXT"); at != NULL;
             at = strstr(at + 1, " TEXT"))
            assert_true(text_starts(at, " TEXT COLLATE \"C\""));
    }
}

static void text_of_postgres_is_compared_by_bytes(struct ctx *c)
{
    struct table t = asked(c, "SELECT collation_name FROM information_schema.columns\n"
                              "WHERE table_schema = current_schema() AND data_type = 'text'");
    assert_true(t.rows > 60);
    for (size_t i = 0; i < t.rows; i++)
        assert_string_equal(table_text(&t, i, 0), "C");
}

/* AT-06: text is compared byte for byte, in keys too. */
static void every_text_column_is_compared_by_bytes(void **state)
{
    if (is_on_postgres())
        text_of_postgres_is_compared_by_bytes(ctx_of(state));
    else
        text_of_sqlite_is_compared_by_bytes(ctx_of(state));
}

static void a_first_tenant_a_first_client_and_three_roles_are_there(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_int_equal(counted(c, "SELECT count(*) FROM tenants"), 1);
    assert_int_equal(counted(c, "SELECT count(*) FROM clients"), 1);
    assert_int_equal(counted(c, "SELECT count(*) FROM roles"), 3);
    assert_int_equal(counted(c, "SELECT count(*) FROM users"), 0);
}

/* Tables and their columns that refer to what may be deleted. */
static const char references_of_sqlite[] =
    "SELECT m.name, f.\"from\"\n"
    "FROM sqlite_master m\n"
    "JOIN pragma_foreign_key_list(m.name) f\n"
    "WHERE f.\"table\" IN ('users', 'sessions', 'authorizations', 'recovery_sets')";
static const char references_of_postgres[] =
    "SELECT t.relname, a.attname\n"
    "FROM pg_constraint k\n"
    "JOIN pg_class t ON t.oid = k.conrelid\n"
    "JOIN pg_class f ON f.oid = k.confrelid\n"
    "JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.conkey[1]\n"
    "WHERE k.contype = 'f' AND k.connamespace = current_schema()::regnamespace\n"
    "  AND f.relname IN ('users', 'sessions', 'authorizations', 'recovery_sets')";

/* What is found from the side that may be deleted: erasing a user goes through no table. */
static void every_reference_to_what_may_go_has_an_index(void **state)
{
    struct ctx *c = ctx_of(state);
    struct table t = asked(c, is_on_postgres() ? references_of_postgres : references_of_sqlite);
    assert_true(t.rows >= 12);
    for (size_t i = 0; i < t.rows; i++)
        assert_true(plan_is_indexed(c,
                                    text_printf(c->arena, "SELECT 1 FROM %s WHERE %s = $1",
                                                table_text(&t, i, 0), table_text(&t, i, 1)),
                                    "t"));
    assert_false(plan_is_indexed(c, "SELECT 1 FROM sessions WHERE address = $1", "t"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(the_schema_is_applied_once),
        STORE_TEST(each_migration_has_the_digest_of_its_file),
        STORE_TEST(every_text_column_is_compared_by_bytes),
        STORE_TEST(a_first_tenant_a_first_client_and_three_roles_are_there),
        STORE_TEST(every_reference_to_what_may_go_has_an_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
