/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the database goes about every statement that the program has: those are the texts in its
 * binary, which is the argument of this test.  Whatever grows with people, tenants and sessions is
 * searched by an index, and what is sorted is a few rows of somebody's.
 */
#include "store_testing.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- what is allowed, by how the statement begins, and why ---- */

#define SIZE_OF(what) "is of the size of " what

static const struct {
    const char *begins, *why;
} allowed[] = {
    /* clang-format off */
    { "SELECT name, value FROM meta",                  SIZE_OF("the program") },
    { "SELECT number, name, sha256",                   SIZE_OF("the program") },
    { "SELECT name FROM sqlite_schema",                SIZE_OF("the schema") },
    { "SELECT name, type, pk FROM pragma_table_info",  SIZE_OF("the schema") },
    { "SELECT DISTINCT \"table\"",                     SIZE_OF("the schema") },
    { "SELECT count(*) FROM sqlite_schema",            SIZE_OF("the schema") },
    { "SELECT number, kid, public_jwk",                SIZE_OF("the keys of the audit") },
    { "SELECT number, log, generation",                "is one row, of an index" },
    { "SELECT id FROM events LIMIT 1",                 "is one row, whichever" },
    { "SELECT id FROM events WHERE leaf_index IS NULL","is one row, of an index" },
    { "UPDATE events SET leaf_index",                  "is 256 rows, of an index" },
    { "WITH RECURSIVE used(list)",                     "goes through names of lists, by an index" },
    { "UPDATE setup_codes",                            "is one row" },
    { "SELECT 1 FROM provider_domains",                "is one row, of the providers" },
    { "UPDATE recovery_codes SET used_at = $1 WHERE used_at IS NULL", "puts an older state back" },
    { "UPDATE totp_factors SET last_step = $1 / 30",   "puts an older state back" },
    { "SELECT u.id, u.email, u.email_entered, u.full_name, u.status, u.email_verified_at,"
      " u.default_tenant_id, u.created_at, u.updated_at, u.last_login_at, u.epoch,"
      " (SELECT count(*) FROM totp_factors f WHERE f.user_id = u.id AND f.confirmed_at IS NOT"
      " NULL), u.locale FROM users u WHERE u.id > $1 AND u.email >= $3",
                                                       "is a command of who operates the service" },
    { "SELECT u.id, u.email, u.email_entered, u.full_name, u.status, u.email_verified_at,"
      " u.default_tenant_id, u.created_at, u.updated_at, u.last_login_at, u.epoch,"
      " (SELECT count(*) FROM totp_factors f WHERE f.user_id = u.id AND f.confirmed_at IS NOT"
      " NULL), u.locale FROM memberships m CROSS JOIN users u",
                                                       "sorts the members of a small tenant" },
    { "SELECT hash, sealed, created_at, expires_at FROM client_secrets", "sorts two secrets of a client" },
    { "DELETE FROM client_secrets",                    "sorts the secrets of a client" },
    { "SELECT id, provider, issuer, subject, user_id", "sorts the identities of a person" },
    { "SELECT id, user_id, address, user_agent, created_at, last_seen_at, expires_at FROM devices",
                                                       "sorts the devices of a person" },
    { "DELETE FROM devices WHERE user_id = $1 AND id <>", "sorts the devices of a person that were seen at once" },
    { "DELETE FROM one_time_tokens WHERE kind = $1 AND hash <>", "sorts the links of a person" },
    { "SELECT k.client_id, c.name, c.metadata",        "sorts the applications of a session" },
    { "SELECT k.id, k.tenant_id, k.user_id, k.name, k.permissions, k.created_at, k.expires_at,"
      " k.last_used_at FROM api_keys k WHERE k.user_id", "sorts the API keys of a person" },
    { "SELECT role FROM user_roles",                   "sorts the roles of a person" },
    { "SELECT u.session_id, s.user_id, u.provider",    "sorts the sessions of a person at a provider" },
    /* clang-format on */
};
enum { ALLOWED = sizeof allowed / sizeof *allowed };

/* All of a table goes only when an older state is put back. */
static bool is_of_all(const char *sql)
{
    return text_starts(sql, "DELETE FROM ") && strstr(sql, " WHERE ") == NULL;
}

static const char *why_allowed(const char *sql)
{
    if (is_of_all(sql))
        return "puts an older state back";
    for (size_t i = 0; i < ALLOWED; i++)
        if (text_starts(sql, allowed[i].begins))
            return allowed[i].why;
    return NULL;
}

/* ---- the statements of the program ---- */

static const char *program; /* its path */

static struct bytes program_read(void)
{
    FILE *file = fopen(program, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    assert_true(size > 0);
    rewind(file);
    uint8_t *all = malloc((size_t)size + 1);
    assert_non_null(all);
    assert_int_equal(fread(all, 1, (size_t)size, file), (size_t)size);
    all[size] = '\0';
    (void)fclose(file);
    return (struct bytes){ all, (size_t)size };
}

/* With one space where there are line breaks and more of them. */
static const char *one_line(struct ctx *c, const char *text)
{
    struct text_buffer line = text_buffer(c->arena);
    for (const char *at = text; *at != '\0'; at++) {
        bool space = isspace((unsigned char)*at) != 0;
        if (!space)
            text_addf(&line, "%c", *at);
        else if (at[1] != '\0' && isspace((unsigned char)at[1]) == 0)
            text_addf(&line, " ");
    }
    return text_of(&line);
}

/* Not those that are made when they run, for each table (moving), nor PostgreSQL's own. */
static bool is_statement(const char *text)
{
    static const char *const verbs[] = { "SELECT ", "SELECT\n",     "INSERT INTO ",
                                         "UPDATE ", "DELETE FROM ", "WITH " };
    bool found = false;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        found = found || text_starts(text, verbs[i]);
    return found && strchr(text, '%') == NULL && strstr(text, "pg_") == NULL;
}

/* The parameters of a statement, as text; which type they have changes no plan. */
static size_t parameters(const char *sql)
{
    size_t most = 0;
    for (const char *at = strchr(sql, '$'); at != NULL; at = strchr(at + 1, '$')) {
        size_t n = (size_t)strtoul(at + 1, NULL, 10);
        most = n > most ? n : most;
    }
    return most;
}

static const char *plan_of(struct ctx *c, const char *sql)
{
    static const char types[DB_PARAMS_MAX + 1] = "tttttttttttttttttttttttttttttttt";
    struct table t = plan_of_sqlite(c, sql, types + DB_PARAMS_MAX - parameters(sql));
    struct text_buffer steps = text_buffer(c->arena);
    for (size_t i = 0; i < t.rows; i++) /* a row that is put in has none */
        text_addf(&steps, "%s\n", table_text(&t, i, t.columns - 1));
    return text_of(&steps);
}

/* ---- */

typedef void each_statement(struct ctx *c, const char *sql, const char *line);

static size_t walk(struct ctx *c, each_statement *each)
{
    struct bytes all = program_read();
    size_t n = 0;
    for (size_t i = 0; i < all.n; i += strlen((const char *)all.at + i) + 1) {
        const char *text = (const char *)all.at + i;
        if (!is_statement(text))
            continue;
        const char *kept = text_copy(c->arena, text, strlen(text));
        each(c, kept, one_line(c, kept));
        n++;
    }
    free((void *)(uintptr_t)all.at); /* a failed test keeps it */
    return n;
}

static void is_flat(struct ctx *c, const char *sql, const char *line)
{
    const char *steps = plan_of(c, sql);
    if ((plan_scans(steps) || plan_sorts(steps)) && why_allowed(line) == NULL)
        fail_msg("%s\n%s", line, steps);
}

static void no_statement_goes_through_a_table_that_grows(void **state)
{
    if (is_on_postgres())
        skip(); /* hot_queries_test.c looks at the statements of requests there */
    assert_true(walk(ctx_of(state), is_flat) > 300);
}

static size_t used[ALLOWED];

static void count_allowed(struct ctx *c, const char *sql, const char *line)
{
    const char *steps = plan_of(c, sql);
    for (size_t i = 0; i < ALLOWED; i++)
        used[i] += text_starts(line, allowed[i].begins) && (plan_scans(steps) || plan_sorts(steps));
}

/* What is allowed and not needed any more would hide the next one. */
static void every_exception_is_needed(void **state)
{
    if (is_on_postgres())
        skip();
    (void)walk(ctx_of(state), count_allowed);
    for (size_t i = 0; i < ALLOWED; i++)
        if (used[i] == 0)
            fail_msg("nothing needs it: %s", allowed[i].begins);
}

static void a_scan_and_a_sort_are_seen(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_true(plan_scans(plan(c, "SELECT id FROM users WHERE full_name = $1", "t")));
    assert_true(
        plan_sorts(plan(c, "SELECT id FROM sessions WHERE user_id = $1 ORDER BY amr", "t")));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_scan_and_a_sort_are_seen),
        STORE_TEST(no_statement_goes_through_a_table_that_grows),
        STORE_TEST(every_exception_is_needed),
    };
    program = argc > 1 ? argv[1] : "uauth";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
