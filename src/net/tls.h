/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_TLS_H
#define UAUTH_NET_TLS_H

/*
 * TLS for the HTTP server: TLS 1.2 with forward secrecy and AEAD, and TLS 1.3; no renegotiation, no
 * compression; buffers are given back while a connection is idle.
 */

#include "crypto/certificate.h"

#include <openssl/types.h>

/*
 * A server context from PEM files: the certificate chain and its private key.  INVALID_FIELD names
 * the file that cannot be read, or says that the key is not the certificate's.  The caller holds
 * one reference: SSL_CTX_free.
 */
RESULT tls_server_new(struct ctx *c, const char *cert_path, const char *key_path, SSL_CTX **out);

/* When the certificate of a server context ends; false: it has none, or that cannot be read. */
bool tls_certificate_end(SSL_CTX *tls, int64_t now, int64_t *end);

/*
 * Asks clients for a certificate from now on, which they need not have; `host`: only those that
 * call it by this name (RFC 6066 3), NULL: all.  That they hold its key is proven in each
 * handshake, since a session with a certificate is never resumed; who signed it is not looked at.
 * UNAVAILABLE: no memory.
 */
RESULT tls_server_ask(struct ctx *c, SSL_CTX *tls, const char *host);

/* What the other side has shown, its own certificate first, to be freed by tls_shown_free; NULL:
 * nothing.  Any thread may have it. */
struct tls_shown;
struct tls_shown *tls_shown(SSL *ssl);
void tls_shown_free(struct tls_shown *shown);

/* The same as bytes in `a`; `shown` may be NULL. */
struct certificates tls_shown_bytes(struct arena *a, const struct tls_shown *shown);

#endif
