/* SPDX-License-Identifier: Apache-2.0 */
#include "client/claims.h"

#include <string.h>

/* The first part of a pointer, its escapes undone (RFC 6901 4); *rest is what follows it. */
static const char *first_part(struct arena *a, const char *pointer, const char **rest)
{
    struct text_buffer b = text_buffer(a);
    const char *at = pointer + 1;
    for (; *at != '\0' && *at != '/'; at++) {
        bool escape = at[0] == '~' && (at[1] == '0' || at[1] == '1');
        char c = !escape ? *at : at[1] == '0' ? '~' : '/';
        at += escape;
        text_add_bytes(&b, &c, 1);
    }
    *rest = at;
    return text_of(&b);
}

/* The member `name` of the object `from`, or the item of a list. */
static bool step(struct arena *a, const struct json_value *from, const char *name,
                 struct json_value *out)
{
    struct json j = json_open(a, from->raw);
    struct json_value v;
    const char *member = NULL;
    bool found = false;
    int64_t index = -1;
    int64_t at = 0;
    if (!json_value(&j, &v))
        return false;
    if (v.kind == JSON_ARRAY && text_int(name, 0, JSON_TOKENS_MAX, &index)) {
        for (; json_item(&j, &v) && json_skip(&j, &v); at++)
            if (at == index) {
                *out = v;
                found = true;
            }
    } else if (v.kind == JSON_OBJECT) {
        while (json_member(&j, &member, &v) && json_skip(&j, &v))
            if (text_equal(member, name)) {
                *out = v;
                found = true;
            }
    }
    return found;
}

bool claim_find(struct arena *a, const struct jwt *jwt, const char *name, struct json_value *out)
{
    const char *rest = "";
    const char *first = name[0] == '/' ? first_part(a, name, &rest) : name;
    const struct jwt_claim *claim = jwt_claim(jwt, first);
    if (claim == NULL)
        return false;
    *out = claim->value;
    while (*rest != '\0') {
        struct json_value from = *out;
        const char *part = first_part(a, rest, &rest);
        if ((from.kind != JSON_OBJECT && from.kind != JSON_ARRAY) || !step(a, &from, part, out))
            return false;
    }
    return true;
}

static struct texts items_of(struct arena *a, const struct json_value *list)
{
    struct json j = json_open(a, list->raw);
    struct json_value v;
    struct texts out = { ARENA_NEWS(a, const char *, list->raw.n / 2 + 1), 0 };
    if (!json_value(&j, &v))
        return (struct texts){ 0 };
    while (json_item(&j, &v) && json_skip(&j, &v))
        if (v.kind == JSON_TEXT)
            out.at[out.n++] = v.text;
    return out;
}

struct texts claim_words(struct arena *a, const struct jwt *jwt, const char *name)
{
    struct json_value v;
    if (!claim_find(a, jwt, name, &v))
        return (struct texts){ 0 };
    if (v.kind == JSON_TEXT)
        return text_split(a, v.text, ' ');
    return v.kind == JSON_ARRAY ? items_of(a, &v) : (struct texts){ 0 };
}
