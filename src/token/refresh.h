/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_REFRESH_H
#define UAUTH_TOKEN_REFRESH_H

/*
 * Refresh rotation (RFC 9700 4.14.2).  One transaction uses the token up and stores its successor.
 * The same token again, from the same holder, within the grace window, while the successor is
 * unused and the authorization lives, gets the same successor and a fresh access token; the
 * successor is kept sealed under a key derived from the old token, so that only who holds that can
 * open it.  Anything else revokes the authorization and everything made from it, and is an audit
 * event.  Where who presents a token has to prove more than that, nothing need rotate (RFC 9700
 * 2.2.2): such a client keeps its token (`keeps`).
 */

#include "store/authorizations.h"
#include "token/issue.h"

/*
 * The scopes of an authorization are what was granted at first, and bound every later token (RFC
 * 6749 6): an empty list is nothing.  Of a first-party one the tokens get those that the
 * permissions of now still cover, so a right that is taken away is gone at the next refresh, and
 * one that is new comes with the next sign-in.  Scopes of other clients stand as they are.
 */

/*
 * `token`: as presented; `client_id`: who presents it, proven as well as that client can; `scope`:
 * NULL, or a subset of what was granted (RFC 6749 6).  User, client, tenant and session are looked
 * at anew: roles and permissions are those of now.  INVALID_GRANT when it is unknown, expired,
 * used, revoked or another client's (which uses nothing up); INVALID_SCOPE when `scope` asks for
 * more, INVALID_TARGET when `resource` was not granted, and then nothing is used up.  Rotation and
 * its audit event are one transaction.  If this fails after the rotation, the same token gets the
 * successor within the grace window.
 */
struct refresh_asked {
    const char *token;
    const char *client_id;
    const char *scope; /* or NULL */
    const char *jkt;   /* the key that the presenter has proven (RFC 9449 5), or NULL */
    const char *x5t;   /* the certificate that the presenter has shown (RFC 8705 4), or NULL */
    struct token_style style;
    bool keeps;           /* the token stays as it is, unless it has been used up before */
    const char *details;  /* of what was granted, only this (RFC 9396 6); or NULL */
    const char *resource; /* one of those granted, as the audience (RFC 8707 2.2); or NULL */
};
RESULT refresh_exchange(struct ctx *c, const struct refresh_asked *asked, struct tokens *out,
                        struct grant_facts *facts);

/* The same without a resource, and without what the access token says. */
RESULT refresh_use(struct ctx *c, const char *token, const char *client_id, const char *scope,
                   struct tokens *out);

/*
 * Chooses `resource` (NULL: as granted at first) for the audience of `facts`; INVALID_TARGET unless
 * it was granted.
 */
RESULT refresh_choose_audience(struct ctx *c, const struct authorization_row *authorization,
                               const char *resource, struct grant_facts *facts);

/*
 * What an access token that `authorization` gives now may say, narrowed to `scope` (as above):
 * roles and permissions are those of now.  INVALID_SCOPE.
 */
RESULT refresh_facts(struct ctx *c, const struct authorization_row *authorization,
                     const char *scope, struct grant_facts *out);

#endif
