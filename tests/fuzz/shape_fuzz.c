/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shapes: whatever a body says, the struct keeps the bounds of its shape; and written and read
 * again it is the same.  The first byte chooses JSON or a form.
 */
#include "base/random.h"
#include "base/shape.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct inner {
    const char *role;
    bool on;
};
LOCAL_SHAPE(inner, FIELD(inner, role, REQUIRED, 1, 8, "Role"),
            FIELD(inner, on, OPTIONAL, 0, 0, "On"));
struct outer {
    const char *name, *text;
    int64_t number, at;
    bool flag;
    struct texts list;
    const void *one;
    struct items many;
};
LOCAL_SHAPE(outer, FIELD(outer, name, REQUIRED, 1, 8, "Name"),
            FIELD(outer, text, OPTIONAL, 0, 1000, "Text"),
            FIELD(outer, number, OPTIONAL, -5, 5, "Number"),
            FIELD(outer, at, TIME, 0, INT64_MAX, "At"), FIELD(outer, flag, OPTIONAL, 0, 0, "Flag"),
            FIELD(outer, list, OPTIONAL, 0, 3, "List"),
            FIELD_OF(outer, one, OPTIONAL, 0, 0, &inner_shape, "One"),
            FIELD_OF(outer, many, OPTIONAL, 0, 3, &inner_shape, "Many"));

static void expect_bounds(const struct outer *in)
{
    must(in->name != NULL && text_code_points(in->name) >= 1 && text_code_points(in->name) <= 8);
    must(!text_has_control(in->name) && text_is_utf8(bytes_of(in->name)));
    must(in->text == NULL || text_code_points(in->text) <= 1000);
    must(in->number >= -5 && in->number <= 5);
    must(in->list.n <= 3 && in->many.n <= 3);
}

static const char *written(struct arena *a, const struct outer *in)
{
    struct json_writer w = json_writer(a);
    shape_write(&w, NULL, &outer_shape, in);
    return json_written(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return -1;
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    struct ctx c = { .arena = a, .random = random_system(a) };
    struct bytes body = { data + 1, size - 1 };
    struct outer in;
    struct outer again;
    err read = data[0] % 2 == 0 ? shape_read_json(&c, &outer_shape, body, &in)
                                : shape_read_form(&c, &outer_shape, body, &in);
    if (read.code == ERR_OK) {
        expect_bounds(&in);
        const char *text = written(a, &in);
        /* A number of 0 is written though nobody gave it; it is in bounds. */
        must(shape_read_json(&c, &outer_shape, bytes_of(text), &again).code == ERR_OK);
        must(strcmp(written(a, &again), text) == 0);
    } else {
        must(c.fault.code == read.code && err_row(read.code)->status < 500);
    }
    arena_end(a);
    return 0;
}
