/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates of clients in TLS (RFC 8705): who is asked, what is shown, and that a session never
 * stands for a certificate.
 */
#include "net/tls.h"

#include "http_world.h"
#include "tests/unit/crypto/certificate_testing.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define H "Host: a.test\r\n"

static struct made_certificate make(struct world *w, const char *subject)
{
    int64_t now = (int64_t)time(NULL);
    return certificate_make(w->arena, &(struct certificate_plan){
                                          .subject = subject, .from = now - 60, .to = now + 3600 });
}

static SSL_CTX *server_context(struct world *w)
{
    char cert[] = "/tmp/uauth-tls-cert-XXXXXX", key[] = "/tmp/uauth-tls-key-XXXXXX";
    struct made_certificate own = make(w, "CN=server");
    SSL_CTX *tls = NULL;
    int fds[] = { mkstemp(cert), mkstemp(key) };
    FILE *file = fopen(key, "wb");
    certificates_write(cert, &own, 1);
    assert_int_equal(PEM_write_PrivateKey(file, own.key, NULL, NULL, 0, NULL, NULL), 1);
    (void)fclose(file);
    assert_int_equal(tls_server_new(&w->c, cert, key, &tls).code, ERR_OK);
    (void)close(fds[0]);
    (void)close(fds[1]);
    (void)unlink(cert);
    (void)unlink(key);
    return tls;
}

/* A server that asks those who call it `host`; NULL: all. */
static void start(struct world *w, const char *host)
{
    SSL_CTX *tls = server_context(w);
    assert_int_equal(tls_server_ask(&w->c, tls, host).code, ERR_OK);
    w->plan.application.tls = tls;
    world_start(w);
    w->plan.application.tls = NULL;
    SSL_CTX_free(tls);
}

struct caller {
    int version;
    const char *name;                   /* SNI, or NULL */
    const struct made_certificate *own; /* or NULL */
    SSL_SESSION *session;               /* to be resumed, or NULL */
};

/* Asks for `path` on a new connection; the answer, and whether the session was resumed.  *kept is
 * the session for the next time. */
static const char *ask(struct world *w, const struct caller *caller, const char *path,
                       bool *resumed, SSL_SESSION **kept)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    char *got = arena_alloc(w->arena, 4096);
    int n = 0, fd = client_connect(w);
    (void)SSL_CTX_set_max_proto_version(context, caller->version);
    if (caller->own != NULL) {
        assert_int_equal(SSL_CTX_use_certificate(context, caller->own->x509), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(context, caller->own->key), 1);
    }
    SSL *ssl = SSL_new(context);
    (void)SSL_set_fd(ssl, fd);
    char name[64] = "";
    if (caller->name != NULL) {
        (void)snprintf(name, sizeof name, "%s", caller->name);
        (void)SSL_set_tlsext_host_name(ssl, name);
    }
    if (caller->session != NULL)
        (void)SSL_set_session(ssl, caller->session);
    assert_int_equal(SSL_connect(ssl), 1);
    const char *request =
        text_printf(w->arena, "GET %s HTTP/1.1\r\n" H "Connection: close\r\n\r\n", path);
    assert_true(SSL_write(ssl, request, (int)strlen(request)) > 0);
    for (int more = 0; (more = SSL_read(ssl, got + n, 4095 - n)) > 0; n += more)
        ;
    *resumed = SSL_session_reused(ssl) == 1;
    *kept = SSL_get1_session(ssl);
    ARENA_OWN(w->arena, SSL_SESSION, SSL_SESSION_free, *kept);
    (void)SSL_shutdown(ssl);
    SSL_free(ssl);
    SSL_CTX_free(context);
    (void)close(fd);
    ERR_clear_error();
    const char *body = strstr(got, "\r\n\r\n");
    assert_non_null(body);
    return body + 4;
}

static const char *shown(struct world *w, const struct caller *caller)
{
    bool resumed;
    SSL_SESSION *session = NULL;
    const char *here = ask(w, caller, "/inline-shown", &resumed, &session);
    assert_string_equal(ask(w, caller, "/shown", &resumed, &session), here);
    return here;
}

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

static void what_a_client_shows_comes_with_its_requests(void **state)
{
    struct world *w = *state;
    struct made_certificate own = make(w, "CN=client");
    start(w, NULL);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(shown(w, &(struct caller){ versions[i], NULL, &own, NULL }),
                            certificate_thumbprint(w->arena, own.der));
        assert_string_equal(shown(w, &(struct caller){ versions[i], NULL, NULL, NULL }), "none");
    }
}

static void who_is_not_asked_shows_nothing(void **state)
{
    struct world *w = *state;
    struct made_certificate own = make(w, "CN=client");
    start(w, "mtls.test");
    for (int i = 0; i < 2; i++) {
        assert_string_equal(shown(w, &(struct caller){ versions[i], "MTLS.test", &own, NULL }),
                            certificate_thumbprint(w->arena, own.der));
        assert_string_equal(shown(w, &(struct caller){ versions[i], "auth.test", &own, NULL }),
                            "none");
        assert_string_equal(shown(w, &(struct caller){ versions[i], NULL, &own, NULL }), "none");
    }
}

/* CL-10: whoever has a ticket only has not shown the key again. */
static void a_session_with_a_certificate_is_begun_anew(void **state)
{
    struct world *w = *state;
    struct made_certificate own = make(w, "CN=client");
    start(w, NULL);
    for (int i = 0; i < 2; i++) {
        struct caller with = { versions[i], NULL, &own, NULL }, without = { versions[i] };
        bool resumed = true;
        (void)ask(w, &with, "/shown", &resumed, &with.session);
        without.session = with.session;
        assert_string_equal(ask(w, &without, "/shown", &resumed, &without.session), "none");
        assert_false(resumed);
        assert_string_equal(ask(w, &with, "/shown", &resumed, &with.session),
                            certificate_thumbprint(w->arena, own.der));
        assert_false(resumed);
    }
}

static void others_go_on_resuming(void **state)
{
    struct world *w = *state;
    start(w, NULL);
    for (int i = 0; i < 2; i++) {
        struct caller caller = { versions[i] };
        bool resumed = false;
        (void)ask(w, &caller, "/shown", &resumed, &caller.session);
        assert_false(resumed);
        assert_string_equal(ask(w, &caller, "/shown", &resumed, &caller.session), "none");
        assert_true(resumed);
    }
}

static void one_connection_has_one_certificate_in_all_its_requests(void **state)
{
    struct world *w = *state;
    struct made_certificate own = make(w, "CN=client");
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    start(w, NULL);
    int fd = client_connect(w);
    assert_int_equal(SSL_CTX_use_certificate(context, own.x509), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(context, own.key), 1);
    SSL *ssl = SSL_new(context);
    (void)SSL_set_fd(ssl, fd);
    assert_int_equal(SSL_connect(ssl), 1);
    for (int i = 0; i < 5; i++) {
        static const char request[] = "GET /shown HTTP/1.1\r\n" H "\r\n";
        char got[1024] = "";
        assert_true(SSL_write(ssl, request, sizeof request - 1) > 0);
        assert_true(SSL_read(ssl, got, sizeof got - 1) > 0);
        assert_non_null(strstr(got, certificate_thumbprint(w->arena, own.der)));
    }
    SSL_free(ssl);
    SSL_CTX_free(context);
    (void)close(fd);
    ERR_clear_error();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_a_client_shows_comes_with_its_requests),
        WORLD_TEST(who_is_not_asked_shows_nothing),
        WORLD_TEST(a_session_with_a_certificate_is_begun_anew),
        WORLD_TEST(others_go_on_resuming),
        WORLD_TEST(one_connection_has_one_certificate_in_all_its_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
