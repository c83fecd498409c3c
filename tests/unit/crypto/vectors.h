/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_CRYPTO_VECTORS_H
#define UAUTH_TESTS_UNIT_CRYPTO_VECTORS_H

/*
 * What the tests of this room share: a context with a seeded random source, and the published test
 * vectors, which lie beside the source (UAUTH_VECTORS names another place).  Where they are missing
 * a test says that it was skipped.  They are far larger than our reader accepts, so jansson reads
 * them, in vectors.c alone: its names and ours are the same.
 */

#include "base/codec.h"
#include "base/random.h"
#include "tests/unit/base/testing.h"

/* A value of JSON. */
struct vector;

/* The file `name` as JSON, for vectors_close; NULL if it is not there. */
struct vector *vectors_open(struct ctx *c, const char *name);

/* The JSON in `text`, for vectors_close. */
struct vector *vectors_parse(const char *text, size_t n);

void vectors_close(struct vector *v);

/* The file `name` as text without its last line break, or NULL if it is not there. */
const char *vectors_text(struct ctx *c, const char *name);

/* A member of an object, and what it is as text or number; NULL or 0 if it is not there. */
const struct vector *vector_get(const struct vector *v, const char *name);
const char *vector_text(const struct vector *v, const char *name);
long long vector_int(const struct vector *v, const char *name);

/* The bytes of a member in hexadecimal. */
struct bytes vector_hex(struct ctx *c, const struct vector *v, const char *name);

/* The items of a list. */
size_t vector_n(const struct vector *v);
const struct vector *vector_at(const struct vector *v, size_t i);
const char *vector_text_at(const struct vector *v, size_t i);
long long vector_int_at(const struct vector *v, size_t i);

#define EACH(list, item)                                                                           \
    size_t item##_i = 0;                                                                           \
    item##_i < vector_n(list) && ((item) = vector_at(list, item##_i)) != NULL;                     \
    item##_i++

/* Changes an object. */
void vector_put(struct vector *v, const char *name, const char *text);
void vector_remove(struct vector *v, const char *name);

/* The value as JSON text in the arena; NULL stays NULL. */
const char *vector_json(struct ctx *c, const struct vector *v);

static inline int set_up_random(void **state)
{
    if (set_up(state) != 0)
        return -1;
    struct ctx *c = *state;
    c->random = random_seeded(c->arena, 1);
    return 0;
}

#define CRYPTO_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_random, tear_down)

#endif
