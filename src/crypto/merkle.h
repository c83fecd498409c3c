/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_MERKLE_H
#define UAUTH_CRYPTO_MERKLE_H

/*
 * Merkle trees as of RFC 9162 2.1, over SHA-256: the root of a list of entries that only grows,
 * proofs that an entry is in the list, and proofs that a longer list begins with a shorter one.
 * Pure functions; where nodes are kept is the business of whoever makes a proof.
 */

#include "base/ctx.h"

#include <stddef.h>
#include <stdint.h>

enum {
    MERKLE_BYTES = 32,
    MERKLE_LEVELS = 63,                 /* a tree has fewer than 2^63 leaves */
    MERKLE_PATH_MAX = MERKLE_LEVELS + 1 /* hashes of a proof */
};

struct merkle_hash {
    uint8_t at[MERKLE_BYTES];
};
struct merkle_path {
    struct merkle_hash at[MERKLE_PATH_MAX];
    size_t n;
};

/* The hash of an entry, HASH(0x00 || data), and of a node over two, HASH(0x01 || left || right). */
void merkle_leaf(struct bytes data, struct merkle_hash *out);
void merkle_node(const struct merkle_hash *left, const struct merkle_hash *right,
                 struct merkle_hash *out);

bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b);

/* ---- a list that grows ---- */

/* What has to be known of `n` leaves to add more: the roots of the complete trees that they fall
 * into, the largest first. */
struct merkle_range {
    int64_t n;
    struct merkle_hash roots[MERKLE_PATH_MAX];
    size_t count;
};

/* Adds a leaf.  Unless NULL, made[l] is set to the root of the complete tree of 2^l leaves that
 * this one finished, for every level l below the returned number, which is at least 1. */
size_t merkle_add(struct merkle_range *range, const struct merkle_hash *leaf,
                  struct merkle_hash made[MERKLE_PATH_MAX]);

/* The root of all leaves: MTH(D_n).  Without leaves it is HASH(). */
void merkle_root(const struct merkle_range *range, struct merkle_hash *out);

/* ---- looking at proofs ---- */

/* Whether `path` shows that `leaf` is number `index` (from 0) of the `size` leaves under `root`
 * (RFC 9162 2.1.3.2). */
struct merkle_place {
    int64_t index, size;
};
bool merkle_included(const struct merkle_hash *leaf, struct merkle_place place,
                     const struct merkle_path *path, const struct merkle_hash *root);

/* A root and how many leaves are under it. */
struct merkle_head {
    int64_t size;
    struct merkle_hash root;
};

/* Whether `path` shows that the list of `second` begins with that of `first` (RFC 9162 2.1.4.2).
 * Every list begins with an empty one. */
bool merkle_consistent(const struct merkle_head *first, const struct merkle_head *second,
                       const struct merkle_path *path);

/* ---- making proofs ---- */

/* Where the roots of complete trees come from: of the 2^level leaves from number (at << level). */
struct merkle_source {
    RESULT (*read)(struct ctx *c, void *arg, unsigned level, int64_t at, struct merkle_hash *out);
    void *arg;
};

/* The root of the leaves `begin` (a multiple of a power of two that is at least as large as their
 * number) to `end` without it. */
RESULT merkle_hash_of(struct ctx *c, const struct merkle_source *source, int64_t begin, int64_t end,
                      struct merkle_hash *out);

/* PATH(index, D_size) of RFC 9162 2.1.3.1.  0 <= index < size: must(). */
RESULT merkle_prove_inclusion(struct ctx *c, const struct merkle_source *source,
                              struct merkle_place place, struct merkle_path *out);

/* PROOF(first, D_size) of RFC 9162 2.1.4.1; empty if first is 0 or size.  0 <= first <= size:
 * must(). */
RESULT merkle_prove_consistency(struct ctx *c, const struct merkle_source *source, int64_t first,
                                int64_t size, struct merkle_path *out);

/* ---- reading a tree from the left to the right ---- */

/*
 * Leaves that come one after the other, each with what shows that it is the next one under a root
 * that was known before the first.  A leaf brings the hashes beside its way down through what is
 * not known yet, so that all leaves together bring one hash each: the first at `from` its whole
 * proof, each further one the proof that it is the first leaf of the smallest tree beside the
 * leaves so far.
 */
struct merkle_walk {
    struct merkle_range range;  /* of the leaves so far, and those before the first */
    struct merkle_range before; /* without the last leaf */
    int64_t size, next;
    struct merkle_beside {
        int64_t end;
        struct merkle_hash hash;
    } beside[MERKLE_PATH_MAX]; /* the trees to the right of the last leaf; the nearest is last */
    size_t n;
};

/* Begins before leaf number `from` of the tree of `head`. */
void merkle_walk_begin(struct merkle_walk *walk, const struct merkle_head *head, int64_t from);

/* Whether `leaf` is number walk->next; if so it is behind us.  Nothing changes otherwise. */
bool merkle_walk_on(struct merkle_walk *walk, const struct merkle_hash *leaf,
                    const struct merkle_path *path);

/* What leaf number `index` of `size` brings on a walk from `from`. */
RESULT merkle_walk_path(struct ctx *c, const struct merkle_source *source, int64_t from,
                        struct merkle_place place, struct merkle_path *out);

#endif
