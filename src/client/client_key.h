/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_CLIENT_KEY_H
#define UAUTH_CLIENT_CLIENT_KEY_H

/* The private key with which a client shows who it is (RFC 7523), or to which its tokens are bound.
 */

#include "crypto/key.h"

/*
 * Reads the file `path`, which only its owner can read, into c->arena: a JWK, which says its
 * algorithm itself, or PEM, of which the algorithm is one of `algs` (enum jws_alg; 0: any) that
 * goes with the key, of RSA's two PS256 only if it is among them.  INVALID_REQUEST says what to do.
 */
RESULT client_key_read(struct ctx *c, const char *path, unsigned algs, const struct key **out);

/* A copy of `key` that is called `kid` (NULL: as it is).  INVALID_REQUEST: it is a public one. */
RESULT client_key_named(struct ctx *c, const struct key *key, const char *kid,
                        const struct key **out);

#endif
