/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_FEDERATION_FINISH_H
#define UAUTH_FEDERATION_FINISH_H

/* From what somebody has brought back to who they are. */

#include "federation/attempt.h"
#include "identity/federated.h"

/* What came: a code, or (from a program) an ID token. */
struct answer_brought {
    const char *code, *id_token;
    const char *iss;  /* RFC 9207; or NULL */
    const char *user; /* of Apple, which nobody has signed: a name to begin with; or NULL */
    bool no_nonce;    /* it answers no attempt (federation/shown.h) */
};

/*
 * Proves who it is.  Whatever is wrong with the answer is one failure, FORBIDDEN, with the
 * event and the reason in the log; UPSTREAM and UNAVAILABLE if the provider does not answer;
 * FORBIDDEN for who may not come in.
 */
RESULT finish_prove(struct req *r, const struct provider *p, const struct attempt *attempt,
                    const struct answer_brought *answer, struct federated_person *out);

/* Who it is there, and nothing more: nobody is looked for here.  The failures are those of
 * finish_prove. */
RESULT finish_identify(struct ctx *c, const struct provider *p, const struct attempt *attempt,
                       const struct answer_brought *answer, struct person *out);

/* What is to be known here of somebody who has been identified: the address that is vouched for,
 * the roles. */
void finish_person(struct ctx *c, const struct provider *p, const struct person *person,
                   struct federated_person *out);

#endif
