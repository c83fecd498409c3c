/* SPDX-License-Identifier: Apache-2.0 */
#include "base/shape.h"

#include "base/json.h"
#include "testing.h"

struct owner {
    const char *name;
};
LOCAL_SHAPE(owner, FIELD(owner, name, REQUIRED, 1, 10, "Name of the owner"));

struct key {
    const char *kid;
    int64_t bits;
};
LOCAL_SHAPE(key, FIELD(key, kid, REQUIRED, 1, 10, "Key id"),
            FIELD(key, bits, OPTIONAL, 0, 4096, "Size"));

struct thing {
    const char *email, *password, *note;
    int64_t count, until;
    bool on;
    struct texts tags;
    const void *owner;
    struct items keys;
};
LOCAL_SHAPE(thing, FIELD(thing, email, REQUIRED | EMAIL, 3, 20, "Address"),
            FIELD(thing, password, OPTIONAL | SECRET, 8, 16, "Password"),
            FIELD(thing, note, OPTIONAL | NULLABLE, 0, 1000, "Note"),
            FIELD(thing, count, OPTIONAL, -5, 5, "Count"),
            FIELD(thing, until, OPTIONAL | TIME | NULLABLE, 0, 0, "End"),
            FIELD(thing, on, OPTIONAL, 0, 0, "Switch"), FIELD(thing, tags, OPTIONAL, 0, 3, "Tags"),
            FIELD_OF(thing, owner, OPTIONAL | NULLABLE, 0, 0, &owner_shape, "Owner"),
            FIELD_OF(thing, keys, OPTIONAL, 0, 2, &key_shape, "Keys"));

static void a_whole_body_is_read(void **state)
{
    struct ctx *c = *state;
    struct thing t;
    const char *body =
        "{\"email\":\"a@b.c\",\"password\":\"12345678\",\"note\":\"a\\nb\",\"count\":-5,"
        "\"until\":\"2026-11-24T14:06:07Z\",\"on\":true,\"tags\":[\"x\",\"y\"],"
        "\"owner\":{\"name\":\"Zoë\"},\"keys\":[{\"kid\":\"1\",\"bits\":2048},{\"kid\":\"2\"}]}";
    assert_int_equal(shape_read_json(c, &thing_shape, bytes_of(body), &t).code, ERR_OK);
    assert_string_equal(t.email, "a@b.c");
    assert_string_equal(t.password, "12345678");
    assert_string_equal(t.note, "a\nb");
    assert_int_equal(t.count, -5);
    assert_int_equal(t.until, 1795529167);
    assert_true(t.on);
    assert_int_equal(t.tags.n, 2);
    assert_string_equal(t.tags.at[1], "y");
    assert_string_equal(((const struct owner *)t.owner)->name, "Zoë");
    assert_int_equal(t.keys.n, 2);
    const struct key *keys = t.keys.at;
    assert_int_equal(keys[0].bits, 2048);
    assert_string_equal(keys[1].kid, "2");
}

struct patch {
    const char *mode;
    int64_t minutes;
};
LOCAL_SHAPE(patch, FIELD(patch, mode, NULLABLE | CLEARED, 1, 10, "Mode"),
            FIELD(patch, minutes, NULLABLE | CLEARED, 1, 60, "Minutes"));

static const char *patch_written(struct ctx *c, struct patch patch, bool brief)
{
    struct json_writer w = json_writer(c->arena);
    if (brief)
        shape_write_brief(&w, NULL, &patch_shape, &patch);
    else
        shape_write(&w, NULL, &patch_shape, &patch);
    return json_written(&w);
}

/* RFC 7396: null takes away, what is left out stays. */
static void null_is_told_from_what_is_left_out(void **state)
{
    struct ctx *c = *state;
    struct patch p;
    assert_int_equal(
        shape_read_json(c, &patch_shape, bytes_of("{\"mode\":null,\"minutes\":null}"), &p).code,
        ERR_OK);
    assert_string_equal(p.mode, "");
    assert_true(p.minutes == SHAPE_CLEARED_INT);
    assert_int_equal(shape_read_json(c, &patch_shape, bytes_of("{}"), &p).code, ERR_OK);
    assert_null(p.mode);
    assert_int_equal(p.minutes, 0);
    assert_int_equal(shape_read_json(c, &patch_shape, bytes_of("{\"minutes\":0}"), &p).code,
                     ERR_INVALID_FIELD);
    assert_int_equal(shape_read_json(c, &patch_shape, bytes_of("{\"mode\":\"\"}"), &p).code,
                     ERR_INVALID_FIELD);
    assert_string_equal(patch_written(c, (struct patch){ 0 }, false),
                        "{\"mode\":null,\"minutes\":null}");
    assert_string_equal(patch_written(c, (struct patch){ 0 }, true), "{}");
    assert_string_equal(patch_written(c, (struct patch){ "a", 2 }, true),
                        "{\"mode\":\"a\",\"minutes\":2}");
}

static void what_is_not_given_is_zero(void **state)
{
    struct ctx *c = *state;
    struct thing t;
    memset(&t, 0xA5, sizeof t);
    const char *body = "{\"email\":\"a@b\",\"note\":null,\"owner\":null,\"tags\":null}";
    assert_int_equal(shape_read_json(c, &thing_shape, bytes_of(body), &t).code, ERR_OK);
    assert_null(t.password);
    assert_null(t.note);
    assert_null(t.owner);
    assert_int_equal(t.count, 0);
    assert_false(t.on);
    assert_int_equal(t.tags.n, 0);
    assert_int_equal(t.keys.n, 0);
}

struct refusal {
    const char *body, *field, *say;
};

/* What another version says beside is left out at every depth; the rest has to be right. */
static void of_an_answer_the_unknown_is_left_out(void **state)
{
    struct ctx *c = *state;
    struct thing t;
    const char *body =
        "{\"email\":\"a@b\",\"later\":[{\"x\":{}}],\"owner\":{\"name\":\"Zoë\",\"age\":7},"
        "\"keys\":[{\"kid\":\"1\",\"use\":\"sig\"}]}";
    assert_int_equal(shape_read_answer(c, &thing_shape, bytes_of(body), &t).code, ERR_OK);
    assert_string_equal(t.email, "a@b");
    assert_string_equal(((const struct owner *)t.owner)->name, "Zoë");
    assert_int_equal(t.keys.n, 1);
    assert_int_equal(shape_read_json(c, &thing_shape, bytes_of(body), &t).code, ERR_INVALID_FIELD);
    fault_clear(c);
    assert_int_equal(shape_read_answer(c, &thing_shape, bytes_of("{\"later\":1}"), &t).code,
                     ERR_INVALID_FIELD);
    assert_string_equal(c->fault.field, "email");
    fault_clear(c);
}

static void bad_fields_are_named_with_what_they_must_be(void **state)
{
    struct ctx *c = *state;
    static const struct refusal rows[] = {
        { "{}", "email", "This field is required." },
        { "{\"email\":null}", "email", "This field is required." },
        { "{\"email\":\"ab\"}", "email", "This must have 3 to 20 characters." },
        { "{\"email\":\"aaaaaaaaaaaaaaaaaaaaa\"}", "email", "This must have 3 to 20 characters." },
        { "{\"email\":5}", "email", "This must be text." },
        { "{\"email\":[\"a@b\"]}", "email", "This must be text." },
        { "{\"email\":{\"a\":{\"b\":1}}}", "email", "This must be text." },
        { "{\"email\":true}", "email", "This must be text." },
        { "{\"email\":\"a\\n@b\"}", "email", "This must not contain control characters." },
        { "{\"email\":\"a\\u202e@b\"}", "email", "This must not contain control characters." },
        { "{\"email\":\"a@b\",\"note\":\"a\\u001b\"}", "note",
          "This must not contain control characters." },
        { "{\"email\":\"a@b\",\"role\":\"admin\"}", "role", "This field is not known here." },
        { "{\"email\":\"a@b\",\"Email\":\"x\"}", "Email", "This field is not known here." },
        { "{\"email\":\"a@b\",\"\\n\":1}", "?", "This field is not known here." },
        { "{\"email\":\"a@b\",\"count\":6}", "count", "This must be a whole number: -5 to 5." },
        { "{\"email\":\"a@b\",\"count\":\"1\"}", "count", "This must be a whole number: -5 to 5." },
        { "{\"email\":\"a@b\",\"count\":1.0}", "count", "This must be a whole number: -5 to 5." },
        { "{\"email\":\"a@b\",\"count\":1e999999999}", "count",
          "This must be a whole number: -5 to 5." },
        { "{\"email\":\"a@b\",\"until\":1}", "until",
          "This must be a time such as 2026-11-24T14:06:07Z." },
        { "{\"email\":\"a@b\",\"until\":\"soon\"}", "until",
          "This must be a time such as 2026-11-24T14:06:07Z." },
        { "{\"email\":\"a@b\",\"on\":1}", "on", "This must be true or false." },
        { "{\"email\":\"a@b\",\"on\":\"true\"}", "on", "This must be true or false." },
        { "{\"email\":\"a@b\",\"tags\":\"x\"}", "tags", "This must be a list of texts." },
        { "{\"email\":\"a@b\",\"tags\":[\"x\",5]}", "tags[1]", "This must be text." },
        { "{\"email\":\"a@b\",\"tags\":[\"\"]}", "tags[0]",
          "This must have 1 to 2048 characters." },
        { "{\"email\":\"a@b\",\"tags\":[\"1\",\"2\",\"3\",\"4\"]}", "tags",
          "This must have 0 to 3 entries." },
        { "{\"email\":\"a@b\",\"owner\":\"x\"}", "owner", "This must be an object." },
        { "{\"email\":\"a@b\",\"owner\":{}}", "owner.name", "This field is required." },
        { "{\"email\":\"a@b\",\"owner\":{\"name\":\"x\",\"z\":[[1]]}}", "owner.z",
          "This field is not known here." },
        { "{\"email\":\"a@b\",\"keys\":{}}", "keys", "This must be a list of objects." },
        { "{\"email\":\"a@b\",\"keys\":[{\"kid\":\"1\"},7]}", "keys[1]",
          "This must be an object." },
        { "{\"email\":\"a@b\",\"keys\":[{\"kid\":\"1\"},{\"bits\":1}]}", "keys[1].kid",
          "This field is required." },
        { "{\"email\":\"a@b\",\"keys\":[{\"kid\":\"1\"},{\"kid\":\"2\"},{\"kid\":\"3\"}]}", "keys",
          "This must have 0 to 2 entries." },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct thing t;
        fault_clear(c);
        if (shape_read_json(c, &thing_shape, bytes_of(rows[i].body), &t).code != ERR_INVALID_FIELD)
            fail_msg("taken: %s", rows[i].body);
        assert_string_equal(c->fault.field, rows[i].field);
        assert_string_equal(c->fault.say, rows[i].say);
    }
}

/* IN-17: what is not one JSON object is told as such, even behind a field that would be refused. */
static void malformed_bodies_are_no_matter_of_fields(void **state)
{
    struct ctx *c = *state;
    static const char *const bad[] = {
        "",
        "null",
        "[]",
        "\"x\"",
        "1",
        "{",
        "{\"x\":1,",
        "{\"x\":1}}",
        "{\"x\":1,\"x\":2}",
        "{\"email\":\"a@b\"} x",
        "{\"email\":\"\\ud800\"}",
        "\xEF\xBB\xBF{\"email\":\"a@b\"}",
        "{\"email\":\"a\\u0000@b\"}",
        "{\"x\":NaN}",
        "{\"email\":\"a@b\",\"email\":\"a@b\"}",
        "{\"email\":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct thing t;
        fault_clear(c);
        if (shape_read_json(c, &thing_shape, bytes_of(bad[i]), &t).code != ERR_INVALID_JSON)
            fail_msg("%s", bad[i]);
        assert_non_null(c->fault.say);
        assert_null(c->fault.field);
    }
    struct thing t;
    fault_clear(c);
    assert_int_equal(shape_read_json(c, &thing_shape, bytes_of("{\"email\" 1}"), &t).code,
                     ERR_INVALID_JSON);
    assert_string_equal(c->fault.say,
                        "The body is not valid JSON: at byte 9, a colon is missing in an object.");
}

static void a_body_beyond_the_ceiling_is_out_of_memory(void **state)
{
    struct ctx *c = *state;
    struct thing t;
    (void)arena_alloc(c->arena, ARENA_REQUEST_CEILING);
    assert_int_equal(shape_read_json(c, &thing_shape, bytes_of("{\"email\":\"a@b\"}"), &t).code,
                     ERR_OUT_OF_MEMORY);
}

static void a_form_is_read_into_the_same_struct(void **state)
{
    struct ctx *c = *state;
    struct thing t;
    const char *body =
        "email=a%40b.c&count=3&on=true&until=2026-11-24T14:06:07Z&note=a+b&password=";
    assert_int_equal(shape_read_form(c, &thing_shape, bytes_of(body), &t).code, ERR_OK);
    assert_string_equal(t.email, "a@b.c");
    assert_int_equal(t.count, 3);
    assert_true(t.on);
    assert_int_equal(t.until, 1795529167);
    assert_string_equal(t.note, "a b");
    assert_null(t.password);
}

static void bad_form_fields_are_named(void **state)
{
    struct ctx *c = *state;
    static const struct refusal rows[] = {
        { "", "email", "This field is required." },
        { "email=", "email", "This field is required." },
        { "email=a@b&email=a@b", "email", "This field is given more than once." },
        { "email=&email=a@b", "email", "This field is given more than once." },
        { "email=a@b&x=1", "x", "This field is not known here." },
        { "email=a@b&count=1x", "count", "This must be a whole number: -5 to 5." },
        { "email=a@b&count=6", "count", "This must be a whole number: -5 to 5." },
        { "email=a@b&on=1", "on", "This must be true or false." },
        { "email=a@b&until=now", "until", "This must be a time such as 2026-11-24T14:06:07Z." },
        { "email=a@b&owner=x", "owner", "This must be an object." },
        { "email=a%0A@b", "email", "This must not contain control characters." },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct thing t;
        fault_clear(c);
        if (shape_read_form(c, &thing_shape, bytes_of(rows[i].body), &t).code != ERR_INVALID_FIELD)
            fail_msg("taken: %s", rows[i].body);
        assert_string_equal(c->fault.field, rows[i].field);
        assert_string_equal(c->fault.say, rows[i].say);
    }
    struct thing t;
    fault_clear(c);
    assert_int_equal(shape_read_form(c, &thing_shape, bytes_of("email=%00"), &t).code,
                     ERR_INVALID_REQUEST);
}

static const char *written(struct ctx *c, const struct thing *t)
{
    struct json_writer w = json_writer(c->arena);
    shape_write(&w, NULL, &thing_shape, t);
    return json_written(&w);
}

/* What is stored says no more than it has to, and reading it gives the same. */
static void a_brief_text_leaves_out_what_is_nothing(void **state)
{
    struct ctx *c = *state;
    struct thing read;
    const char *tags[] = { "x" };
    struct thing t = { .email = "a@b", .tags = { tags, 1 } };
    struct json_writer w = json_writer(c->arena);
    shape_write_brief(&w, NULL, &thing_shape, &t);
    const char *brief = json_written(&w);
    assert_null(strstr(brief, "false"));
    assert_null(strstr(brief, "count"));
    assert_non_null(strstr(brief, "\"tags\":[\"x\"]"));
    assert_int_equal(shape_read_json(c, &thing_shape, bytes_of(brief), &read).code, ERR_OK);
    assert_string_equal(written(c, &read), written(c, &t));
}

static void a_reply_holds_what_the_shape_says(void **state)
{
    struct ctx *c = *state;
    const struct key keys[] = { { "1", 2048 }, { "2", 0 } };
    const struct owner owner = { "Zoë" };
    const char *tags[] = { "x" };
    struct thing t = { .email = "a@b",
                       .count = 1,
                       .until = 1795529167,
                       .on = true,
                       .tags = { tags, 1 },
                       .owner = &owner,
                       .keys = { keys, 2 } };
    assert_string_equal(written(c, &t),
                        "{\"email\":\"a@b\",\"note\":null,\"count\":1,\"until\":\"2026-11-24T14:06:"
                        "07Z\",\"on\":true,"
                        "\"tags\":[\"x\"],\"owner\":{\"name\":\"Zoë\"},"
                        "\"keys\":[{\"kid\":\"1\",\"bits\":2048},{\"kid\":\"2\",\"bits\":0}]}");
    assert_string_equal(written(c, &(struct thing){ 0 }),
                        "{\"note\":null,\"count\":0,\"until\":null,\"on\":false,\"tags\":[],"
                        "\"owner\":null,\"keys\":[]}");
}

static void what_is_written_is_read_back(void **state)
{
    struct ctx *c = *state;
    const struct owner owner = { "\"<é>\\" };
    struct thing t = {
        .email = "a@b", .note = "x", .count = -5, .until = 253402300799, .owner = &owner
    };
    struct thing out;
    const char *text = written(c, &t);
    assert_int_equal(shape_read_json(c, &thing_shape, bytes_of(text), &out).code, ERR_OK);
    assert_string_equal(written(c, &out), text);
}

/* SU-06: the schema that the documents show is made from the list that reads. */
static void the_schema_is_the_golden_one(void **state)
{
    struct ctx *c = *state;
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    shape_schema(&w, "thing", &thing_shape);
    shape_schema(&w, "owner", &owner_shape);
    json_object_end(&w);
    const char *text = json_written(&w);
    struct json j = json_open(c->arena, bytes_of(text));
    struct json_value v;
    assert_true(json_value(&j, &v) && json_skip(&j, &v) && json_done(&j));
    assert_golden(c->arena, "shape_schema.json", text_printf(c->arena, "%s\n", text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_whole_body_is_read),
        TEST(null_is_told_from_what_is_left_out),
        TEST(what_is_not_given_is_zero),
        TEST(of_an_answer_the_unknown_is_left_out),
        TEST(bad_fields_are_named_with_what_they_must_be),
        TEST(malformed_bodies_are_no_matter_of_fields),
        TEST(a_body_beyond_the_ceiling_is_out_of_memory),
        TEST(a_form_is_read_into_the_same_struct),
        TEST(bad_form_fields_are_named),
        TEST(a_reply_holds_what_the_shape_says),
        TEST(a_brief_text_leaves_out_what_is_nothing),
        TEST(what_is_written_is_read_back),
        TEST(the_schema_is_the_golden_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
