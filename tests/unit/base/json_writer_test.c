/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_writer.h"

#include "base/json.h"
#include "base/random.h"
#include "testing.h"

static void documents_have_their_commas_and_names(void **state)
{
    struct ctx *c = *state;
    struct json_writer w = json_writer(c->arena);
    const char *list[] = { "x", "y" };
    json_object(&w, NULL);
    json_text(&w, "a", "b");
    json_text(&w, "none", NULL);
    json_array(&w, "items");
    json_number(&w, NULL, INT64_MIN);
    json_bool(&w, NULL, true);
    json_object(&w, NULL);
    json_object_end(&w);
    json_array(&w, NULL);
    json_array_end(&w);
    json_array_end(&w);
    json_texts(&w, "texts", (struct texts){ list, 2 });
    json_raw(&w, "raw", "{\"k\":1}");
    json_null(&w, "nothing");
    json_bool(&w, "no", false);
    json_object_end(&w);
    assert_string_equal(json_written(&w), "{\"a\":\"b\",\"none\":null,\"items\":[-"
                                          "9223372036854775808,true,{},[]],\"texts\":[\"x\",\"y\"],"
                                          "\"raw\":{\"k\":1},\"nothing\":null,\"no\":false}");
}

static void a_scalar_may_stand_alone(void **state)
{
    struct ctx *c = *state;
    struct json_writer w = json_writer(c->arena);
    json_text(&w, NULL, "x");
    assert_string_equal(json_written(&w), "\"x\"");
}

static void what_could_leave_its_context_is_escaped(void **state)
{
    struct ctx *c = *state;
    struct json_writer w = json_writer(c->arena);
    json_text(&w, NULL, "</script>&\"\\\n\t\x01\x7F\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAA é");
    assert_string_equal(
        json_written(&w),
        "\"\\u003c/script\\u003e\\u0026\\\"\\\\\\n\\u0009\\u0001\\u007f\\u2028\\u2029"
        "\xE2\x80\xAA é\"");
}

static void every_text_is_read_back_as_it_was(void **state)
{
    struct ctx *c = *state;
    struct random *random = random_seeded(c->arena, 3);
    static const char *const parts[] = {
        "\x01", "\"", "\\", "<", "é", "\xE2\x80\xA8", "😀", "plain text", "\x7F", "\xE2\x82\xAC"
    };
    for (int round = 0; round < 500; round++) {
        struct arena_mark mark = arena_mark(c->arena);
        struct text_buffer b = text_buffer(c->arena);
        for (uint32_t n = random_below(random, 40); n > 0; n--)
            text_add(&b, parts[random_below(random, 10)]);
        struct json_writer w = json_writer(c->arena);
        json_array(&w, NULL);
        json_text(&w, NULL, text_of(&b));
        json_array_end(&w);
        struct json j = json_open(c->arena, bytes_of(json_written(&w)));
        struct json_value v;
        assert_true(json_value(&j, &v) && json_item(&j, &v));
        assert_string_equal(v.text, text_of(&b));
        assert_false(json_item(&j, &v));
        assert_true(json_done(&j));
        arena_rewind(c->arena, mark);
    }
}

static void leave_one_open(void *argument)
{
    struct json_writer w = json_writer(argument);
    json_object(&w, NULL);
    (void)json_written(&w);
}

static void close_with_the_wrong_mark(void *argument)
{
    struct json_writer w = json_writer(argument);
    json_object(&w, NULL);
    json_array_end(&w);
}

static void name_an_item(void *argument)
{
    struct json_writer w = json_writer(argument);
    json_array(&w, NULL);
    json_bool(&w, "name", true);
}

static void forget_a_name(void *argument)
{
    struct json_writer w = json_writer(argument);
    json_object(&w, NULL);
    json_bool(&w, NULL, true);
}

static void write_two_roots(void *argument)
{
    struct json_writer w = json_writer(argument);
    json_null(&w, NULL);
    json_null(&w, NULL);
}

static void nest_too_deeply(void *argument)
{
    struct json_writer w = json_writer(argument);
    for (int i = 0; i < 40; i++)
        json_array(&w, NULL);
}

static void write_nothing(void *argument)
{
    struct json_writer w = json_writer(argument);
    (void)json_written(&w);
}

/* Texts are looked at by eight bytes: what has to be escaped is, wherever it stands. */
static void each_byte_is_written_alike_at_each_place(void **state)
{
    struct ctx *c = *state;
    enum { LONG = 19 };
    for (int byte = 1; byte < 0x80; byte++) {
        for (size_t place = 0; place < LONG; place++) {
            char text[LONG + 1] = "xxxxxxxxxxxxxxxxxxx", alone[2] = { (char)byte, '\0' };
            struct json_writer one = json_writer(c->arena), many = json_writer(c->arena);
            text[place] = (char)byte;
            json_text(&one, NULL, alone);
            json_text(&many, NULL, text);
            const char *escaped = json_written(&one);
            size_t n = strlen(escaped) - 2;
            const char *expected =
                text_printf(c->arena, "\"%.*s%.*s%.*s\"", (int)place, "xxxxxxxxxxxxxxxxxxx", (int)n,
                            escaped + 1, (int)(LONG - 1 - place), "xxxxxxxxxxxxxxxxxxx");
            assert_string_equal(json_written(&many), expected);
            bool plain = byte >= ' ' && byte != 0x7f && strchr("\"&<>\\", byte) == NULL;
            assert_true(plain == (n == 1));
        }
        arena_reset(c->arena);
    }
}

static void malformed_nesting_is_a_bug(void **state)
{
    struct ctx *c = *state;
    assert_true(aborts(leave_one_open, c->arena));
    assert_true(aborts(close_with_the_wrong_mark, c->arena));
    assert_true(aborts(name_an_item, c->arena));
    assert_true(aborts(forget_a_name, c->arena));
    assert_true(aborts(write_two_roots, c->arena));
    assert_true(aborts(nest_too_deeply, c->arena));
    assert_true(aborts(write_nothing, c->arena));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(documents_have_their_commas_and_names),    TEST(a_scalar_may_stand_alone),
        TEST(what_could_leave_its_context_is_escaped),  TEST(every_text_is_read_back_as_it_was),
        TEST(each_byte_is_written_alike_at_each_place), TEST(malformed_nesting_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
