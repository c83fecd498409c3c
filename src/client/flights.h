/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_FLIGHTS_H
#define UAUTH_CLIENT_FLIGHTS_H

/*
 * One of many who want the same thing fetches it, and the others wait for what comes of it (single
 * flight).  One object serves all threads.
 */

#include "base/ctx.h"

struct flights;

enum { FLIGHT_WAIT_MS = 120000 };

/* NULL if there is no memory. */
struct flights *flights_new(void);
void flights_free(struct flights *f); /* NULL is fine */

enum flight {
    FLIGHT_OURS,   /* the caller fetches, and says flight_land afterwards */
    FLIGHT_LANDED, /* somebody else has fetched it meanwhile */
    FLIGHT_FAILED  /* somebody else has tried in vain: their failure is recorded */
};

/* Whose turn it is to fetch what `key` names.  `failed`: the failure, for FLIGHT_FAILED. */
enum flight flight_board(struct ctx *c, struct flights *f, const char *key, err *failed);

/* What has come of it; of a failure the text and retry_after are those in c->fault. */
void flight_land(struct ctx *c, struct flights *f, const char *key, err result);

#endif
