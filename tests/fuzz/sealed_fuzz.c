/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed texts: nothing opens but what was sealed; and texts of master keys. */
#include "base/codec.h"
#include "crypto/seal.h"
#include "jose_fuzzing.h"

#include <string.h>

static const char token[] = "a token that only its holder knows";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > (1 << 16) || memchr(data, 0, size) != NULL)
        return -1;
    struct ctx c = fuzz_context();
    const char *text = text_copy(c.arena, (const char *)data, size), *one = NULL, *two = NULL;
    uint8_t key[SEAL_MASTER_BYTES] = { 1 };
    struct bytes master = { key, sizeof key }, plain = { 0 }, read = { 0 };
    struct seal *seal = NULL;
    must(seal_new(&c, c.arena, &master, 1, &seal).code == ERR_OK);
    c.seal = seal;
    /* The random source is always the same, and so are these, which stand in the corpus. */
    must(seal_bytes(&c, "purpose", "row", bytes_of("plain"), &one).code == ERR_OK);
    must(seal_under_token(&c, token, "purpose", bytes_of("plain"), &two).code == ERR_OK);
    bool opened = seal_open(&c, "purpose", "row", text, &plain).code == ERR_OK;
    must(opened == text_equal(text, one));
    fault_clear(&c);
    opened = seal_open_with_token(&c, token, "purpose", text, &plain).code == ERR_OK;
    must(opened == text_equal(text, two));
    fault_clear(&c);
    if (seal_master_read(&c, (struct bytes){ data, size }, &read).code == ERR_OK)
        must(read.n == SEAL_MASTER_BYTES &&
             text_equal_nocase(hex_encode(c.arena, read),
                               text_copy(c.arena, text, 2 * (size_t)SEAL_MASTER_BYTES)));
    (void)seal_check(&c, seal, text);
    arena_end(c.arena);
    return 0;
}
