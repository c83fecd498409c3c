/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_LINK_H
#define UAUTH_IDENTITY_LINK_H

/*
 * Mails with a link that works once: the token, stored as its hash, and the letter that brings it.
 */

#include "identity/letter.h"
#include "store/one_time_tokens.h"

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

/*
 * Sends a link with which an unverified user confirms the address that the account has, where there
 * is no registration that has one (administrators make such users).
 */
RESULT link_send_own_address(struct ctx *c, const char *user_id, const char *email_entered);

#endif
