/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_FEDERATION_SHOWN_H
#define UAUTH_FEDERATION_SHOWN_H

/*
 * An ID token of a provider that somebody shows who began no attempt here, such as an application
 * that signed its user in there with our registration and now wants to exchange what it got (RFC
 * 8693).  There is no nonce to compare, so it is good once: whoever takes it notes `once`.
 */

#include "identity/federated.h"
#include "store/seen.h"

struct shown {
    struct federated_person person;
    struct seen_key once; /* the same, however its signature is written */
    int64_t expires_at;   /* of the token */
    int64_t once_until;   /* until when it has to be remembered */
};

/*
 * Proves who `id_token` is about: it is one of `providers` (ids) that can be used now (TX-02), and
 * all else is as for an answer (finish.h).  FORBIDDEN: it is of none of them, or refused, with the
 * event; UPSTREAM and UNAVAILABLE if the provider does not answer.
 */
RESULT shown_prove(struct ctx *c, struct texts providers, const char *id_token, struct shown *out);

#endif
