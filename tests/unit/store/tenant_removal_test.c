/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a tenant: gone at once, removed bit by bit.
 */
#include "store/tenant_removal.h"

#include "store/keys.h"
#include "store/roles.h"
#include "store/tenant_settings.h"
#include "store/tenants.h"
#include "store_testing.h"

enum { MEMBERS = 450, WORKERS = 4 };

static const char *made(struct ctx *c, const char *slug)
{
    const char *id = NULL;
    OK(tenant_add(c, slug, slug, &id));
    assert_non_null(id);
    return id;
}

static void fill_key(struct ctx *c, const char *tenant_id, bool *added)
{
    const struct key_row key = { .tenant_id = tenant_id,
                                 .kid = text_printf(c->arena, "kid of %s", tenant_id),
                                 .alg = "RS256",
                                 .state = KEY_ROW_CURRENT,
                                 .sealed_private = "s",
                                 .public_jwk = "{}",
                                 .created_at = c->now };
    OK(key_add(c, &key, added));
}

static const char sql_fill[] =
    "INSERT INTO users (id, email, email_entered, full_name, status, default_tenant_id,\n"
    "                   factor_failures, epoch, created_at, updated_at)\n"
    "VALUES ($1, $2, $2, 'Somebody', 'active', $3, 0, 0, $4, $4)";

static const char sql_give[] =
    "INSERT INTO user_roles (user_id, given_in, tenant_id, role, given_at)\n"
    "VALUES ($1, $2, $2, 'desk', 1)";

/* A tenant with members whose home it is, each with a role there, and a key. */
static const char *filled(struct ctx *c, const char *slug)
{
    const char *id = made(c, slug);
    bool added = false;
    OK(role_set(c, &(struct role_row){ .tenant_id = id, .name = "desk", .description = "" },
                &added));
    assert_true(added);
    for (int i = 0; i < MEMBERS; i++) {
        const struct arena_mark mark = arena_mark(c->arena);
        const char *user_id = text_printf(c->arena, "%s-%d", slug, i);
        OK(DB_RUN(c, sql_fill, NULL, P_TEXT(user_id),
                  P_TEXT(text_printf(c->arena, "%s@%s.example", user_id, slug)), P_TEXT(id),
                  P_INT(c->now)));
        OK(membership_add(c, id, user_id, &added));
        assert_true(added);
        OK(DB_RUN(c, sql_give, NULL, P_TEXT(user_id), P_TEXT(id)));
        arena_rewind(c->arena, mark);
    }
    fill_key(c, id, &added);
    assert_true(added);
    return id;
}

/* Rows of the tenant. */
static int64_t left_of(struct ctx *c, const char *id)
{
    static const char sql[] = "SELECT (SELECT count(*) FROM memberships WHERE tenant_id = $1)\n"
                              "     + (SELECT count(*) FROM user_roles WHERE given_in = $1)\n"
                              "     + (SELECT count(*) FROM users WHERE default_tenant_id = $1)\n"
                              "     + (SELECT count(*) FROM roles WHERE tenant_id = $1)\n"
                              "     + (SELECT count(*) FROM keys WHERE tenant_id = $1)\n"
                              "     + (SELECT count(*) FROM tenants WHERE id = $1)";
    return counted_of(c, sql, id);
}

static void begin(struct ctx *c, const char *id)
{
    bool done = false;
    OK(tenant_set_status(c, id, TENANT_DISABLED, &done));
    OK(tenant_removal_begin(c, id, &done));
    assert_true(done);
}

static void it_is_gone_at_once(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = made(c, "acme");
    const char *user_id = person(c, "ada@example.com");
    const struct tenant_row *row = NULL;
    struct tenant_rows rows;
    enum tenant_outcome how = TENANT_CHANGED;
    const struct tenant_lives lives = { 1, 1, 1, 1 };
    bool done = true;
    OK(tenant_removal_begin(c, id, &done));
    assert_false(done); /* not while it is active */
    OK(tenant_find(c, id, &row));
    const struct tenant_row was = *row;
    begin(c, id);
    OK(tenant_removal_begin(c, id, &done));
    assert_false(done);
    OK(tenant_find(c, id, &row));
    assert_null(row);
    OK(tenant_find_slug(c, "acme", &row));
    assert_null(row);
    OK(tenant_find_slug(c, id, &row));
    assert_null(row);
    OK(tenants_page(c, (struct page){ .limit = 10 }, &rows));
    assert_int_equal(rows.n, 1);
    OK(tenant_set_status(c, id, TENANT_ACTIVE, &done));
    assert_false(done);
    OK(tenant_update(c, &was, &how));
    assert_int_equal(how, TENANT_UNKNOWN);
    OK(tenant_set_settings(c, id, "{}", &lives, &done));
    assert_false(done);
    OK(membership_add(c, id, user_id, &done));
    assert_false(done);
    /* Nor does a node that has not noticed make a key that nobody would remove. */
    fill_key(c, id, &done);
    assert_false(done);
    assert_string_not_equal(made(c, "acme"), id);
}

static void it_goes_in_steps(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *other = filled(c, "other");
    const char *id = filled(c, "acme");
    int64_t others = left_of(c, other);
    int64_t left = left_of(c, id);
    int steps = 0;
    assert_true(left > 3 * (int64_t)MEMBERS);
    begin(c, id);
    for (bool more = true; more; steps++) {
        OK(tenant_removal_step(c, &more));
        int64_t now = left_of(c, id);
        assert_true(left - now <= TENANT_REMOVAL_ROWS);
        assert_true(more ? now < left : now == 0);
        left = now;
    }
    assert_true(steps > 3 * MEMBERS / TENANT_REMOVAL_ROWS);
    assert_int_equal(left_of(c, other), others);
    assert_int_equal(counted(c, "SELECT count(*) FROM users"), 2 * MEMBERS);
}

static void step_all(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    crowd_joined(c, crowd);
    for (bool more = true; more;)
        OK(tenant_removal_step(c, &more));
    crowd->wins++;
}

/* The jobs of all nodes, and a command beside them. */
static void many_may_do_it_at_once(void **state)
{
    struct world *w = world_of(state);
    const char *other = filled(w->c, "other");
    const char *id = filled(w->c, "acme");
    int64_t others = left_of(w->c, other);
    begin(w->c, id);
    assert_int_equal(crowd_run(w, WORKERS, step_all, NULL), WORKERS);
    assert_int_equal(left_of(w->c, id), 0);
    assert_int_equal(left_of(w->c, other), others);
}

/* What else a tenant has goes, too: no table of the schema names it in the end. */
static void nothing_of_it_is_left(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = filled(c, "acme");
    const char *user_id = person(c, "ada@example.com");
    static const char *const fill[] = {
        "INSERT INTO clients (id, tenant_id, name, status, confidential, created_at, updated_at,\n"
        "                     metadata)\n"
        "VALUES ('theirs', $1, 'n', 'active', 0, 1, 1, '{}')",
        "INSERT INTO invitations (id, tenant_id, email, email_entered, roles, created_at,\n"
        "                         expires_at)\n"
        "VALUES ('i', $1, 'x@example.com', 'x@example.com', '', 1, 2)",
        "INSERT INTO tenant_logos (tenant_id, name, content) VALUES ($1, 'a.png', 'QQ==')",
    };
    for (size_t i = 0; i < sizeof fill / sizeof *fill; i++)
        OK(DB_RUN(c, fill[i], NULL, P_TEXT(id)));
    static const char sql_consent[] =
        "INSERT INTO consents (user_id, client_id, scopes, created_at, updated_at)\n"
        "VALUES ($1, 'theirs', 'openid', 1, 1)";
    OK(DB_RUN(c, sql_consent, NULL, P_TEXT(user_id)));
    begin(c, id);
    for (bool more = true; more;)
        OK(tenant_removal_step(c, &more));
    static const char *const left[] = {
        "SELECT count(*) FROM clients WHERE tenant_id = $1",
        "SELECT count(*) FROM invitations WHERE tenant_id = $1",
        "SELECT count(*) FROM tenant_logos WHERE tenant_id = $1",
        "SELECT count(*) FROM consents WHERE client_id = 'theirs' AND $1 <> ''",
    };
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        assert_int_equal(counted_of(c, left[i], id), 0);
    assert_int_equal(left_of(c, id), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(it_is_gone_at_once),
        STORE_TEST(it_goes_in_steps),
        STORE_TEST(many_may_do_it_at_once),
        STORE_TEST(nothing_of_it_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
