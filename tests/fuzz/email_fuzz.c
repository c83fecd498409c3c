/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses: what is read is printable ASCII with one '@', and its canonical form reads as itself.
 */
#include "base/text.h"
#include "identity/email.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct arena *a, const char *text)
{
    const char *canonical = NULL;
    const char *again = NULL;
    if (!email_canonical(a, text, &canonical))
        return;
    must(strlen(text) <= EMAIL_MAX && strlen(canonical) == strlen(text));
    for (const char *at = text; *at != '\0'; at++)
        must(*at > ' ' && *at < 0x7f && strchr("\"(),:;<>[\\]%!?", *at) == NULL);
    must(strchr(text, '@') == strrchr(text, '@'));
    must(text_equal_nocase(text, canonical));
    must(email_canonical(a, canonical, &again) && text_equal(canonical, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    must(a != NULL);
    if (memchr(data, 0, size) == NULL)
        check(a, text_copy(a, (const char *)data, size));
    arena_end(a);
    return 0;
}
