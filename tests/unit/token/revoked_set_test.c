/* SPDX-License-Identifier: Apache-2.0 */
#include "token/revoked_set.h"

#include "tests/unit/base/testing.h"

enum { NOW = 1795529167 };

static struct revocation_row row_of(struct ctx *c, const char *kind, size_t i, int64_t expires_at)
{
    return (struct revocation_row){ .kind = kind,
                                    .id =
                                        text_printf(c->arena, "00000000-0000-7000-8000-%012zu", i),
                                    .at = NOW,
                                    .expires_at = expires_at };
}

static bool add(struct ctx *c, struct revoked_set *set, size_t i, int64_t expires_at, int64_t now)
{
    struct arena_mark mark = arena_mark(c->arena);
    struct revocation_row row = row_of(c, REVOKED_SESSION, i, expires_at);
    bool added = revoked_set_add(set, &row, now);
    arena_rewind(c->arena, mark);
    return added;
}

static bool knows(struct ctx *c, const struct revoked_set *set, const char *kind, size_t i)
{
    struct arena_mark mark = arena_mark(c->arena);
    struct revocation_row row = row_of(c, kind, i, 0);
    bool known = revoked_set_find(set, kind, row.id) != NULL;
    arena_rewind(c->arena, mark);
    return known;
}

static void what_was_added_is_found_by_kind_and_id(void **state)
{
    struct ctx *c = *state;
    struct revoked_set *set = revoked_set_new();
    assert_false(knows(c, set, REVOKED_SESSION, 0));
    for (size_t i = 0; i < 5000; i++)
        assert_true(add(c, set, i, NOW + 100, NOW));
    assert_int_equal(revoked_set_count(set), 5000);
    for (size_t i = 0; i < 5000; i++) {
        assert_true(knows(c, set, REVOKED_SESSION, i));
        assert_false(knows(c, set, REVOKED_USER, i));
        assert_false(knows(c, set, REVOKED_SESSION, 5000 + i));
    }
    assert_null(revoked_set_find(set, REVOKED_USER, NULL));
    revoked_set_free(set);
    revoked_set_free(NULL);
}

static void a_repeated_row_moves_forward_and_never_back(void **state)
{
    struct revoked_set *set = revoked_set_new();
    (void)state;
    const struct revocation_row rows[] = { { REVOKED_USER, "u", NOW, NOW + 10 },
                                           { REVOKED_USER, "u", NOW + 5, NOW + 15 },
                                           { REVOKED_USER, "u", NOW + 1, NOW + 11 } };
    for (size_t i = 0; i < 3; i++)
        assert_true(revoked_set_add(set, &rows[i], NOW));
    assert_int_equal(revoked_set_count(set), 1);
    assert_int_equal(revoked_set_find(set, REVOKED_USER, "u")->at, NOW + 5);
    assert_int_equal(revoked_set_find(set, REVOKED_USER, "u")->expires_at, NOW + 15);
    revoked_set_free(set);
}

static void what_has_expired_is_given_up(void **state)
{
    struct ctx *c = *state;
    struct revoked_set *set = revoked_set_new();
    for (size_t i = 0; i < 1000; i++)
        assert_true(add(c, set, i, i % 2 == 0 ? NOW + 10 : NOW + 20, NOW));
    assert_true(revoked_set_purge(set, NOW + 9));
    assert_int_equal(revoked_set_count(set), 1000);
    assert_true(revoked_set_purge(set, NOW + 10));
    assert_int_equal(revoked_set_count(set), 500);
    assert_false(knows(c, set, REVOKED_SESSION, 0));
    assert_true(knows(c, set, REVOKED_SESSION, 1));
    assert_true(revoked_set_purge(set, NOW + 20));
    assert_int_equal(revoked_set_count(set), 0);
    revoked_set_free(set);
}

/* It takes so many and says no to more, until some have expired. */
static void it_is_bounded(void **state)
{
    struct ctx *c = *state;
    struct revoked_set *set = revoked_set_new();
    for (size_t i = 0; i < REVOKED_MAX; i++)
        assert_true(add(c, set, i, i < 100 ? NOW + 10 : NOW + 20, NOW));
    for (size_t i = 0; i < 2000; i++) /* quickly, too */
        assert_false(add(c, set, REVOKED_MAX + i, NOW + 20, NOW));
    assert_int_equal(revoked_set_count(set), REVOKED_MAX);
    assert_true(knows(c, set, REVOKED_SESSION, REVOKED_MAX - 1));
    assert_false(knows(c, set, REVOKED_SESSION, REVOKED_MAX));
    assert_true(add(c, set, REVOKED_MAX, NOW + 30, NOW + 10));
    assert_true(knows(c, set, REVOKED_SESSION, REVOKED_MAX));
    assert_false(knows(c, set, REVOKED_SESSION, 5));
    revoked_set_free(set);
}

/* Long ids fill it before the number of entries does. */
static void long_ids_are_bounded_too(void **state)
{
    struct ctx *c = *state;
    struct revoked_set *set = revoked_set_new();
    char *id = arena_alloc(c->arena, 2001);
    bool all = true;
    memset(id, 'x', 2000);
    for (size_t i = 0; i < REVOKED_MAX && all; i++) {
        (void)snprintf(id + 1000, 20, "%019zu", i);
        id[1019] = 'x';
        struct revocation_row row = { REVOKED_CLIENT, id, NOW, NOW + 10 };
        all = revoked_set_add(set, &row, NOW);
    }
    assert_false(all);
    assert_in_range(revoked_set_count(set), 1000, REVOKED_MAX - 1);
    revoked_set_free(set);
}

static void a_kind_of_a_later_version_is_nobodys(void **state)
{
    struct revoked_set *set = revoked_set_new();
    (void)state;
    assert_true(
        revoked_set_add(set, &(struct revocation_row){ "planet", "earth", NOW, NOW + 10 }, NOW));
    assert_int_equal(revoked_set_count(set), 0);
    revoked_set_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_added_is_found_by_kind_and_id),
        TEST(a_repeated_row_moves_forward_and_never_back),
        TEST(what_has_expired_is_given_up),
        TEST(it_is_bounded),
        TEST(long_ids_are_bounded_too),
        TEST(a_kind_of_a_later_version_is_nobodys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
