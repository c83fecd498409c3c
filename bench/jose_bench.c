/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a JWT takes of the processor: whole tokens made and verified by us, beside the bare
 * signature of OpenSSL over the same bytes with the same key, in turns; the median of each, in
 * microseconds. jose_bench [ROUNDS]
 */
#include "bench/measure.h"

#include "base/random.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/jwt.h"
#include "crypto/seal.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 7, ROUNDS_MAX = 101, SLICE_US = 60000, SIGNATURE_MAX = 1024 };

static const char payload[] =
    "{\"iss\":\"https://auth.example.com\",\"aud\":\"https://auth.example.com\","
    "\"sub\":\"01935f3c-7c1e-7b40-9a55-0c7c0a5e8d11\",\"client_id\":\"first-party\","
    "\"iat\":1795529167,\"exp\":1795530067,\"jti\":\"01935f3c-7c1e-7b40-9a55-0c7c0a5e8d12\","
    "\"sid\":\"k2Jd8sQpL1mYw0c3\",\"auth_time\":1795529167,\"acr\":\"1\",\"amr\":[\"pwd\"],"
    "\"tenant_id\":\"01935f3c-7c1e-7b40-9a55-0c7c0a5e8d13\",\"roles\":[\"user\"],"
    "\"scope\":\"profile:read profile:write\",\"scopes\":[\"profile:read\",\"profile:write\"]}";

/* One thing to measure; `run` does it once. */
struct bench {
    struct ctx ctx;
    const struct key *key;
    struct jwt_policy policy;
    const char *token;
    struct bytes input, signature;
    EVP_MD_CTX *scratch;
    size_t rounds;
    bool figures_only;
};

static void raw_sign(struct bench *b)
{
    uint8_t out[SIGNATURE_MAX];
    size_t n = sizeof out;
    must(EVP_MD_CTX_copy_ex(b->scratch, b->key->sign) == 1 &&
         EVP_DigestSign(b->scratch, out, &n, b->input.at, b->input.n) == 1);
}

static void raw_verify(struct bench *b)
{
    must(EVP_MD_CTX_copy_ex(b->scratch, b->key->verify) == 1 &&
         EVP_DigestVerify(b->scratch, b->signature.at, b->signature.n, b->input.at, b->input.n) ==
             1);
}

static void our_sign(struct bench *b)
{
    const char *token = NULL;
    must(jwt_sign(&b->ctx, b->key, "at+jwt", payload, &token).code == ERR_OK);
}

static void our_verify(struct bench *b)
{
    struct jwt jwt = { 0 };
    must(jwt_verify(&b->ctx, b->token, &b->policy, &jwt).code == ERR_OK);
}

static void hash_token(struct bench *b)
{
    (void)token_hash(b->ctx.arena, "k2Jd8sQpL1mYw0c3k2Jd8sQpL1mYw0c3k2Jd8sQpL1m");
}

static void make_mac(struct bench *b)
{
    (void)seal_mac(&b->ctx, "bench", b->input);
}

static void seal_and_open(struct bench *b)
{
    const char *sealed = NULL;
    struct bytes plain = { 0 };
    must(seal_bytes(&b->ctx, "bench", "row", b->signature, &sealed).code == ERR_OK);
    must(seal_open(&b->ctx, "bench", "row", sealed, &plain).code == ERR_OK);
}

/* Microseconds of one run, over a slice of time; each run has an empty arena as a request has. */
static double slice(struct bench *b, void (*run)(struct bench *))
{
    struct arena_mark mark = arena_mark(b->ctx.arena);
    double begin = processor_us(), end = begin;
    unsigned n = 0;
    for (; end - begin < SLICE_US; n += 8) {
        for (int i = 0; i < 8; i++) {
            run(b);
            arena_rewind(b->ctx.arena, mark);
        }
        end = processor_us();
    }
    return (end - begin) / n;
}

/* Both in turns, so that what the machine does besides hits both. */
static void compare(struct bench *b, const char *what, void (*raw)(struct bench *),
                    void (*ours)(struct bench *))
{
    double theirs[ROUNDS_MAX], own[ROUNDS_MAX];
    for (size_t i = 0; i < b->rounds; i++) {
        theirs[i] = slice(b, raw);
        own[i] = slice(b, ours);
    }
    double limit = median(theirs, b->rounds), mine = median(own, b->rounds);
    if (b->figures_only)
        (void)printf("%s-%s %.2f %.2f\n", alg_name(b->key->alg), what, limit, mine);
    else
        (void)printf("%-6s %-7s raw %8.2f us   whole token %8.2f us   ratio %.3f\n",
                     alg_name(b->key->alg), what, limit, mine, limit / mine);
}

static void alone(struct bench *b, const char *what, void (*run)(struct bench *))
{
    double own[ROUNDS_MAX];
    for (size_t i = 0; i < b->rounds; i++)
        own[i] = slice(b, run);
    (void)printf("%-22s %8.2f us\n", what, median(own, b->rounds));
}

static void prepare(struct bench *b, enum jws_alg alg)
{
    static const char *aud[] = { "https://auth.example.com" };
    struct ctx *c = &b->ctx;
    must(key_generate(c, c->arena, alg, RSA_BITS, &b->key).code == ERR_OK);
    must(jwt_sign(c, b->key, "at+jwt", payload, &b->token).code == ERR_OK);
    b->input =
        (struct bytes){ (const uint8_t *)b->token, (size_t)(strrchr(b->token, '.') - b->token) };
    uint8_t *made = arena_alloc(c->arena, SIGNATURE_MAX);
    size_t n = SIGNATURE_MAX;
    must(EVP_MD_CTX_copy_ex(b->scratch, b->key->sign) == 1 &&
         EVP_DigestSign(b->scratch, made, &n, b->input.at, b->input.n) == 1);
    b->signature = (struct bytes){ made, n };
    const struct key **keys = ARENA_NEW(c->arena, const struct key *);
    struct key_set *set = ARENA_NEW(c->arena, struct key_set);
    keys[0] = b->key;
    *set = (struct key_set){ keys, 1, 0 };
    b->policy = (struct jwt_policy){ .signature = { .algs = alg, .keys = set },
                                     .typ = "at+jwt",
                                     .iss = "https://auth.example.com",
                                     .aud = { aud, 1 },
                                     .required = JWT_SUB | JWT_JTI | JWT_IAT };
}

static bool read_arguments(struct bench *b, int argc, char **argv)
{
    int64_t rounds = ROUNDS;
    int at = 1;
    b->figures_only = argc > at && text_equal(argv[at], "--microseconds");
    at += b->figures_only;
    if (argc > at + 1 || (argc > at && !text_int(argv[at], 1, ROUNDS_MAX, &rounds)))
        return false;
    b->rounds = (size_t)rounds;
    return true;
}

static void make_seal(struct bench *b)
{
    uint8_t master[SEAL_MASTER_BYTES];
    struct seal *seal = NULL;
    random_fill(b->ctx.random, master, sizeof master);
    struct bytes key = { master, sizeof master };
    must(seal_new(&b->ctx, b->ctx.arena, &key, 1, &seal).code == ERR_OK);
    b->ctx.seal = seal;
}

int main(int argc, char **argv)
{
    static const enum jws_alg algs[] = { ALG_RS256, ALG_PS256, ALG_ES256, ALG_ES384, ALG_EDDSA };
    struct bench b = { .scratch = EVP_MD_CTX_new() };
    if (!read_arguments(&b, argc, argv)) {
        (void)fprintf(stderr, "usage: jose_bench [--microseconds] [ROUNDS]\n");
        return EXIT_FAILURE;
    }
    b.ctx = (struct ctx){ .arena = arena_new(ARENA_REQUEST_CEILING), .now = 1795529200 };
    must(b.ctx.arena != NULL && b.scratch != NULL);
    b.ctx.random = random_system(b.ctx.arena);
    make_seal(&b);
    for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++) {
        prepare(&b, algs[i]);
        compare(&b, "sign", raw_sign, our_sign);
        compare(&b, "verify", raw_verify, our_verify);
    }
    if (!b.figures_only) {
        alone(&b, "hash of a token", hash_token);
        alone(&b, "MAC of a token's bytes", make_mac);
        alone(&b, "seal and open", seal_and_open);
    }
    EVP_MD_CTX_free(b.scratch);
    arena_end(b.ctx.arena);
    return EXIT_SUCCESS;
}
