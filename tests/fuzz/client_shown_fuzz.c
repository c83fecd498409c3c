/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client shows of itself: an Authorization field up to the first line break, then a form.
 * Exactly one method comes out, with what it needs.
 */
#include "oauth/guard_client.h"

#include "jose_fuzzing.h"

#include <string.h>

static void check(const struct client_shown *shown)
{
    bool secret = shown->way == CLIENT_BY_BASIC || shown->way == CLIENT_BY_SECRET;
    must(shown->client_id != NULL && *shown->client_id != '\0');
    must(text_is_utf8(bytes_of(shown->client_id)));
    must((shown->secret != NULL) == secret);
    must((shown->assertion != NULL) == (shown->way == CLIENT_BY_ASSERTION));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx c = fuzz_context();
    struct client_shown shown;
    const uint8_t *end = size == 0 ? NULL : memchr(data, '\n', size);
    size_t n = end == NULL ? 0 : (size_t)(end - data);
    bool has_field = n > 0 && memchr(data, '\0', n) == NULL;
    const char *field = has_field ? text_copy(c.arena, (const char *)data, n) : NULL;
    struct bytes body = { data + (end == NULL ? 0 : n + 1), size - (end == NULL ? 0 : n + 1) };
    if (client_shown_read(&c, field, body, &shown).code == ERR_OK)
        check(&shown);
    arena_end(c.arena);
    return 0;
}
