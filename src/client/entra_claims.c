/* SPDX-License-Identifier: Apache-2.0 */
#include "client/entra_claims.h"

#include "base/codec.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "client/challenge.h"

#include <string.h>
#include <strings.h>

enum { MEMBERS_MAX = 64, CLAIMS_MAX = 32 * 1024 };

/* ---- objects in one ---- */

struct one {
    const char *name, *raw;
    bool is_object;
};
struct members {
    struct one at[MEMBERS_MAX];
    size_t n;
};

static bool read_members(struct arena *a, const char *json, struct members *out)
{
    struct json j = json_open(a, bytes_of(json));
    struct json_value v;
    out->n = 0;
    if (strlen(json) > CLAIMS_MAX || !json_value(&j, &v) || v.kind != JSON_OBJECT)
        return false;
    for (const char *name; json_member(&j, &name, &v);) {
        if (!json_skip(&j, &v) || out->n == MEMBERS_MAX)
            return false;
        out->at[out->n++] = (struct one){ name, text_copy(a, (const char *)v.raw.at, v.raw.n),
                                          v.kind == JSON_OBJECT };
    }
    return json_done(&j);
}

static const struct one *find(const struct members *in, const char *name)
{
    for (size_t i = 0; i < in->n; i++)
        if (text_equal(in->at[i].name, name))
            return &in->at[i];
    return NULL;
}

/* As deep as JSON may be (JSON_DEPTH_MAX).  NULL: one of them is no object. */
static const char *join(struct arena *a, const char *base, const char *over)
{
    struct members *x = ARENA_NEW(a, struct members);
    struct members *y = ARENA_NEW(a, struct members);
    struct json_writer w = json_writer(a);
    if (!read_members(a, base, x) || !read_members(a, over, y))
        return NULL;
    json_object(&w, NULL);
    for (size_t i = 0; i < x->n; i++) {
        const struct one *same = find(y, x->at[i].name);
        const char *raw = same == NULL ? x->at[i].raw : same->raw;
        if (same != NULL && same->is_object && x->at[i].is_object)
            raw = join(a, x->at[i].raw, same->raw);
        if (raw == NULL)
            return NULL;
        json_raw(&w, x->at[i].name, raw);
    }
    for (size_t i = 0; i < y->n; i++)
        if (find(x, y->at[i].name) == NULL)
            json_raw(&w, y->at[i].name, y->at[i].raw);
    json_object_end(&w);
    return json_written(&w);
}

RESULT entra_claims_join(struct ctx *c, const char *base, const char *over, const char **out)
{
    const char *joined = join(c->arena, base == NULL ? "{}" : base, over == NULL ? "{}" : over);
    if (joined == NULL)
        return fail(c, INVALID_REQUEST,
                    "claims are no JSON object; those of a challenge are base64 "
                    "and have to be decoded");
    *out = text_equal(joined, "{}") ? NULL : joined;
    return ok();
}

RESULT entra_claims_merge(struct ctx *c, struct texts capabilities, const char *claims,
                          const char **out)
{
    struct json_writer w = json_writer(c->arena);
    if (capabilities.n == 0)
        return entra_claims_join(c, NULL, claims, out);
    json_object(&w, NULL);
    json_object(&w, "access_token");
    json_object(&w, "xms_cc");
    json_texts(&w, "values", capabilities);
    json_object_end(&w);
    json_object_end(&w);
    json_object_end(&w);
    return entra_claims_join(c, claims, json_written(&w), out);
}

/* ---- challenges ---- */

static const char *decode_claims(struct arena *a, const char *text)
{
    struct members *members = ARENA_NEW(a, struct members);
    char *plain = arena_copy(a, text, strlen(text) + 1);
    struct bytes out;
    for (char *at = plain; *at != '\0'; at++)
        *at = *at == '+' ? '-' : *at == '/' ? '_' : *at;
    size_t n = strcspn(plain, "=");
    if (strspn(plain + n, "=") != strlen(plain + n) ||
        !base64url_decode(a, (struct bytes){ (const uint8_t *)plain, n }, &out) ||
        memchr(out.at, '\0', out.n) != NULL)
        return NULL;
    const char *json = text_copy(a, (const char *)out.at, out.n);
    return read_members(a, json, members) ? json : NULL;
}

const char *entra_challenge_claims(struct arena *a, const char *www_authenticate)
{
    const char *claims = NULL;
    bool asks = false;
    const char *name = NULL;
    const char *value = NULL;
    for (const char *at = www_authenticate; challenge_next(a, &at, &name, &value);) {
        asks = asks || (text_equal_nocase(name, "error") &&
                        text_equal_nocase(value, "insufficient_claims"));
        if (text_equal_nocase(name, "claims"))
            claims = value;
    }
    return asks && claims != NULL ? decode_claims(a, claims) : NULL;
}

const char *entra_challenge(struct arena *a, const char *claims)
{
    return text_printf(a, "Bearer realm=\"\", error=\"insufficient_claims\", claims=\"%s\"",
                       base64_encode(a, bytes_of(claims), true));
}
