/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shapes that others may extend, raw objects in them, and lists in forms.
 */
#include "base/shape.h"

#include "testing.h"

struct registration {
    const char *name;
    struct texts uris;
    struct bytes keys;
};
LOCAL_SHAPE_OPEN(registration, FIELD(registration, name, REQUIRED, 1, 10, "Name"),
                 FIELD(registration, uris, OPTIONAL, 0, 2, "Addresses"),
                 FIELD(registration, keys, OPTIONAL, 2, 20, "Keys"));

static const char *text(struct ctx *c, struct bytes raw)
{
    return text_copy(c->arena, (const char *)raw.at, raw.n);
}

static void unknown_members_are_left_out(void **state)
{
    struct ctx *c = *state;
    struct registration r;
    const char *body = "{\"more\":{\"a\":[1]},\"name\":\"x\",\"other\":null}";
    assert_int_equal(shape_read_json(c, &registration_shape, bytes_of(body), &r).code, ERR_OK);
    assert_string_equal(r.name, "x");
    assert_int_equal(r.keys.n, 0);
    assert_int_equal(
        shape_read_form(c, &registration_shape, bytes_of("more=1&more=2&name=x"), &r).code, ERR_OK);
    assert_string_equal(r.name, "x");
}

static void a_raw_object_stays_as_it_is(void **state)
{
    struct ctx *c = *state;
    struct registration r;
    const char *body = "{\"keys\": {\"a\" : [1, {}]},\"name\":\"x\"}";
    assert_int_equal(shape_read_json(c, &registration_shape, bytes_of(body), &r).code, ERR_OK);
    assert_string_equal(text(c, r.keys), "{\"a\" : [1, {}]}");
    struct json_writer w = json_writer(c->arena);
    shape_write(&w, NULL, &registration_shape, &r);
    assert_string_equal(json_written(&w),
                        "{\"name\":\"x\",\"uris\":[],\"keys\":{\"a\" : [1, {}]}}");
}

static void a_raw_member_is_an_object_of_some_bytes(void **state)
{
    struct ctx *c = *state;
    struct registration r;
    static const char *const bodies[] = {
        "{\"name\":\"x\",\"keys\":[]}", "{\"name\":\"x\",\"keys\":\"{}\"}",
        "{\"name\":\"x\",\"keys\":{\"a\":\"0123456789abcdef\"}}"
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        fault_clear(c);
        assert_int_equal(shape_read_json(c, &registration_shape, bytes_of(bodies[i]), &r).code,
                         ERR_INVALID_FIELD);
        assert_string_equal(c->fault.field, "keys");
    }
    fault_clear(c);
    assert_int_equal(shape_read_json(c, &registration_shape,
                                     bytes_of("{\"name\":\"x\",\"keys\":{\"a\":1,\"a\":2}}"), &r)
                         .code,
                     ERR_INVALID_JSON);
}

/* RFC 8707 2: a list is a repeated name; everything else stands once. */
static void a_repeated_name_of_a_form_is_a_list(void **state)
{
    struct ctx *c = *state;
    struct registration r;
    assert_int_equal(
        shape_read_form(c, &registration_shape, bytes_of("uris=a&name=x&uris=&uris=b"), &r).code,
        ERR_OK);
    assert_int_equal(r.uris.n, 2);
    assert_string_equal(r.uris.at[0], "a");
    assert_string_equal(r.uris.at[1], "b");
    static const struct {
        const char *form, *field;
    } refused[] = { { "name=x&uris=a&uris=b&uris=c", "uris" },
                    { "name=x&uris=a%01b", "uris[0]" },
                    { "name=x&name=x", "name" } };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        fault_clear(c);
        assert_int_equal(
            shape_read_form(c, &registration_shape, bytes_of(refused[i].form), &r).code,
            ERR_INVALID_FIELD);
        assert_string_equal(c->fault.field, refused[i].field);
    }
}

struct dated {
    int64_t at;
};
LOCAL_SHAPE(dated, FIELD(dated, at, REQUIRED | TIME, 1795529167, 1795529168, "When"));

static void a_time_has_its_bounds(void **state)
{
    struct ctx *c = *state;
    static const struct {
        const char *json;
        bool good;
    } cases[] = {
        { "{\"at\":\"2026-11-24T14:06:06Z\"}", false },
        { "{\"at\":\"2026-11-24T14:06:07Z\"}", true },
        { "{\"at\":\"2026-11-24T14:06:08Z\"}", true },
        { "{\"at\":\"2026-11-24T14:06:09Z\"}", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dated read;
        fault_clear(c);
        err e = shape_read_json(c, &dated_shape, bytes_of(cases[i].json), &read);
        assert_int_equal(e.code, cases[i].good ? ERR_OK : ERR_INVALID_FIELD);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(unknown_members_are_left_out),
        TEST(a_raw_object_stays_as_it_is),
        TEST(a_raw_member_is_an_object_of_some_bytes),
        TEST(a_repeated_name_of_a_form_is_a_list),
        TEST(a_time_has_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
