/* SPDX-License-Identifier: Apache-2.0 */
/* A name stands once in an object, whatever the names are. */
#include "base/json.h"

#include "testing.h"

#include "base/random.h"

/* Reads all of `text`; NULL, or why it was refused. */
static const char *why_not(struct ctx *c, const char *text)
{
    struct json j = json_open(c->arena, bytes_of(text));
    struct json_value v = { .kind = JSON_NULL };
    if (json_value(&j, &v))
        (void)json_skip(&j, &v);
    assert_true(json_done(&j) == (j.why == NULL));
    return j.why;
}

static const char *object_with(struct ctx *c, int members, int twin)
{
    struct text_buffer b = text_buffer(c->arena);
    for (int i = 0; i < members; i++)
        text_addf(&b, "%c\"n%d\":%d", i == 0 ? '{' : ',', i == members - 1 && twin >= 0 ? twin : i,
                  i);
    text_add(&b, "}");
    return text_of(&b);
}

static void a_duplicate_is_found_in_objects_of_any_size(void **state)
{
    struct ctx *c = *state;
    static const int sizes[] = { 2, 15, 16, 17, 18, 33, 100, 1000 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        int n = sizes[i];
        struct arena_mark mark = arena_mark(c->arena);
        assert_null(why_not(c, object_with(c, n, -1)));
        for (int twin = 0; twin < n - 1; twin += n < 40 ? 1 : n / 7) {
            arena_rewind(c->arena, mark);
            assert_string_equal(why_not(c, object_with(c, n, twin)),
                                "a name stands twice in an object");
        }
        arena_rewind(c->arena, mark);
        assert_non_null(why_not(c, object_with(c, n, n - 2)));
    }
}

/* `n` names of six letters whose traits are all the same, and the one at `twin` once more. */
static const char *object_alike(struct ctx *c, int n, int twin)
{
    struct text_buffer b = text_buffer(c->arena);
    for (int i = 0; i < n + (twin >= 0); i++) {
        int which = i < n ? i : twin;
        char name[] = { 'a', (char)('a' + which % 26), (char)('a' + which / 26), 'b', 'c', 'd', 0 };
        assert_int_equal(text_trait(name, 6), text_trait("axybcd", 6));
        text_addf(&b, "%c\"%s\":%d", i == 0 ? '{' : ',', name, i);
    }
    text_add(&b, "}");
    return text_of(&b);
}

/* Names are told apart by their traits first: those that have the same are compared. */
static void names_that_look_alike_are_told_apart(void **state)
{
    struct ctx *c = *state;
    static const int sizes[] = { 1, 2, 15, 16, 17, 18, 40, 300 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        int n = sizes[i];
        struct arena_mark mark = arena_mark(c->arena);
        assert_null(why_not(c, object_alike(c, n, -1)));
        for (int twin = 0; twin < n; twin += n < 50 ? 1 : n / 7) {
            arena_rewind(c->arena, mark);
            assert_string_equal(why_not(c, object_alike(c, n, twin)),
                                "a name stands twice in an object");
        }
        arena_rewind(c->arena, mark);
    }
}

/* Names of few letters, in objects inside of each other: each answer is that of comparing all. */
static void a_duplicate_is_found_whatever_the_names_are(void **state)
{
    struct ctx *c = *state;
    struct random *random = random_seeded(c->arena, 27);
    struct arena_mark mark = arena_mark(c->arena);
    int found = 0;
    for (int round = 0; round < 4000; round++) {
        struct text_buffer b = text_buffer(c->arena);
        unsigned names[64], n = 1 + random_below(random, 40);
        bool twice = false;
        text_add(&b, "{\"in\":[{},{\"a\":{\"a\":1}}]");
        for (unsigned i = 0; i < n; i++) {
            names[i] = random_below(random, round % 2 == 0 ? 60 : 4000);
            for (unsigned before = 0; before < i; before++)
                twice = twice || names[before] == names[i];
            text_addf(&b, ",\"%x\":{\"in\":%u}", names[i] * 37 + 0x10000, i);
        }
        text_add(&b, "}");
        const char *why = why_not(c, text_of(&b));
        assert_true((why != NULL) == twice);
        found += twice;
        arena_rewind(c->arena, mark);
    }
    assert_true(found > 400 && found < 3600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_duplicate_is_found_in_objects_of_any_size),
        TEST(names_that_look_alike_are_told_apart),
        TEST(a_duplicate_is_found_whatever_the_names_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
