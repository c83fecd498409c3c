/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/kind.h"

#include <string.h>

/* Copies sound JSON without the white space between its tokens. */
static const char *minified(struct arena *a, const char *json)
{
    char *out = arena_alloc(a, strlen(json) + 1);
    size_t n = 0;
    bool inside = false;
    for (const char *at = json; *at != '\0'; at++) {
        if (!inside && strchr(" \t\r\n", *at) != NULL)
            continue;
        out[n++] = *at;
        if (inside && *at == '\\')
            out[n++] = *++at;
        else if (*at == '"')
            inside = !inside;
    }
    return out;
}

static bool is_empty(const struct shape_field *field, const void *at)
{
    switch ((enum shape_kind)field->kind) {
    case SHAPE_TEXT:
        return *(const char *const *)at == NULL;
    case SHAPE_INT:
        return *(const int64_t *)at == 0;
    case SHAPE_BOOL:
        return !*(const bool *)at;
    case SHAPE_TEXTS:
        return ((const struct texts *)at)->n == 0;
    case SHAPE_ITEMS:
        return ((const struct items *)at)->n == 0;
    case SHAPE_OBJECT:
        return *(const void *const *)at == NULL;
    case SHAPE_RAW:
        return ((const struct bytes *)at)->n == 0;
    }
    must(false);
    return true;
}

/* `{"name":value}` as the shape writes it, without what is around the value. */
static const char *written_alone(struct arena *a, const struct shape_field *field,
                                 const void *thing)
{
    const struct shape alone = { field->name, field, 0, 1, false };
    struct json_writer w = json_writer(a);
    shape_write(&w, NULL, &alone, thing);
    const char *json = minified(a, json_written(&w));
    size_t before = strlen(field->name) + strlen("{\"\":");
    return text_copy(a, json + before, strlen(json) - before - 1);
}

const char *realm_field_json(struct arena *a, const struct shape_field *field, const void *thing)
{
    const void *at = (const uint8_t *)thing + field->offset;
    if (is_empty(field, at))
        return NULL;
    if (field->kind != SHAPE_OBJECT) {
        const char *json = written_alone(a, field, thing);
        return text_equal(json, "\"\"") || text_equal(json, "{}") ? NULL : json;
    }
    struct json_writer w = json_writer(a);
    realm_thing_write(&w, NULL, field->of, *(const void *const *)at);
    return json_written(&w);
}

void realm_thing_write(struct json_writer *w, const char *name, const struct shape *shape,
                       const void *thing)
{
    json_object(w, name);
    for (size_t i = 0; i < shape->n; i++) {
        const char *json = realm_field_json(w->out.arena, &shape->fields[i], thing);
        if (json != NULL)
            json_raw(w, shape->fields[i].name, json);
    }
    json_object_end(w);
}

/* ---- for people ---- */

static void new_line(struct text_buffer *out, size_t depth)
{
    text_add(out, "\n");
    for (size_t i = 0; i < depth; i++)
        text_add(out, "  ");
}

/* The end of the text whose opening quote is at `at`. */
static const char *text_end(const char *at)
{
    for (at++; *at != '"'; at++)
        at += *at == '\\' ? 1 : 0;
    return at;
}

const char *realm_laid_out(struct arena *a, const char *json)
{
    struct text_buffer out = text_buffer(a);
    size_t depth = 0;
    for (const char *at = minified(a, json); *at != '\0'; at++) {
        const char *from = at;
        bool opens = *at == '{' || *at == '[';
        bool closes = *at == '}' || *at == ']';
        if (*at == '"')
            at = text_end(at);
        if (closes && at[-1] != '{' && at[-1] != '[')
            new_line(&out, depth - 1);
        depth -= closes ? 1 : 0;
        text_add_bytes(&out, from, (size_t)(at - from) + 1);
        depth += opens ? 1 : 0;
        if (*at == ':' && at == from)
            text_add(&out, " ");
        else if ((opens && at[1] != '}' && at[1] != ']') || (*at == ',' && at == from))
            new_line(&out, depth);
    }
    text_add(&out, "\n");
    return text_of(&out);
}
