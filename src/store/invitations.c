/* SPDX-License-Identifier: Apache-2.0 */
#include "store/invitations.h"

#include "base/random.h"
#include "store/hot_queries.h"

static const char sql_put[] =
    "INSERT INTO invitations (id, tenant_id, email, email_entered, roles, invited_by, invited_in,\n"
    "                         created_at, expires_at)\n"
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)\n"
    "ON CONFLICT (tenant_id, email) DO UPDATE\n"
    "SET id = excluded.id, email_entered = excluded.email_entered, roles = excluded.roles,\n"
    "    invited_by = excluded.invited_by, invited_in = excluded.invited_in,\n"
    "    created_at = excluded.created_at, expires_at = excluded.expires_at";

#define SQL_INVITATION                                                                             \
    "SELECT id, tenant_id, email, email_entered, roles, invited_by, invited_in, created_at,\n"     \
    "       expires_at\n"                                                                          \
    "FROM invitations\n"

static const char sql_find[] = SQL_INVITATION "WHERE id = $1\n"
                                              "  AND expires_at > $2";

const char sql_invitations_of_tenant[] = SQL_INVITATION "WHERE tenant_id = $1\n"
                                                        "  AND id > $2\n"
                                                        "  AND expires_at > $3\n"
                                                        "ORDER BY id\n"
                                                        "LIMIT $4";

static const char sql_of_email[] = SQL_INVITATION "WHERE email = $1\n"
                                                  "  AND id > $2\n"
                                                  "  AND expires_at > $3\n"
                                                  "ORDER BY id\n"
                                                  "LIMIT $4";

static const char sql_remove[] = "DELETE FROM invitations\n"
                                 "WHERE tenant_id = $1\n"
                                 "  AND id = $2\n"
                                 "RETURNING id";

static struct invitation_row read_row(struct ctx *c, const struct table *t, size_t row)
{
    return (struct invitation_row){ .id = table_text(t, row, 0),
                                    .tenant_id = table_text(t, row, 1),
                                    .email = table_text(t, row, 2),
                                    .email_entered = table_text(t, row, 3),
                                    .roles = text_split(c->arena, table_text(t, row, 4), ' '),
                                    .invited_by = table_text(t, row, 5),
                                    .invited_in = table_text(t, row, 6),
                                    .created_at = table_int(t, row, 7),
                                    .expires_at = table_int(t, row, 8) };
}

RESULT invitation_put(struct ctx *c, const struct invitation_row *invitation, const char **id)
{
    const char *new = random_uuid(c);
    TRY(DB_RUN(c, sql_put, NULL, P_TEXT(new), P_TEXT(invitation->tenant_id),
               P_TEXT(invitation->email), P_TEXT(invitation->email_entered),
               P_TEXT(text_join(c->arena, invitation->roles, " ")), P_TEXT(invitation->invited_by),
               P_TEXT(invitation->invited_in), P_INT(c->now), P_INT(invitation->expires_at)));
    *id = new;
    return ok();
}

RESULT invitation_find(struct ctx *c, const char *id, const struct invitation_row **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_find, &t, P_TEXT(id), P_INT(c->now)));
    *out = NULL;
    if (t.rows == 0)
        return ok();
    struct invitation_row *row = ARENA_NEW(c->arena, struct invitation_row);
    *row = read_row(c, &t, 0);
    *out = row;
    return ok();
}

static RESULT read_page(struct ctx *c, const char *sql, const char *of, struct page page,
                        struct invitation_rows *out)
{
    must(page.limit >= 1 && page.limit <= PAGE_MAX);
    struct table t;
    TRY(DB_RUN(c, sql, &t, P_TEXT(of), P_TEXT(page.after != NULL ? page.after : ""), P_INT(c->now),
               P_INT(page.limit)));
    struct invitation_row *rows = ARENA_NEWS(c->arena, struct invitation_row, t.rows);
    for (size_t i = 0; i < t.rows; i++)
        rows[i] = read_row(c, &t, i);
    *out = (struct invitation_rows){ rows, t.rows };
    return ok();
}

RESULT invitations_page(struct ctx *c, const char *tenant_id, struct page page,
                        struct invitation_rows *out)
{
    return read_page(c, sql_invitations_of_tenant, tenant_id, page, out);
}

RESULT invitations_of_email(struct ctx *c, const char *email, struct page page,
                            struct invitation_rows *out)
{
    return read_page(c, sql_of_email, email, page, out);
}

RESULT invitation_remove(struct ctx *c, const char *tenant_id, const char *id, bool *removed)
{
    struct table t;
    TRY(DB_RUN(c, sql_remove, &t, P_TEXT(tenant_id), P_TEXT(id)));
    *removed = t.rows > 0;
    return ok();
}
