/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens against keys that are always the same.  An input that begins with '{' is a header and,
 * after a line break, a payload, which are signed here, so that the reading behind the signature is
 * reached.
 */
#include "base/codec.h"
#include "crypto/digest.h"
#include "crypto/jwt.h"
#include "jose_fuzzing.h"

#include <string.h>

static const char secret_text[] = "0123456789abcdef0123456789abcdef";

/* The public halves of RFC 7515 A.3 and RFC 8037 A.1. */
static const char keys_text[] = "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"ec\","
                                "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
                                "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},"
                                "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"okp\","
                                "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";

/* "header\npayload" as a token with a good MAC. */
static const char *signed_here(struct ctx *c, struct bytes in)
{
    const uint8_t *end = memchr(in.at, '\n', in.n);
    size_t n = end == NULL ? in.n : (size_t)(end - in.at);
    struct bytes payload = { in.at + n, in.n - n };
    const char *text =
        text_printf(c->arena, "%s.%s", base64url_encode(c->arena, (struct bytes){ in.at, n }),
                    base64url_encode(c->arena, payload));
    uint8_t mac[DIGEST_SHA256];
    hmac_sha256(bytes_of(secret_text), bytes_of(text), mac);
    return text_printf(c->arena, "%s.%s", text,
                       base64url_encode(c->arena, (struct bytes){ mac, sizeof mac }));
}

static void verify(struct ctx *c, const char *token, const struct jwt_policy *policy)
{
    struct jwt jwt = { 0 };
    struct texts texts = { 0 };
    if (jwt_verify(c, token, policy, &jwt).code == ERR_OK) {
        must((jwt.signature.alg & policy->signature.algs) != 0);
        must(jwt.exp >= 0 && jwt.iat <= c->now + JWT_SKEW && jwt.nbf <= c->now + JWT_SKEW);
        for (size_t i = 0; i < jwt.claims_n; i++)
            (void)jwt_texts(c, &jwt, jwt.claims[i].name, &texts).code;
    } else {
        must(c->fault.code != ERR_OK && jwt.claims_n == 0);
    }
    fault_clear(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > (1 << 16) || memchr(data, 0, size) != NULL)
        return -1;
    struct ctx c = fuzz_context();
    struct key_set keys = { 0 };
    const struct hmac_secret *secret = NULL;
    must(key_set_read(&c, c.arena, bytes_of(keys_text), &keys).code == ERR_OK && keys.n == 2);
    must(hmac_secret_new(&c, c.arena, bytes_of(secret_text), &secret).code == ERR_OK);
    bool bare = size > 0 && data[0] == '{';
    const char *token = bare ? signed_here(&c, (struct bytes){ data, size })
                             : text_copy(c.arena, (const char *)data, size);
    struct jwt_policy policy = {
        .signature = { .algs = ALGS_ASYMMETRIC | ALG_HS256,
                       .keys = &keys,
                       .secrets = &secret,
                       .secrets_n = 1 },
        .open = JWT_ANY_ISSUER | JWT_ANY_AUDIENCE | JWT_NO_EXPIRY | JWT_TYP_OPTIONAL,
    };
    verify(&c, token, &policy);
    policy.signature = (struct jws_policy){ .algs = ALGS_ASYMMETRIC, .key_in_header = true };
    verify(&c, token, &policy);
    (void)jwt_unverified_text(&c, token, "iss");
    must(c.fault.code == ERR_OK);
    arena_end(c.arena);
    return 0;
}
