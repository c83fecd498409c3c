/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of settings: whatever stands in one, it is read or a line of it is named, and what is read
 * is text.  The first byte chooses uauth.conf or .env.
 */
#include "base/config_source.h"
#include "base/random.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int file = size == 0 ? -1 : memfd_create("settings", MFD_CLOEXEC);
    if (file < 0 || write(file, data + 1, size - 1) != (ssize_t)(size - 1))
        return -1;
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    struct ctx c = { .arena = a, .random = random_system(a) };
    struct config_givens givens;
    const char *path = text_printf(a, "/proc/self/fd/%d", file);
    if (config_read_lines(&c, path, data[0] % 2 == 1, &givens).code == ERR_OK)
        for (size_t i = 0; i < givens.n; i++) {
            must(text_is_utf8(bytes_of(givens.at[i].name)) && givens.at[i].name[0] != '\0');
            must(text_is_utf8(bytes_of(givens.at[i].value)));
        }
    else
        must(c.fault.code == ERR_INVALID_FIELD && c.fault.field != NULL);
    (void)close(file);
    arena_end(a);
    return 0;
}
