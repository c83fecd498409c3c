/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_TLS_PIN_H
#define UAUTH_NET_TLS_PIN_H

/* Servers that are known by their certificate alone, whoever signed it: Azure Service Fabric's. */

#include "net/outbound.h"

enum { TLS_PIN_BYTES = 20 };

/*
 * Lets the handshakes of `o` end well for the certificate with the SHA-1 `pin` of its DER and no
 * other, before anything is sent.  UNAVAILABLE if the TLS library cannot be told.
 */
RESULT tls_pin(struct ctx *c, const struct outbound *o, const uint8_t pin[static TLS_PIN_BYTES]);

#endif
