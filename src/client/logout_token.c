/* SPDX-License-Identifier: Apache-2.0 */
#include "client/logout_token.h"

#include "client/id_token.h"
#include "client/tenant_issuer.h"

static const char event[] = "http://schemas.openid.net/event/backchannel-logout";

/* 2.4: an object with this member, whose value is an object. */
static bool is_logout(struct ctx *c, const struct jwt *jwt)
{
    const struct jwt_claim *events = jwt_claim(jwt, "events");
    struct json_value v;
    bool found = false;
    if (events == NULL || events->value.kind != JSON_OBJECT)
        return false;
    struct json j = json_open(c->arena, events->value.raw);
    if (!json_value(&j, &v))
        return false;
    for (const char *name; json_member(&j, &name, &v); (void)json_skip(&j, &v))
        found = found || (text_equal(name, event) && v.kind == JSON_OBJECT);
    return found && json_done(&j);
}

static RESULT check_said(struct ctx *c, const struct jwt *jwt, struct logout_told *out)
{
    *out = (struct logout_told){ .sub = jwt->sub, .jti = jwt->jti, .jwt = *jwt };
    TRY(jwt_text(c, jwt, "sid", &out->sid));
    if (!is_logout(c, jwt))
        return fail(c, INVALID_TOKEN, "a logout token is of no logout");
    /* 2.4: so that no ID token is taken for one. */
    if (jwt_claim(jwt, "nonce") != NULL)
        return fail(c, INVALID_TOKEN, "a logout token has a nonce");
    if (out->sub == NULL && out->sid == NULL)
        return fail(c, INVALID_TOKEN, "a logout token names nobody");
    return ok();
}

RESULT logout_token_check(struct ctx *c, const struct issuer *issuer, const char *client_id,
                          const char *token, struct replays *used, struct logout_told *out)
{
    const struct metadata *m = issuer->m;
    const struct upstream_keys *keys = NULL;
    struct jwt jwt;
    if (m->jwks_uri == NULL)
        return fail(c, UPSTREAM, "%s has no keys", issuer->issuer);
    TRY(metadata_keys(c, &issuer->at, m->jwks_uri, token, &keys));
    const struct jwt_policy policy = {
        .signature = { .algs = m->algs, .keys = &keys->set, .bytes_max = ID_TOKEN_BYTES_MAX },
        .typ = "logout+jwt",
        .iss = issuer->issuer,
        .aud = { &client_id, 1 },
        .required = JWT_IAT | JWT_JTI,
        .open = JWT_TYP_OPTIONAL,
        .leeway = ID_TOKEN_LEEWAY,
        .max_age = LOGOUT_TOKEN_AGE_MAX,
    };
    TRY(jwt_verify(c, token, &policy, &jwt));
    TRY(tenant_key_check(c, &jwt, keys, m->cloud_instance_name));
    TRY(check_said(c, &jwt, out));
    int64_t until = c->now + LOGOUT_TOKEN_AGE_MAX + 2 * ID_TOKEN_LEEWAY;
    bool first = true;
    if (used != NULL)
        TRY(replays_add(c, used, bytes_of(jwt.jti), until, &first));
    return first ? ok() : fail(c, INVALID_TOKEN, "a logout token came a second time");
}
