/* SPDX-License-Identifier: Apache-2.0 */
#include "base/shape.h"

static void write_ref(struct json_writer *w, const struct shape *of)
{
    json_text(w, "$ref", text_printf(w->out.arena, "#/components/schemas/%s", of->name));
}

/* "type": "string", or "type": ["string", "null"]. */
static void write_type(struct json_writer *w, const struct shape_field *field, const char *type)
{
    if ((field->flags & NULLABLE) == 0) {
        json_text(w, "type", type);
        return;
    }
    json_array(w, "type");
    json_text(w, NULL, type);
    json_text(w, NULL, "null");
    json_array_end(w);
}

static void write_bounds(struct json_writer *w, const struct shape_field *field, const char *low,
                         const char *high)
{
    if (field->low > 0)
        json_number(w, low, field->low);
    if (field->high > 0)
        json_number(w, high, field->high);
}

static void write_text_schema(struct json_writer *w, const struct shape_field *field)
{
    write_type(w, field, "string");
    write_bounds(w, field, "minLength", "maxLength");
    if ((field->flags & EMAIL) != 0)
        json_text(w, "format", "email");
    else if ((field->flags & SECRET) != 0)
        json_text(w, "format", "password");
}

static void write_int_schema(struct json_writer *w, const struct shape_field *field)
{
    if ((field->flags & TIME) != 0) {
        write_type(w, field, "string");
        json_text(w, "format", "date-time");
        return;
    }
    write_type(w, field, "integer");
    json_text(w, "format", "int64");
    if (field->low < field->high) {
        json_number(w, "minimum", field->low);
        json_number(w, "maximum", field->high);
    }
}

static void write_object_schema(struct json_writer *w, const struct shape_field *field)
{
    if ((field->flags & NULLABLE) == 0) {
        write_ref(w, field->of);
        return;
    }
    json_array(w, "anyOf");
    json_object(w, NULL);
    write_ref(w, field->of);
    json_object_end(w);
    json_object(w, NULL);
    json_text(w, "type", "null");
    json_object_end(w);
    json_array_end(w);
}

static void write_list_schema(struct json_writer *w, const struct shape_field *field)
{
    json_text(w, "type", "array");
    write_bounds(w, field, "minItems", "maxItems");
    json_object(w, "items");
    if (field->kind == SHAPE_ITEMS)
        write_ref(w, field->of);
    else
        json_text(w, "type", "string");
    json_object_end(w);
}

void shape_field_schema(struct json_writer *w, const char *name, const struct shape_field *field)
{
    json_object(w, name);
    json_text(w, "description", field->summary);
    switch ((enum shape_kind)field->kind) {
    case SHAPE_TEXT:
        write_text_schema(w, field);
        break;
    case SHAPE_INT:
        write_int_schema(w, field);
        break;
    case SHAPE_BOOL:
        write_type(w, field, "boolean");
        break;
    case SHAPE_OBJECT:
        write_object_schema(w, field);
        break;
    case SHAPE_TEXTS:
    case SHAPE_ITEMS:
        write_list_schema(w, field);
        break;
    case SHAPE_RAW:
        write_type(w, field, (field->flags & LISTED) != 0 ? "array" : "object");
        break;
    }
    json_object_end(w);
}

static void write_required(struct json_writer *w, const struct shape *shape)
{
    bool any = false;
    for (size_t i = 0; i < shape->n; i++) {
        if ((shape->fields[i].flags & REQUIRED) == 0)
            continue;
        if (!any)
            json_array(w, "required");
        any = true;
        json_text(w, NULL, shape->fields[i].name);
    }
    if (any)
        json_array_end(w);
}

void shape_schema(struct json_writer *w, const char *name, const struct shape *shape)
{
    json_object(w, name);
    json_text(w, "type", "object");
    json_object(w, "properties");
    for (size_t i = 0; i < shape->n; i++)
        shape_field_schema(w, shape->fields[i].name, &shape->fields[i]);
    json_object_end(w);
    write_required(w, shape);
    json_bool(w, "additionalProperties", shape->open);
    json_object_end(w);
}
