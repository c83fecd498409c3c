/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Cookie field: the same count and value as a plain reading of it, and no value outside of it.
 */
#include "base/result.h"
#include "web/cookies.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char name[] = "__Host-session";

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* How often a pair of the name begins at the start of `in` or behind a ';' and blanks. */
static size_t count(struct bytes in)
{
    size_t found = 0;
    size_t n = sizeof name - 1;
    for (size_t i = 0; i + n < in.n; i++) {
        size_t before = i;
        while (before > 0 && is_blank(in.at[before - 1]))
            before--;
        bool begins = before == 0 || in.at[before - 1] == ';';
        if (begins && memcmp(in.at + i, name, n) == 0 && in.at[i + n] == '=')
            found++;
    }
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = { data, size };
    struct bytes value = { NULL, 0 };
    size_t times = cookie_find(in, name, &value);
    must(times == count(in));
    if (times > 0) {
        must(value.at > data && value.at + value.n <= data + size);
        must(value.n == 0 || memchr(value.at, ';', value.n) == NULL);
        must(value.n == 0 || !is_blank(value.at[value.n - 1]));
    }
    return 0;
}
