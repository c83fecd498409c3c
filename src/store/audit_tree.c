/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit_tree.h"

#include "base/codec.h"
#include "store/hot_queries.h"

#include <stdlib.h>
#include <string.h>

static const char sql_current[] =
    "SELECT number, log, generation, size, roots, previous_log, previous_size, previous_root,\n"
    "       created_at\n"
    "FROM audit_logs\n"
    "ORDER BY number DESC\n"
    "LIMIT 1";

static const char sql_begin[] =
    "INSERT INTO audit_logs (number, log, generation, size, roots, previous_log, previous_size,\n"
    "                        previous_root, created_at)\n"
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)\n"
    "ON CONFLICT (number) DO NOTHING";

/* Ordered, so that the index of those that wait is what answers, however many there once were. */
const char sql_audit_waits[] = "SELECT id\n"
                               "FROM events\n"
                               "WHERE leaf_index IS NULL\n"
                               "ORDER BY id\n"
                               "LIMIT 1";

static const char sql_give[] =
    "UPDATE events\n"
    "SET leaf_index = $1 + waiting.place\n"
    "FROM (SELECT id AS event_id, row_number() OVER (ORDER BY id) - 1 AS place\n"
    "      FROM events\n"
    "      WHERE leaf_index IS NULL\n"
    "      ORDER BY id\n"
    "      LIMIT $2) AS waiting\n"
    "WHERE id = waiting.event_id\n"
    "RETURNING leaf_index, leaf_hash";

static const char sql_grown[] = "UPDATE audit_logs\n"
                                "SET size = $3, roots = $4\n"
                                "WHERE number = $1\n"
                                "  AND size = $2\n"
                                "RETURNING number";

static const char sql_add_node[] = "INSERT INTO audit_nodes (level, at, hash)\n"
                                   "VALUES ($1, $2, $3)";

const char sql_audit_nodes[] = "SELECT hash\n"
                               "FROM audit_nodes\n"
                               "WHERE level = $1\n"
                               "  AND at >= $2\n"
                               "  AND at < $3\n"
                               "ORDER BY at";

const char sql_audit_leaves[] = "SELECT leaf_hash, leaf_index\n"
                                "FROM events\n"
                                "WHERE leaf_index >= $1\n"
                                "  AND leaf_index < $2\n"
                                "ORDER BY leaf_index";

enum { TILE_LEVELS = 8 };
_Static_assert(1 << TILE_LEVELS == AUDIT_TILE, "a tile is a complete tree");

/* ---- hashes as text ---- */

static const char *hash_text(struct arena *a, const struct merkle_hash *hash)
{
    return base64url_encode(a, (struct bytes){ hash->at, MERKLE_BYTES });
}

static RESULT hash_read(struct ctx *c, const char *text, struct merkle_hash *out)
{
    struct bytes bytes;
    if (!base64url_decode(c->arena, bytes_of(text), &bytes) || bytes.n != MERKLE_BYTES)
        return fail(c, INTERNAL, "a hash of the audit is damaged");
    memcpy(out->at, bytes.at, MERKLE_BYTES);
    return ok();
}

static RESULT leaf_read(struct ctx *c, const char *leaf_hash, struct merkle_hash *out)
{
    struct merkle_hash data;
    TRY(hash_read(c, leaf_hash, &data));
    merkle_leaf((struct bytes){ data.at, MERKLE_BYTES }, out);
    return ok();
}

static const char *roots_text(struct arena *a, const struct merkle_range *range)
{
    return base64url_encode(
        a, (struct bytes){ (const uint8_t *)range->roots, range->count * MERKLE_BYTES });
}

/* As many roots as the size has bits. */
static RESULT roots_read(struct ctx *c, int64_t size, const char *text, struct merkle_range *out)
{
    struct bytes bytes;
    size_t count = (size_t)__builtin_popcountll((unsigned long long)size);
    if (size < 0 || !base64url_decode(c->arena, bytes_of(text), &bytes) ||
        bytes.n != count * MERKLE_BYTES)
        return fail(c, INTERNAL, "the roots of the audit are damaged");
    *out = (struct merkle_range){ .n = size, .count = count };
    if (bytes.n > 0)
        memcpy(out->roots, bytes.at, bytes.n);
    return ok();
}

/* ---- logs ---- */

RESULT audit_log_current(struct ctx *c, const struct audit_log **out)
{
    struct table t;
    *out = NULL;
    TRY(db_run(c, sql_current, NULL, 0, &t));
    if (t.rows == 0)
        return ok();
    struct audit_log *log = ARENA_NEW(c->arena, struct audit_log);
    *log = (struct audit_log){ .number = table_int(&t, 0, 0),
                               .log = table_text(&t, 0, 1),
                               .generation = table_int(&t, 0, 2),
                               .previous_log = table_text(&t, 0, 5),
                               .previous_size = table_int(&t, 0, 6),
                               .previous_root = table_text(&t, 0, 7),
                               .created_at = table_int(&t, 0, 8) };
    TRY(roots_read(c, table_int(&t, 0, 3), table_text(&t, 0, 4), &log->range));
    *out = log;
    return ok();
}

static RESULT begin(struct ctx *c, const struct audit_log *log)
{
    bool first = log->previous_log == NULL;
    const struct param size = { .number = log->previous_size, .null = first };
    return DB_RUN(c, sql_begin, NULL, P_INT(log->number), P_TEXT(log->log), P_INT(log->generation),
                  P_INT(log->range.n), P_TEXT(roots_text(c->arena, &log->range)),
                  P_TEXT(log->previous_log), size, P_TEXT(log->previous_root), P_INT(c->now));
}

RESULT audit_log_begin(struct ctx *c, const char *id)
{
    return begin(c, &(struct audit_log){ .number = 1, .log = id });
}

RESULT audit_log_fork(struct ctx *c, const char *id, int64_t generation)
{
    const struct audit_log *now = NULL;
    struct merkle_hash root;
    TRY(audit_log_current(c, &now));
    if (now == NULL)
        return ok();
    merkle_root(&now->range, &root);
    return begin(c, &(struct audit_log){ .number = now->number + 1,
                                         .log = id,
                                         .generation = generation,
                                         .range = now->range,
                                         .previous_log = now->log,
                                         .previous_size = now->range.n,
                                         .previous_root = hash_text(c->arena, &root) });
}

/* ---- growing ---- */

RESULT audit_tree_waits(struct ctx *c, bool *waits)
{
    struct table t;
    TRY(db_run(c, sql_audit_waits, NULL, 0, &t));
    *waits = t.rows > 0;
    return ok();
}

/* Adds a leaf, and what it finishes of each eighth level. */
static RESULT add_leaf(struct ctx *c, struct merkle_range *range, const char *leaf_hash)
{
    struct merkle_hash leaf;
    struct merkle_hash made[MERKLE_PATH_MAX];
    TRY(leaf_read(c, leaf_hash, &leaf));
    size_t levels = merkle_add(range, &leaf, made);
    for (size_t level = TILE_LEVELS; level < levels; level += TILE_LEVELS)
        TRY(DB_RUN(c, sql_add_node, NULL, P_INT((int64_t)level), P_INT((range->n >> level) - 1),
                   P_TEXT(hash_text(c->arena, &made[level]))));
    return ok();
}

/* The rows of sql_give come in any order. */
static RESULT in_order(struct ctx *c, const struct table *t, int64_t first, const char **leaves)
{
    for (size_t i = 0; i < t->rows; i++) {
        int64_t place = table_int(t, i, 0) - first;
        if (place < 0 || place >= (int64_t)t->rows || leaves[place] != NULL)
            return fail(c, INTERNAL, "the places of the audit do not follow each other");
        leaves[place] = table_text(t, i, 1);
    }
    return ok();
}

static RESULT grow_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct audit_log *log = NULL;
    struct table t;
    struct table grown;
    *(int64_t *)arg = 0;
    TRY(audit_log_current(c, &log));
    if (log == NULL)
        return ok();
    TRY(DB_RUN(c, sql_give, &t, P_INT(log->range.n), P_INT(AUDIT_BATCH)));
    struct merkle_range range = log->range;
    const char **leaves = ARENA_NEWS(c->arena, const char *, t.rows);
    TRY(in_order(c, &t, range.n, leaves));
    for (size_t i = 0; i < t.rows; i++)
        TRY(add_leaf(c, &range, leaves[i]));
    if (t.rows == 0)
        return ok();
    TRY(DB_RUN(c, sql_grown, &grown, P_INT(log->number), P_INT(log->range.n), P_INT(range.n),
               P_TEXT(roots_text(c->arena, &range))));
    if (grown.rows == 0)
        return fail(c, CONFLICT, "another node has made the audit grow");
    *(int64_t *)arg = (int64_t)t.rows;
    return ok();
}

RESULT audit_tree_grow(struct ctx *c, int64_t *given)
{
    return db_atomically(c, grow_in, given);
}

/* ---- nodes ---- */

static RESULT fold(struct ctx *c, struct merkle_hash *hashes, size_t n, struct merkle_hash *out)
{
    if (n == 0 || (n & (n - 1)) != 0)
        return fail(c, INTERNAL, "nodes of the audit are missing");
    for (; n > 1; n /= 2)
        for (size_t i = 0; i < n / 2; i++)
            merkle_node(&hashes[2 * i], &hashes[2 * i + 1], &hashes[i]);
    *out = hashes[0];
    return ok();
}

/* The leaves of the tile that begins with number `first`, as far as they follow each other. */
static RESULT read_tile(struct ctx *c, struct audit_tile *tile, int64_t first)
{
    struct table t;
    struct arena_mark mark = arena_mark(c->arena);
    if (tile->n == AUDIT_TILE && tile->first == first)
        return ok();
    TRY(DB_RUN(c, sql_audit_leaves, &t, P_INT(first), P_INT(first + AUDIT_TILE)));
    *tile = (struct audit_tile){ .first = first };
    for (size_t i = 0; i < t.rows && table_int(&t, i, 1) == first + tile->n; i++)
        TRY(leaf_read(c, table_text(&t, i, 0), &tile->leaves[tile->n++]));
    arena_rewind(c->arena, mark);
    return ok();
}

static RESULT fold_leaves(struct ctx *c, struct audit_tile *tile, int64_t begin, int64_t n,
                          struct merkle_hash *out)
{
    struct merkle_hash hashes[AUDIT_TILE];
    int64_t first = begin - begin % AUDIT_TILE;
    TRY(read_tile(c, tile, first));
    if (begin - first + n > tile->n)
        return fail(c, INTERNAL, "leaves of the audit are missing: from %lld", (long long)begin);
    memcpy(hashes, &tile->leaves[begin - first], (size_t)n * sizeof *hashes);
    return fold(c, hashes, (size_t)n, out);
}

/* From the nodes of the eighth level below. */
static RESULT fold_nodes(struct ctx *c, unsigned level, int64_t at, struct merkle_hash *out)
{
    struct table t;
    struct merkle_hash hashes[AUDIT_TILE / 2];
    unsigned up = level % TILE_LEVELS;
    int64_t n = (int64_t)1 << up;
    struct arena_mark mark = arena_mark(c->arena);
    TRY(DB_RUN(c, sql_audit_nodes, &t, P_INT((int64_t)(level - up)), P_INT(at * n),
               P_INT((at + 1) * n)));
    if ((int64_t)t.rows != n)
        return fail(c, INTERNAL, "nodes of the audit are missing");
    for (size_t i = 0; i < t.rows; i++)
        TRY(hash_read(c, table_text(&t, i, 0), &hashes[i]));
    arena_rewind(c->arena, mark);
    return fold(c, hashes, (size_t)n, out);
}

static RESULT read_node(struct ctx *c, void *arg, unsigned level, int64_t at,
                        struct merkle_hash *out)
{
    if (level < TILE_LEVELS)
        return fold_leaves(c, arg, at * ((int64_t)1 << level), (int64_t)1 << level, out);
    return fold_nodes(c, level, at, out);
}

struct merkle_source audit_tree_source(struct audit_tile *cache)
{
    return (struct merkle_source){ read_node, cache };
}
