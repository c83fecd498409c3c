/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/merkle.h"

#include "base/codec.h"
#include "crypto/digest.h"
#include "tests/unit/base/testing.h"

#include <string.h>

enum { SIZES = 40 };

/* ---- the definition of RFC 9162 2.1.1, word for word ---- */

static struct merkle_hash leaf_of(int64_t i)
{
    struct merkle_hash out;
    uint8_t data = (uint8_t)i;
    merkle_leaf((struct bytes){ &data, 1 }, &out);
    return out;
}

static struct merkle_hash mth(int64_t begin, int64_t end)
{
    struct merkle_hash out;
    int64_t k = 1;
    if (end - begin == 1)
        return leaf_of(begin);
    while (2 * k < end - begin)
        k *= 2;
    struct merkle_hash left = mth(begin, begin + k);
    struct merkle_hash right = mth(begin + k, end);
    merkle_node(&left, &right, &out);
    return out;
}

static RESULT read_node(struct ctx *c, void *arg, unsigned level, int64_t at,
                        struct merkle_hash *out)
{
    (void)c;
    (void)arg;
    *out = mth(at << level, (at + 1) << level);
    return ok();
}
static const struct merkle_source source = { read_node, NULL };

static struct merkle_head head_of(int64_t size)
{
    static const struct merkle_range empty;
    struct merkle_head head = { .size = size };
    if (size == 0)
        merkle_root(&empty, &head.root);
    else
        head.root = mth(0, size);
    return head;
}

static const char *hex(struct arena *a, const struct merkle_hash *hash)
{
    return hex_encode(a, (struct bytes){ hash->at, MERKLE_BYTES });
}

/* ---- tests ---- */

/* The entries and roots that implementations of RFC 6962 and RFC 9162 are compared by. */
static void roots_are_those_of_the_public_vectors(void **state)
{
    struct ctx *c = *state;
    static const char *const entries[] = {
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    };
    static const char *const roots[] = {
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    };
    struct merkle_range range = { 0 };
    struct merkle_hash root;
    for (size_t i = 0; i <= 8; i++) {
        merkle_root(&range, &root);
        assert_string_equal(hex(c->arena, &root), roots[i]);
        if (i == 8)
            break;
        struct bytes entry;
        struct merkle_hash leaf;
        assert_true(hex_decode(c->arena, bytes_of(entries[i]), &entry));
        merkle_leaf(entry, &leaf);
        (void)merkle_add(&range, &leaf, NULL);
    }
}

static void a_list_that_grows_has_the_roots_of_the_definition(void **state)
{
    (void)state;
    struct merkle_range range = { 0 };
    struct merkle_hash made[MERKLE_PATH_MAX];
    struct merkle_hash root;
    for (int64_t n = 1; n <= 200; n++) {
        struct merkle_hash leaf = leaf_of(n - 1);
        size_t levels = merkle_add(&range, &leaf, made);
        for (size_t level = 0; level < levels; level++) {
            struct merkle_hash complete = mth(n - ((int64_t)1 << level), n);
            assert_true(merkle_equal(&made[level], &complete));
        }
        assert_true(levels == 1 + (size_t)__builtin_ctzll((unsigned long long)n));
        merkle_root(&range, &root);
        struct merkle_head expected = head_of(n);
        assert_true(merkle_equal(&root, &expected.root));
    }
}

/* Whether `path` shows anything else than it should: another leaf, place, root, or with one bit
 * turned, one hash less or more. */
static bool shows_more(const struct merkle_path *path, struct merkle_place place)
{
    struct merkle_hash leaf = leaf_of(place.index);
    struct merkle_hash other = leaf_of(place.index + 1);
    struct merkle_hash root = mth(0, place.size);
    struct merkle_path changed = *path;
    bool more = merkle_included(&other, place, path, &root);
    more |= merkle_included(&leaf, place, path, &other);
    for (int64_t i = 0; i < place.size; i++)
        more |= i != place.index &&
                merkle_included(&leaf, (struct merkle_place){ i, place.size }, path, &root);
    changed.n++;
    more |= merkle_included(&leaf, place, &changed, &root);
    if (path->n == 0)
        return more;
    changed.n = path->n - 1;
    more |= merkle_included(&leaf, place, &changed, &root);
    changed.n = path->n;
    changed.at[(size_t)place.index % path->n].at[place.size % MERKLE_BYTES] ^= 1;
    return more || merkle_included(&leaf, place, &changed, &root);
}

static void an_inclusion_proof_shows_one_leaf_at_one_place(void **state)
{
    struct ctx *c = *state;
    for (int64_t size = 1; size <= SIZES; size++) {
        struct merkle_head head = head_of(size);
        for (int64_t i = 0; i < size; i++) {
            const struct merkle_place place = { i, size };
            struct merkle_hash leaf = leaf_of(i);
            struct merkle_path path;
            assert_int_equal(merkle_prove_inclusion(c, &source, place, &path).code, ERR_OK);
            assert_true(merkle_included(&leaf, place, &path, &head.root));
            assert_false(shows_more(&path, place));
        }
    }
    struct merkle_hash leaf = leaf_of(0);
    const struct merkle_path none = { 0 };
    assert_false(merkle_included(&leaf, (struct merkle_place){ 0, 0 }, &none, &leaf));
    assert_false(merkle_included(&leaf, (struct merkle_place){ -1, 1 }, &none, &leaf));
    assert_false(merkle_included(&leaf, (struct merkle_place){ 1, 1 }, &none, &leaf));
}

static void a_consistency_proof_shows_that_a_list_goes_on(void **state)
{
    struct ctx *c = *state;
    for (int64_t size = 0; size <= SIZES; size++) {
        struct merkle_head second = head_of(size);
        for (int64_t m = 0; m <= size; m++) {
            struct merkle_head first = head_of(m);
            struct merkle_path path;
            assert_int_equal(merkle_prove_consistency(c, &source, m, size, &path).code, ERR_OK);
            assert_true(merkle_consistent(&first, &second, &path));
            struct merkle_path changed = path;
            changed.n++;
            assert_false(merkle_consistent(&first, &second, &changed));
            struct merkle_head other = first;
            other.root.at[0] ^= 1;
            assert_false(merkle_consistent(&other, &second, &path));
            other = second;
            other.root.at[0] ^= 1;
            if (m > 0)
                assert_false(merkle_consistent(&first, &other, &path));
            if (path.n == 0)
                continue;
            changed = path;
            changed.at[(size_t)m % path.n].at[size % MERKLE_BYTES] ^= 4;
            assert_false(merkle_consistent(&first, &second, &changed));
            changed = path;
            changed.n--;
            assert_false(merkle_consistent(&first, &second, &changed));
        }
    }
    struct merkle_head more = head_of(3);
    struct merkle_head less = head_of(2);
    const struct merkle_path none = { 0 };
    assert_false(merkle_consistent(&more, &less, &none));
}

/* All leaves of a walk together bring about one hash each. */
static void a_walk_takes_each_leaf_at_its_place_and_no_other(void **state)
{
    struct ctx *c = *state;
    for (int64_t size = 1; size <= SIZES; size++) {
        struct merkle_head head = head_of(size);
        for (int64_t from = 0; from < size; from++) {
            struct merkle_walk walk;
            size_t brought = 0;
            merkle_walk_begin(&walk, &head, from);
            for (int64_t i = from; i < size; i++) {
                const struct merkle_place place = { i, size };
                struct merkle_hash leaf = leaf_of(i);
                struct merkle_hash other = leaf_of(i + 1);
                struct merkle_path path;
                assert_int_equal(merkle_walk_path(c, &source, from, place, &path).code, ERR_OK);
                assert_false(merkle_walk_on(&walk, &other, &path));
                assert_true(merkle_walk_on(&walk, &leaf, &path));
                struct merkle_head so_far = { .size = walk.range.n };
                merkle_root(&walk.range, &so_far.root);
                struct merkle_head expected = head_of(i + 1);
                assert_true(so_far.size == i + 1 && merkle_equal(&so_far.root, &expected.root));
                brought += path.n;
            }
            assert_int_equal(walk.n, 0);
            assert_true(from > 0 || brought == (size_t)size - 1);
            struct merkle_hash leaf = leaf_of(0);
            assert_false(merkle_walk_on(&walk, &leaf, &(struct merkle_path){ 0 }));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(roots_are_those_of_the_public_vectors),
        TEST(a_list_that_grows_has_the_roots_of_the_definition),
        TEST(an_inclusion_proof_shows_one_leaf_at_one_place),
        TEST(a_consistency_proof_shows_that_a_list_goes_on),
        TEST(a_walk_takes_each_leaf_at_its_place_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
