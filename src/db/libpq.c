/* SPDX-License-Identifier: Apache-2.0 */
#include "db/libpq.h"

#include <assert.h>

static const char *const functions[] = {
#define X(name) "PQ" #name,
    LIBPQ_FUNCTIONS
#undef X
};

enum { FUNCTIONS_N = sizeof functions / sizeof functions[0] };

static_assert(sizeof(struct libpq) == FUNCTIONS_N * sizeof(void *), "nothing but functions");

static const struct library library = {
    .need = { "libpq", { 14, 0, 0 }, "statements are sent in a row" },
    .soname = "libpq.so.5",
    .package = "libpq5",
    .functions = functions,
    .functions_n = FUNCTIONS_N,
};

/* 150020 is 15.20. */
struct library_version libpq_version(const struct libpq *pq)
{
    unsigned number = (unsigned)pq->libVersion();
    return (struct library_version){ number / 10000, number % 10000, 0 };
}

RESULT libpq_open(struct ctx *c, struct libpq *out)
{
    TRY(library_open(c, &library, out));
    return library_check(c, &library.need, libpq_version(out));
}
