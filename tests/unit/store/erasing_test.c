/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is left of somebody who is erased: the id.
 */
#include "store/users.h"

#include "life.h"
#include "store/credentials.h"
#include "store/revocations.h"

static struct life full_life(struct ctx *c, const char *name)
{
    struct life l = life_begin(c, name);
    const char *hashes[] = { "one", "two" };
    OK(recovery_codes_set(c, l.user_id,
                          &(struct recovery_set){ .salt = "salt", .hashes = { hashes, 2 } }));
    OK(DB_RUN(c,
              "INSERT INTO audit_keys (user_id, sealed, created_at)\n"
              "VALUES ($1, 'sealed', 0)",
              NULL, P_TEXT(l.user_id)));
    OK(DB_RUN(c,
              "INSERT INTO outbox (id, kind, user_id, recipient, subject, attempts, created_at,\n"
              "                    next_at)\n"
              "VALUES ($1, 'mail', $1, 'x@example.org', '', 0, 0, 0)",
              NULL, P_TEXT(l.user_id)));
    OK(DB_RUN(c,
              "INSERT INTO user_roles (user_id, given_in, tenant_id, role, given_at)\n"
              "VALUES ($1, '', '', 'user', 0)",
              NULL, P_TEXT(l.user_id)));
    OK(DB_RUN(c,
              "INSERT INTO registrations (id, user_id, number, email_entered, full_name,\n"
              "                           password_hash, created_at, expires_at)\n"
              "VALUES ($1, $1, 1, '', '', '', 0, 0)",
              NULL, P_TEXT(l.user_id)));
    OK(DB_RUN(c,
              "INSERT INTO consents (user_id, client_id, scopes, created_at, updated_at)\n"
              "VALUES ($1, 'first-party', '', 0, 0)",
              NULL, P_TEXT(l.user_id)));
    return l;
}

/* The tables with a user_id, as the schema has them now or later. */
static struct table tables_of_users(struct ctx *c)
{
    if (is_on_postgres())
        return asked(c, "SELECT table_name FROM information_schema.columns\n"
                        "WHERE table_schema = current_schema() AND column_name = 'user_id'\n"
                        "  AND table_name <> 'events'");
    return asked(c, "SELECT m.name FROM sqlite_master m\n"
                    "JOIN pragma_table_info(m.name) i\n"
                    "WHERE m.type = 'table' AND i.name = 'user_id' AND m.name <> 'events'");
}

static int64_t rows_of(struct ctx *c, const char *table, const char *user_id)
{
    return counted_of(c, text_printf(c->arena, "SELECT count(*) FROM %s WHERE user_id = $1", table),
                      user_id);
}

/* What of a user's rows the export of an account shows (identity/account_export.c), and why the
 * others say nothing to their owner.  A new table has its line here. */
static const char *const exported[] = {
    "sessions",     "authorizations", "devices",  "identities",
    "memberships",  "user_roles",     "consents", "credentials", /* when the password was changed */
    "totp_factors",                                              /* whether there is one */
    "api_keys"
};
static const char *const not_exported[] = {
    "recovery_sets",   "recovery_codes", /* hashes of secrets */
    "one_time_tokens", "registrations",  /* links that wait; what was typed is in no account yet */
    "outbox",                            /* mails that were sent, sealed */
    "audit_keys",                        /* keys */
};

static bool is_listed(const char *table)
{
    const struct texts yes = { (const char **)(uintptr_t)exported,
                               sizeof exported / sizeof *exported };
    const struct texts no = { (const char **)(uintptr_t)not_exported,
                              sizeof not_exported / sizeof *not_exported };
    return texts_hold(yes, table) != texts_hold(no, table);
}

static void of_each_table_of_users_it_is_decided_whether_it_is_exported(void **state)
{
    struct ctx *c = ctx_of(state);
    struct table tables = tables_of_users(c);
    for (size_t i = 0; i < tables.rows; i++)
        if (!is_listed(table_text(&tables, i, 0)))
            fail_msg("%s: does account_export show it?", table_text(&tables, i, 0));
}

/* SS-09, RT-11: of a deleted user every row is gone, in every table; others keep theirs. */
static void of_a_deleted_user_the_id_is_left(void **state)
{
    struct ctx *c = ctx_of(state);
    struct life alice = full_life(c, "alice");
    struct life bob = full_life(c, "bob");
    struct table tables = tables_of_users(c);
    assert_true(tables.rows >= 14);
    for (size_t i = 0; i < tables.rows; i++) {
        assert_true(rows_of(c, table_text(&tables, i, 0), alice.user_id) > 0);
        assert_true(rows_of(c, table_text(&tables, i, 0), bob.user_id) > 0);
    }
    bool found = false;
    OK(user_delete(c, alice.user_id, &found));
    assert_true(found);
    for (size_t i = 0; i < tables.rows; i++) {
        assert_int_equal(rows_of(c, table_text(&tables, i, 0), alice.user_id), 0);
        assert_true(rows_of(c, table_text(&tables, i, 0), bob.user_id) > 0);
    }
    life_is(c, &bob, all_left);
    assert_int_equal(told(c, REVOKED_USER, alice.user_id), 1);
}

static void of_a_deleted_user_nothing_personal_is_left(void **state)
{
    struct ctx *c = ctx_of(state);
    struct life alice = full_life(c, "alice");
    bool found = false;
    OK(user_delete(c, alice.user_id, &found));
    const struct user_row *user = NULL;
    OK(user_find(c, alice.user_id, &user));
    assert_int_equal(user->status, USER_DELETED);
    assert_null(user->email);
    assert_null(user->email_entered);
    assert_string_equal(user->full_name, "");
    assert_null(user->default_tenant_id);
    assert_int_equal(user->email_verified_at, 0);
    assert_int_equal(user->last_login_at, 0);
    OK(user_find_email(c, "alice@example.org", &user));
    assert_null(user);
}

/* PR-14: an invitation that waits for a mail server names the address, and no user. */
static void letters_to_a_deleted_address_go_unless_they_are_of_somebody_else(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = person(c, "alice@example.org");
    static const char *const recipients[] = { "alice@example.org", "Alice@Example.ORG",
                                              "bob@example.org" };
    bool found = false;
    OK(DB_RUN(c,
              "INSERT INTO invitations (id, tenant_id, email, email_entered, roles, created_at,\n"
              "                         expires_at)\n"
              "VALUES ('i', $1, 'alice@example.org', 'Alice@Example.ORG', '', 0, 0)",
              NULL, P_TEXT(TENANT_DEFAULT_ID)));
    for (size_t i = 0; i < 3; i++)
        OK(DB_RUN(c,
                  "INSERT INTO outbox (id, kind, recipient, subject, attempts, created_at,\n"
                  "                    next_at)\n"
                  "VALUES ($1, 'mail', $2, '', 0, 0, 0)",
                  NULL, P_TEXT(text_printf(c->arena, "o%zu", i)), P_TEXT(recipients[i])));
    OK(user_delete(c, id, &found));
    struct table left = asked(c, "SELECT recipient FROM outbox WHERE user_id IS NULL");
    assert_int_equal(left.rows, 1);
    assert_string_equal(table_text(&left, 0, 0), "bob@example.org");
}

/* AT-11: the address may be registered anew; whoever does gets another id and nothing of what
 * was. */
static void a_recycled_address_is_somebody_else(void **state)
{
    struct ctx *c = ctx_of(state);
    struct life before = full_life(c, "alice");
    bool found = false;
    OK(user_delete(c, before.user_id, &found));
    const char *after = person(c, "alice@example.org");
    assert_string_not_equal(after, before.user_id);
    const struct totp_row *totp = NULL;
    OK(totp_find(c, after, &totp));
    assert_null(totp);
    const struct identity_row *identity = NULL;
    OK(identity_use(c, "entra", "https://issuer.example", "alice", &identity));
    assert_null(identity);
    struct session_rows sessions;
    OK(sessions_of(c, after, (struct page){ .limit = 10 }, &sessions));
    assert_int_equal(sessions.n, 0);
    assert_int_equal(session_lives(c, before.here), 0);
    assert_int_equal(rows_of(c, "user_roles", after), 0);
}

/* PR-14: nothing that comes late, by a link or a request that had begun, brings anything back. */
static void a_deleted_user_gets_nothing_any_more(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = person(c, "alice@example.org");
    bool found = false;
    OK(user_delete(c, id, &found));
    int64_t ended = 0;
    OK(password_set(c, id, "new", false, NULL, &ended));
    assert_int_equal(rows_of(c, "credentials", id), 0);
    const char *made = "";
    OK(totp_enrol(c, id, "sealed", &made));
    assert_null(made);
    OK(device_add(c, id, "device", c->now + 60, &made));
    assert_null(made);
    OK(identity_add(
        c, &(struct identity_row){ .provider = "p", .issuer = "i", .subject = "s", .user_id = id },
        &made));
    assert_null(made);
    enum email_outcome how;
    OK(user_set_email(c, id, "x@example.org", "x@example.org", &how, &made));
    assert_int_equal(how, EMAIL_NO_USER);
    OK(user_set_profile(c, id, &(struct user_profile){ "Alice", NULL, NULL }, &found));
    assert_false(found);
    OK(user_set_status(c, id, USER_ACTIVE, &found));
    assert_false(found);
    OK(user_prove_address(c, id, &found));
    assert_false(found);
    OK(user_delete(c, id, &found));
    assert_false(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(of_each_table_of_users_it_is_decided_whether_it_is_exported),
        STORE_TEST(of_a_deleted_user_the_id_is_left),
        STORE_TEST(of_a_deleted_user_nothing_personal_is_left),
        STORE_TEST(letters_to_a_deleted_address_go_unless_they_are_of_somebody_else),
        STORE_TEST(a_recycled_address_is_somebody_else),
        STORE_TEST(a_deleted_user_gets_nothing_any_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
