/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_TLS_H
#define UAUTH_NET_TLS_H

/*
 * TLS for the HTTP server: TLS 1.2 with forward secrecy and AEAD, and TLS 1.3; no renegotiation, no
 * compression; buffers are given back while a connection is idle.
 */

#include "base/ctx.h"

#include <openssl/types.h>

/*
 * A server context from PEM files: the certificate chain and its private key.  INVALID_FIELD names
 * the file that cannot be read, or says that the key is not the certificate's.  The caller holds
 * one reference: SSL_CTX_free.
 */
RESULT tls_server_new(struct ctx *c, const char *cert_path, const char *key_path, SSL_CTX **out);

#endif
