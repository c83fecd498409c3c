/* SPDX-License-Identifier: Apache-2.0 */
/* A cache of tokens that others have written: what is read is written so that it is read as the
 * same. */
#include "client/token_cache.h"

#include "jose_fuzzing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx c = fuzz_context();
    struct token_cache *cache = token_cache_new();
    must(cache != NULL);
    if (token_cache_read(&c, cache, (struct bytes){ data, size }).code == ERR_OK) {
        const char *first = token_cache_write(&c, cache);
        must(token_cache_read(&c, cache, bytes_of(first)).code == ERR_OK);
        must(text_equal(token_cache_write(&c, cache), first));
    }
    token_cache_free(cache);
    arena_end(c.arena);
    return 0;
}
