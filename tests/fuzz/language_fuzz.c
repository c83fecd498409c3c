/* SPDX-License-Identifier: Apache-2.0 */
/* An Accept-Language field: what names no language of ours behind it changes nothing, and what has
 * no weight neither. */
#include "base/language.h"
#include "base/result.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* LANGUAGES: none of ours. */
static enum language asked(struct arena *a, const char *accept)
{
    enum language found = LANGUAGES;
    bool known = language_of_accept(a, accept, &found);
    must(known == (found < LANGUAGES));
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    enum language found;
    if (n == 0 || memchr(data, 0, n) != NULL)
        return 0;
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    must(a != NULL);
    const char *accept = text_copy(a, (const char *)data, n);
    enum language language = asked(a, accept);
    must(asked(a, text_printf(a, "%s,qq,*;q=1", accept)) == language);
    must(asked(a, text_printf(a, "%s,ja;q=0", accept)) == language);
    must(!language_of_tag(accept, &found) || language_of_tags(a, accept, &found));
    arena_end(a);
    return 0;
}
