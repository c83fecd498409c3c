/* SPDX-License-Identifier: Apache-2.0 */
#include "token/audit_check.h"

#include "base/codec.h"
#include "base/shape.h"
#include "identity/audit_record.h"

#include <stdlib.h>
#include <string.h>

enum { KEYS_OF_EXPORT = 1000, TOKEN_MAX = 8192 };

struct kept {
    const char *token;
    struct audit_head head;
};

struct audit_check {
    struct arena *a;
    struct key_set keys;
    int64_t from;
    size_t line;
    struct audit_head head;
    struct merkle_walk walk;
    struct kept *kept; /* in the order of their sizes, once the first line was read */
    size_t kept_n, kept_room, looked_at, agreed;
    bool begun;
    bool proven;  /* at least one record, or that the audit goes on from a head */
    bool in_part; /* records need not go to the end */
};

struct audit_check_key {
    struct bytes jwk;
    const char *endorsement;
};
LOCAL_SHAPE(audit_check_key, FIELD(audit_check_key, jwk, REQUIRED, 2, JWK_BYTES_MAX, "The key"),
            FIELD(audit_check_key, endorsement, OPTIONAL, 1, TOKEN_MAX, "By the key before it"));
struct audit_check_first {
    int64_t uauth_audit, from;
    const char *head;
    struct items keys;
    struct texts path;
};
LOCAL_SHAPE(audit_check_first, FIELD(audit_check_first, uauth_audit, REQUIRED, 1, 1, "Version"),
            FIELD(audit_check_first, from, REQUIRED, 0, INT64_MAX, "The first record"),
            FIELD(audit_check_first, head, REQUIRED, 1, TOKEN_MAX, "What is signed"),
            FIELD_OF(audit_check_first, keys, REQUIRED, 0, KEYS_OF_EXPORT, &audit_check_key_shape,
                     "Keys"),
            FIELD(audit_check_first, path, OPTIONAL, 0, MERKLE_PATH_MAX,
                  "That the first records are those of an older head"));

struct audit_check *audit_check_begin(struct arena *a, struct key_set keys, int64_t from)
{
    struct audit_check *check = ARENA_NEW(a, struct audit_check);
    check->a = a;
    check->keys = keys;
    check->from = from;
    return check;
}

void audit_check_known(struct audit_check *check, const char *token)
{
    must(!check->begun);
    if (check->kept_n == check->kept_room) {
        struct kept *more =
            ARENA_NEWS(check->a, struct kept, check->kept_room = 2 * check->kept_room + 16);
        if (check->kept_n > 0)
            memcpy(more, check->kept, check->kept_n * sizeof *more);
        check->kept = more;
    }
    check->kept[check->kept_n++].token = text_copy(check->a, token, strlen(token));
}

/* ---- the first line ---- */

/* The trusted keys, and those that they endorse, and so on. */
static void trust(struct ctx *c, struct audit_check *check, const struct audit_check_first *first)
{
    const struct audit_check_key *given = first->keys.at;
    size_t n = check->keys.n;
    const struct key **keys = ARENA_NEWS(check->a, const struct key *, n + first->keys.n);
    for (size_t i = 0; i < n; i++)
        keys[i] = check->keys.at[i];
    for (size_t i = 0; i < first->keys.n; i++) {
        const char *jwk = text_copy(c->arena, (const char *)given[i].jwk.at, given[i].jwk.n);
        const struct key_set known = { keys, n, 0 };
        if (given[i].endorsement != NULL &&
            audit_key_endorsed(c, jwk, given[i].endorsement, &known, &keys[n]).code == ERR_OK)
            n++;
        fault_clear(c);
    }
    check->keys = (struct key_set){ keys, n, 0 };
}

static int by_size(const void *a, const void *b)
{
    const struct kept *left = a;
    const struct kept *right = b;
    if (left->head.tree.size == right->head.tree.size)
        return 0;
    return left->head.tree.size < right->head.tree.size ? -1 : 1;
}

static RESULT read_kept(struct ctx *c, struct audit_check *check)
{
    for (size_t i = 0; i < check->kept_n; i++) {
        struct kept *kept = &check->kept[i];
        if (audit_head_read(c, kept->token, &check->keys, &kept->head).code == ERR_OK)
            continue;
        fault_clear(c);
        return fail(c, INVALID_TOKEN,
                    "head %zu of those that were kept is signed by no key that is trusted", i + 1);
    }
    if (check->kept_n > 0)
        qsort(check->kept, check->kept_n, sizeof *check->kept, by_size);
    return ok();
}

static RESULT read_first_in(struct ctx *c, struct audit_check *check, struct bytes line,
                            struct audit_check_first *first)
{
    if (shape_read_json(c, &audit_check_first_shape, line, first).code != ERR_OK) {
        fault_clear(c);
        return fail(c, INVALID_TOKEN, "line 1 is not the first line of an export of the audit");
    }
    trust(c, check, first);
    if (audit_head_read(c, first->head, &check->keys, &check->head).code != ERR_OK) {
        fault_clear(c);
        return fail(c, INVALID_TOKEN, "the head in line 1 is signed by no key that is trusted");
    }
    if (check->head.tree.size < first->from)
        return fail(c, INVALID_TOKEN, "the head has fewer records than the export begins with");
    return read_kept(c, check);
}

/* Whether the heads that were kept of this log, or the one that it goes on from, bear on the tree
 * with `size` leaves. */
static bool is_of_tree(const struct audit_check *check, const struct audit_head *kept)
{
    return text_equal(kept->log, check->head.log) ||
           (text_equal(kept->log, check->head.previous_log) &&
            kept->tree.size <= check->head.previous.size);
}

static RESULT read_path(struct ctx *c, struct texts texts, struct merkle_path *out)
{
    out->n = texts.n;
    for (size_t i = 0; i < texts.n; i++)
        if (!audit_hash_read(c->arena, texts.at[i], &out->at[i]))
            return fail(c, INVALID_TOKEN, "a hash of its path is none");
    return ok();
}

/* What it reads lasts as long as the check. */
static RESULT read_first(struct ctx *c, struct audit_check *check, struct bytes line,
                         struct audit_check_first *first)
{
    struct arena *arena = c->arena;
    const uint8_t *copy = arena_copy(check->a, line.at, line.n);
    c->arena = check->a;
    err read = read_first_in(c, check, (struct bytes){ copy, line.n }, first);
    c->arena = arena;
    return read;
}

/* ---- heads that were kept ---- */

/* Compares those that are of the first `n` records. */
static RESULT agree(struct ctx *c, struct audit_check *check, int64_t n,
                    const struct merkle_hash *root)
{
    for (; check->looked_at < check->kept_n; check->looked_at++) {
        const struct audit_head *kept = &check->kept[check->looked_at].head;
        if (kept->tree.size > n)
            break;
        if (kept->tree.size < n || !is_of_tree(check, kept))
            continue;
        if (!merkle_equal(&kept->tree.root, root))
            return fail(c, INVALID_TOKEN,
                        "the first %lld records are not those of the head that was kept of them: "
                        "the audit was written anew",
                        (long long)n);
        check->agreed++;
    }
    return ok();
}

static RESULT agree_with_range(struct ctx *c, struct audit_check *check,
                               const struct merkle_range *range)
{
    struct merkle_hash root;
    merkle_root(range, &root);
    return agree(c, check, range->n, &root);
}

static RESULT begin(struct ctx *c, struct audit_check *check, struct bytes line)
{
    struct audit_check_first first;
    TRY(read_first(c, check, line, &first));
    if (check->in_part)
        check->from = first.from;
    if (first.from != check->from)
        return fail(c, INVALID_TOKEN,
                    "the export begins with record %lld, and is asked to begin with %lld",
                    (long long)first.from, (long long)check->from);
    merkle_walk_begin(&check->walk, &check->head.tree, check->from);
    check->begun = true;
    /* Where no record follows, the head is all that tells of what was before. */
    return check->from < check->head.tree.size
               ? ok()
               : agree(c, check, check->from, &check->head.tree.root);
}

/* ---- a proof that the audit goes on from a head ---- */

static RESULT agree_with_path(struct ctx *c, struct audit_check *check, int64_t size,
                              const struct merkle_path *path)
{
    for (size_t i = 0; i < check->kept_n; i++) {
        const struct audit_head *kept = &check->kept[i].head;
        if (kept->tree.size != size || !is_of_tree(check, kept))
            continue;
        if (!merkle_consistent(&kept->tree, &check->head.tree, path))
            return fail(c, INVALID_TOKEN,
                        "the first %lld records are not those of the head that was kept of them",
                        (long long)size);
        check->agreed++;
    }
    return check->agreed > 0
               ? ok()
               : fail(c, INVALID_TOKEN, "no head that was kept is of %lld records of this log",
                      (long long)size);
}

RESULT audit_check_consistency(struct ctx *c, struct audit_check *check, struct bytes line)
{
    struct audit_check_first first;
    struct merkle_path path;
    check->line++;
    TRY(read_first(c, check, line, &first));
    TRY(read_path(c, first.path, &path));
    check->walk.next = check->walk.size = check->head.tree.size;
    check->begun = check->proven = true;
    return agree_with_path(c, check, first.from, &path);
}

/* ---- records ---- */

static RESULT wrong(struct ctx *c, const struct audit_check *check, const char *why)
{
    return fail(c, INVALID_TOKEN, "record %lld (line %zu): %s", (long long)check->walk.next,
                check->line, why);
}

static RESULT take(struct ctx *c, struct audit_check *check, const struct audit_record *record)
{
    int64_t next = check->walk.next;
    struct merkle_path path;
    struct merkle_hash data;
    struct merkle_hash leaf;
    if (next >= check->walk.size)
        return wrong(c, check, "it was added: the audit that was signed ends before it");
    if (record->row.leaf_index > next)
        return wrong(c, check,
                     text_printf(c->arena, "it is missing: record %lld stands in its place",
                                 (long long)record->row.leaf_index));
    if (record->row.leaf_index < next)
        return wrong(c, check,
                     text_printf(c->arena, "record %lld, added or moved, stands in its place",
                                 (long long)record->row.leaf_index));
    if (read_path(c, record->path, &path).code != ERR_OK) {
        fault_clear(c);
        return wrong(c, check, "it was changed: a hash of its path is none");
    }
    must(audit_hash_read(c->arena, record->row.leaf_hash, &data));
    merkle_leaf((struct bytes){ data.at, MERKLE_BYTES }, &leaf);
    if (!merkle_walk_on(&check->walk, &leaf, &path))
        return wrong(c, check, "it was changed: it is not the one that was signed");
    return ok();
}

RESULT audit_check_line(struct ctx *c, struct audit_check *check, struct bytes line)
{
    struct audit_record record;
    check->line++;
    if (!check->begun)
        return begin(c, check, line);
    if (audit_record_read(c, line, &record).code != ERR_OK) {
        const char *why = text_printf(c->arena, "it was changed: %s", c->fault.text);
        fault_clear(c);
        return wrong(c, check, why);
    }
    TRY(take(c, check, &record));
    if (check->walk.next == check->from + 1)
        TRY(agree_with_range(c, check, &check->walk.before));
    check->proven = true;
    return agree_with_range(c, check, &check->walk.range);
}

/* ---- the end ---- */

static RESULT check_kept(struct ctx *c, const struct audit_check *check,
                         const struct audit_head *kept)
{
    const struct audit_head *head = &check->head;
    if (is_of_tree(check, kept))
        return kept->tree.size <= head->tree.size
                   ? ok()
                   : fail(c, INVALID_TOKEN,
                          "a head that was kept has %lld records, and the export ends after %lld",
                          (long long)kept->tree.size, (long long)head->tree.size);
    if (text_equal(kept->log, head->previous_log))
        return fail(c, INVALID_TOKEN,
                    "records %lld to %lld of the log %s are lost: an older state of the database "
                    "was put back, and the log %s went on from there",
                    (long long)head->previous.size, (long long)kept->tree.size - 1, kept->log,
                    head->log);
    return fail(c, INVALID_TOKEN, "a head that was kept is of the log %s, and the export of %s",
                kept->log, head->log);
}

RESULT audit_check_end(struct ctx *c, const struct audit_check *check)
{
    if (!check->begun)
        return fail(c, INVALID_TOKEN, "there is no line");
    if (!check->in_part && check->walk.next < check->walk.size)
        return fail(c, INVALID_TOKEN, "record %lld and all after it, to %lld, are missing",
                    (long long)check->walk.next, (long long)check->walk.size - 1);
    if (check->in_part && !check->proven)
        return fail(c, INVALID_TOKEN, "there is no record that it proves");
    for (size_t i = 0; i < check->kept_n; i++)
        TRY(check_kept(c, check, &check->kept[i].head));
    if (!check->in_part && check->kept_n > 0 && check->agreed == 0)
        return fail(c, INVALID_TOKEN,
                    "no head that was kept is of %lld records or more: what was before may have "
                    "been written anew",
                    (long long)check->from);
    return ok();
}

void audit_check_in_part(struct audit_check *check)
{
    check->in_part = true;
}

const struct audit_head *audit_check_head(const struct audit_check *check)
{
    return check->begun ? &check->head : NULL;
}

int64_t audit_check_next(const struct audit_check *check)
{
    return check->walk.next;
}

size_t audit_check_agreed(const struct audit_check *check)
{
    return check->agreed;
}
