/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_FUZZ_JOSE_FUZZING_H
#define UAUTH_TESTS_FUZZ_JOSE_FUZZING_H

/* What the targets about keys and tokens share: a context for one input. */

#include "base/random.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A context whose arena is to be ended by its user. */
static inline struct ctx fuzz_context(void)
{
    struct ctx c = { .arena = arena_new(ARENA_REQUEST_CEILING), .now = 1795529167 };
    must(c.arena != NULL);
    c.random = random_seeded(c.arena, 1);
    return c;
}

#endif
