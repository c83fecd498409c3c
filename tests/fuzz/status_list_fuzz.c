/* SPDX-License-Identifier: Apache-2.0 */
/* A status list of somebody else, before anybody has verified it: what is taken is bounded, and
 * about the address that it was fetched from. */
#include "client/status_list.h"

#include "jose_fuzzing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char url[] = "https://op.example/status/1";
    struct ctx c = fuzz_context();
    const void *parsed = NULL;
    struct jwt jwt;
    if (status_list_kind.parse(&c, (struct bytes){ data, size }, url, &parsed).code == ERR_OK) {
        must(arena_used(c.arena) < 8U * STATUS_LIST_BYTES_MAX);
        arena_reset(c.arena);
        const char *token = text_copy(c.arena, (const char *)data, size);
        must(jwt_unverified(&c, token, STATUS_LIST_BYTES_MAX, &jwt).code == ERR_OK);
        must(text_equal(jwt.sub, url));
    }
    arena_end(c.arena);
    return 0;
}
