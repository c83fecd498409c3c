/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an encrypted token takes of the processor, and whether time tells why one does not decrypt
 * (JOSE-17): for pairs of reasons, in an order of chance, the means and Welch's t, which stays
 * below 4.5 if it does not.  Each pair comes with the same reason against itself, which says what
 * the machine does besides.     jwe_bench [--figures] [SAMPLES]
 */
#include "base/codec.h"
#include "base/random.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/jwe.h"
#include "crypto/jwe_key.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SAMPLES = 20000, SAMPLES_MAX = 1000000, ROUNDS = 400, BLOCK = 16 };

static double now_us(void)
{
    struct timespec now;
    must(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

struct bench {
    struct ctx ctx;
    const struct encryption_key *key;
    struct encryption_keys keys;
    struct jwe_policy policy;
    enum jwe_alg alg;
    enum jwe_enc enc;
    int64_t samples;
    bool figures_only;
};

static void use_key(struct bench *b, enum jwe_alg alg, enum jwe_enc enc)
{
    b->alg = alg;
    b->enc = enc;
    must(encryption_key_generate(&b->ctx, b->ctx.arena, alg, &b->key).code == ERR_OK);
    b->keys = (struct encryption_keys){ .at = &b->key, .n = 1 };
    b->policy = (struct jwe_policy){ .algs = alg, .encs = enc, .keys = &b->keys };
}

static double time_of(struct bench *b, const char *token, bool opens)
{
    struct arena_mark mark = arena_mark(b->ctx.arena);
    struct jwe jwe;
    double begin = now_us();
    err e = jwe_decrypt(&b->ctx, token, &b->policy, &jwe);
    double took = now_us() - begin;
    must((e.code == ERR_OK) == opens);
    fault_clear(&b->ctx);
    arena_rewind(b->ctx.arena, mark);
    return took;
}

static void figures(struct bench *b, const char *jwt)
{
    struct jwe_plan plan = { .key = b->key, .alg = b->alg, .enc = b->enc };
    const char *token = NULL;
    double made = 0, opened = 0;
    for (int i = 0; i < ROUNDS; i++) {
        struct arena_mark mark = arena_mark(b->ctx.arena);
        double begin = now_us();
        must(jwe_encrypt_jwt(&b->ctx, &plan, jwt, &token).code == ERR_OK);
        made += now_us() - begin;
        opened += time_of(b, token, true);
        arena_rewind(b->ctx.arena, mark);
    }
    (void)printf("%-15s %-14s encrypt %8.1f us   decrypt %8.1f us\n", jwe_alg_name(b->alg),
                 jwe_enc_name(b->enc), made / ROUNDS, opened / ROUNDS);
}

/* Mean and variance as they grow (Welford). */
struct sample {
    double n, mean, squares;
};

static void sample_add(struct sample *s, double x)
{
    double delta = x - s->mean;
    s->n += 1;
    s->mean += delta / s->n;
    s->squares += delta * (x - s->mean);
}

static double welch_t(const struct sample *a, const struct sample *b)
{
    double va = a->squares / (a->n - 1) / a->n, vb = b->squares / (b->n - 1) / b->n;
    return (a->mean - b->mean) / sqrt(va + vb);
}

/* Leaves the means in `s` and returns t.  What took more than `cut` is left out: the machine was
 * elsewhere. */
static double compare(struct bench *b, const char *one, const char *two, struct sample s[2])
{
    const char *const tokens[] = { one, two };
    double cut = 0;
    s[0] = s[1] = (struct sample){ 0 };
    for (int i = 0; i < ROUNDS; i++)
        cut += time_of(b, tokens[i % 2], false) / ROUNDS;
    for (int64_t i = 0; i < 2 * b->samples; i++) {
        uint32_t which = random_below(b->ctx.random, 2);
        double took = time_of(b, tokens[which], false);
        if (took < cut * 1.5)
            sample_add(&s[which], took);
    }
    return welch_t(&s[0], &s[1]);
}

/* Whether time tells `one` from `two`; and what the first against itself would have said. */
static bool tells(struct bench *b, const char *what, const char *one, const char *two)
{
    struct sample s[2];
    double chance = compare(b, one, one, s), t = compare(b, one, two, s);
    (void)printf(b->figures_only ? "%s %.2f %.2f %.2f %.2f\n"
                                 : "%-22s %8.2f us %8.2f us   t %+6.2f   (against itself %+6.2f)\n",
                 what, s[0].mean, s[1].mean, t, chance);
    return fabs(t) >= 4.5;
}

/* A token of our own, taken apart; what is changed in it is up to the caller. */
struct parts {
    const char *header;
    struct jwe_cek cek;
    uint8_t iv[BLOCK], tag[JWE_TAG_BYTES];
    struct bytes ciphertext;
};

static void take_apart(struct bench *b, struct parts *p, size_t length)
{
    struct ctx *c = &b->ctx;
    must(jwe_cek_make(c, b->key, b->alg, b->enc, &p->cek).code == ERR_OK);
    const char *json = text_printf(
        c->arena, "{\"alg\":\"%s\",\"enc\":\"%s\"%s%s}", jwe_alg_name(b->alg), jwe_enc_name(b->enc),
        p->cek.epk == NULL ? "" : ",\"epk\":", p->cek.epk == NULL ? "" : p->cek.epk);
    p->header = base64url_encode(c->arena, bytes_of(json));
    random_fill(c->random, p->iv, sizeof p->iv);
    uint8_t *plain = arena_alloc(c->arena, length);
    memset(plain, 'a', length);
    struct jwe_content content = { .enc = b->enc,
                                   .key = p->cek.key,
                                   .iv = { p->iv, jwe_iv_bytes(b->enc) },
                                   .aad = bytes_of(p->header) };
    must(jwe_content_encrypt(c->arena, &content, (struct bytes){ plain, length }, &p->ciphertext,
                             p->tag));
}

static const char *put_together(struct bench *b, const struct parts *p)
{
    struct arena *a = b->ctx.arena;
    return text_printf(a, "%s.%s.%s.%s.%s", p->header, base64url_encode(a, p->cek.encrypted),
                       base64url_encode(a, (struct bytes){ p->iv, jwe_iv_bytes(b->enc) }),
                       base64url_encode(a, p->ciphertext),
                       base64url_encode(a, (struct bytes){ p->tag, JWE_TAG_BYTES }));
}

/* The tag that RFC 7518 5.2.2.1 gives to what is left of the ciphertext. */
static void make_tag(struct bench *b, struct parts *p)
{
    size_t aad = strlen(p->header), n = aad + BLOCK + p->ciphertext.n + 8;
    uint8_t *in = arena_alloc(b->ctx.arena, n), mac[DIGEST_SHA256];
    memcpy(in, p->header, aad);
    memcpy(in + aad, p->iv, BLOCK);
    memcpy(in + aad + BLOCK, p->ciphertext.at, p->ciphertext.n);
    in[n - 2] = (uint8_t)(8 * aad >> 8);
    in[n - 1] = (uint8_t)(8 * aad);
    hmac_sha256((struct bytes){ p->cek.key, JWE_CEK_BYTES / 2 }, (struct bytes){ in, n }, mac);
    memcpy(p->tag, mac, JWE_TAG_BYTES);
}

static bool padding_tells(struct bench *b)
{
    struct parts p = { 0 };
    use_key(b, JWE_ECDH_ES, JWE_A128CBC_HS256);
    /* The last block is all padding; without it the text ends in letters. */
    take_apart(b, &p, 64 * BLOCK);
    p.ciphertext.n -= BLOCK;
    make_tag(b, &p);
    const char *wrong_padding = put_together(b, &p);
    p.tag[3] ^= 1;
    return tells(b, "tag-or-padding", put_together(b, &p), wrong_padding);
}

static bool key_tells(struct bench *b, enum jwe_alg alg, const char *what)
{
    struct parts p = { 0 };
    use_key(b, alg, JWE_A256GCM);
    take_apart(b, &p, 64 * BLOCK);
    p.tag[3] ^= 1;
    const char *wrong_tag = put_together(b, &p);
    p.tag[3] ^= 1;
    uint8_t *changed = arena_copy(b->ctx.arena, p.cek.encrypted.at, p.cek.encrypted.n);
    changed[p.cek.encrypted.n - 1] ^= 1;
    p.cek.encrypted.at = changed;
    return tells(b, what, wrong_tag, put_together(b, &p));
}

static bool read_arguments(struct bench *b, int argc, char **argv)
{
    int at = 1;
    b->samples = SAMPLES;
    b->figures_only = argc > at && text_equal(argv[at], "--figures");
    at += b->figures_only;
    return argc <= at || (argc == at + 1 && text_int(argv[at], ROUNDS, SAMPLES_MAX, &b->samples));
}

static void print_figures(struct bench *b)
{
    static const enum jwe_alg algs[] = { JWE_RSA_OAEP_256, JWE_ECDH_ES, JWE_ECDH_ES_A256KW };
    static const enum jwe_enc encs[] = { JWE_A256GCM, JWE_A128CBC_HS256 };
    char jwt[801] = { 0 };
    memset(jwt, 'a', 800);
    for (size_t i = 0; i < 6; i++) {
        use_key(b, algs[i / 2], encs[i % 2]);
        figures(b, jwt);
    }
}

int main(int argc, char **argv)
{
    struct bench b = { .ctx = { .arena = arena_new(ARENA_REQUEST_CEILING), .now = 1795529200 } };
    must(b.ctx.arena != NULL);
    b.ctx.random = random_system(b.ctx.arena);
    if (!read_arguments(&b, argc, argv)) {
        (void)fprintf(stderr, "usage: jwe_bench [--figures] [SAMPLES]\n");
        return EXIT_FAILURE;
    }
    if (!b.figures_only)
        print_figures(&b);
    bool told = padding_tells(&b);
    told |= key_tells(&b, JWE_ECDH_ES_A256KW, "tag-or-wrapped-key");
    told |= key_tells(&b, JWE_RSA_OAEP_256, "tag-or-encrypted-key");
    if (!b.figures_only)
        (void)printf("%s\n", told ? "time tells why" : "time does not tell why");
    arena_end(b.ctx.arena);
    return told && !b.figures_only ? EXIT_FAILURE : EXIT_SUCCESS;
}
