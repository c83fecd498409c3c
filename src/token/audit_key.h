/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_AUDIT_KEY_H
#define UAUTH_TOKEN_AUDIT_KEY_H

/*
 * The key that signs heads of the audit (token/audit_head.h): Ed25519, of its own, since those who
 * check the audit keep its public half for years, when keys of tokens are long gone.  It changes
 * when somebody says so; then the key before endorses the new one, and is destroyed, so that who
 * trusts any one of them can trust those after it (claim I13: this file and token/keyring.c are the
 * only ones that touch a private key).
 */

#include "store/audit_tree.h"

/* Signs `payload`, a JSON object, as a JWT of `typ`.  Makes the first key if there is none yet.
 * UNAVAILABLE if it cannot be opened: another master key. */
RESULT audit_key_sign(struct ctx *c, const char *typ, const char *payload, const char **token);

/* Puts a new key in the place of the present one, with its audit event.  CONFLICT if somebody else
 * did so at that moment. */
RESULT audit_key_rotate(struct ctx *c, const char **kid);

/* The public halves, the oldest first, as a JWK Set. */
RESULT audit_keys_jwks(struct ctx *c, const char **json);

/* What an endorsement is signed as; its claim `key` is the JWK of the new key. */
#define AUDIT_KEY_TYP "uauth-audit-key+jwt"

#endif
