/* SPDX-License-Identifier: Apache-2.0 */
/* Authorization details: what is read is written so that it reads as the same, and only then taken
 * for what was granted. */
#include "jose_fuzzing.h"
#include "token/authorization_details.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > AUTHORIZATION_DETAILS_BYTES_MAX + 16 || memchr(data, 0, size) != NULL)
        return -1;
    struct ctx c = fuzz_context();
    struct details read, again;
    const char *json = text_copy(c.arena, (const char *)data, size);
    if (details_read(&c, json, &read).code == ERR_OK) {
        const char *written = details_write(c.arena, &read);
        must(written != NULL && strlen(written) <= size);
        must(details_read(&c, written, &again).code == ERR_OK && again.n == read.n);
        for (size_t i = 0; i < read.n; i++)
            must(text_equal(read.at[i].json, again.at[i].json) &&
                 text_equal(read.at[i].type, again.at[i].type));
    }
    arena_end(c.arena);
    return 0;
}
