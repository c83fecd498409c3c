/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_CLIENT_MESSAGES_H
#define UAUTH_OAUTH_CLIENT_MESSAGES_H

/*
 * What a client gets signed, and encrypted to one of its keys, as it has registered it (RFC 7591 2,
 * OpenID Connect Registration 1.0 2, JARM 3).  What is encrypted is signed first.
 */

#include "oauth/client.h"

enum client_message {
    CLIENT_ID_TOKEN,
    CLIENT_ACCESS_TOKEN,
    CLIENT_USERINFO,
    CLIENT_INTROSPECTION,
    CLIENT_AUTHORIZATION
};

/* The algorithms of one kind of message. */
struct client_message_plan {
    const char *name;          /* of the members: NAME_signed_response_alg */
    const char *signed_alg;    /* NULL: the service's */
    const char *encrypted_alg; /* NULL: it is not encrypted */
    const char *encrypted_enc; /* NULL with an alg: A128CBC-HS256 */
};
struct client_message_plan client_message_plan(const struct client_metadata *metadata,
                                               enum client_message which);

/* INVALID_CLIENT_METADATA, naming the member, for an algorithm that is not offered here, an enc
 * without its alg, and encryption for a client that has no key for it. */
RESULT client_messages_check(struct ctx *c, const struct client_metadata *metadata);

/*
 * Whether the message could be made now: to be known before something is used up for it.
 * UNAVAILABLE if no key of ours signs with the algorithm; for the rest as client_encryption_key.
 */
RESULT client_message_ready(struct ctx *c, const struct client *client, enum client_message which);

/* Signs `payload`, a JSON object, as a JWT of `typ` (or NULL), and encrypts it if that is
 * registered. */
struct client_message_text {
    const char *typ, *payload;
};
RESULT client_message_make(struct ctx *c, const struct client *client, enum client_message which,
                           const struct client_message_text *text, const char **token);

/* Encrypts `jwt`, which is signed, if that is registered; else *token is `jwt`. */
RESULT client_message_encrypt(struct ctx *c, const struct client *client, enum client_message which,
                              const char *jwt, const char **token);

#endif
