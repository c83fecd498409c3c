/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A claim that is looked for by its name or a JSON Pointer (RFC 6901), which is the first line, in
 * the claims that follow: what is found stands in them, and the words of it, too.
 */
#include "client/claims.h"

#include "jose_fuzzing.h"

#include <string.h>

static void look(struct ctx *c, const struct jwt *jwt, const char *name)
{
    struct json_value v;
    struct texts words = claim_words(c->arena, jwt, name);
    const struct bytes all = jwt->signature.payload;
    if (!claim_find(c->arena, jwt, name, &v)) {
        must(words.n == 0);
        return;
    }
    must(v.raw.at >= all.at && v.raw.at + v.raw.n <= all.at + all.n);
    struct json j = json_open(c->arena, v.raw);
    struct json_value again;
    must(json_value(&j, &again) && json_skip(&j, &again) && json_done(&j) && again.kind == v.kind);
    must(words.n == 0 || v.kind == JSON_TEXT || v.kind == JSON_ARRAY);
    for (size_t i = 0; i < words.n; i++)
        must(words.at[i] != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size == 0 ? NULL : memchr(data, '\n', size);
    if (end == NULL || memchr(data, '\0', (size_t)(end - data)) != NULL)
        return -1;
    struct ctx c = fuzz_context();
    const struct jwt_policy any = { .open = JWT_ANY_ISSUER | JWT_ANY_AUDIENCE | JWT_NO_EXPIRY };
    const struct bytes payload = { end + 1, size - (size_t)(end + 1 - data) };
    struct jwt jwt;
    if (jwt_take(&c, payload, &any, &jwt).code == ERR_OK)
        look(&c, &jwt, text_copy(c.arena, (const char *)data, (size_t)(end - data)));
    arena_end(c.arena);
    return 0;
}
