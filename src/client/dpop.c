/* SPDX-License-Identifier: Apache-2.0 */
#include "client/dpop.h"

#include "base/time.h"
#include "client/dpop_nonce.h"
#include "crypto/digest.h"
#include "net/ascii.h"
#include "net/url.h"

#include <string.h>

#define REFUSE(c, name, expected, got, ...)                                                        \
    because((c), name, (expected), (got), fail(c, INVALID_DPOP_PROOF, __VA_ARGS__))

/* A claim that is a text; absent is refused as well. */
static RESULT text_of_claim(struct ctx *c, const struct jwt *jwt, const char *name,
                            const char **out)
{
    TRY(jwt_text(c, jwt, name, out));
    if (*out == NULL)
        return REFUSE(c, DPOP_CLAIM, name, NULL, "a DPoP proof has no %s", name);
    return ok();
}

/* One character of a path and how many bytes it takes; an escape of what need not be escaped is
 * that character, others differ from the bare one (RFC 3986 6.2.2.2). */
static size_t take_unit(struct bytes path, unsigned *unit)
{
    enum { ESCAPED = 256 };
    int byte = ascii_escape(path);
    if (byte < 0) {
        *unit = path.at[0];
        return 1;
    }
    bool bare = ascii_in(&ascii_unreserved, (uint8_t)byte);
    *unit = bare ? (unsigned)byte : (unsigned)byte + ESCAPED;
    return 3;
}

static bool same_path(const char *a, const char *b)
{
    /* RFC 3986 6.2.3: an empty path means "/". */
    struct bytes one = bytes_of(*a == '\0' ? "/" : a), two = bytes_of(*b == '\0' ? "/" : b);
    while (one.n > 0 && two.n > 0) {
        unsigned left, right;
        size_t n = take_unit(one, &left), m = take_unit(two, &right);
        if (left != right)
            return false;
        one = (struct bytes){ one.at + n, one.n - n };
        two = (struct bytes){ two.at + m, two.n - m };
    }
    return one.n == 0 && two.n == 0;
}

/* RFC 9449 4.2, 4.3 (9). */
static bool same_target(const struct url *htu, const struct url *ours)
{
    return htu->query == NULL && htu->fragment == NULL && text_equal(htu->scheme, ours->scheme) &&
           text_equal(htu->host, ours->host) && url_port(htu) == url_port(ours) &&
           same_path(htu->path, ours->path);
}

static RESULT check_request(struct ctx *c, const struct jwt *jwt, const struct dpop_policy *policy)
{
    const char *htm = NULL, *htu = NULL;
    struct url theirs, ours;
    TRY(text_of_claim(c, jwt, "htm", &htm));
    TRY(text_of_claim(c, jwt, "htu", &htu));
    if (!text_equal(htm, policy->method))
        return REFUSE(c, DPOP_METHOD, policy->method, htm,
                      "a DPoP proof is for the method %.32s, not %s", htm, policy->method);
    must(url_parse(c->arena, bytes_of(policy->url), &ours) && ours.host != NULL);
    if (!url_parse(c->arena, bytes_of(htu), &theirs) || !same_target(&theirs, &ours))
        return REFUSE(c, DPOP_URL, policy->url, htu, "a DPoP proof is for %.256s, not %s", htu,
                      policy->url);
    return ok();
}

/* RFC 9449 4.3 (12). */
static RESULT check_binding(struct ctx *c, const struct jwt *jwt, const struct dpop_policy *policy,
                            const struct dpop *proof)
{
    if (policy->jkt != NULL && !text_equal(proof->jkt, policy->jkt))
        return REFUSE(c, DPOP_KEY, policy->jkt, proof->jkt,
                      "a DPoP proof is made with the key %s, due is %.64s", proof->jkt,
                      policy->jkt);
    if (policy->access_token == NULL)
        return ok();
    const char *ath = NULL;
    TRY(text_of_claim(c, jwt, "ath", &ath));
    const char *due = token_hash(c->arena, policy->access_token);
    if (!ct_equal(bytes_of(ath), bytes_of(due)))
        return REFUSE(c, DPOP_TOKEN, NULL, NULL,
                      "a DPoP proof is for another access token than the one beside it");
    return ok();
}

/* RFC 9449 8: looked at last, so that only who has made a good proof is told to make another. */
static RESULT check_nonce(struct ctx *c, const struct jwt *jwt, const struct dpop_policy *policy,
                          struct dpop *proof)
{
    const char *nonce = NULL;
    TRY(jwt_text(c, jwt, "nonce", &nonce));
    if (policy->nonce_for == NULL)
        return ok();
    if (nonce != NULL)
        proof->nonce_at = dpop_nonce_made_at(c, nonce, policy->nonce_for);
    if (policy->nonce_optional)
        return ok();
    if (nonce == NULL)
        return because(c, DPOP_NONCE, NULL, "none",
                       fail(c, USE_DPOP_NONCE, "a DPoP proof has no nonce"));
    if (proof->nonce_at == 0)
        return because(
            c, DPOP_NONCE, NULL, "another's, or an old one",
            fail(c, USE_DPOP_NONCE, "the nonce of a DPoP proof is not ours, or too old"));
    return ok();
}

static RESULT check_lifetime(struct ctx *c, const struct jwt *jwt)
{
    size_t n = strlen(jwt->jti);
    if (n < DPOP_JTI_MIN || n > DPOP_JTI_MAX)
        return REFUSE(c, DPOP_CLAIM, "a jti of acceptable length", NULL,
                      "the jti of a DPoP proof has %zu bytes, not %d to %d", n, DPOP_JTI_MIN,
                      DPOP_JTI_MAX);
    /* RFC 9449 has no exp; who writes one means it. */
    if (jwt_claim(jwt, "exp") != NULL && c->now >= jwt->exp)
        return REFUSE(c, TOKEN_EXPIRED, NULL, NULL, "a DPoP proof has expired");
    return ok();
}

RESULT dpop_verify(struct ctx *c, const char *proof, const struct dpop_policy *policy,
                   struct dpop *out)
{
    must((policy->algs & ~(unsigned)ALGS_ASYMMETRIC) == 0);
    const struct jwt_policy jwt_policy = {
        .signature = { .algs = policy->algs,
                       .key_in_header = true,
                       .refusal = ERR_INVALID_DPOP_PROOF },
        .typ = "dpop+jwt",
        .required = JWT_JTI | JWT_IAT,
        .open = JWT_ANY_ISSUER | JWT_ANY_AUDIENCE | JWT_NO_EXPIRY,
        .max_age = DPOP_WINDOW,
    };
    struct jwt jwt;
    TRY(jwt_verify(c, proof, &jwt_policy, &jwt));
    struct dpop found = { .key = jwt.signature.key,
                          .jkt = key_thumbprint(c->arena, jwt.signature.key->pkey),
                          .jti = jwt.jti,
                          .issued_at = jwt.iat,
                          .expires_at = time_add(jwt.iat, DPOP_WINDOW + 1) };
    TRY(check_lifetime(c, &jwt));
    TRY(check_request(c, &jwt, policy));
    TRY(check_binding(c, &jwt, policy, &found));
    TRY(check_nonce(c, &jwt, policy, &found));
    *out = found;
    return ok();
}

bool dpop_is_remembered(const struct dpop *proof, int64_t born)
{
    return proof->issued_at - JWT_SKEW > born || proof->nonce_at > born;
}
