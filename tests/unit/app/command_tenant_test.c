/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which tenant a command on the database means.
 */
#include "app/command_tenant.h"

#include "tests/unit/store/store_testing.h"

#define NOBODYS "01890a5d-ac96-774b-bcce-b302099a8057"

static const char *made(struct ctx *c, const char *slug)
{
    const char *id = NULL;
    OK(tenant_add(c, slug, slug, &id));
    assert_non_null(id);
    return id;
}

static void is_found(struct ctx *c, const char *name, const char *id)
{
    const struct tenant_row *found = NULL;
    OK(command_tenant_find(c, name, &found));
    assert_string_equal(found->id, id);
}

static void a_tenant_is_named_by_id_or_slug(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct tenant_row *found = NULL;
    const char *acme = made(c, "acme");
    is_found(c, "acme", acme);
    is_found(c, acme, acme);
    is_found(c, NULL, TENANT_DEFAULT_ID);
    is_found(c, TENANT_DEFAULT_SLUG, TENANT_DEFAULT_ID);
    is_found(c, TENANT_DEFAULT_ID, TENANT_DEFAULT_ID);
    REFUSED(command_tenant_find(c, "other", &found), NOT_FOUND);
    REFUSED(command_tenant_find(c, NOBODYS, &found), NOT_FOUND);
    REFUSED(command_tenant_find(c, "", &found), NOT_FOUND);
}

/* TN-01: slugs from before may look like an id; the tenant that has it goes before. */
static void an_id_is_nobody_elses_name(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *acme = made(c, "acme");
    const char *as_acme = made(c, acme);
    const char *as_default = made(c, TENANT_DEFAULT_ID);
    const char *as_nobody = made(c, NOBODYS);
    is_found(c, acme, acme);
    is_found(c, TENANT_DEFAULT_ID, TENANT_DEFAULT_ID);
    is_found(c, as_acme, as_acme);
    is_found(c, as_default, as_default);
    is_found(c, NOBODYS, as_nobody);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_tenant_is_named_by_id_or_slug),
        STORE_TEST(an_id_is_nobody_elses_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
