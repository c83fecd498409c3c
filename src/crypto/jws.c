/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/jws.h"

#include "base/codec.h"
#include "crypto/digest.h"
#include "crypto/jose_header.h"
#include "crypto/jws_parts.h"
#include "crypto/signature.h"

#include <string.h>

struct hmac_secret {
    struct bytes at;
};

RESULT hmac_secret_new(struct ctx *c, struct arena *a, struct bytes secret,
                       const struct hmac_secret **out)
{
    /* RFC 7518 3.2: as long as the hash at least. */
    if (secret.n < HMAC_SECRET_MIN || secret.n > HMAC_SECRET_MAX)
        return fail(c, INVALID_REQUEST, "a secret for HS256 has %d to %d bytes, this has %zu",
                    HMAC_SECRET_MIN, HMAC_SECRET_MAX, secret.n);
    struct hmac_secret *made = ARENA_NEW(a, struct hmac_secret);
    made->at = (struct bytes){ arena_copy(a, secret.at, secret.n), secret.n };
    *out = made;
    return ok();
}

bool jws_split(const char *token, size_t bytes_max, struct jws_parts *out)
{
    size_t n = strnlen(token, bytes_max + 1);
    const char *end = token + n;
    const char *first = memchr(token, '.', n);
    if (n > bytes_max || first == NULL)
        return false;
    const char *second = memchr(first + 1, '.', (size_t)(end - first - 1));
    if (second == NULL || memchr(second + 1, '.', (size_t)(end - second - 1)) != NULL)
        return false;
    const uint8_t *at = (const uint8_t *)token;
    size_t one = (size_t)(first - token), two = (size_t)(second - token);
    *out = (struct jws_parts){ .header = { at, one },
                               .payload = { at + one + 1, two - one - 1 },
                               .signature = { at + two + 1, n - two - 1 },
                               .signed_input = { at, two } };
    return true;
}

/* The key in the header, whose private half the sender claims to have (RFC 9449 4.2). */
static RESULT key_from_header(struct ctx *c, const struct jws_policy *policy,
                              const struct jose_header *h, const struct key **out)
{
    if (h->jwk.n == 0)
        return because(c, TOKEN_KEY, "jwk in the header", NULL,
                       jws_refuse(c, policy->refusal, "a proof has no key in its header"));
    err e = key_read_jwk(c, c->arena, h->jwk, false, out);
    if (e.code != ERR_INVALID_REQUEST)
        return e;
    const char *why = c->fault.text;
    fault_clear(c);
    return because(c, TOKEN_KEY, "an acceptable jwk", NULL,
                   jws_refuse(c, policy->refusal, "%s", why));
}

/* The kids that would do, for administrators. */
static const char *kids_of(struct ctx *c, const struct key_set *keys)
{
    struct text_buffer out = text_buffer(c->arena);
    text_add(&out, "kid");
    for (size_t i = 0; keys != NULL && i < keys->n && i < 4; i++)
        text_addf(&out, " %.48s", keys->at[i]->kid == NULL ? "(none)" : keys->at[i]->kid);
    return text_of(&out);
}

/* The one key that the policy has for this header (claim I4). */
static RESULT choose_key(struct ctx *c, const struct jws_policy *policy,
                         const struct jose_header *h, enum jws_alg alg, const struct key **out)
{
    if (policy->key_in_header)
        return key_from_header(c, policy, h, out);
    const struct key *key = policy->keys == NULL ? NULL : key_find(policy->keys, h->kid, alg);
    if (key == NULL)
        return because(c, TOKEN_KEY, kids_of(c, policy->keys), h->kid,
                       jws_refuse(c, policy->refusal, "there is no key for %s with the kid %s",
                                  alg_name(alg), h->kid == NULL ? "(none)" : h->kid));
    *out = key;
    return ok();
}

/* Whether one of the secrets made the MAC; all are tried, so that time does not tell which. */
static bool mac_holds(const struct jws_policy *policy, struct bytes in, struct bytes mac)
{
    bool holds = false;
    for (size_t i = 0; i < policy->secrets_n; i++) {
        uint8_t own[DIGEST_SHA256];
        hmac_sha256(policy->secrets[i]->at, in, own);
        holds |= ct_equal((struct bytes){ own, sizeof own }, mac);
    }
    return holds;
}

static const char *kid_of(struct ctx *c, const struct key *key)
{
    return text_printf(c->arena, "of the key %.48s", key->kid == NULL ? "(none)" : key->kid);
}

static RESULT check_signature(struct ctx *c, const struct jws_policy *policy,
                              const struct jose_header *h, const struct jws_parts *parts,
                              struct jws *jws)
{
    struct bytes signature;
    if (!base64url_decode(c->arena, parts->payload, &jws->payload) ||
        !base64url_decode(c->arena, parts->signature, &signature))
        return because(c, TOKEN_SYNTAX, "base64url", NULL,
                       jws_refuse(c, policy->refusal, "a token is not base64url"));
    enum signature_answer answer = SIGNATURE_WRONG;
    if (jws->alg == ALG_HS256) {
        if (mac_holds(policy, parts->signed_input, signature))
            answer = SIGNATURE_RIGHT;
    } else {
        TRY(choose_key(c, policy, h, jws->alg, &jws->key));
        answer = signature_check(jws->key, jws->alg, parts->signed_input, signature);
    }
    if (answer == SIGNATURE_UNKNOWN)
        return fail(c, UNAVAILABLE, "there is no memory to check a signature");
    if (answer != SIGNATURE_RIGHT)
        return because(c, TOKEN_SIGNATURE,
                       jws->key == NULL ? "a MAC of the secret" : kid_of(c, jws->key), NULL,
                       jws_refuse(c, policy->refusal, "the %s signature of a token is wrong",
                                  alg_name(jws->alg)));
    return ok();
}

RESULT jws_verify(struct ctx *c, const char *token, const struct jws_policy *policy,
                  struct jws *out)
{
    struct jws_parts parts;
    struct jose_header h;
    if (!jws_split(token, policy->bytes_max == 0 ? JWS_BYTES_MAX : policy->bytes_max, &parts))
        return because(
            c, TOKEN_SYNTAX, "three parts with two dots", NULL,
            jws_refuse(c, policy->refusal, "a token does not have three parts, or is too long"));
    const char *why = jose_header_read(c->arena, parts.header, &h);
    if (why == NULL && h.jwk.n > 0 && !policy->key_in_header)
        why = "its header brings a key of its own";
    if (why != NULL)
        return because(c, TOKEN_SYNTAX, NULL, why,
                       jws_refuse(c, policy->refusal, "a token is refused: %s", why));
    /* RFC 8725 3.1: the algorithm is one of the caller's; "none" is not even in the table. */
    enum jws_alg alg = alg_from_name(h.alg);
    if ((policy->algs & alg) == 0)
        return because(
            c, TOKEN_ALGORITHM, text_join(c->arena, alg_names(c->arena, policy->algs), " "), h.alg,
            jws_refuse(c, policy->refusal, "the algorithm %.32s is not accepted here", h.alg));
    struct jws jws = { .alg = alg,
                       .kid = h.kid,
                       .typ = jose_media_type(c->arena, h.typ),
                       .cty = h.cty,
                       .refusal = policy->refusal };
    TRY(check_signature(c, policy, &h, &parts, &jws));
    *out = jws;
    return ok();
}

/* `text`, a dot, and `in` as base64url. */
static const char *joined(struct arena *a, const char *text, struct bytes in)
{
    size_t n = strlen(text);
    char *out = arena_alloc(a, n + 1 + base64url_size(in.n) + 1);
    memcpy(out, text, n);
    out[n] = '.';
    *base64url_put(out + n + 1, in) = '\0';
    return out;
}

const char *jws_complete(struct arena *a, const char *text, struct bytes signature)
{
    return joined(a, text, signature);
}

/* "<header>.<payload>" */
const char *jws_unsigned(struct arena *a, enum jws_alg alg, const struct jws_head *head,
                         struct bytes payload)
{
    struct json_writer w = json_writer(a);
    json_object(&w, NULL);
    json_text(&w, "alg", alg_name(alg));
    json_text_if(&w, "typ", head->typ);
    json_text_if(&w, "kid", head->kid);
    json_text_if(&w, "x5t#S256", head->x5t_s256);
    if (head->x5c.n > 0)
        json_texts(&w, "x5c", head->x5c);
    if (head->jwk != NULL)
        json_raw(&w, "jwk", head->jwk);
    json_object_end(&w);
    return joined(a, base64url_encode(a, bytes_of(json_written(&w))), payload);
}

RESULT jws_sign_head(struct ctx *c, const struct key *key, const struct jws_head *head,
                     struct bytes payload, const char **token)
{
    const char *text = jws_unsigned(c->arena, key->alg, head, payload);
    struct bytes signature;
    TRY(signature_make(c, key, key->alg, bytes_of(text), &signature));
    *token = jws_complete(c->arena, text, signature);
    return ok();
}

RESULT jws_sign(struct ctx *c, const struct key *key, const char *typ, struct bytes payload,
                const char **token)
{
    const struct jws_head head = { .typ = typ, .kid = key->kid };
    return jws_sign_head(c, key, &head, payload, token);
}

RESULT jws_sign_secret(struct ctx *c, const struct hmac_secret *secret, const char *typ,
                       struct bytes payload, const char **token)
{
    const struct jws_head head = { .typ = typ };
    const char *text = jws_unsigned(c->arena, ALG_HS256, &head, payload);
    uint8_t mac[DIGEST_SHA256];
    hmac_sha256(secret->at, bytes_of(text), mac);
    *token = jws_complete(c->arena, text, (struct bytes){ mac, sizeof mac });
    return ok();
}
