/* SPDX-License-Identifier: Apache-2.0 */
/* An Accept field: no type weighs more than one, and none is preferred to itself. */
#include "base/result.h"
#include "web/media.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n == 0 || memchr(data, 0, n) != NULL)
        return 0;
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    must(a != NULL);
    const char *accept = text_copy(a, (const char *)data, n);
    must(media_weight(accept, "text/html") <= 1000);
    must(media_weight(accept, "application/json") <= 1000);
    must(!media_prefers(accept, "text/html", "text/html"));
    must(!media_prefers(accept, "text/html", "application/json") ||
         !media_prefers(accept, "application/json", "text/html"));
    arena_end(a);
    return 0;
}
