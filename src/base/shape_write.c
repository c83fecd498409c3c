/* SPDX-License-Identifier: Apache-2.0 */
#include "base/shape.h"
#include "base/time.h"

/* A member that has no value: null where the shape says so, else left out. */
static void write_absent(struct json_writer *w, const struct shape_field *field)
{
    if ((field->flags & NULLABLE) != 0)
        json_null(w, field->name);
}

static void write_int(struct json_writer *w, const struct shape_field *field, int64_t value)
{
    char time[TIME_TEXT];
    if (value == 0 && (field->flags & (TIME | CLEARED)) != 0) {
        write_absent(w, field);
    } else if ((field->flags & TIME) == 0) {
        json_number(w, field->name, value);
    } else {
        time_write(time, value);
        json_text(w, field->name, time);
    }
}

static void write_items(struct json_writer *w, const struct shape_field *field,
                        const struct items *items)
{
    json_array(w, field->name);
    for (size_t i = 0; i < items->n; i++)
        shape_write(w, NULL, field->of, (const uint8_t *)items->at + i * field->of->size);
    json_array_end(w);
}

static void write_field(struct json_writer *w, const struct shape_field *field, const void *from)
{
    switch ((enum shape_kind)field->kind) {
    case SHAPE_TEXT: {
        const char *const *text = from;
        if (*text == NULL)
            write_absent(w, field);
        else
            json_text(w, field->name, *text);
        return;
    }
    case SHAPE_INT:
        write_int(w, field, *(const int64_t *)from);
        return;
    case SHAPE_BOOL:
        json_bool(w, field->name, *(const bool *)from);
        return;
    case SHAPE_TEXTS:
        json_texts(w, field->name, *(const struct texts *)from);
        return;
    case SHAPE_OBJECT: {
        const void *const *inner = from;
        if (*inner == NULL)
            write_absent(w, field);
        else
            shape_write(w, field->name, field->of, *inner);
        return;
    }
    case SHAPE_ITEMS:
        write_items(w, field, from);
        return;
    case SHAPE_RAW: {
        const struct bytes *raw = from;
        if (raw->n == 0)
            write_absent(w, field);
        else
            json_raw(w, field->name, text_copy(w->out.arena, (const char *)raw->at, raw->n));
        return;
    }
    }
}

/* Whether reading without it gives the same. */
static bool is_nothing(const struct shape_field *field, const void *from)
{
    switch ((enum shape_kind)field->kind) {
    case SHAPE_INT:
        return *(const int64_t *)from == 0;
    case SHAPE_BOOL:
        return !*(const bool *)from;
    case SHAPE_TEXTS:
        return ((const struct texts *)from)->n == 0;
    case SHAPE_ITEMS:
        return ((const struct items *)from)->n == 0;
    case SHAPE_TEXT:
        return *(const char *const *)from == NULL;
    case SHAPE_OBJECT:
        return *(const void *const *)from == NULL;
    case SHAPE_RAW:
        break;
    }
    return false;
}

static void write_briefly(struct json_writer *w, const struct shape_field *field, const void *from)
{
    const void *const *inner = from;
    if ((field->flags & REQUIRED) == 0 && is_nothing(field, from))
        return;
    if (field->kind == SHAPE_OBJECT && *inner != NULL)
        shape_write_brief(w, field->name, field->of, *inner);
    else
        write_field(w, field, from);
}

void shape_write_brief(struct json_writer *w, const char *name, const struct shape *shape,
                       const void *in)
{
    json_object(w, name);
    for (size_t i = 0; i < shape->n; i++)
        write_briefly(w, &shape->fields[i], (const uint8_t *)in + shape->fields[i].offset);
    json_object_end(w);
}

void shape_write(struct json_writer *w, const char *name, const struct shape *shape, const void *in)
{
    json_object(w, name);
    for (size_t i = 0; i < shape->n; i++)
        write_field(w, &shape->fields[i], (const uint8_t *)in + shape->fields[i].offset);
    json_object_end(w);
}
