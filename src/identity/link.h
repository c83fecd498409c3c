/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_LINK_H
#define UAUTH_IDENTITY_LINK_H

/*
 * Mails with a link that works once: the token, stored as its hash, and the letter that brings it.
 */

#include "identity/letter.h"
#include "store/one_time_tokens.h"
#include "store/users.h"

struct link {
    enum one_time_kind kind;
    enum letter_kind letter;
    const char *user_id;         /* or NULL */
    const char *about, *payload; /* as in struct one_time_new */
    const char *to, *full_name;  /* as in struct letter */
    const char *phrase;          /* its `about`, or NULL */
    const char *locale;          /* as in struct letter */
    int64_t ttl;                 /* seconds */
};

/* Adds the token and posts the letter; inside the caller's db_atomically. */
RESULT link_send(struct ctx *c, const struct link *link);

/* The same work for nobody: a token that nobody has, and a letter that is not posted.  So that who
 * gets no mail waits as long for the answer (EN-10). */
RESULT link_rehearse(struct ctx *c, const struct link *link);

/* Sends the link of a registration of the user again, if it waits still. */
RESULT link_send_registration(struct ctx *c, const struct user_row *user,
                              const char *registration_id);

/*
 * Sends `user` a link by which they choose a password.  To an address that nobody has proven it
 * says whose account it is, and is good for as long as other links that prove one: what whoever
 * made the account has left there ends with it (AT-04), their password too.
 */
RESULT link_send_password(struct ctx *c, const struct user_row *user);

#endif
