/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far the power of whoever administers reaches (identity/authority.h, identity/role_rules.h).
 */
#include "identity/last_admin.h"
#include "identity/people.h"
#include "identity/role_rules.h"
#include "tests/unit/identity/identity_testing.h"

#define LIST(...)                                                                                  \
    ((struct texts){ (const char *[]){ __VA_ARGS__ },                                              \
                     sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *) })

static struct ctx *ctx_of(void **state)
{
    return ((struct house *)*state)->c;
}

static const char *tenant_called(struct ctx *c, const char *slug)
{
    const char *id = NULL;
    OK(tenant_add(c, slug, slug, &id));
    return id;
}

static void joins(struct ctx *c, const char *tenant, const char *user)
{
    bool added = false;
    OK(membership_add(c, tenant, user, &added));
}

/* A role of a tenant, made by a command on the machine. */
static void role(struct ctx *c, const char *tenant, const char *name, struct texts permissions)
{
    OK(role_create(
        c, &(struct role_definition){
               .tenant_id = tenant, .name = name, .description = "", .permissions = permissions }));
}

static void gives(struct ctx *c, const char *tenant, const char *user, const char *name)
{
    OK(role_assign(
        c, &(struct role_assignment){ .tenant_id = tenant, .user_id = user, .role = name }));
}

/* Somebody of `tenant` with a role `desk` that holds `permissions`. */
static const char *clerk(struct ctx *c, const char *tenant, const char *email,
                         struct texts permissions)
{
    const char *id = person(c, email);
    if (!text_equal(tenant, TENANT_DEFAULT_ID))
        joins(c, tenant, id);
    role(c, tenant, "desk", permissions);
    gives(c, tenant, id, "desk");
    return id;
}

static const struct texts everything = { (const char *[]){ "admin:*" }, 1 };

static struct actor acting(const char *user, const char *tenant, const char *permission)
{
    return (struct actor){
        .user_id = user, .tenant_id = tenant, .permissions = everything, .permission = permission
    };
}

/* ---- what is tried ---- */

struct attempt {
    const struct actor *actor;
    const char *user, *name;
    struct texts permissions;
    enum authority_reach reach;
};

static RESULT try_assign(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct attempt *a = arg;
    return role_assign(c, &(struct role_assignment){ .actor = a->actor,
                                                     .tenant_id = authority_tenant(a->actor),
                                                     .user_id = a->user,
                                                     .role = a->name });
}

static RESULT try_unassign(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct attempt *a = arg;
    return role_unassign(c, &(struct role_assignment){ .actor = a->actor,
                                                       .tenant_id = authority_tenant(a->actor),
                                                       .user_id = a->user,
                                                       .role = a->name });
}

static RESULT try_create(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct attempt *a = arg;
    return role_create(c, &(struct role_definition){ .actor = a->actor,
                                                     .tenant_id = authority_tenant(a->actor),
                                                     .name = a->name,
                                                     .description = "",
                                                     .permissions = a->permissions });
}

static RESULT try_change(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct attempt *a = arg;
    return role_change(c, &(struct role_definition){ .actor = a->actor,
                                                     .tenant_id = authority_tenant(a->actor),
                                                     .name = a->name,
                                                     .description = "",
                                                     .permissions = a->permissions });
}

static RESULT try_delete(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct attempt *a = arg;
    return role_delete(c, a->actor, authority_tenant(a->actor), a->name);
}

static RESULT try_reach(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct attempt *a = arg;
    const struct user_row *user = NULL;
    return authority_over(c, a->actor, a->user, a->reach, &user);
}

static err does(struct ctx *c, db_unit *what, const struct attempt *attempt)
{
    struct attempt a = *attempt;
    fault_clear(c);
    return authority_act(c, a.actor, what, &a);
}

/* ---- giving ---- */

/* AZ-04: whoever may give roles gives what they have, and nothing beyond. */
static void nobody_gives_what_they_do_not_have(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *t = tenant_called(c, "acme");
    const char *clerk_id = clerk(c, t, "clerk@example.com", LIST("roles:*", "orders:read"));
    const char *other = person(c, "other@example.com");
    joins(c, t, other);
    role(c, t, "reader", LIST("orders:read"));
    role(c, t, "writer", LIST("orders:read", "orders:write"));
    role(c, t, "wild", LIST("orders:*"));
    struct actor actor = acting(clerk_id, t, "roles:assign");
    static const char *const above[] = { "writer", "wild", "admin", "moderator", "user" };
    OK(does(c, try_assign, &(struct attempt){ &actor, other, "reader" }));
    for (size_t i = 0; i < sizeof above / sizeof *above; i++) {
        REFUSED(does(c, try_assign, &(struct attempt){ &actor, other, above[i] }), FORBIDDEN);
        REFUSED(does(c, try_assign, &(struct attempt){ &actor, clerk_id, above[i] }), FORBIDDEN);
    }
    REFUSED(does(c, try_assign, &(struct attempt){ &actor, other, "nothing" }), NOT_FOUND);
}

/* AZ-04: nor by making a role, or by changing one that they have. */
static void nobody_raises_themselves_by_a_role(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *t = tenant_called(c, "acme");
    const char *id = clerk(c, t, "clerk@example.com", LIST("roles:write", "orders:read"));
    struct actor actor = acting(id, t, "roles:write");
    const struct texts more[] = { LIST("orders:*"), LIST("orders:read", "orders:write"),
                                  LIST("admin:*"), LIST("roles:*") };
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        REFUSED(does(c, try_create, &(struct attempt){ &actor, NULL, "mine", more[i] }), FORBIDDEN);
        REFUSED(does(c, try_change, &(struct attempt){ &actor, NULL, "desk", more[i] }), FORBIDDEN);
    }
    OK(does(c, try_create, &(struct attempt){ &actor, NULL, "mine", LIST("orders:read") }));
    OK(does(c, try_change, &(struct attempt){ &actor, NULL, "mine", LIST("roles:write") }));
    OK(does(c, try_delete, &(struct attempt){ &actor, NULL, "mine" }));
    REFUSED(does(c, try_delete, &(struct attempt){ &actor, NULL, "mine" }), NOT_FOUND);
}

/* AZ-04: what holds more than one has is not one's own to change, take or remove. */
static void nobody_lowers_those_above_them(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *t = tenant_called(c, "acme");
    const char *id = clerk(c, t, "clerk@example.com", LIST("roles:*", "users:write"));
    const char *boss = person(c, "boss@example.com");
    joins(c, t, boss);
    role(c, t, "chief", LIST("orders:*"));
    gives(c, t, boss, "chief");
    struct actor actor = acting(id, t, "roles:write");
    REFUSED(does(c, try_change, &(struct attempt){ &actor, NULL, "chief", LIST("roles:write") }),
            FORBIDDEN);
    REFUSED(does(c, try_delete, &(struct attempt){ &actor, NULL, "chief" }), FORBIDDEN);
    REFUSED(does(c, try_unassign, &(struct attempt){ &actor, boss, "chief" }), FORBIDDEN);
    REFUSED(does(c, try_reach,
                 &(struct attempt){ .actor = &actor, .user = boss, .reach = AUTHORITY_MEMBER }),
            FORBIDDEN);
    /* A token that carries less reaches less. */
    struct actor narrow = acting(boss, t, "orders:write");
    narrow.permissions = LIST("orders:write");
    REFUSED(does(c, try_create, &(struct attempt){ &narrow, NULL, "x", LIST("orders:read") }),
            FORBIDDEN);
    OK(does(c, try_create, &(struct attempt){ &narrow, NULL, "x", LIST("orders:write") }));
}

static void what_is_built_in_stays(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *admin = person(c, EMAIL);
    gives(c, TENANT_DEFAULT_ID, admin, "admin");
    struct actor actor = acting(admin, TENANT_DEFAULT_ID, "roles:write");
    static const char *const names[] = { "user", "moderator", "admin" };
    for (size_t i = 0; i < 3; i++) {
        REFUSED(does(c, try_create, &(struct attempt){ &actor, NULL, names[i], LIST("a:b") }),
                CONFLICT);
        REFUSED(does(c, try_change, &(struct attempt){ &actor, NULL, names[i], LIST("a:b") }),
                CONFLICT);
        REFUSED(does(c, try_delete, &(struct attempt){ &actor, NULL, names[i] }), CONFLICT);
    }
}

static void what_is_no_role_is_refused(void **state)
{
    struct ctx *c = ctx_of(state);
    static const char *const names[] = { "", "A", "1a", "a b", "a/b", "../x", "a'--", "\xc3\xa9" };
    static const char *const permissions[] = { "",      "a",   "a:",   ":b",   "*:*", "*",  "a:b:c",
                                               "a b:c", "A:b", "a:b*", "a:\n", "a:'", "a::" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        REFUSED(role_create(c, &(struct role_definition){ .name = names[i], .description = "" }),
                INVALID_FIELD);
    for (size_t i = 0; i < sizeof permissions / sizeof *permissions; i++)
        REFUSED(role_create(c, &(struct role_definition){ .name = "good",
                                                          .description = "",
                                                          .permissions = LIST(permissions[i]) }),
                INVALID_FIELD);
    REFUSED(role_create(c, &(struct role_definition){ .name = "good",
                                                      .description = "",
                                                      .permissions = LIST("a:b", "a:b") }),
            INVALID_FIELD);
    const char *many[ROLE_PERMISSIONS_MAX + 1];
    for (size_t i = 0; i <= ROLE_PERMISSIONS_MAX; i++)
        many[i] = text_printf(c->arena, "a:b%zu", i);
    REFUSED(role_create(
                c, &(struct role_definition){ .name = "good",
                                              .description = "",
                                              .permissions = { many, ROLE_PERMISSIONS_MAX + 1 } }),
            INVALID_FIELD);
    const char *const descriptions[] = { text_printf(c->arena, "%0201d", 7), "a\nb" };
    for (size_t i = 0; i < 2; i++)
        REFUSED(role_create(c, &(struct role_definition){ .name = "good",
                                                          .description = descriptions[i],
                                                          .permissions = LIST("a:b") }),
                INVALID_FIELD);
}

/* ---- whom it reaches ---- */

/* TN-01, TN-07: what is in another tenant is not there, and a guest's account is not one's own. */
static void power_ends_at_the_tenant(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *t1 = tenant_called(c, "one");
    const char *t2 = tenant_called(c, "two");
    const char *a1 = person(c, "a1@example.com");
    const char *bob = person(c, "bob@example.com"); /* at home in the default tenant */
    const char *eve = person(c, "eve@example.com");
    joins(c, t1, a1);
    joins(c, t1, bob);
    joins(c, t2, eve);
    gives(c, t1, a1, "admin");
    gives(c, t2, eve, "moderator");
    struct actor actor = acting(a1, t1, "users:write");
    for (enum authority_reach reach = AUTHORITY_SEE; reach <= AUTHORITY_TAKEOVER; reach++) {
        err seen =
            does(c, try_reach, &(struct attempt){ .actor = &actor, .user = eve, .reach = reach });
        REFUSED(seen, NOT_FOUND);
        err guest =
            does(c, try_reach, &(struct attempt){ .actor = &actor, .user = bob, .reach = reach });
        if (reach <= AUTHORITY_MEMBER)
            OK(guest);
        else
            REFUSED(guest, FORBIDDEN);
    }
    actor.over = t2;
    REFUSED(does(c, try_reach, &(struct attempt){ .actor = &actor, .user = eve }), NOT_FOUND);
    actor = acting(a1, t2, "users:write");
    REFUSED(does(c, try_reach, &(struct attempt){ .actor = &actor, .user = eve }), FORBIDDEN);
}

/* AZ-04: whoever could sign in as somebody would have what they have in other tenants, too. */
static void an_account_is_not_taken_over_from_below(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *t = tenant_called(c, "acme");
    const char *mod = person(c, "mod@example.com");
    const char *bob = person(c, "bob@example.com");
    gives(c, TENANT_DEFAULT_ID, mod, "moderator");
    joins(c, t, bob);
    struct actor actor = acting(mod, TENANT_DEFAULT_ID, "users:write");
    struct attempt take = { .actor = &actor, .user = bob, .reach = AUTHORITY_TAKEOVER };
    struct attempt lock = { .actor = &actor, .user = bob, .reach = AUTHORITY_ACCOUNT };
    OK(does(c, try_reach, &take));
    gives(c, t, bob, "admin");
    REFUSED(does(c, try_reach, &take), FORBIDDEN);
    OK(does(c, try_reach, &lock));
    /* Who has the same there may, and who operates the service. */
    const char *peer = clerk(c, t, EMAIL, LIST("a:b"));
    gives(c, TENANT_DEFAULT_ID, peer, "moderator");
    gives(c, t, peer, "admin");
    struct actor beside = acting(peer, TENANT_DEFAULT_ID, "users:write");
    OK(does(c, try_reach, &(struct attempt){ &beside, bob, .reach = AUTHORITY_TAKEOVER }));
    gives(c, TENANT_DEFAULT_ID, mod, "admin");
    OK(does(c, try_reach, &take));
}

/* Operators act over every tenant, with what they have in their own. */
static void operators_reach_every_tenant(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *t = tenant_called(c, "acme");
    const char *op = clerk(c, TENANT_DEFAULT_ID, EMAIL, LIST("roles:assign", "users:read"));
    const char *bob = person(c, "bob@example.com");
    joins(c, t, bob);
    struct actor actor = acting(op, TENANT_DEFAULT_ID, "roles:assign");
    actor.over = t;
    OK(does(c, try_assign, &(struct attempt){ &actor, bob, "user" }));
    REFUSED(does(c, try_assign, &(struct attempt){ &actor, bob, "moderator" }), FORBIDDEN);
    actor.over = "00000000-0000-7000-8000-00000000000f";
    REFUSED(does(c, try_assign, &(struct attempt){ &actor, bob, "user" }), NOT_FOUND);
}

/* ---- the last one ---- */

/* AZ-15: in every tenant. */
static void every_tenant_keeps_an_administrator(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *t = tenant_called(c, "acme");
    const char *a = person(c, "a@example.com");
    const char *b = person(c, "b@example.com");
    joins(c, t, a);
    joins(c, t, b);
    gives(c, t, a, "admin");
    struct actor actor = acting(a, t, "roles:assign");
    REFUSED(does(c, try_unassign, &(struct attempt){ &actor, a, "admin" }), CONFLICT);
    fault_clear(c);
    REFUSED(people_set_status(c, a, USER_DISABLED, b), CONFLICT);
    fault_clear(c);
    REFUSED(people_erase(c, a, b), CONFLICT);
    OK(does(c, try_assign, &(struct attempt){ &actor, b, "admin" }));
    OK(does(c, try_unassign, &(struct attempt){ &actor, a, "admin" }));
    REFUSED(does(c, try_assign, &(struct attempt){ &actor, a, "user" }), FORBIDDEN);
}

/* AZ-06: whoever has lost the right, the membership or the account does nothing with it. */
static void nothing_is_done_after_the_right_is_gone(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *t = tenant_called(c, "acme");
    const char *a = person(c, "a@example.com");
    const char *b = person(c, "b@example.com");
    bool removed = false;
    joins(c, t, a);
    joins(c, t, b);
    gives(c, t, a, "admin");
    struct actor actor = acting(a, t, "roles:assign");
    const struct attempt attempt = { &actor, b, "user" };
    OK(does(c, try_assign, &attempt));
    OK(role_unassign(c,
                     &(struct role_assignment){ .tenant_id = t, .user_id = a, .role = "admin" }));
    REFUSED(does(c, try_assign, &attempt), FORBIDDEN);
    gives(c, t, a, "admin");
    OK(people_set_status(c, a, USER_DISABLED, NULL));
    REFUSED(does(c, try_assign, &attempt), FORBIDDEN);
    OK(people_set_status(c, a, USER_ACTIVE, NULL));
    OK(does(c, try_assign, &attempt));
    OK(membership_remove(c, t, a, &removed));
    REFUSED(does(c, try_assign, &attempt), FORBIDDEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(nobody_gives_what_they_do_not_have),
        HOUSE_TEST(nobody_raises_themselves_by_a_role),
        HOUSE_TEST(nobody_lowers_those_above_them),
        HOUSE_TEST(what_is_built_in_stays),
        HOUSE_TEST(what_is_no_role_is_refused),
        HOUSE_TEST(power_ends_at_the_tenant),
        HOUSE_TEST(an_account_is_not_taken_over_from_below),
        HOUSE_TEST(operators_reach_every_tenant),
        HOUSE_TEST(every_tenant_keeps_an_administrator),
        HOUSE_TEST(nothing_is_done_after_the_right_is_gone),
    };
    return cmocka_run_group_tests_name("identity/authority", tests, NULL, NULL);
}
