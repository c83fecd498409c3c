/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_CRYPTO_VECTORS_H
#define UAUTH_TESTS_UNIT_CRYPTO_VECTORS_H

/*
 * What the tests of this room share: a context with a seeded random source, and the published test
 * vectors, which lie beside the source (UAUTH_VECTORS names another place).  Where they are missing
 * a test says that it was skipped.
 */

#include "base/codec.h"
#include "base/random.h"
#include "tests/unit/base/testing.h"

#include <jansson.h>

static inline int set_up_random(void **state)
{
    if (set_up(state) != 0)
        return -1;
    struct ctx *c = *state;
    c->random = random_seeded(c->arena, 1);
    return 0;
}

#define CRYPTO_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_random, tear_down)

static inline const char *vectors_path(struct ctx *c, const char *name)
{
    const char *folder = getenv("UAUTH_VECTORS");
    return folder != NULL ? text_printf(c->arena, "%s/%s", folder, name)
                          : text_printf(c->arena, "%s/../shared/vectors/%s", SOURCE_ROOT, name);
}

/* The file as text, or NULL if it is not there. */
static inline const char *vectors_text(struct ctx *c, const char *name)
{
    enum { ROOM = 64 * 1024 };
    FILE *file = fopen(vectors_path(c, name), "r");
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

/* The file as JSON, for json_decref; NULL if it is not there. */
static inline json_t *vectors_json(struct ctx *c, const char *name)
{
    const char *path = vectors_path(c, name);
    if (access(path, R_OK) != 0)
        return NULL;
    json_error_t error;
    json_t *json = json_load_file(path, 0, &error);
    if (json == NULL)
        fail_msg("%s: %s", path, error.text);
    return json;
}

static inline const char *text_at(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* The bytes of a member in hexadecimal. */
static inline struct bytes hex_at(struct ctx *c, const json_t *object, const char *name)
{
    struct bytes out = { 0 };
    const char *text = text_at(object, name);
    assert_non_null(text);
    assert_true(hex_decode(c->arena, bytes_of(text), &out));
    return out;
}

/* A JSON value as text in the arena; NULL stays NULL. */
static inline const char *dumped(struct ctx *c, const json_t *value)
{
    if (value == NULL)
        return NULL;
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    const char *copy = text_copy(c->arena, text, strlen(text));
    free(text);
    return copy;
}

#endif
