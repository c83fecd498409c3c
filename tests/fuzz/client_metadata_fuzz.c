/* SPDX-License-Identifier: Apache-2.0 */
/* What a client registers: what is taken is written, and read again it is the same. */
#include "oauth/client_metadata.h"

#include "base/config.h"
#include "jose_fuzzing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct config config = { .internal_hosts = { 0 } };
    struct ctx c = fuzz_context();
    struct client_metadata read, again;
    c.config = &config;
    if (client_metadata_read(&c, (struct bytes){ data, size }, &read).code == ERR_OK) {
        const char *text = client_metadata_write(c.arena, &read);
        must(client_metadata_load(&c, text, &again).code == ERR_OK);
        must(text_equal(text, client_metadata_write(c.arena, &again)));
    }
    arena_end(c.arena);
    return 0;
}
