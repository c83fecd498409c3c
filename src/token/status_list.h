/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_STATUS_LIST_H
#define UAUTH_TOKEN_STATUS_LIST_H

/*
 * Signed status lists (Token Status List, draft 21, 4 and 5.1): whoever has one sees, without
 * asking us, which access tokens have been revoked.  A node signs each list once for half of
 * AUTH_STATUS_LIST_SECONDS and lets others keep it for the other half, so that a revocation shows
 * everywhere within that time.
 */

#include "base/ctx.h"
#include "base/json_writer.h"
#include "crypto/jwt.h"
#include "store/status_lists.h"
#include "token/verify.h"

struct status_lists;

/* Whether access tokens have a place in a list. */
bool status_list_is_on(const struct ctx *c);

/* What this process has signed; NULL if there is no memory. */
struct status_lists *status_lists_new(struct arena *a);
void status_lists_free(struct status_lists *lists); /* NULL is fine */

/* A list as it is given out; all in the arena of `c`. */
struct status_list {
    const char *token, *etag;
    int64_t max_age; /* seconds until this node makes another */
};

/*
 * The list called `name`.  NOT_FOUND if no token of ours can name it.  In a list of an earlier
 * generation of the database everything is revoked.
 */
RESULT status_list_get(struct ctx *c, const char *name, struct status_list *out);

/* Where a list is found: sub of it, uri of tokens. */
const char *status_list_uri(struct ctx *c, const char *name) __attribute__((returns_nonnull));

/* Writes the claim `status` of an access token (6.2); nothing where there is no place. */
void status_write(struct json_writer *w, struct ctx *c, const struct status_place *place);

/* What it says, for a token of ours.  That depends on nothing but the token. */
RESULT status_read(struct ctx *c, const struct jwt *jwt, struct status_said *out);

/* The place that it names; none where it names none of ours of now. */
struct status_place status_place_said(const struct ctx *c, const struct status_said *said);

#endif
