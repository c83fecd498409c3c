/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/request_object.h"

#include "base/codec.h"
#include "crypto/digest.h"
#include "crypto/jwt.h"
#include "oauth/client_keys.h"
#include "oauth/fapi.h"
#include "store/seen.h"
#include "token/claims.h"

static const char typ[] = "oauth-authz-req+jwt";

/* ---- the signature and the claims of a JWT ---- */

static unsigned algs_of(const struct client *client)
{
    const char *only = client->metadata.request_object_signing_alg;
    unsigned algs = fapi_algs(&client->metadata, ALGS_ASYMMETRIC);
    return only == NULL ? algs : algs & alg_from_name(only);
}

static RESULT verify(struct ctx *c, const struct client *client, const char *object,
                     struct jwt *out)
{
    const struct key_set *keys = NULL;
    const char *issuer = token_issuer(c);
    if (!client_has_keys(client))
        return because(
            c, REQUEST_OBJECT, "jwks or jwks_uri", NULL,
            fail(c, REQUEST_NOT_SUPPORTED, "client %s has registered no keys", client->id));
    TRY(client_keys(c, client, object, &keys));
    const struct jwt_policy policy = {
        .signature = { .algs = algs_of(client),
                       .keys = keys,
                       .refusal = ERR_INVALID_REQUEST_OBJECT },
        .typ = typ,
        .iss = client->id,
        .aud = { &issuer, 1 },
        .required = JWT_ONE_AUDIENCE,
        .open = JWT_TYP_OPTIONAL,
        .max_life = REQUEST_OBJECT_LIFE_MAX,
    };
    TRY(jwt_verify(c, object, &policy, out));
    /* FAPI 2.0 Message Signing 5.3.1. */
    if (fapi_signs(&client->metadata) &&
        (out->nbf == 0 || out->exp - out->nbf > REQUEST_OBJECT_LIFE_MAX))
        return because(c, REQUEST_OBJECT, "nbf, and exp within an hour of it", NULL,
                       fail(c, INVALID_REQUEST_OBJECT,
                            "a request object of client %s has no nbf, or lives too long",
                            client->id));
    /* RFC 9101 10.8. */
    if (text_equal(out->sub, client->id))
        return because(
            c, REQUEST_OBJECT, "no sub", out->sub,
            fail(c, INVALID_REQUEST_OBJECT, "the client is the sub of its request object"));
    return ok();
}

/* ---- its parameters ---- */

/* RFC 9101 4: neither stands in a request object. */
static bool is_nested(const char *name)
{
    return text_equal(name, "request") || text_equal(name, "request_uri");
}

static const struct shape_field *parameter(const char *name)
{
    for (size_t i = 0; i < authorize_request_shape.n; i++)
        if (text_equal(authorize_request_shape.fields[i].name, name))
            return &authorize_request_shape.fields[i];
    return NULL;
}

/* Parameters in the form in which a plain request brings them. */
struct parameters {
    struct form_field *at;
    size_t n, room;
};

static bool add(struct parameters *to, const char *name, const char *value)
{
    if (value == NULL || to->n == to->room)
        return false;
    to->at[to->n++] = (struct form_field){ name, value };
    return true;
}

static bool add_texts(struct arena *a, struct parameters *to, const struct jwt_claim *claim)
{
    struct json j = json_open(a, claim->value.raw);
    struct json_value item;
    bool good = json_value(&j, &item);
    while (good && json_item(&j, &item))
        good = item.kind == JSON_TEXT && add(to, claim->name, item.text);
    return good && json_done(&j);
}

/* RFC 9101 4, OpenID Connect Core 6.1, RFC 9396 3: what is a number or JSON in a plain request is
 * so without quotes here. */
static bool is_bare_json(const struct jwt_claim *claim)
{
    static const struct {
        const char *name;
        enum json_kind kind;
    } bare[] = {
        { "max_age", JSON_NUMBER },
        { "claims", JSON_OBJECT },
        { "authorization_details", JSON_ARRAY },
    };
    for (size_t i = 0; i < sizeof bare / sizeof bare[0]; i++)
        if (text_equal(bare[i].name, claim->name) && bare[i].kind == claim->value.kind)
            return true;
    return false;
}

/* JOSE-24: of the type that it has to have. */
static bool add_claim(struct arena *a, struct parameters *to, const struct shape_field *field,
                      const struct jwt_claim *claim)
{
    const struct json_value *value = &claim->value;
    if (value->kind == JSON_NULL)
        return true;
    if (value->kind == JSON_TEXT)
        return add(to, claim->name, value->text);
    if (value->kind == JSON_ARRAY && field->kind == SHAPE_TEXTS)
        return add_texts(a, to, claim);
    return is_bare_json(claim) &&
           add(to, claim->name, text_copy(a, (const char *)value->raw.at, value->raw.n));
}

static RESULT collect(struct ctx *c, const struct jwt *jwt, struct form *out)
{
    enum { ROOM = 64 };
    struct parameters all = { ARENA_NEWS(c->arena, struct form_field, ROOM), 0, ROOM };
    for (size_t i = 0; i < jwt->claims_n; i++) {
        const struct jwt_claim *claim = &jwt->claims[i];
        if (is_nested(claim->name))
            return because(
                c, REQUEST_OBJECT, NULL, claim->name,
                fail(c, INVALID_REQUEST_OBJECT, "there is a %s in a request object", claim->name));
        const struct shape_field *field = parameter(claim->name);
        if (field != NULL && !add_claim(c->arena, &all, field, claim))
            return because(
                c, REQUEST_OBJECT, "a parameter of the right type", claim->name,
                fail(c, INVALID_REQUEST_OBJECT, "the parameter %s has a wrong type", claim->name));
    }
    *out = (struct form){ all.at, all.n };
    return ok();
}

RESULT request_object_read(struct ctx *c, const struct client *client, const char *object,
                           struct request_object *out)
{
    struct jwt jwt = { 0 };
    struct form form = { 0 };
    struct request_object read = { 0 };
    TRY(verify(c, client, object, &jwt));
    TRY(collect(c, &jwt, &form));
    TRY(shape_read_form(c, &authorize_request_shape, bytes_of(form_encode(c->arena, &form)),
                        &read.in));
    /* RFC 9101 5, 6.3. */
    if (!text_equal(read.in.client_id, client->id))
        return because(c, REQUEST_OBJECT, client->id, read.in.client_id,
                       fail(c, INVALID_REQUEST_OBJECT,
                            "the client_id in the request object is not %s", client->id));
    read.jti = jwt.jti;
    read.expires_at = jwt.exp + JWT_SKEW;
    *out = read;
    return ok();
}

RESULT request_object_use(struct ctx *c, const struct client *client,
                          const struct request_object *object)
{
    bool first = true;
    if (object->jti == NULL)
        return ok();
    /* Decision 10. */
    const struct seen_key key = { "request", client->id, token_hash(c->arena, object->jti) };
    TRY(seen_add(c, &key, object->expires_at, &first));
    if (!first)
        return because(c, REQUEST_OBJECT_REPLAY, NULL, object->jti,
                       fail_say(c, INVALID_REQUEST_OBJECT, "This request object was used before.",
                                "a request object of client %s came twice", client->id));
    return ok();
}
