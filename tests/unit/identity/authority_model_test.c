/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Administrators at random against a small model of what they may (AZ-04, AZ-06, AZ-15): after each
 * of many steps the outcome is the one that the model says, nobody has raised themselves or given
 * what they did not have, and now and then the database and the model are compared whole.
 *
 * UAUTH_MODEL_SEED and UAUTH_MODEL_STEPS choose another walk; both are printed.
 */
#include "identity/access.h"
#include "identity/people.h"
#include "identity/role_rules.h"
#include "tests/unit/identity/identity_testing.h"

enum {
    TENANTS = 3,
    USERS = 6,
    ROLES = 4, /* of each tenant; and after them the one called admin */
    PERMISSIONS = 8,
    STEPS = 100000,
    STEPS_ON_POSTGRES = 20000, /* the statements are the same; each is a journey there */
    COMPARE_EVERY = 500,
    SEED = 20261126
};
#define ADMIN_ROLE ROLES
#define ALL        ((1U << PERMISSIONS) - 1)

static const char *const names[PERMISSIONS] = { "a:x",         "a:y",         "a:*",
                                                "b:x",         "users:write", "roles:assign",
                                                "roles:write", "admin:*" };
static const char *const roles[ROLES + 1] = { "r0", "r1", "r2", "r3", "admin" };

struct model {
    struct ctx *c;
    uint64_t chance;
    const char *tenants[TENANTS], *users[USERS];
    int home[USERS];
    bool member[USERS][TENANTS], active[USERS];
    bool exists[TENANTS][ROLES + 1];
    unsigned holds[TENANTS][ROLES + 1];
    bool has[USERS][TENANTS][ROLES + 1];
    size_t done; /* steps that changed something */
};

/* xorshift64*: the same walk on every machine. */
static unsigned below(struct model *m, unsigned bound)
{
    m->chance ^= m->chance >> 12;
    m->chance ^= m->chance << 25;
    m->chance ^= m->chance >> 27;
    return (unsigned)((m->chance * 0x2545F4914F6CDD1DULL) >> 40) % bound;
}

/* ---- what the model says ---- */

/* Written anew, by bits, and not with the functions that are tested. */
static bool covers(unsigned held, int permission)
{
    unsigned bit = 1U << permission;
    if ((held & bit) != 0 || (held & 1U << 7) != 0)
        return true;
    return permission < 3 && (held & 1U << 2) != 0;
}

static bool covers_all(unsigned held, unsigned wanted)
{
    for (int p = 0; p < PERMISSIONS; p++)
        if ((wanted & 1U << p) != 0 && !covers(held, p))
            return false;
    return true;
}

static unsigned rights(const struct model *m, int user, int tenant)
{
    unsigned bits = 0;
    for (int r = 0; r <= ROLES; r++)
        if (m->has[user][tenant][r])
            bits |= m->holds[tenant][r];
    return bits;
}

static unsigned within(unsigned held, unsigned token)
{
    unsigned bits = 0;
    for (int p = 0; p < PERMISSIONS; p++) {
        bool both = ((held & 1U << p) != 0 && covers(token, p)) ||
                    ((token & 1U << p) != 0 && covers(held, p));
        bits |= both ? 1U << p : 0;
    }
    return bits;
}

static bool other_admin(const struct model *m, int user, int tenant)
{
    for (int u = 0; u < USERS; u++)
        if (u != user && m->active[u] && m->has[u][tenant][ADMIN_ROLE])
            return true;
    return false;
}

/* ---- a step ---- */

enum what { ASSIGN, UNASSIGN, CREATE, CHANGE, DELETE, DISABLE, ENABLE, WHATS };
static const int asks_for[WHATS] = { 5, 5, 6, 6, 6, 4, 4 };

struct step {
    enum what what;
    int actor, tenant, target, role;
    unsigned token, bits, may; /* may: the actor's rights by this token */
};

static struct texts texts_of(struct model *m, unsigned bits)
{
    struct texts t = { ARENA_NEWS(m->c->arena, const char *, PERMISSIONS), 0 };
    for (int p = 0; p < PERMISSIONS; p++)
        if ((bits & 1U << p) != 0)
            t.at[t.n++] = names[p];
    return t;
}

static enum err_code says_of_role(const struct model *m, const struct step *s)
{
    bool there = m->exists[s->tenant][s->role];
    unsigned holds = m->holds[s->tenant][s->role];
    if (s->what == CREATE)
        return there ? ERR_CONFLICT : covers_all(s->may, s->bits) ? ERR_OK : ERR_FORBIDDEN;
    if (!there)
        return ERR_NOT_FOUND;
    if (!covers_all(s->may, holds))
        return ERR_FORBIDDEN;
    return s->what == CHANGE && !covers_all(s->may, s->bits) ? ERR_FORBIDDEN : ERR_OK;
}

static enum err_code says_of_assignment(const struct model *m, const struct step *s)
{
    bool last = s->role == ADMIN_ROLE && m->has[s->target][s->tenant][ADMIN_ROLE] &&
                !other_admin(m, s->target, s->tenant);
    if (!m->exists[s->tenant][s->role])
        return ERR_NOT_FOUND;
    if (!covers_all(s->may, m->holds[s->tenant][s->role]))
        return ERR_FORBIDDEN;
    if (s->what == ASSIGN)
        return m->member[s->target][s->tenant] ? ERR_OK : ERR_NOT_FOUND;
    if (last)
        return ERR_CONFLICT;
    return m->has[s->target][s->tenant][s->role] ? ERR_OK : ERR_NOT_FOUND;
}

static enum err_code says_of_account(const struct model *m, const struct step *s)
{
    if (!m->member[s->target][s->tenant])
        return ERR_NOT_FOUND;
    if (s->target != s->actor && m->home[s->target] != s->tenant)
        return ERR_FORBIDDEN;
    if (s->target != s->actor && !covers_all(s->may, rights(m, s->target, s->tenant)))
        return ERR_FORBIDDEN;
    for (int t = 0; t < TENANTS && s->what == DISABLE; t++)
        if (m->has[s->target][t][ADMIN_ROLE] && !other_admin(m, s->target, t))
            return ERR_CONFLICT;
    return ERR_OK;
}

static enum err_code says(const struct model *m, const struct step *s)
{
    if (!m->active[s->actor] || !m->member[s->actor][s->tenant] ||
        !covers(s->may, asks_for[s->what]))
        return ERR_FORBIDDEN;
    if (s->what == ASSIGN || s->what == UNASSIGN)
        return says_of_assignment(m, s);
    return s->what == DISABLE || s->what == ENABLE ? says_of_account(m, s) : says_of_role(m, s);
}

/* What a step that is allowed does. */
static void follow(struct model *m, const struct step *s)
{
    switch (s->what) {
    case ASSIGN:
    case UNASSIGN:
        m->has[s->target][s->tenant][s->role] = s->what == ASSIGN;
        break;
    case CREATE:
    case CHANGE:
        m->exists[s->tenant][s->role] = true;
        m->holds[s->tenant][s->role] = s->bits;
        break;
    case DELETE:
        m->exists[s->tenant][s->role] = false;
        for (int u = 0; u < USERS; u++)
            m->has[u][s->tenant][s->role] = false;
        break;
    case DISABLE:
    case ENABLE:
        m->active[s->target] = s->what == ENABLE;
        break;
    case WHATS:
        break;
    }
}

/* ---- the same, for real ---- */

struct doing {
    const struct step *s;
    const struct actor *actor;
    const char *tenant, *target;
    struct texts permissions;
};

static RESULT change_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct doing *d = arg;
    const char *role = roles[d->s->role];
    const struct role_assignment a = { d->actor, NULL, d->tenant, d->target, role };
    const struct role_definition r = { d->actor, d->tenant, role, "", d->permissions };
    if (d->s->what == ASSIGN)
        return role_assign(c, &a);
    if (d->s->what == UNASSIGN)
        return role_unassign(c, &a);
    if (d->s->what == CREATE)
        return role_create(c, &r);
    return d->s->what == CHANGE ? role_change(c, &r) : role_delete(c, d->actor, d->tenant, role);
}

static err carry_out(struct model *m, const struct step *s)
{
    const struct actor actor = { .user_id = m->users[s->actor],
                                 .tenant_id = m->tenants[s->tenant],
                                 .permissions = texts_of(m, s->token),
                                 .permission = names[asks_for[s->what]] };
    struct doing d = { s, &actor, m->tenants[s->tenant], m->users[s->target],
                       texts_of(m, s->bits) };
    if (s->what == DISABLE || s->what == ENABLE)
        return people_act(m->c, &actor, d.target,
                          s->what == DISABLE ? PEOPLE_DISABLE : PEOPLE_ENABLE);
    return authority_act(m->c, &actor, change_in, &d);
}

/* ---- the walk ---- */

static struct step choose(struct model *m)
{
    struct step s = { .what = (enum what)below(m, WHATS),
                      .actor = (int)below(m, USERS),
                      .tenant = (int)below(m, TENANTS),
                      .target = (int)below(m, USERS),
                      .role = (int)below(m, ROLES),
                      .token = below(m, 4) == 0 ? below(m, ALL + 1) : 1U << 7,
                      .bits = below(m, 8) == 0 ? below(m, ALL + 1) : 1U << below(m, PERMISSIONS) };
    if (s.what <= UNASSIGN && below(m, 6) == 0)
        s.role = ADMIN_ROLE;
    /* Who is locked out would be so for most of the walk. */
    if (s.what == DISABLE && below(m, 4) != 0)
        s.what = ENABLE;
    s.may = within(rights(m, s.actor, s.tenant), s.token);
    return s;
}

/* Nobody has more than before that the actor did not have; the actor has no more at all. */
static void assert_nobody_is_raised(const struct model *before, const struct model *m,
                                    const struct step *s)
{
    for (int u = 0; u < USERS; u++)
        for (int t = 0; t < TENANTS; t++) {
            unsigned had = rights(before, u, t);
            unsigned now = rights(m, u, t);
            unsigned by = t == s->tenant ? s->may : 0;
            assert_true(covers_all(u == s->actor ? had : had | by, now));
        }
}

static void assert_same(struct model *m)
{
    for (int u = 0; u < USERS; u++)
        for (int t = 0; t < TENANTS; t++) {
            struct rights found;
            fault_clear(m->c);
            succeeds(m->c, rights_of(m->c, m->users[u], m->tenants[t], &found));
            unsigned bits = 0;
            for (int p = 0; p < PERMISSIONS; p++)
                bits |= texts_hold(found.permissions, names[p]) ? 1U << p : 0;
            assert_int_equal(bits, rights(m, u, t));
        }
}

static void take_step(struct model *m, long number)
{
    struct arena_mark mark = arena_mark(m->c->arena);
    struct step s = choose(m);
    struct model before = *m;
    enum err_code expected = says(m, &s);
    fault_clear(m->c);
    err done = carry_out(m, &s);
    if (done.code != expected)
        fail_msg("step %ld: %d by %d in %d on %d, role %d: %d, the model says %d: %s", number,
                 s.what, s.actor, s.tenant, s.target, s.role, done.code, expected,
                 m->c->fault.text == NULL ? "" : m->c->fault.text);
    if (expected == ERR_OK)
        follow(m, &s);
    m->done += expected == ERR_OK;
    assert_nobody_is_raised(&before, m, &s);
    if (number % COMPARE_EVERY == 0)
        assert_same(m);
    fault_clear(m->c);
    arena_rewind(m->c->arena, mark);
}

static void begin(struct model *m)
{
    struct ctx *c = m->c;
    enum role_outcome how = ROLE_UNKNOWN;
    bool added = false;
    m->tenants[0] = TENANT_DEFAULT_ID;
    OK(tenant_add(c, "one", "One", &m->tenants[1]));
    OK(tenant_add(c, "two", "Two", &m->tenants[2]));
    for (int u = 0; u < USERS; u++) {
        m->home[u] = u % TENANTS;
        m->active[u] = true;
        OK(user_add(c,
                    &(struct user_new){ .email = text_printf(c->arena, "u%d@example.com", u),
                                        .email_entered = "u@example.com",
                                        .full_name = "Somebody",
                                        .verified = true,
                                        .tenant_id = m->tenants[m->home[u]] },
                    &m->users[u]));
        m->member[u][m->home[u]] = true;
        m->member[u][(u + u / TENANTS + 1) % TENANTS] = true;
        OK(membership_add(c, m->tenants[(u + u / TENANTS + 1) % TENANTS], m->users[u], &added));
    }
    for (int t = 0; t < TENANTS; t++) {
        m->exists[t][ADMIN_ROLE] = true;
        m->holds[t][ADMIN_ROLE] = 1U << 7 | 1U << 4; /* admin:* and users:write */
        for (int u = t; u < USERS; u += TENANTS) {
            OK(role_give(c, m->tenants[t], m->users[u], "admin", &how));
            m->has[u][t][ADMIN_ROLE] = true;
        }
    }
}

static long number_from(const char *name, long otherwise)
{
    const char *text = getenv(name);
    int64_t number = 0;
    return text != NULL && text_int(text, 1, INT32_MAX, &number) ? (long)number : otherwise;
}

static void no_walk_exceeds_a_right(void **state)
{
    struct house *h = *state;
    long seed = number_from("UAUTH_MODEL_SEED", SEED);
    long steps = number_from("UAUTH_MODEL_STEPS", is_on_postgres() ? STEPS_ON_POSTGRES : STEPS);
    struct model m = { .c = h->c, .chance = (uint64_t)seed };
    print_message("seed %ld, %ld steps\n", seed, steps);
    begin(&m);
    for (long i = 0; i < steps; i++)
        take_step(&m, i);
    assert_same(&m);
    /* A walk in which nothing happens shows nothing. */
    assert_true(m.done > (size_t)steps / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(no_walk_exceeds_a_right),
    };
    return cmocka_run_group_tests_name("identity/authority_model", tests, NULL, NULL);
}
