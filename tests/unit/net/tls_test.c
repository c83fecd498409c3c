/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS: what is agreed on, what is refused, deadlines and reload; with certificates made here.
 */
#include "net/tls.h"

#include "http_world.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define H "Host: a.test\r\n"

struct files {
    char folder[32];
    char cert[64], key[64], other_key[64];
};

static EVP_PKEY *write_key(const char *path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    FILE *file = fopen(path, "wb");
    assert_true(file != NULL && key != NULL);
    assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    (void)fclose(file);
    return key;
}

/* A certificate that signs itself, for `name`. */
static void write_cert(const char *path, EVP_PKEY *key, const char *name)
{
    X509 *cert = X509_new();
    X509_NAME *subject = X509_get_subject_name(cert);
    FILE *file = fopen(path, "wb");
    (void)X509_set_version(cert, 2);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    (void)X509_gmtime_adj(X509_getm_notBefore(cert), -60);
    (void)X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    (void)X509_set_pubkey(cert, key);
    (void)X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1,
                                     -1, 0);
    (void)X509_set_issuer_name(cert, subject);
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_X509(file, cert), 1);
    (void)fclose(file);
    X509_free(cert);
}

static struct files make_files(const char *name)
{
    struct files f = { .folder = "/tmp/uauth-tls-XXXXXX" };
    assert_non_null(mkdtemp(f.folder));
    (void)snprintf(f.cert, sizeof f.cert, "%s/cert.pem", f.folder);
    (void)snprintf(f.key, sizeof f.key, "%s/key.pem", f.folder);
    (void)snprintf(f.other_key, sizeof f.other_key, "%s/other.pem", f.folder);
    EVP_PKEY *key = write_key(f.key);
    write_cert(f.cert, key, name);
    EVP_PKEY_free(key);
    EVP_PKEY_free(write_key(f.other_key));
    return f;
}

static void remove_files(const struct files *f)
{
    (void)unlink(f->cert);
    (void)unlink(f->key);
    (void)unlink(f->other_key);
    (void)rmdir(f->folder);
}

static SSL_CTX *server_context(struct world *w, const char *name)
{
    struct files f = make_files(name);
    SSL_CTX *tls = NULL;
    assert_int_equal(tls_server_new(&w->c, f.cert, f.key, &tls).code, ERR_OK);
    remove_files(&f);
    return tls;
}

static void start_tls(struct world *w)
{
    SSL_CTX *tls = server_context(w, "first");
    w->plan.application.tls = tls;
    world_start(w);
    w->plan.application.tls = NULL;
    SSL_CTX_free(tls);
}

struct client {
    SSL_CTX *context;
    SSL *ssl;
    int fd;
};

/* A client up to `version`; `shake`: whether the handshake succeeded. */
static struct client tls_connect(struct world *w, int version, const char *ciphers, bool *shake)
{
    struct client k = { SSL_CTX_new(TLS_client_method()), NULL, client_connect(w) };
    SSL_CTX_set_security_level(k.context, 0);
    (void)SSL_CTX_set_min_proto_version(k.context, TLS1_VERSION);
    (void)SSL_CTX_set_max_proto_version(k.context, version);
    if (ciphers != NULL)
        (void)SSL_CTX_set_cipher_list(k.context, ciphers);
    k.ssl = SSL_new(k.context);
    (void)SSL_set_fd(k.ssl, k.fd);
    *shake = SSL_connect(k.ssl) == 1;
    return k;
}

static void tls_close(struct client *k)
{
    ERR_clear_error();
    SSL_free(k->ssl);
    SSL_CTX_free(k->context);
    (void)close(k->fd);
}

/* Sends and reads until `n` bytes of body have come behind a head. */
static const char *tls_ask(struct world *w, struct client *k, const char *text)
{
    char *got = arena_alloc(w->arena, ANSWER_MAX);
    size_t n = 0;
    assert_true(SSL_write(k->ssl, text, (int)strlen(text)) > 0);
    for (;;) {
        int more = SSL_read(k->ssl, got + n, (int)(ANSWER_MAX - 1 - n));
        assert_true(more > 0);
        n += (size_t)more;
        const char *body = strstr(got, "\r\n\r\n");
        const char *length = strstr(got, "Content-Length: ");
        if (body != NULL && length != NULL &&
            n >= (size_t)(body + 4 - got) + strtoul(length + 16, NULL, 10))
            return body + 4;
    }
}

static void requests_come_through_tls(void **state)
{
    struct world *w = *state;
    bool shake = false;
    start_tls(w);
    static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
    for (int i = 0; i < 2; i++) {
        struct client k = tls_connect(w, versions[i], NULL, &shake);
        assert_true(shake);
        assert_int_equal(SSL_version(k.ssl), versions[i]);
        for (int j = 0; j < 3; j++) {
            assert_string_equal(tls_ask(w, &k, "GET /inline HTTP/1.1\r\n" H "\r\n"), "hello");
            assert_string_equal(tls_ask(w, &k, "GET /who HTTP/1.1\r\n" H "\r\n"),
                                "127.0.0.1 https 7");
        }
        (void)tls_ask(w, &k, "GET /big?300000 HTTP/1.1\r\n" H "\r\n");
        assert_string_equal(
            tls_ask(w, &k, "POST /echo HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\nhi"), "hi");
        tls_close(&k);
    }
}

/* CR-13: old versions and ciphers without forward secrecy or AEAD are not spoken. */
static void old_tls_is_not_spoken(void **state)
{
    struct world *w = *state;
    start_tls(w);
    static const struct {
        int version;
        const char *ciphers;
    } cases[] = {
        { TLS1_VERSION, NULL },
        { TLS1_1_VERSION, NULL },
        { TLS1_2_VERSION, "AES128-GCM-SHA256" },
        { TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA" },
        { TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256" },
        { TLS1_2_VERSION, "DHE-RSA-AES128-GCM-SHA256" },
        { TLS1_2_VERSION, "NULL-SHA256" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool shake = true;
        struct client k = tls_connect(w, cases[i].version, cases[i].ciphers, &shake);
        assert_false(shake);
        tls_close(&k);
    }
    for (int i = 0; i < 200 && world_counters(w).tls_failures < 7; i++)
        (void)usleep(10000);
    assert_int_equal(world_counters(w).tls_failures, 7);
}

/* CR-13: a client cannot make us negotiate again and again. */
static void renegotiation_is_refused(void **state)
{
    struct world *w = *state;
    bool shake = false;
    start_tls(w);
    struct client k = tls_connect(w, TLS1_2_VERSION, NULL, &shake);
    assert_true(shake);
    assert_string_equal(tls_ask(w, &k, "GET /inline HTTP/1.1\r\n" H "\r\n"), "hello");
    assert_int_equal(SSL_renegotiate(k.ssl), 1);
    assert_true(SSL_do_handshake(k.ssl) != 1);
    tls_close(&k);
}

static void only_http_1_1_is_agreed_on(void **state)
{
    struct world *w = *state;
    static const unsigned char both[] = "\x02h2\x08http/1.1";
    static const unsigned char h2[] = "\x02h2";
    start_tls(w);
    for (int i = 0; i < 2; i++) {
        const unsigned char *chosen = NULL;
        unsigned n = 0;
        SSL_CTX *context = SSL_CTX_new(TLS_client_method());
        int fd = client_connect(w);
        SSL *ssl = SSL_new(context);
        (void)SSL_set_alpn_protos(ssl, i == 0 ? both : h2,
                                  i == 0 ? sizeof both - 1 : sizeof h2 - 1);
        (void)SSL_set_fd(ssl, fd);
        assert_int_equal(SSL_connect(ssl) == 1, i == 0);
        SSL_get0_alpn_selected(ssl, &chosen, &n);
        assert_int_equal(n, i == 0 ? 8 : 0);
        SSL_free(ssl);
        SSL_CTX_free(context);
        (void)close(fd);
        ERR_clear_error();
    }
}

/* DO-06: a handshake that does not go on, and one that is none. */
static void slow_and_false_handshakes_are_cut(void **state)
{
    struct world *w = *state;
    w->plan.deadlines = (struct http_deadlines){ .tls = 200 };
    start_tls(w);
    int silent = client_connect(w);
    int half = client_connect(w);
    client_send_bytes(half, "\x16\x03\x01\x02\x00\x01\x00\x01", 8);
    assert_true(client_at_end(silent));
    assert_true(client_at_end(half));
    assert_int_equal(world_counters(w).timeouts[HTTP_PHASE_TLS], 2);
    assert_int_equal(client_ask(w, "GET /inline HTTP/1.1\r\n" H "\r\n").status, 0);
    (void)close(silent);
    (void)close(half);
}

static void name_of_certificate(const struct client *k, char out[static 32])
{
    X509 *cert = SSL_get1_peer_certificate(k->ssl);
    assert_non_null(cert);
    (void)X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, out, 32);
    X509_free(cert);
}

static void a_swap_brings_the_new_certificate(void **state)
{
    struct world *w = *state;
    bool shake = false;
    char name[32];
    start_tls(w);
    struct client before = tls_connect(w, TLS1_3_VERSION, NULL, &shake);
    assert_true(shake);
    SSL_CTX *tls = server_context(w, "second");
    w->plan.application.tls = tls;
    struct http_application next = world_application(w, 2);
    w->plan.application.tls = NULL;
    assert_int_equal(http_server_swap(&w->c, w->server, &next).code, ERR_OK);
    SSL_CTX_free(tls);
    for (int i = 0; i < 200; i++) {
        struct client k = tls_connect(w, TLS1_3_VERSION, NULL, &shake);
        assert_true(shake);
        name_of_certificate(&k, name);
        tls_close(&k);
        if (strcmp(name, "second") == 0)
            break;
    }
    assert_string_equal(name, "second");
    /* The connection from before goes on, with the new application. */
    assert_string_equal(tls_ask(w, &before, "GET /serial HTTP/1.1\r\n" H "\r\n"), "2");
    tls_close(&before);
}

static void files_that_do_not_fit_are_refused_and_named(void **state)
{
    struct world *w = *state;
    struct files f = make_files("x");
    SSL_CTX *tls = NULL;
    const char *cases[][3] = {
        { "/nonexistent/cert.pem", f.key, "/nonexistent/cert.pem" },
        { f.cert, "/nonexistent/key.pem", "/nonexistent/key.pem" },
        { f.key, f.key, f.key },
        { f.cert, f.cert, f.cert },
        { f.cert, f.other_key, f.other_key },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(tls_server_new(&w->c, cases[i][0], cases[i][1], &tls).code,
                         ERR_INVALID_FIELD);
        assert_non_null(strstr(w->c.fault.text, cases[i][2]));
        fault_clear(&w->c);
    }
    assert_null(tls);
    remove_files(&f);
}

/* The sending side breaks off at every byte of a handshake. */
static void broken_handshakes_leave_nothing_behind(void **state)
{
    struct world *w = *state;
    start_tls(w);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(context);
    BIO *in = BIO_new(BIO_s_mem());
    BIO *out = BIO_new(BIO_s_mem());
    char *hello = NULL;
    SSL_set_bio(ssl, in, out);
    SSL_set_connect_state(ssl);
    (void)SSL_do_handshake(ssl);
    long n = BIO_get_mem_data(out, &hello);
    assert_true(n > 100);
    struct linger reset = { 1, 0 };
    for (long i = 0; i <= n; i += 3) {
        int fd = client_connect(w);
        client_send_bytes(fd, hello, (size_t)i);
        if (i % 2 == 0)
            (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        (void)close(fd);
    }
    for (int i = 0;
         i < 500 && (world_counters(w).open > 0 || world_counters(w).accepted < (uint64_t)n / 3);
         i++)
        (void)usleep(10000);
    assert_int_equal(world_counters(w).open, 0);
    SSL_free(ssl);
    SSL_CTX_free(context);
}

/* Three requests at once and word to change the keys behind them, again and again. */
static void *ask_many_times(void *arg)
{
    struct client *k = arg;
    char text[256], got[14000], first[32];
    for (int i = 0; i < 30; i++) {
        int at = 0, more = 1;
        (void)snprintf(text, sizeof text, "GET /x?%d%s/big?12000%s/x?end HTTP/1.1\r\n" H "\r\n", i,
                       " HTTP/1.1\r\n" H "\r\nGET ", " HTTP/1.1\r\n" H "\r\nGET ");
        (void)snprintf(first, sizeof first, "\r\n\r\nGET /x?%dHTTP/1.1 200", i);
        if (SSL_write(k->ssl, text, (int)strlen(text)) <= 0 || SSL_key_update(k->ssl, i % 2) != 1)
            return NULL;
        for (; more > 0 && memmem(got, (size_t)at, "GET /x?end", 10) == NULL; at += more)
            more = SSL_read(k->ssl, got + at, (int)sizeof got - at);
        if (more <= 0 || at < 12000 || memmem(got, (size_t)at, first, strlen(first)) == NULL)
            return NULL;
    }
    return arg;
}

/* The SSL object goes from the I/O thread to a worker and back with each request. */
static void workers_answer_by_tls(void **state)
{
    struct world *w = *state;
    struct client clients[4];
    pthread_t threads[4];
    bool shake = false;
    start_tls(w);
    for (int i = 0; i < 4; i++) {
        clients[i] = tls_connect(w, TLS1_3_VERSION, NULL, &shake);
        assert_true(shake);
        assert_int_equal(pthread_create(&threads[i], NULL, ask_many_times, &clients[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        void *good = NULL;
        (void)pthread_join(threads[i], &good);
        assert_ptr_equal(good, &clients[i]);
        tls_close(&clients[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(requests_come_through_tls),
        WORLD_TEST(old_tls_is_not_spoken),
        WORLD_TEST(renegotiation_is_refused),
        WORLD_TEST(only_http_1_1_is_agreed_on),
        WORLD_TEST(slow_and_false_handshakes_are_cut),
        WORLD_TEST(a_swap_brings_the_new_certificate),
        WORLD_TEST(files_that_do_not_fit_are_refused_and_named),
        WORLD_TEST(broken_handshakes_leave_nothing_behind),
        WORLD_TEST(workers_answer_by_tls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
