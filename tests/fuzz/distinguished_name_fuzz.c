/* SPDX-License-Identifier: Apache-2.0 */
/* Distinguished names as text: what is read is written and read again as the same. */
#include "crypto/distinguished_name.h"
#include "jose_fuzzing.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > DISTINGUISHED_NAME_MAX + 16 || memchr(data, 0, size) != NULL)
        return -1;
    struct ctx c = fuzz_context();
    const X509_NAME *name =
        distinguished_name_read(c.arena, text_copy(c.arena, (const char *)data, size));
    const char *text = name == NULL ? NULL : distinguished_name_write(c.arena, name);
    if (text != NULL && strlen(text) <= DISTINGUISHED_NAME_MAX) {
        const X509_NAME *again = distinguished_name_read(c.arena, text);
        must(again != NULL && distinguished_name_equal(name, again));
    }
    arena_end(c.arena);
    return 0;
}
