/* SPDX-License-Identifier: Apache-2.0 */
#include "net/libcurl.h"

#include <assert.h>

static const char *const functions[] = {
#define X(name) "curl_" #name,
    LIBCURL_FUNCTIONS
#undef X
};

enum { FUNCTIONS_N = sizeof functions / sizeof functions[0] };

static_assert(sizeof(struct libcurl) == FUNCTIONS_N * sizeof(void *), "nothing but functions");

/* Since 7.84 threads may be the first to use it at once. */
static const struct library library = {
    .need = { "libcurl", { 7, 85, 0 }, "protocols are bounded by name" },
    .soname = "libcurl.so.4",
    .package = "libcurl4",
    .functions = functions,
    .functions_n = FUNCTIONS_N,
};

/* 0x075801 is 7.88.1. */
struct library_version libcurl_version(const struct libcurl *curl)
{
    unsigned number = curl->version_info(CURLVERSION_NOW)->version_num;
    return (struct library_version){ number >> 16, number >> 8 & 255, number & 255 };
}

RESULT libcurl_open(struct ctx *c, const struct libcurl **out)
{
    struct libcurl *curl = ARENA_NEW(c->arena, struct libcurl);
    TRY(library_open(c, &library, curl));
    TRY(library_check(c, &library.need, libcurl_version(curl)));
    *out = curl;
    return ok();
}
