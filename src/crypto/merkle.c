/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/merkle.h"

#include "crypto/digest.h"

#include <string.h>

_Static_assert((int)MERKLE_BYTES == (int)DIGEST_SHA256, "the hash of a tree is SHA-256");

void merkle_leaf(struct bytes data, struct merkle_hash *out)
{
    enum { SHORT = 64 };
    uint8_t framed[1 + SHORT] = { 0x00 };
    must(data.n <= SHORT);
    if (data.n > 0)
        memcpy(framed + 1, data.at, data.n);
    sha256((struct bytes){ framed, 1 + data.n }, out->at);
}

void merkle_node(const struct merkle_hash *left, const struct merkle_hash *right,
                 struct merkle_hash *out)
{
    uint8_t framed[1 + 2 * MERKLE_BYTES] = { 0x01 };
    memcpy(framed + 1, left->at, MERKLE_BYTES);
    memcpy(framed + 1 + MERKLE_BYTES, right->at, MERKLE_BYTES);
    sha256((struct bytes){ framed, sizeof framed }, out->at);
}

bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b)
{
    return ct_equal((struct bytes){ a->at, MERKLE_BYTES }, (struct bytes){ b->at, MERKLE_BYTES });
}

/* The largest power of two below `n`, which is at least 2. */
static int64_t split_of(int64_t n)
{
    int64_t k = 1;
    while (k < n - k)
        k <<= 1;
    return k;
}

/* ---- a list that grows ---- */

size_t merkle_add(struct merkle_range *range, const struct merkle_hash *leaf,
                  struct merkle_hash made[MERKLE_PATH_MAX])
{
    struct merkle_hash hash = *leaf;
    size_t level = 0;
    if (made != NULL)
        made[0] = hash;
    for (int64_t n = range->n; n % 2 == 1; n /= 2) {
        merkle_node(&range->roots[--range->count], &hash, &hash);
        level++;
        if (made != NULL)
            made[level] = hash;
    }
    range->roots[range->count++] = hash;
    range->n++;
    return level + 1;
}

void merkle_root(const struct merkle_range *range, struct merkle_hash *out)
{
    if (range->count == 0) {
        sha256((struct bytes){ NULL, 0 }, out->at);
        return;
    }
    struct merkle_hash hash = range->roots[range->count - 1];
    for (size_t i = range->count - 1; i-- > 0;)
        merkle_node(&range->roots[i], &hash, &hash);
    *out = hash;
}

/* ---- looking at proofs ---- */

bool merkle_included(const struct merkle_hash *leaf, struct merkle_place place,
                     const struct merkle_path *path, const struct merkle_hash *root)
{
    if (place.index < 0 || place.index >= place.size)
        return false;
    int64_t fn = place.index;
    int64_t sn = place.size - 1;
    struct merkle_hash r = *leaf;
    for (size_t i = 0; i < path->n; i++) {
        if (sn == 0)
            return false;
        if (fn % 2 == 1 || fn == sn) {
            merkle_node(&path->at[i], &r, &r);
            for (; fn % 2 == 0 && fn != 0; fn /= 2)
                sn /= 2;
        } else {
            merkle_node(&r, &path->at[i], &r);
        }
        fn /= 2;
        sn /= 2;
    }
    return sn == 0 && merkle_equal(&r, root);
}

/* RFC 9162 2.1.4.2, 3 to 6, from the first hash on. */
static bool consistent_from(const struct merkle_head *first, const struct merkle_head *second,
                            const struct merkle_path *path)
{
    int64_t fn = first->size - 1;
    int64_t sn = second->size - 1;
    bool whole = (first->size & (first->size - 1)) == 0;
    for (; fn % 2 == 1; fn /= 2)
        sn /= 2;
    if (!whole && path->n == 0)
        return false;
    struct merkle_hash fr = whole ? first->root : path->at[0];
    struct merkle_hash sr = fr;
    for (size_t i = whole ? 0 : 1; i < path->n; i++) {
        const struct merkle_hash *hash = &path->at[i];
        if (sn == 0)
            return false;
        if (fn % 2 == 1 || fn == sn) {
            merkle_node(hash, &fr, &fr);
            merkle_node(hash, &sr, &sr);
            for (; fn % 2 == 0 && fn != 0; fn /= 2)
                sn /= 2;
        } else {
            merkle_node(&sr, hash, &sr);
        }
        fn /= 2;
        sn /= 2;
    }
    return sn == 0 && merkle_equal(&fr, &first->root) && merkle_equal(&sr, &second->root);
}

bool merkle_consistent(const struct merkle_head *first, const struct merkle_head *second,
                       const struct merkle_path *path)
{
    static const struct merkle_range empty;
    struct merkle_hash nothing;
    if (first->size < 0 || first->size > second->size)
        return false;
    if (first->size == second->size)
        return path->n == 0 && merkle_equal(&first->root, &second->root);
    merkle_root(&empty, &nothing);
    if (first->size == 0)
        return path->n == 0 && merkle_equal(&first->root, &nothing);
    return consistent_from(first, second, path);
}

/* ---- making proofs ---- */

RESULT merkle_hash_of(struct ctx *c, const struct merkle_source *source, int64_t begin, int64_t end,
                      struct merkle_hash *out)
{
    struct merkle_hash parts[MERKLE_PATH_MAX] = { 0 };
    size_t n = 0;
    while (begin < end) {
        unsigned level = 0;
        while (((int64_t)2 << level) <= end - begin)
            level++;
        TRY(source->read(c, source->arg, level, begin >> level, &parts[n++]));
        begin += (int64_t)1 << level;
    }
    must(n > 0);
    *out = parts[n - 1];
    for (size_t i = n - 1; i-- > 0;)
        merkle_node(&parts[i], out, out);
    return ok();
}

static void turn_around(struct merkle_path *path)
{
    for (size_t i = 0; i < path->n / 2; i++) {
        struct merkle_hash hash = path->at[i];
        path->at[i] = path->at[path->n - 1 - i];
        path->at[path->n - 1 - i] = hash;
    }
}

/* From the root of the leaves `begin` to `end` down to `index`; what is beside the way, the lowest
 * first. */
static RESULT path_down(struct ctx *c, const struct merkle_source *source, int64_t begin,
                        struct merkle_place place, struct merkle_path *out)
{
    int64_t end = place.size;
    out->n = 0;
    while (end - begin > 1) {
        int64_t middle = begin + split_of(end - begin);
        bool left = place.index < middle;
        TRY(merkle_hash_of(c, source, left ? middle : begin, left ? end : middle,
                           &out->at[out->n++]));
        begin = left ? begin : middle;
        end = left ? middle : end;
    }
    turn_around(out);
    return ok();
}

RESULT merkle_prove_inclusion(struct ctx *c, const struct merkle_source *source,
                              struct merkle_place place, struct merkle_path *out)
{
    must(place.index >= 0 && place.index < place.size);
    return path_down(c, source, 0, place, out);
}

RESULT merkle_prove_consistency(struct ctx *c, const struct merkle_source *source, int64_t first,
                                int64_t size, struct merkle_path *out)
{
    must(first >= 0 && first <= size);
    int64_t begin = 0;
    int64_t end = size;
    out->n = 0;
    if (first == 0 || first == size)
        return ok();
    while (first != end) {
        int64_t middle = begin + split_of(end - begin);
        bool left = first <= middle;
        TRY(merkle_hash_of(c, source, left ? middle : begin, left ? end : middle,
                           &out->at[out->n++]));
        begin = left ? begin : middle;
        end = left ? middle : end;
    }
    /* SUBPROOF(m, D_m, true) is empty, SUBPROOF(m, D_m, false) the root of D_m. */
    if (begin != 0)
        TRY(merkle_hash_of(c, source, begin, end, &out->at[out->n++]));
    turn_around(out);
    return ok();
}

/* ---- reading a tree from the left to the right ---- */

void merkle_walk_begin(struct merkle_walk *walk, const struct merkle_head *head, int64_t from)
{
    memset(walk, 0, sizeof *walk);
    walk->size = head->size;
    walk->next = from;
    if (from < head->size)
        walk->beside[walk->n++] = (struct merkle_beside){ head->size, head->root };
}

/* The path from the top: what is to the right will come, what is to the left (before the first leaf
 * only) is behind us. */
static void keep_beside(struct merkle_walk *walk, int64_t begin, int64_t end,
                        const struct merkle_path *path)
{
    for (size_t i = path->n; i-- > 0;) {
        int64_t middle = begin + split_of(end - begin);
        if (walk->next < middle) {
            walk->beside[walk->n++] = (struct merkle_beside){ end, path->at[i] };
            end = middle;
        } else {
            walk->range.roots[walk->range.count++] = path->at[i];
            walk->range.n = middle;
            begin = middle;
        }
    }
}

bool merkle_walk_on(struct merkle_walk *walk, const struct merkle_hash *leaf,
                    const struct merkle_path *path)
{
    if (walk->n == 0)
        return false;
    const struct merkle_beside top = walk->beside[walk->n - 1];
    /* Where the walk has begun, the tree on top begins with the next leaf. */
    bool begun = walk->range.n == walk->next;
    int64_t begin = begun ? walk->next : 0;
    const struct merkle_place place = { walk->next - begin, top.end - begin };
    if (!merkle_included(leaf, place, path, &top.hash))
        return false;
    walk->n--;
    keep_beside(walk, begin, top.end, path);
    walk->before = walk->range;
    (void)merkle_add(&walk->range, leaf, NULL);
    walk->next++;
    return true;
}

/* How many leaves the tree has that a walk from `from` finds on top before `index`. */
static int64_t end_of_top(int64_t from, struct merkle_place place)
{
    int64_t begin = 0;
    int64_t end = place.size;
    while (begin != place.index && place.index != from) {
        int64_t middle = begin + split_of(end - begin);
        bool left = place.index < middle;
        begin = left ? begin : middle;
        end = left ? middle : end;
    }
    return end;
}

RESULT merkle_walk_path(struct ctx *c, const struct merkle_source *source, int64_t from,
                        struct merkle_place place, struct merkle_path *out)
{
    must(place.index >= from && place.index < place.size);
    if (place.index == from)
        return path_down(c, source, 0, place, out);
    place.size = end_of_top(from, place);
    return path_down(c, source, place.index, place, out);
}
