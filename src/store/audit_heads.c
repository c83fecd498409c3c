/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was signed of the audit's tree, and the keys that sign.
 */
#include "store/audit_tree.h"

#define HEAD_COLUMNS "number, size, at, root, token"

static const char sql_add_head[] = "INSERT INTO audit_heads (" HEAD_COLUMNS ")\n"
                                   "VALUES ($1, $2, $3, $4, $5)\n"
                                   "ON CONFLICT (number, size) DO NOTHING";

static const char sql_heads[] = "SELECT " HEAD_COLUMNS "\n"
                                "FROM audit_heads\n"
                                "WHERE (number, size) < ($1, $2)\n"
                                "ORDER BY number DESC, size DESC\n"
                                "LIMIT $3";

static const char sql_signers[] =
    "SELECT number, kid, public_jwk, sealed_private, endorsement, created_at\n"
    "FROM audit_signers\n"
    "ORDER BY number";

static const char sql_add_signer[] =
    "INSERT INTO audit_signers (number, kid, public_jwk, sealed_private, endorsement, created_at)\n"
    "VALUES ($1, $2, $3, $4, $5, $6)\n"
    "ON CONFLICT (number) DO NOTHING\n"
    "RETURNING number";

static const char sql_end_signers[] = "UPDATE audit_signers\n"
                                      "SET sealed_private = NULL\n"
                                      "WHERE number < $1";

RESULT audit_head_add(struct ctx *c, const struct audit_head_row *head)
{
    return DB_RUN(c, sql_add_head, NULL, P_INT(head->number), P_INT(head->size), P_INT(head->at),
                  P_TEXT(head->root), P_TEXT(head->token));
}

RESULT audit_heads_page(struct ctx *c, const struct audit_head_row *before, int64_t limit,
                        struct audit_head_rows *out)
{
    must(limit >= 1 && limit <= PAGE_MAX);
    struct table t;
    TRY(DB_RUN(c, sql_heads, &t, P_INT(before != NULL ? before->number : INT64_MAX),
               P_INT(before != NULL ? before->size : 0), P_INT(limit)));
    struct audit_head_row *rows = ARENA_NEWS(c->arena, struct audit_head_row, t.rows);
    for (size_t i = 0; i < t.rows; i++)
        rows[i] = (struct audit_head_row){ .number = table_int(&t, i, 0),
                                           .size = table_int(&t, i, 1),
                                           .at = table_int(&t, i, 2),
                                           .root = table_text(&t, i, 3),
                                           .token = table_text(&t, i, 4) };
    *out = (struct audit_head_rows){ rows, t.rows };
    return ok();
}

RESULT audit_head_newest(struct ctx *c, const struct audit_head_row **out)
{
    struct audit_head_rows rows;
    TRY(audit_heads_page(c, NULL, 1, &rows));
    *out = rows.n > 0 ? &rows.at[0] : NULL;
    return ok();
}

RESULT audit_signers_list(struct ctx *c, struct audit_signers *out)
{
    struct table t;
    TRY(db_run(c, sql_signers, NULL, 0, &t));
    struct audit_signer *rows = ARENA_NEWS(c->arena, struct audit_signer, t.rows);
    for (size_t i = 0; i < t.rows; i++)
        rows[i] = (struct audit_signer){ .number = table_int(&t, i, 0),
                                         .kid = table_text(&t, i, 1),
                                         .public_jwk = table_text(&t, i, 2),
                                         .sealed_private = table_text(&t, i, 3),
                                         .endorsement = table_text(&t, i, 4),
                                         .created_at = table_int(&t, i, 5) };
    *out = (struct audit_signers){ rows, t.rows };
    return ok();
}

struct adding {
    const struct audit_signer *signer;
    bool added;
};

static RESULT add_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct adding *adding = arg;
    const struct audit_signer *signer = adding->signer;
    struct table t;
    TRY(DB_RUN(c, sql_add_signer, &t, P_INT(signer->number), P_TEXT(signer->kid),
               P_TEXT(signer->public_jwk), P_TEXT(signer->sealed_private),
               P_TEXT(signer->endorsement), P_INT(c->now)));
    adding->added = t.rows > 0;
    return adding->added ? DB_RUN(c, sql_end_signers, NULL, P_INT(signer->number)) : ok();
}

RESULT audit_signer_add(struct ctx *c, const struct audit_signer *signer, bool *added)
{
    struct adding adding = { .signer = signer };
    TRY(db_atomically(c, add_in, &adding));
    *added = adding.added;
    return ok();
}
