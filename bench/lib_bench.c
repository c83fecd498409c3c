/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libuauth takes of the processor, by its public header: a token verified with the keys at
 * hand, and with keys that were found by the issuer and are kept, beside the bare signature of
 * OpenSSL over the same bytes, in turns; a token of the program's own that is kept; and one of a
 * person among PEOPLE in the cache of an application at Entra ID.  The median of each, in
 * microseconds.
 * lib_bench [--microseconds] [ROUNDS]
 */
#include "bench/measure.h"

#include "base/random.h"
#include "base/text.h"
#include "crypto/jwt.h"

#include <uauth/uauth.h>

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PEOPLE = 10000, ROUNDS = 7, ROUNDS_MAX = 101, SLICE_US = 60000, SIGNATURE_MAX = 1024 };

#define AUDIENCE "https://api.example.com"

/* An issuer on loopback, which is asked for its documents once. */
struct issuer {
    int listener;
    pthread_t thread;
    const char *url, *keys, *token;
};

struct bench {
    struct ctx ctx;
    struct issuer issuer;
    const struct key *key;
    const char *token;
    struct bytes input, signature;
    EVP_MD_CTX *scratch;
    struct uauth *uauth;
    struct uauth_verifier *at_hand, *found;
    struct uauth_client *client;
    struct uauth_entra *app;
    unsigned person;
    size_t rounds;
    bool figures_only;
};

/* ---- the issuer ---- */

static void answer(const struct issuer *i, int fd)
{
    char head[4096] = "";
    size_t n = 0;
    while (n < sizeof head - 1 && strstr(head, "\r\n\r\n") == NULL) {
        ssize_t got = read(fd, head + n, sizeof head - 1 - n);
        if (got <= 0)
            return;
        n += (size_t)got;
        head[n] = '\0';
    }
    static const char fine[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n"
                               "Content-Type: application/json\r\n\r\n";
    if (strncmp(head, "GET /keys ", 10) == 0)
        (void)dprintf(fd, "%s%s", fine, i->keys);
    else if (strncmp(head, "POST /t ", 8) == 0)
        (void)dprintf(fd,
                      "%s{\"access_token\":\"%s\",\"token_type\":\"Bearer\",\"expires_in\":86400}",
                      fine, i->token);
    else
        (void)dprintf(fd,
                      "%s{\"issuer\":\"%s\",\"authorization_endpoint\":\"%s/a\","
                      "\"token_endpoint\":\"%s/t\",\"jwks_uri\":\"%s/keys\"}",
                      fine, i->url, i->url, i->url, i->url);
}

static void *serve(void *arg)
{
    struct issuer *i = arg;
    for (int fd = accept(i->listener, NULL, NULL); fd >= 0; fd = accept(i->listener, NULL, NULL)) {
        answer(i, fd);
        (void)close(fd);
    }
    return NULL;
}

static void open_issuer(struct bench *b)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    struct sockaddr *any = (struct sockaddr *)&at;
    b->issuer.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(bind(b->issuer.listener, any, size) == 0 && listen(b->issuer.listener, 16) == 0 &&
         getsockname(b->issuer.listener, any, &size) == 0);
    b->issuer.url = text_printf(b->ctx.arena, "http://127.0.0.1:%u", ntohs(at.sin_port));
    must(pthread_create(&b->issuer.thread, NULL, serve, &b->issuer) == 0);
}

static void close_issuer(struct bench *b)
{
    (void)shutdown(b->issuer.listener, SHUT_RDWR);
    (void)pthread_join(b->issuer.thread, NULL);
    (void)close(b->issuer.listener);
}

/* ---- what is measured ---- */

static void raw_verify(struct bench *b)
{
    must(EVP_MD_CTX_copy_ex(b->scratch, b->key->verify) == 1 &&
         EVP_DigestVerify(b->scratch, b->signature.at, b->signature.n, b->input.at, b->input.n) ==
             1);
}

static void verify(const struct bench *b, const struct uauth_verifier *verifier)
{
    struct uauth_token *token = NULL;
    must(uauth_verify_token(verifier, b->token, &token, NULL) == UAUTH_OK);
    uauth_token_free(token);
}

static void verify_at_hand(struct bench *b)
{
    verify(b, b->at_hand);
}

static void verify_found(struct bench *b)
{
    verify(b, b->found);
}

/* A token of the program's own, which is kept. */
static void get_kept(struct bench *b)
{
    struct uauth_tokens *tokens = NULL;
    must(uauth_client_credentials(b->client, NULL, &tokens, NULL) == UAUTH_OK);
    uauth_tokens_free(tokens);
}

/* A token of a person who has signed in, each time another one. */
static void get_silent(struct bench *b)
{
    const struct uauth_entra_wanted wanted = { .size = sizeof wanted, .scopes = "User.Read" };
    struct uauth_entra_token *token = NULL;
    char account[32];
    (void)snprintf(account, sizeof account, "u%u.t", b->person++ % PEOPLE);
    must(uauth_entra_silent(b->app, account, &wanted, &token, NULL) == UAUTH_OK);
    uauth_entra_token_free(token);
}

static double slice(struct bench *b, void (*run)(struct bench *))
{
    double begin = processor_us(), end = begin;
    unsigned n = 0;
    for (; end - begin < SLICE_US; n += 8) {
        for (int i = 0; i < 8; i++)
            run(b);
        end = processor_us();
    }
    return (end - begin) / n;
}

static void say(const struct bench *b, const char *what, double raw, double ours)
{
    if (b->figures_only)
        (void)printf("%s-%s %.2f %.2f\n", alg_name(b->key->alg), what, raw, ours);
    else
        (void)printf("%-6s %-8s raw %8.2f us   library %8.2f us   ratio %.3f\n",
                     alg_name(b->key->alg), what, raw, ours, raw / ours);
}

/* In turns, so that what the machine does besides hits all. */
static void measure(struct bench *b)
{
    double raw[ROUNDS_MAX], at_hand[ROUNDS_MAX], found[ROUNDS_MAX];
    for (size_t i = 0; i < b->rounds; i++) {
        raw[i] = slice(b, raw_verify);
        at_hand[i] = slice(b, verify_at_hand);
        found[i] = slice(b, verify_found);
    }
    double limit = median(raw, b->rounds);
    say(b, "at-hand", limit, median(at_hand, b->rounds));
    say(b, "found", limit, median(found, b->rounds));
}

/* ---- what is prepared ---- */

static const char *payload(struct bench *b)
{
    long long now = (long long)time(NULL);
    return text_printf(
        b->ctx.arena,
        "{\"iss\":\"%s\",\"aud\":\"" AUDIENCE "\",\"sub\":\"01935f3c-7c1e-7b40-9a55-0c7c0a5e8d11\","
        "\"client_id\":\"first-party\",\"iat\":%lld,\"exp\":%lld,"
        "\"jti\":\"01935f3c-7c1e-7b40-9a55-0c7c0a5e8d12\",\"sid\":\"k2Jd8sQpL1mYw0c3\","
        "\"auth_time\":%lld,\"acr\":\"1\",\"amr\":[\"pwd\"],"
        "\"tenant_id\":\"01935f3c-7c1e-7b40-9a55-0c7c0a5e8d13\",\"roles\":[\"user\"],"
        "\"scope\":\"profile:read profile:write\",\"scopes\":[\"profile:read\",\"profile:write\"]}",
        b->issuer.url, now, now + 3600, now);
}

static void sign(struct bench *b, enum jws_alg alg)
{
    struct ctx *c = &b->ctx;
    must(key_generate(c, c->arena, alg, RSA_BITS, &b->key).code == ERR_OK);
    must(jwt_sign(c, b->key, "at+jwt", payload(b), &b->token).code == ERR_OK);
    b->input =
        (struct bytes){ (const uint8_t *)b->token, (size_t)(strrchr(b->token, '.') - b->token) };
    uint8_t *made = arena_alloc(c->arena, SIGNATURE_MAX);
    size_t n = SIGNATURE_MAX;
    must(EVP_MD_CTX_copy_ex(b->scratch, b->key->sign) == 1 &&
         EVP_DigestSign(b->scratch, made, &n, b->input.at, b->input.n) == 1);
    b->signature = (struct bytes){ made, n };
    const struct key_set set = { &b->key, 1, 0 };
    b->issuer.keys = key_set_write(c->arena, &set);
}

static void open_library(struct bench *b)
{
    static const char *const audiences[] = { AUDIENCE };
    struct uauth_options options = { .size = sizeof options, .insecure_loopback = true };
    struct uauth_verifier_options wanted = {
        .size = sizeof wanted, .issuer = b->issuer.url, .audiences = audiences, .audiences_n = 1
    };
    must(uauth_new(&options, &b->uauth, NULL) == UAUTH_OK);
    must(uauth_verifier_new(b->uauth, &wanted, &b->found, NULL) == UAUTH_OK);
    wanted.jwks = b->issuer.keys;
    must(uauth_verifier_new(b->uauth, &wanted, &b->at_hand, NULL) == UAUTH_OK);
}

static void measure_kept(struct bench *b)
{
    const struct uauth_options options = { .size = sizeof options, .insecure_loopback = true };
    const struct uauth_client_options wanted = { .size = sizeof wanted,
                                                 .issuer = b->issuer.url,
                                                 .client_id = "bench",
                                                 .client_secret =
                                                     "bench-secret-of-nobody-0123456789" };
    double own[ROUNDS_MAX];
    b->issuer.token = b->token;
    must(uauth_new(&options, &b->uauth, NULL) == UAUTH_OK);
    must(uauth_client_new(b->uauth, &wanted, &b->client, NULL) == UAUTH_OK);
    for (size_t i = 0; i < b->rounds; i++)
        own[i] = slice(b, get_kept);
    (void)printf(b->figures_only ? "kept %.2f\n" : "a kept token of one's own %8.2f us\n",
                 median(own, b->rounds));
    uauth_client_free(b->client);
    uauth_free(b->uauth);
}

/* What PEOPLE have left in a cache, in MSAL's schema. */
static const char *people(struct arena *a)
{
    struct text_buffer json = text_buffer(a);
    long long now = (long long)time(NULL);
    text_add(&json, "{\"AccessToken\":{");
    for (int i = 0; i < PEOPLE; i++)
        text_addf(&json,
                  "%s\"k%d\":{\"home_account_id\":\"u%d.t\",\"environment\":\"login.windows.net\","
                  "\"client_id\":\"bench\",\"realm\":\"t\",\"target\":\"User.Read openid profile\","
                  "\"token_type\":\"Bearer\",\"secret\":\"at-%d\",\"cached_at\":\"%lld\","
                  "\"expires_on\":\"%lld\"}",
                  i == 0 ? "" : ",", i, i, i, now, now + 86400);
    text_add(&json, "}}");
    return text_of(&json);
}

static void measure_silent(struct bench *b)
{
    const struct uauth_entra_options wanted = {
        .size = sizeof wanted,
        .client_id = "bench",
        .authority = "https://login.microsoftonline.com/t",
    };
    double found[ROUNDS_MAX];
    struct arena *a = arena_new((size_t)16 * ARENA_REQUEST_CEILING);
    must(a != NULL && uauth_new(NULL, &b->uauth, NULL) == UAUTH_OK);
    must(uauth_entra_new(b->uauth, &wanted, &b->app, NULL) == UAUTH_OK);
    must(uauth_entra_cache_read(b->app, people(a), NULL) == UAUTH_OK);
    for (size_t i = 0; i < b->rounds; i++)
        found[i] = slice(b, get_silent);
    (void)printf(b->figures_only ? "silent %.2f\n" : "a kept token of a person         %8.2f us\n",
                 median(found, b->rounds));
    uauth_entra_free(b->app);
    uauth_free(b->uauth);
    arena_end(a);
}

static void run(struct bench *b, enum jws_alg alg)
{
    sign(b, alg);
    open_library(b);
    measure(b);
    uauth_verifier_free(b->found);
    uauth_verifier_free(b->at_hand);
    uauth_free(b->uauth);
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

int main(int argc, char **argv)
{
    static const enum jws_alg algs[] = { ALG_RS256, ALG_ES256, ALG_EDDSA };
    struct bench b = { .scratch = EVP_MD_CTX_new() };
    if (!read_arguments(&b, argc, argv)) {
        (void)fprintf(stderr, "usage: lib_bench [--microseconds] [ROUNDS]\n");
        return EXIT_FAILURE;
    }
    b.ctx = (struct ctx){ .arena = arena_new(ARENA_REQUEST_CEILING), .now = time(NULL) };
    must(b.ctx.arena != NULL && b.scratch != NULL);
    b.ctx.random = random_system(b.ctx.arena);
    open_issuer(&b);
    for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++)
        run(&b, algs[i]);
    measure_kept(&b);
    measure_silent(&b);
    close_issuer(&b);
    EVP_MD_CTX_free(b.scratch);
    arena_end(b.ctx.arena);
    return EXIT_SUCCESS;
}
