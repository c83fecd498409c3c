/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A traceparent field: 32 digits that stand in it, or nothing.
 */
#include "base/result.h"
#include "web/trace.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096 || memchr(data, 0, size) != NULL)
        return -1;
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    must(a != NULL);
    const char *field = text_copy(a, (const char *)data, size);
    const char *id = trace_parent_id(a, field);
    if (id != NULL) {
        must(strlen(id) == 32 && strspn(id, "0123456789abcdef") == 32 && strspn(id, "0") < 32);
        must(size >= 55 && memcmp(field + 3, id, 32) == 0);
        must(size == 55 || field[55] == '-');
    }
    arena_end(a);
    return 0;
}
