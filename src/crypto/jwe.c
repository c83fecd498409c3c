/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/jwe.h"

#include "base/codec.h"
#include "base/json_writer.h"
#include "base/random.h"
#include "base/text.h"
#include "crypto/jose_header.h"
#include "crypto/jwe_key.h"
#include "crypto/jws_parts.h"

#include <openssl/crypto.h>
#include <string.h>

/* The longest iv. */
enum { IV_MAX = 16, PARTS = 5 };

/* The five parts in their order, first encoded, then, but for the header, as they are. */
enum part { HEADER, ENCRYPTED_KEY, IV, CIPHERTEXT, TAG };

/* False if `token` is longer than JWE_BYTES_MAX or does not have exactly four dots (JOSE-21). */
static bool split(const char *token, struct bytes parts[static PARTS])
{
    size_t n = strnlen(token, JWE_BYTES_MAX + 1);
    if (n > JWE_BYTES_MAX)
        return false;
    const uint8_t *at = (const uint8_t *)token, *end = at + n;
    for (size_t i = 0; i < PARTS; i++) {
        const uint8_t *dot = memchr(at, '.', (size_t)(end - at));
        if ((dot == NULL) != (i == PARTS - 1))
            return false;
        parts[i] = (struct bytes){ at, (size_t)((dot == NULL ? end : dot) - at) };
        at = dot == NULL ? end : dot + 1;
    }
    return true;
}

/* Decodes all but the header.  Returns what is wrong with the parts for `enc`, or NULL. */
static const char *decode(struct arena *a, enum jwe_enc enc, struct bytes parts[static PARTS])
{
    for (size_t i = ENCRYPTED_KEY; i < PARTS; i++)
        if (!base64url_decode(a, parts[i], &parts[i]))
            return "a part of it is not base64url";
    if (parts[IV].n != jwe_iv_bytes(enc))
        return "its iv does not have the length that is due";
    if (parts[TAG].n != JWE_TAG_BYTES)
        return "its tag does not have 16 bytes";
    if (parts[CIPHERTEXT].n == 0)
        return "it has no content";
    return NULL;
}

/* What the header says that the policy has to allow.  Returns what it does not allow, or NULL. */
static const char *choose(const struct jwe_policy *policy, const struct jose_header *h,
                          struct jwe *out, const struct encryption_key **key)
{
    if (h->jwk.n > 0)
        return "its header brings a key of its own";
    out->alg = jwe_alg_from_name(h->alg);
    if ((policy->algs & out->alg) == 0)
        return "its alg is not accepted here";
    out->enc = jwe_enc_from_name(h->enc);
    if ((policy->encs & out->enc) == 0)
        return "its enc is absent or not accepted here";
    *key = encryption_key_find(policy->keys, h->kid, out->alg);
    return *key == NULL ? "there is no key for its alg and kid" : NULL;
}

/* The content under the key that was found, be it the right one or not. */
static bool open_content(struct arena *a, const struct bytes parts[static PARTS],
                         const uint8_t cek[static JWE_CEK_BYTES], struct jwe *jwe)
{
    /* RFC 7516 5.1 (14): the header as it is encoded. */
    struct jwe_content content = {
        .enc = jwe->enc, .key = cek, .iv = parts[IV], .aad = parts[HEADER]
    };
    return jwe_content_decrypt(a, &content, parts[CIPHERTEXT], parts[TAG].at, &jwe->plain);
}

RESULT jwe_decrypt(struct ctx *c, const char *token, const struct jwe_policy *policy,
                   struct jwe *out)
{
    struct bytes parts[PARTS];
    struct jose_header h;
    struct jwe jwe = { 0 };
    const struct encryption_key *key = NULL;
    if (!split(token, parts))
        return jws_refuse(c, policy->refusal,
                          "an encrypted token does not have five parts, or is too long");
    const char *why = jose_header_read(c->arena, parts[HEADER], &h);
    if (why == NULL)
        why = choose(policy, &h, &jwe, &key);
    if (why == NULL)
        why = decode(c->arena, jwe.enc, parts);
    uint8_t cek[JWE_CEK_BYTES];
    if (why == NULL)
        why = jwe_cek_find(c, key, &h, parts[ENCRYPTED_KEY], cek);
    if (why != NULL)
        return jws_refuse(c, policy->refusal, "an encrypted token is refused: %s", why);
    bool opened = open_content(c->arena, parts, cek, &jwe);
    OPENSSL_cleanse(cek, sizeof cek);
    if (!opened)
        return jws_refuse(c, policy->refusal, "a token does not decrypt with the key %s", key->kid);
    jwe.kid = h.kid;
    jwe.typ = jose_media_type(c->arena, h.typ);
    jwe.cty = jose_media_type(c->arena, h.cty);
    *out = jwe;
    return ok();
}

RESULT jwe_decrypt_jwt(struct ctx *c, const char *token, const struct jwe_policy *policy,
                       const char **jwt)
{
    struct jwe jwe;
    TRY(jwe_decrypt(c, token, policy, &jwe));
    if (!text_equal(jwe.cty, "jwt"))
        return jws_refuse(c, policy->refusal, "an encrypted token does not say that it holds one");
    if (memchr(jwe.plain.at, '\0', jwe.plain.n) != NULL || !text_is_utf8(jwe.plain))
        return jws_refuse(c, policy->refusal, "what an encrypted token holds is not a token");
    *jwt = text_copy(c->arena, (const char *)jwe.plain.at, jwe.plain.n);
    return ok();
}

static const char *write_header(struct arena *a, const struct jwe_plan *plan, const char *epk)
{
    struct json_writer w = json_writer(a);
    json_object(&w, NULL);
    json_text(&w, "alg", jwe_alg_name(plan->alg));
    json_text(&w, "enc", jwe_enc_name(plan->enc));
    json_text(&w, "kid", plan->key->kid);
    if (plan->typ != NULL)
        json_text(&w, "typ", plan->typ);
    if (plan->cty != NULL)
        json_text(&w, "cty", plan->cty);
    if (epk != NULL)
        json_raw(&w, "epk", epk);
    json_object_end(&w);
    return base64url_encode(a, bytes_of(json_written(&w)));
}

RESULT jwe_encrypt(struct ctx *c, const struct jwe_plan *plan, struct bytes plain,
                   const char **token)
{
    if (plain.n == 0 || plain.n > JWE_PLAIN_MAX)
        return fail(c, INVALID_REQUEST, "what is encrypted has 1 to %d bytes, this has %zu",
                    JWE_PLAIN_MAX, plain.n);
    struct jwe_cek cek;
    TRY(jwe_cek_make(c, plan->key, plan->alg, plan->enc, &cek));
    const char *header = write_header(c->arena, plan, cek.epk);
    uint8_t iv[IV_MAX], tag[JWE_TAG_BYTES];
    random_fill(c->random, iv, sizeof iv);
    struct jwe_content content = { .enc = plan->enc,
                                   .key = cek.key,
                                   .iv = { iv, jwe_iv_bytes(plan->enc) },
                                   .aad = bytes_of(header) };
    struct bytes ciphertext;
    bool done = jwe_content_encrypt(c->arena, &content, plain, &ciphertext, tag);
    OPENSSL_cleanse(cek.key, sizeof cek.key);
    if (!done)
        return fail(c, UNAVAILABLE, "nothing could be encrypted with %s", jwe_enc_name(plan->enc));
    *token =
        text_printf(c->arena, "%s.%s.%s.%s.%s", header, base64url_encode(c->arena, cek.encrypted),
                    base64url_encode(c->arena, content.iv), base64url_encode(c->arena, ciphertext),
                    base64url_encode(c->arena, (struct bytes){ tag, sizeof tag }));
    return ok();
}

RESULT jwe_encrypt_jwt(struct ctx *c, const struct jwe_plan *plan, const char *jwt,
                       const char **token)
{
    /* RFC 7519 5.2. */
    struct jwe_plan nested = *plan;
    nested.cty = "JWT";
    return jwe_encrypt(c, &nested, bytes_of(jwt), token);
}
