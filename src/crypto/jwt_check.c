/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/jwt_check.h"

#include "base/time.h"
#include "crypto/jws_parts.h"

static RESULT mistyped(struct ctx *c, const struct jwt *jwt, const char *name)
{
    return because(c, TOKEN_CLAIM, name, "empty, or of the wrong type",
                   jws_refuse(c, jwt->signature.refusal,
                              "the claim %s of a token is empty or has the wrong type", name));
}

/* "exp 2026-11-24T14:06:07Z", for administrators. */
static const char *moment(struct ctx *c, const char *what, int64_t at)
{
    return text_printf(c->arena, "%s %s", what, time_rfc3339(c->arena, at));
}

/* A text that is not empty, or absent. */
static RESULT read_text(struct ctx *c, const struct jwt *jwt, const char *name, const char **out)
{
    const struct jwt_claim *claim = jwt_claim(jwt, name);
    if (claim == NULL)
        return ok();
    if (claim->value.kind != JSON_TEXT || *claim->value.text == '\0')
        return mistyped(c, jwt, name);
    *out = claim->value.text;
    return ok();
}

/* RFC 7519 2, NumericDate: any number since 1970; what is beyond int64 is as far as it reaches. */
static RESULT read_time(struct ctx *c, const struct jwt *jwt, const char *name, int64_t *out)
{
    const struct jwt_claim *claim = jwt_claim(jwt, name);
    if (claim == NULL)
        return ok();
    if (claim->value.kind != JSON_NUMBER)
        return mistyped(c, jwt, name);
    int64_t at = json_int_saturated(&claim->value);
    if (at < 0)
        return because(
            c, TOKEN_CLAIM, name, "before 1970",
            jws_refuse(c, jwt->signature.refusal, "the claim %s of a token is before 1970", name));
    *out = at;
    return ok();
}

/* RFC 7519 4.1.3: one text, or a list of texts; an empty list would be an audience of nobody. */
static RESULT read_audience(struct ctx *c, struct jwt *jwt)
{
    const struct jwt_claim *claim = jwt_claim(jwt, "aud");
    if (claim == NULL)
        return ok();
    if (claim->value.kind == JSON_TEXT) {
        const char **at = ARENA_NEW(c->arena, const char *);
        at[0] = claim->value.text;
        jwt->aud = (struct texts){ at, 1 };
    } else if (claim->value.kind == JSON_ARRAY) {
        TRY(jwt_texts(c, jwt, "aud", &jwt->aud));
    }
    if (jwt->aud.n == 0 || texts_hold(jwt->aud, ""))
        return mistyped(c, jwt, "aud");
    return ok();
}

RESULT jwt_read_registered(struct ctx *c, struct jwt *jwt)
{
    TRY(read_text(c, jwt, "iss", &jwt->iss));
    TRY(read_text(c, jwt, "sub", &jwt->sub));
    TRY(read_text(c, jwt, "jti", &jwt->jti));
    TRY(read_time(c, jwt, "exp", &jwt->exp));
    TRY(read_time(c, jwt, "nbf", &jwt->nbf));
    TRY(read_time(c, jwt, "iat", &jwt->iat));
    return read_audience(c, jwt);
}

/* RFC 8725 3.11: the type is what keeps one kind of token from being taken for another. */
static RESULT check_type(struct ctx *c, const struct jwt *jwt, const struct jwt_policy *policy)
{
    const char *typ = jwt->signature.typ;
    bool plain = typ == NULL || text_equal(typ, "jwt");
    bool right = policy->typ == NULL ? plain : text_equal(typ, policy->typ);
    if (!right && !(plain && (policy->open & JWT_TYP_OPTIONAL) != 0))
        return because(
            c, TOKEN_TYPE, policy->typ == NULL ? "jwt" : policy->typ, typ,
            jws_refuse(c, jwt->signature.refusal, "a token has the type %.64s, due is %s",
                       typ == NULL ? "(none)" : typ, policy->typ == NULL ? "jwt" : policy->typ));
    /* RFC 7519 5.2: a cty says that there is another token inside. */
    if (jwt->signature.cty != NULL)
        return because(c, TOKEN_TYPE, "no cty", jwt->signature.cty,
                       jws_refuse(c, jwt->signature.refusal, "a token has another one inside"));
    return ok();
}

static RESULT check_issuer(struct ctx *c, const struct jwt *jwt, const struct jwt_policy *policy)
{
    bool any = (policy->open & JWT_ANY_ISSUER) != 0;
    must(any || policy->iss != NULL);
    if (!any && !text_equal(jwt->iss, policy->iss))
        return because(c, TOKEN_ISSUER, policy->iss, jwt->iss,
                       jws_refuse(c, jwt->signature.refusal,
                                  "a token is of the issuer %.256s, due is %s",
                                  jwt->iss == NULL ? "(none)" : jwt->iss, policy->iss));
    return ok();
}

/* Whether the token names one of the audiences of the policy. */
static bool is_for_us(const struct jwt *jwt, const struct jwt_policy *policy)
{
    for (size_t i = 0; i < policy->aud.n; i++)
        if (texts_hold(jwt->aud, policy->aud.at[i]))
            return true;
    return false;
}

static RESULT check_audience(struct ctx *c, const struct jwt *jwt, const struct jwt_policy *policy)
{
    bool any = (policy->open & JWT_ANY_AUDIENCE) != 0;
    must(any || policy->aud.n > 0);
    if (!any && !is_for_us(jwt, policy))
        return because(c, TOKEN_AUDIENCE, text_join(c->arena, policy->aud, " "),
                       text_join(c->arena, jwt->aud, " "),
                       jws_refuse(c, jwt->signature.refusal, "a token is for %.256s, not for us",
                                  jwt->aud.n == 0 ? "nobody" : jwt->aud.at[0]));
    const struct jwt_claim *claim = jwt_claim(jwt, "aud");
    if ((policy->required & JWT_ONE_AUDIENCE) != 0 && jwt->aud.n != 1)
        return because(c, TOKEN_AUDIENCE, "one audience", text_join(c->arena, jwt->aud, " "),
                       jws_refuse(c, jwt->signature.refusal, "a token is for several audiences"));
    if ((policy->required & JWT_TEXT_AUDIENCE) != 0 &&
        (claim == NULL || claim->value.kind != JSON_TEXT))
        return because(c, TOKEN_AUDIENCE, "aud as one text", "a list",
                       jws_refuse(c, jwt->signature.refusal, "the aud of a token is not one text"));
    return ok();
}

static RESULT check_required(struct ctx *c, const struct jwt *jwt, const struct jwt_policy *policy)
{
    static const struct {
        unsigned bit;
        const char *name;
    } claims[] = { { JWT_SUB, "sub" }, { JWT_JTI, "jti" }, { JWT_IAT, "iat" }, { JWT_NBF, "nbf" } };
    unsigned required = policy->required | (policy->max_age > 0 ? JWT_IAT : 0U);
    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++)
        if ((required & claims[i].bit) != 0 && jwt_claim(jwt, claims[i].name) == NULL)
            return because(
                c, TOKEN_CLAIM, claims[i].name, NULL,
                jws_refuse(c, jwt->signature.refusal, "a token has no %s", claims[i].name));
    return ok();
}

/* RFC 7519 4.1.4: on or after exp it must not be accepted; without exp it would be good for ever.
 */
static RESULT check_expiry(struct ctx *c, const struct jwt *jwt, const struct jwt_policy *policy)
{
    if ((policy->open & JWT_NO_EXPIRY) != 0)
        return ok();
    if (jwt_claim(jwt, "exp") == NULL)
        return because(c, TOKEN_CLAIM, "exp", NULL,
                       jws_refuse(c, jwt->signature.refusal, "a token has no exp"));
    if (c->now >= time_add(jwt->exp, policy->leeway))
        return because(c, TOKEN_EXPIRED, moment(c, "now", c->now), moment(c, "exp", jwt->exp),
                       jws_refuse(c, jwt->signature.refusal, "a token has expired"));
    if (policy->max_life > 0 && jwt->exp > time_add(time_add(c->now, policy->max_life), JWT_SKEW))
        return because(c, TOKEN_LIFE,
                       moment(c, "exp at the latest", time_add(c->now, policy->max_life)),
                       moment(c, "exp", jwt->exp),
                       jws_refuse(c, jwt->signature.refusal, "a token would live too long"));
    return ok();
}

/* RFC 7519 4.1.5 and 4.1.6. */
static RESULT check_beginning(struct ctx *c, const struct jwt *jwt, const struct jwt_policy *policy)
{
    int64_t latest = time_add(c->now, JWT_SKEW);
    if (jwt->nbf > latest)
        return because(c, TOKEN_NOT_YET, moment(c, "at the latest", latest),
                       moment(c, "nbf", jwt->nbf),
                       jws_refuse(c, jwt->signature.refusal, "a token is not good yet"));
    if (jwt->iat > latest)
        return because(c, TOKEN_NOT_YET, moment(c, "at the latest", latest),
                       moment(c, "iat", jwt->iat),
                       jws_refuse(c, jwt->signature.refusal, "a token was issued in the future"));
    if (policy->max_age > 0 &&
        c->now > time_add(time_add(jwt->iat, policy->max_age), policy->leeway))
        return because(c, TOKEN_TOO_OLD, moment(c, "now", c->now), moment(c, "iat", jwt->iat),
                       jws_refuse(c, jwt->signature.refusal, "a token was issued too long ago"));
    return ok();
}

RESULT jwt_check(struct ctx *c, const struct jwt *jwt, const struct jwt_policy *policy)
{
    TRY(check_type(c, jwt, policy));
    TRY(check_issuer(c, jwt, policy));
    TRY(check_audience(c, jwt, policy));
    TRY(check_required(c, jwt, policy));
    TRY(check_expiry(c, jwt, policy));
    return check_beginning(c, jwt, policy);
}
