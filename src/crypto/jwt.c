/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/jwt.h"

#include "base/codec.h"
#include "crypto/jws_parts.h"
#include "crypto/jwt_check.h"

#include <assert.h>
#include <string.h>

static size_t place_of(const char *name)
{
    return text_trait(name, strlen(name)) % JWT_CLAIM_PLACES;
}

/* The claims as they come, in an array that doubles. */
struct claims {
    struct jwt_claim *at;
    size_t n, room;
    uint16_t last[JWT_CLAIM_PLACES];
};

static void claims_add(struct arena *a, struct claims *claims, struct jwt_claim claim)
{
    static_assert(JSON_TOKENS_MAX <= UINT16_MAX, "each has a place in the index");
    uint16_t *last = &claims->last[place_of(claim.name)];
    if (claims->n == claims->room) {
        size_t room = claims->room == 0 ? 24 : 2 * claims->room;
        struct jwt_claim *wider = ARENA_NEWS(a, struct jwt_claim, room);
        for (size_t i = 0; i < claims->n; i++)
            wider[i] = claims->at[i];
        claims->at = wider;
        claims->room = room;
    }
    claim.next = *last;
    claims->at[claims->n++] = claim;
    *last = (uint16_t)claims->n;
}

/* Returns what is wrong with the payload as JSON, or NULL. */
static const char *read_claims(struct arena *a, struct bytes payload, struct claims *out)
{
    struct json j = json_open(a, payload);
    struct jwt_claim claim = { 0 };
    if (!json_value(&j, &claim.value) || claim.value.kind != JSON_OBJECT)
        return "it is not a JSON object";
    while (json_member(&j, &claim.name, &claim.value) && json_skip(&j, &claim.value))
        claims_add(a, out, claim);
    return json_done(&j) ? NULL : j.why;
}

static void take_claims(const struct claims *claims, struct jwt *out)
{
    out->claims = claims->at;
    out->claims_n = claims->n;
    out->last = claims->last;
}

/* As read_claims, of a token that nobody has verified. */
static bool read_unverified(struct arena *a, struct bytes payload, struct jwt *out)
{
    struct claims *claims = ARENA_NEW(a, struct claims);
    bool read = read_claims(a, payload, claims) == NULL;
    take_claims(claims, out);
    return read;
}

const struct jwt_claim *jwt_claim(const struct jwt *jwt, const char *name)
{
    size_t at = jwt->last == NULL ? 0 : jwt->last[place_of(name)];
    while (at > 0 && !text_equal(jwt->claims[at - 1].name, name))
        at = jwt->claims[at - 1].next;
    return at == 0 ? NULL : &jwt->claims[at - 1];
}

/* Whether there is such a claim; one that is null is none. */
static const struct jwt_claim *present(const struct jwt *jwt, const char *name)
{
    const struct jwt_claim *claim = jwt_claim(jwt, name);
    return claim == NULL || claim->value.kind == JSON_NULL ? NULL : claim;
}

static RESULT mistyped(struct ctx *c, const struct jwt *jwt, const char *name)
{
    return because(
        c, TOKEN_CLAIM, name, "of the wrong type",
        jws_refuse(c, jwt->signature.refusal, "the claim %s of a token has the wrong type", name));
}

RESULT jwt_text(struct ctx *c, const struct jwt *jwt, const char *name, const char **out)
{
    const struct jwt_claim *claim = present(jwt, name);
    if (claim != NULL && claim->value.kind != JSON_TEXT)
        return mistyped(c, jwt, name);
    *out = claim == NULL ? NULL : claim->value.text;
    return ok();
}

RESULT jwt_int(struct ctx *c, const struct jwt *jwt, const char *name, int64_t *out)
{
    const struct jwt_claim *claim = present(jwt, name);
    if (claim != NULL && claim->value.kind != JSON_NUMBER)
        return mistyped(c, jwt, name);
    *out = claim == NULL ? 0 : json_int_saturated(&claim->value);
    return ok();
}

RESULT jwt_bool(struct ctx *c, const struct jwt *jwt, const char *name, bool *out)
{
    const struct jwt_claim *claim = present(jwt, name);
    if (claim != NULL && claim->value.kind != JSON_BOOL)
        return mistyped(c, jwt, name);
    *out = claim != NULL && claim->value.truth;
    return ok();
}

RESULT jwt_texts(struct ctx *c, const struct jwt *jwt, const char *name, struct texts *out)
{
    const struct jwt_claim *claim = present(jwt, name);
    *out = (struct texts){ 0 };
    if (claim == NULL)
        return ok();
    if (claim->value.kind != JSON_ARRAY)
        return mistyped(c, jwt, name);
    /* A text takes two quotes and a comma at least. */
    const char **at = ARENA_NEWS(c->arena, const char *, claim->value.raw.n / 2 + 1);
    struct json j = json_open(c->arena, claim->value.raw);
    struct json_value v;
    size_t n = 0;
    if (!json_value(&j, &v))
        return mistyped(c, jwt, name);
    while (json_item(&j, &v)) {
        if (v.kind != JSON_TEXT)
            return mistyped(c, jwt, name);
        at[n++] = v.text;
    }
    if (!json_done(&j))
        return mistyped(c, jwt, name);
    *out = (struct texts){ at, n };
    return ok();
}

RESULT jwt_read(struct ctx *c, struct jwt *jwt)
{
    struct claims *claims = ARENA_NEW(c->arena, struct claims);
    const char *why = read_claims(c->arena, jwt->signature.payload, claims);
    if (why != NULL)
        return because(
            c, TOKEN_SYNTAX, "a JSON object", why,
            jws_refuse(c, jwt->signature.refusal, "the payload of a token is refused: %s", why));
    take_claims(claims, jwt);
    return jwt_read_registered(c, jwt);
}

RESULT jwt_verify(struct ctx *c, const char *token, const struct jwt_policy *policy,
                  struct jwt *out)
{
    struct jwt jwt = { 0 };
    TRY(jws_verify(c, token, &policy->signature, &jwt.signature));
    TRY(jwt_read(c, &jwt));
    TRY(jwt_check(c, &jwt, policy));
    *out = jwt;
    return ok();
}

RESULT jwt_take(struct ctx *c, struct bytes payload, const struct jwt_policy *policy,
                struct jwt *out)
{
    struct jwt jwt = { .signature = { .typ = policy->typ,
                                      .payload = payload,
                                      .refusal = policy->signature.refusal } };
    TRY(jwt_read(c, &jwt));
    TRY(jwt_check(c, &jwt, policy));
    *out = jwt;
    return ok();
}

const char *jwt_unverified_text(struct ctx *c, const char *token, const char *name)
{
    struct jws_parts parts;
    struct jwt jwt = { 0 };
    struct bytes payload;
    if (!jws_split(token, JWS_BYTES_MAX, &parts) ||
        !base64url_decode(c->arena, parts.payload, &payload) ||
        !read_unverified(c->arena, payload, &jwt))
        return NULL;
    const struct jwt_claim *claim = jwt_claim(&jwt, name);
    return claim == NULL || claim->value.kind != JSON_TEXT ? NULL : claim->value.text;
}

RESULT jwt_unverified(struct ctx *c, const char *token, size_t bytes_max, struct jwt *out)
{
    struct jws_parts parts;
    struct jwt jwt = { 0 };
    if (!jws_split(token, bytes_max, &parts) ||
        !base64url_decode(c->arena, parts.payload, &jwt.signature.payload) ||
        !read_unverified(c->arena, jwt.signature.payload, &jwt))
        return fail(c, INVALID_TOKEN, "this has not the form of a token");
    TRY(jwt_read_registered(c, &jwt));
    *out = jwt;
    return ok();
}

RESULT jwt_sign(struct ctx *c, const struct key *key, const char *typ, const char *payload,
                const char **token)
{
    return jws_sign(c, key, typ, bytes_of(payload), token);
}
