/* SPDX-License-Identifier: Apache-2.0 */
#include "store/generation.h"

#include "store/meta.h"
#include "store/revocations.h"
#include "store/tables.h"

/* What a table comes to; `sql` may take the time as $1. */
struct fate {
    const char *table;
    const char *sql; /* NULL: it stays as it is */
    bool takes_now;
};

static const char sql_use_steps[] = "UPDATE totp_factors\n"
                                    "SET last_step = $1 / 30 + 1\n"
                                    "WHERE last_step < $1 / 30 + 1";

static const char sql_use_codes[] = "UPDATE recovery_codes\n"
                                    "SET used_at = $1\n"
                                    "WHERE used_at IS NULL";

/* clang-format off */
/* Who refers stands before what is referred to. */
static const struct fate fates[] = {
    { "invitations",      "DELETE FROM invitations",     false }, /* their links are dead */
    { "kept_replies",     "DELETE FROM kept_replies",    false },
    { "device_codes",     "DELETE FROM device_codes",    false },
    { "codes",            "DELETE FROM codes",           false },
    { "refresh_tokens",   "DELETE FROM refresh_tokens",  false },
    { "authorization_requests", "DELETE FROM authorization_requests", false },
    { "authorizations",   "DELETE FROM authorizations",  false },
    { "sign_in_attempts", "DELETE FROM sign_in_attempts", false },
    { "opaque_tokens",    "DELETE FROM opaque_tokens",   false },
    { "status_entries",   "DELETE FROM status_entries",  false }, /* the next lists have other names */
    { "session_clients",  "DELETE FROM session_clients", false },
    { "upstream_sessions", "DELETE FROM upstream_sessions", false },
    { "sessions",         "DELETE FROM sessions",        false },
    { "consents",         "DELETE FROM consents",        false }, /* one may have been withdrawn */
    { "one_time_tokens",  "DELETE FROM one_time_tokens", false },
    { "registrations",    "DELETE FROM registrations",   false }, /* their links are dead */
    { "api_keys",         "DELETE FROM api_keys",        false }, /* one may have been revoked */
    { "setup_codes",      "DELETE FROM setup_codes",     false },
    { "devices",          "DELETE FROM devices",         false },
    { "outbox",           "DELETE FROM outbox",          false }, /* sent long ago, or with a dead link */
    { "recovery_codes",   sql_use_codes,                 true  },
    { "totp_factors",     sql_use_steps,                 true  },
    { "recovery_sets",    NULL,                          false },
    { "seen",             NULL,                          false },
    { "revocations",      NULL,                          false },
    { "meta",             NULL,                          false },
    { "migrations",       NULL,                          false },
    { "tenant_logos",     NULL,                          false },
    { "tenants",          NULL,                          false },
    { "issuer_slugs",     NULL,                          false }, /* whoever trusted them may still */
    { "users",            NULL,                          false },
    { "credentials",      NULL,                          false },
    { "identities",       NULL,                          false },
    { "memberships",      NULL,                          false },
    { "roles",            NULL,                          false },
    { "role_permissions", NULL,                          false },
    { "user_roles",       NULL,                          false },
    { "registration_tokens", "DELETE FROM registration_tokens", false },
    { "client_registrations", NULL,                      false },
    { "clients",          NULL,                          false },
    { "client_secrets",   NULL,                          false },
    { "provider_domains", NULL,                          false },
    { "providers",        NULL,                          false },
    { "resources",        NULL,                          false },
    { "keys",             NULL,                          false },
    { "events",           NULL,                          false },
    { "audit_logs",       NULL,                          false }, /* restoring begins another one */
    { "audit_nodes",      NULL,                          false },
    { "audit_heads",      NULL,                          false },
    { "audit_signers",    NULL,                          false },
    { "audit_keys",       NULL,                          false },
    { "erasures",         NULL,                          false },
    { "imports",          NULL,                          false }, /* of the people who are there */
};
/* clang-format on */
enum { FATES = sizeof fates / sizeof *fates };

struct texts generation_tables(struct arena *a)
{
    const char **names = ARENA_NEWS(a, const char *, FATES);
    for (size_t i = 0; i < FATES; i++)
        names[i] = fates[i].table;
    return (struct texts){ names, FATES };
}

static RESULT check_tables(struct ctx *c)
{
    struct texts tables;
    struct texts known = generation_tables(c->arena);
    TRY(tables_list(c, &tables));
    for (size_t i = 0; i < tables.n; i++)
        if (!texts_hold(known, tables.at[i]))
            return fail(c, INTERNAL, "what becomes of the table %s in a restore is not decided",
                        tables.at[i]);
    return ok();
}

static RESULT end_tables(struct ctx *c)
{
    for (size_t i = 0; i < FATES; i++) {
        if (fates[i].sql == NULL)
            continue;
        if (fates[i].takes_now)
            TRY(DB_RUN(c, fates[i].sql, NULL, P_INT(c->now)));
        else
            TRY(db_run(c, fates[i].sql, NULL, 0, NULL));
    }
    return revocation_add(c, REVOKED_ALL, REVOKED_ALL);
}

RESULT generation_read(struct ctx *c, int64_t *generation)
{
    const char *text = NULL;
    int64_t number = 0;
    TRY(meta_get(c, META_GENERATION, &text));
    if (text != NULL && !text_int(text, 0, INT64_MAX - 1, &number))
        return fail(c, INTERNAL, "the generation of the database is no number: %s", text);
    *generation = number;
    return ok();
}

struct raising {
    int64_t above, generation;
};

static RESULT note_raised(struct ctx *c, struct raising *r)
{
    TRY(generation_read(c, &r->generation));
    r->generation = (r->generation > r->above ? r->generation : r->above) + 1;
    TRY(meta_set(c, META_GENERATION, text_printf(c->arena, "%lld", (long long)r->generation)));
    return meta_set(c, META_RESTORED, text_printf(c->arena, "%lld", (long long)c->now));
}

static RESULT raise_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    TRY(db_alone(c));
    TRY(end_tables(c));
    TRY(meta_remove(c, META_BACKUP));
    TRY(meta_remove(c, META_MOVED));
    return note_raised(c, arg);
}

RESULT generation_raise(struct ctx *c, int64_t above, int64_t *generation)
{
    struct raising r = { .above = above };
    TRY(check_tables(c));
    TRY(db_atomically(c, raise_in, &r));
    *generation = r.generation;
    return ok();
}
