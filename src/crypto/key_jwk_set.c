/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "crypto/key.h"
#include "crypto/key_jwk.h"

/* Walks the list that the reader stands in.  False if there are too many. */
static bool take_items(struct arena *a, struct json *j, struct jwk_list *out)
{
    struct bytes *items = ARENA_NEWS(a, struct bytes, JWKS_ITEMS_MAX);
    out->at = items;
    for (struct json_value v; json_item(j, &v) && json_skip(j, &v);) {
        if (out->n == JWKS_ITEMS_MAX)
            return false;
        items[out->n++] = v.raw;
    }
    return true;
}

RESULT jwk_set_split(struct ctx *c, struct bytes json, struct jwk_list *out)
{
    struct json j = json_open(c->arena, json);
    struct json_value v;
    struct jwk_list list = { 0 };
    if (json.n > JWKS_BYTES_MAX || !json_value(&j, &v) || v.kind != JSON_OBJECT)
        return fail(c, INVALID_REQUEST, "a JWK Set is not a JSON object, or too long");
    for (const char *name; json_member(&j, &name, &v);) {
        if (!text_equal(name, "keys")) {
            (void)json_skip(&j, &v); /* an error of the reader shows in json_done */
            continue;
        }
        if (v.kind != JSON_ARRAY)
            return fail(c, INVALID_REQUEST, "the keys of a JWK Set are not a list");
        if (!take_items(c->arena, &j, &list))
            return fail(c, INVALID_REQUEST, "a JWK Set has more than %d keys", JWKS_ITEMS_MAX);
    }
    if (!json_done(&j))
        return fail(c, INVALID_REQUEST, "a JWK Set is refused: %s", j.why);
    if (list.at == NULL)
        return fail(c, INVALID_REQUEST, "a JWK Set is refused: it has no keys");
    *out = list;
    return ok();
}
