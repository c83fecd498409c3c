/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include <jansson.h>

static json_t *json_of(const struct vector *v)
{
    return (json_t *)(uintptr_t)v;
}

static struct vector *vector_of(json_t *json)
{
    return (struct vector *)json;
}

static const char *path_of(struct ctx *c, const char *name)
{
    const char *folder = getenv("UAUTH_VECTORS");
    return folder != NULL ? text_printf(c->arena, "%s/%s", folder, name)
                          : text_printf(c->arena, "%s/../shared/vectors/%s", SOURCE_ROOT, name);
}

struct vector *vectors_open(struct ctx *c, const char *name)
{
    const char *path = path_of(c, name);
    if (access(path, R_OK) != 0)
        return NULL;
    json_error_t error;
    json_t *json = json_load_file(path, 0, &error);
    if (json == NULL)
        fail_msg("%s: %s", path, error.text);
    return vector_of(json);
}

struct vector *vectors_parse(const char *text, size_t n)
{
    return vector_of(json_loadb(text, n, 0, NULL));
}

void vectors_close(struct vector *v)
{
    json_decref(json_of(v));
}

const char *vectors_text(struct ctx *c, const char *name)
{
    enum { ROOM = 16 * 1024 };
    FILE *file = fopen(path_of(c, name), "r");
    if (file == NULL)
        return NULL;
    char *at = arena_alloc(c->arena, ROOM);
    size_t n = fread(at, 1, ROOM - 1, file);
    assert_int_equal(fclose(file), 0);
    assert_true(n < ROOM - 1);
    while (n > 0 && (at[n - 1] == '\n' || at[n - 1] == '\r'))
        at[--n] = '\0';
    return at;
}

const struct vector *vector_get(const struct vector *v, const char *name)
{
    return vector_of(json_object_get(json_of(v), name));
}

const char *vector_text(const struct vector *v, const char *name)
{
    return json_string_value(json_object_get(json_of(v), name));
}

long long vector_int(const struct vector *v, const char *name)
{
    return json_integer_value(json_object_get(json_of(v), name));
}

struct bytes vector_hex(struct ctx *c, const struct vector *v, const char *name)
{
    struct bytes out = { 0 };
    const char *text = vector_text(v, name);
    assert_non_null(text);
    assert_true(hex_decode(c->arena, bytes_of(text), &out));
    return out;
}

size_t vector_n(const struct vector *v)
{
    return json_array_size(json_of(v));
}

const struct vector *vector_at(const struct vector *v, size_t i)
{
    return vector_of(json_array_get(json_of(v), i));
}

const char *vector_text_at(const struct vector *v, size_t i)
{
    return json_string_value(json_array_get(json_of(v), i));
}

long long vector_int_at(const struct vector *v, size_t i)
{
    return json_integer_value(json_array_get(json_of(v), i));
}

void vector_put(struct vector *v, const char *name, const char *text)
{
    assert_int_equal(json_object_set_new(json_of(v), name, json_string(text)), 0);
}

void vector_remove(struct vector *v, const char *name)
{
    (void)json_object_del(json_of(v), name);
}

const char *vector_json(struct ctx *c, const struct vector *v)
{
    if (v == NULL)
        return NULL;
    char *text = json_dumps(json_of(v), JSON_COMPACT | JSON_ENCODE_ANY);
    const char *copy = text_copy(c->arena, text, strlen(text));
    free(text);
    return copy;
}
