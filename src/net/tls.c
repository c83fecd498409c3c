/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls.h"

#include "base/text.h"
#include "crypto/key.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>

/* TLS 1.2 with forward secrecy and AEAD only (RFC 9325 4.2). */
static const char ciphers[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                              "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                              "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

static const unsigned char session_id_context[] = "uauth";
static const unsigned char http_1_1[] = "\x08http/1.1";

/* OpenSSL's reason for the last failure; its queue is empty afterwards. */
static const char *reason(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *text = ERR_reason_error_string(code);
    ERR_clear_error();
    return text == NULL ? "unknown reason" : text;
}

static bool set_rules(SSL_CTX *tls)
{
    char groups[] = "X25519:P-256:P-384";
    (void)SSL_CTX_set_options(tls, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                       SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    /* A write may go on from another place in memory, and idle connections hold no buffers. */
    (void)SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    /* Sessions live in tickets with the client, not in memory here. */
    (void)SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(tls, 0);
    return SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(tls, ciphers) == 1 &&
           SSL_CTX_set1_groups_list(tls, groups) == 1 &&
           SSL_CTX_set_session_id_context(tls, session_id_context, sizeof session_id_context - 1) ==
               1;
}

/* Only what we speak is agreed on (RFC 7301): a client that insists on another protocol is told so.
 */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_n,
                           const unsigned char *in, unsigned in_n, void *arg)
{
    unsigned char *found = NULL;
    (void)ssl;
    (void)arg;
    int how = SSL_select_next_proto(&found, out_n, http_1_1, sizeof http_1_1 - 1, in, in_n);
    *out = found;
    return how == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static RESULT load(struct ctx *c, SSL_CTX *tls, const char *cert_path, const char *key_path)
{
    ERR_clear_error();
    SSL_CTX_set_default_passwd_cb(tls, key_no_passphrase);
    if (SSL_CTX_use_certificate_chain_file(tls, cert_path) != 1)
        return fail(c, INVALID_FIELD, "the certificate chain %s cannot be read: %s", cert_path,
                    reason());
    if (SSL_CTX_use_PrivateKey_file(tls, key_path, SSL_FILETYPE_PEM) != 1)
        return fail(c, INVALID_FIELD,
                    "the private key %s cannot be read without a passphrase, or is not that of %s: "
                    "%s",
                    key_path, cert_path, reason());
    if (SSL_CTX_check_private_key(tls) != 1)
        return fail(c, INVALID_FIELD, "the private key %s is not that of %s: %s", key_path,
                    cert_path, reason());
    return ok();
}

RESULT tls_server_new(struct ctx *c, const char *cert_path, const char *key_path, SSL_CTX **out)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    if (tls == NULL)
        return fail(c, UNAVAILABLE, "no memory for TLS");
    if (!set_rules(tls)) {
        SSL_CTX_free(tls);
        return fail(c, INTERNAL, "OpenSSL does not take the rules for TLS: %s", reason());
    }
    SSL_CTX_set_alpn_select_cb(tls, choose_protocol, NULL);
    err loaded = load(c, tls, cert_path, key_path);
    if (loaded.code != ERR_OK) {
        SSL_CTX_free(tls);
        return loaded;
    }
    *out = tls;
    return ok();
}

/* ---- certificates of clients ---- */

enum { SHOWN_BYTES_MAX = 32 * 1024 };

struct tls_shown {
    X509 *at[CERTIFICATES_MAX];
    size_t n;
};

/* Anybody may show anything: whether it is of use is asked when somebody wants to use it. */
static int take_any(X509_STORE_CTX *walk, void *arg)
{
    (void)arg;
    X509_STORE_CTX_set_error(walk, X509_V_OK);
    return 1;
}

/* Asked by another name, the certificate is none of our business, and no browser asks its user for
 * one. */
static int ask_by_name(SSL *ssl, int *alert, void *arg)
{
    const char *wanted = X509_VERIFY_PARAM_get0_host(SSL_get0_param(ssl), 0);
    const char *called = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    (void)alert;
    (void)arg;
    if (called != NULL && text_equal_nocase(called, wanted))
        SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
    return SSL_TLSEXT_ERR_OK;
}

/* A session that remembers a certificate is begun anew, so that its key is proven again. */
static SSL_TICKET_RETURN resume(SSL *ssl, SSL_SESSION *session, const unsigned char *name, size_t n,
                                SSL_TICKET_STATUS status, void *arg)
{
    (void)ssl;
    (void)name;
    (void)n;
    (void)arg;
    if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW)
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    if (SSL_SESSION_get0_peer(session) != NULL)
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

bool tls_certificate_end(SSL_CTX *tls, int64_t now, int64_t *end)
{
    enum { DAY_SECONDS = 86400 };
    int days = 0;
    int seconds = 0;
    const X509 *certificate = SSL_CTX_get0_certificate(tls);
    ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)now);
    bool read = certificate != NULL && from != NULL &&
                ASN1_TIME_diff(&days, &seconds, from, X509_get0_notAfter(certificate)) == 1;
    ASN1_TIME_free(from);
    if (!read)
        return false;
    *end = now + (int64_t)days * DAY_SECONDS + seconds;
    return true;
}

RESULT tls_server_ask(struct ctx *c, SSL_CTX *tls, const char *host)
{
    SSL_CTX_set_cert_verify_callback(tls, take_any, NULL);
    SSL_CTX_set_max_cert_list(tls, SHOWN_BYTES_MAX);
    if (SSL_CTX_set_session_ticket_cb(tls, NULL, resume, NULL) != 1)
        return fail(c, INTERNAL, "OpenSSL takes no rule for tickets");
    if (host == NULL) {
        SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
        return ok();
    }
    /* The name is kept with the context, which outlives the settings; nothing else reads it here.
     */
    if (X509_VERIFY_PARAM_set1_host(SSL_CTX_get0_param(tls), host, 0) != 1)
        return fail(c, UNAVAILABLE, "no memory for TLS");
    SSL_CTX_set_tlsext_servername_callback(tls, ask_by_name);
    return ok();
}

static void add(struct tls_shown *shown, X509 *x509)
{
    if (shown->n < CERTIFICATES_MAX && X509_up_ref(x509) == 1)
        shown->at[shown->n++] = x509;
}

struct tls_shown *tls_shown(SSL *ssl)
{
    X509 *own = SSL_get0_peer_certificate(ssl);
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);
    struct tls_shown *shown = own == NULL ? NULL : calloc(1, sizeof *shown);
    if (shown == NULL)
        return NULL;
    add(shown, own);
    for (int i = 0; i < sk_X509_num(chain); i++)
        add(shown, sk_X509_value(chain, i));
    return shown;
}

void tls_shown_free(struct tls_shown *shown)
{
    for (size_t i = 0; shown != NULL && i < shown->n; i++)
        X509_free(shown->at[i]);
    free(shown);
}

static struct bytes der_of(struct arena *a, const X509 *x509)
{
    int n = i2d_X509(x509, NULL);
    if (n <= 0)
        return (struct bytes){ 0 };
    unsigned char *to = arena_alloc(a, (size_t)n);
    struct bytes der = { to, (size_t)n };
    (void)i2d_X509(x509, &to);
    return der;
}

struct certificates tls_shown_bytes(struct arena *a, const struct tls_shown *shown)
{
    size_t n = shown == NULL ? 0 : shown->n;
    struct bytes *at = ARENA_NEWS(a, struct bytes, n);
    for (size_t i = 0; i < n; i++)
        at[i] = der_of(a, shown->at[i]);
    return (struct certificates){ at, n };
}
