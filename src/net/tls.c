/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

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
    if (SSL_CTX_use_certificate_chain_file(tls, cert_path) != 1)
        return fail(c, INVALID_FIELD, "the certificate chain %s cannot be read: %s", cert_path,
                    reason());
    if (SSL_CTX_use_PrivateKey_file(tls, key_path, SSL_FILETYPE_PEM) != 1)
        return fail(c, INVALID_FIELD, "the private key %s cannot be read or is not that of %s: %s",
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
