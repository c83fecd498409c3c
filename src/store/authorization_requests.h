/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_AUTHORIZATION_REQUESTS_H
#define UAUTH_STORE_AUTHORIZATION_REQUESTS_H

/*
 * Authorization requests that are kept here: pushed by their client (RFC 9126), or waiting until a
 * user has signed in, chosen or consented.  Each is used up by the code that it leads to
 * (store/codes.h), or by its refusal.
 */

#include "store/schema.h"

enum request_kind {
    REQUEST_PUSHED, /* its handle is a request_uri */
    REQUEST_WAITING /* its handle is the `request` of a page; bound to a browser */
};

/* What a user has answered to a waiting request, as bits.  They are one session's: the answers of
 * another replace them. */
enum request_answer {
    ANSWERED_LOGIN = 1 << 0,   /* signed in, or proved again who they are, for this request */
    ANSWERED_SELECT = 1 << 1,  /* chose the account */
    ANSWERED_CONSENT = 1 << 2, /* consented */
    ANSWERED_CREATE = 1 << 3   /* had the choice to register (prompt=create) */
};

struct authorization_request_row {
    const char *hash;
    const char *client_id;
    const char *params;      /* JSON of the checked request */
    const char *pushed_hash; /* WAITING: the pushed request that it came from, or NULL */
    const char *browser;     /* WAITING: token_hash of the cookie that has to come along */
    const char *session_id;  /* whose `answered` is; or NULL */
    unsigned answered;       /* enum request_answer */
    int64_t created_at, expires_at;
};

/* Adds one, of now; session_id, answered and created_at are not read. */
RESULT authorization_request_add(struct ctx *c, enum request_kind kind,
                                 const struct authorization_request_row *request);

/* *out is NULL if there is none of this kind, or it has expired or is used up. */
RESULT authorization_request_find(struct ctx *c, enum request_kind kind, const char *hash,
                                  const struct authorization_request_row **out);

/* Notes answers (bits) that the user of `session_id` gave; *done is false if the request is not
 * live. */
RESULT authorization_request_answer(struct ctx *c, const char *hash, const char *session_id,
                                    unsigned answered, bool *done);

/* Lets a live pushed request stay until `until` at least: somebody is busy with it. */
RESULT authorization_request_keep(struct ctx *c, const char *hash, int64_t until);

/* Uses it up without a code; *used is false if it was not live. */
RESULT authorization_request_use(struct ctx *c, enum request_kind kind, const char *hash,
                                 bool *used);

#endif
