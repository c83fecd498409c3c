/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_TOKEN_AUDIT_TESTING_H
#define UAUTH_TESTS_UNIT_TOKEN_AUDIT_TESTING_H

/* Events, and the tree that they are in. */

#include "base/codec.h"
#include "identity/audit.h"
#include "tests/unit/token/token_testing.h"
#include "token/audit_head.h"
#include "token/audit_key.h"
#include "token/audit_sequence.h"

/* Adds `n` events. */
static inline void happen(struct ctx *c, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        struct arena_mark mark = arena_mark(c->arena);
        OK(audit_add(c, &(struct audit){ .event = AUDIT_TENANT_UPDATED,
                                         .details = { { "by", "a test" } } }));
        arena_rewind(c->arena, mark);
    }
}

/* What the job does until there is nothing to do. */
static inline void sequence(struct ctx *c)
{
    bool again = true;
    while (again) {
        struct arena_mark mark = arena_mark(c->arena);
        OK(audit_sequence(c, &again));
        arena_rewind(c->arena, mark);
    }
}

static inline struct key_set trusted(struct ctx *c)
{
    const char *json = NULL;
    struct key_set keys;
    OK(audit_keys_jwks(c, &json));
    OK(key_set_read(c, c->arena, bytes_of(json), &keys));
    return keys;
}

/* The newest head, its signature looked at. */
static inline struct audit_head head_now(struct ctx *c)
{
    const struct audit_head_row *row = NULL;
    struct audit_head head;
    struct key_set keys = trusted(c);
    OK(audit_head_newest(c, &row));
    assert_non_null(row);
    OK(audit_head_read(c, row->token, &keys, &head));
    assert_int_equal(head.tree.size, row->size);
    return head;
}

static const char sql_leaf[] = "SELECT leaf_hash FROM events WHERE leaf_index = $1";

/* Leaf number `at`, as the events have it. */
static inline struct merkle_hash leaf_at(struct ctx *c, int64_t at)
{
    struct table t;
    struct bytes data;
    struct merkle_hash leaf;
    OK(DB_RUN(c, sql_leaf, &t, P_INT(at)));
    assert_int_equal(t.rows, 1);
    assert_true(base64url_decode(c->arena, bytes_of(table_text(&t, 0, 0)), &data));
    merkle_leaf(data, &leaf);
    return leaf;
}

/* The tree is what the events say: no gap, nothing twice, and the newest head is of all. */
static inline void tree_is_whole(struct ctx *c)
{
    int64_t events = counted(c, "SELECT count(*) FROM events");
    struct audit_head head = head_now(c);
    struct merkle_range range = { 0 };
    struct merkle_hash root;
    assert_int_equal(counted(c, "SELECT count(*) FROM events WHERE leaf_index IS NULL"), 0);
    assert_int_equal(counted(c, "SELECT count(DISTINCT leaf_index) FROM events"), events);
    assert_int_equal(head.tree.size, events);
    for (int64_t i = 0; i < events; i++) {
        struct arena_mark mark = arena_mark(c->arena);
        struct merkle_hash leaf = leaf_at(c, i);
        (void)merkle_add(&range, &leaf, NULL);
        arena_rewind(c->arena, mark);
    }
    merkle_root(&range, &root);
    assert_true(merkle_equal(&root, &head.tree.root));
}

#endif
