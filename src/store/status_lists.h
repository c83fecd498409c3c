/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_STATUS_LISTS_H
#define UAUTH_STORE_STATUS_LISTS_H

/*
 * Places in status lists (Token Status List, draft 21): which random bit of which list tells
 * whether what an access token stands on has ended.  One place for each authorization and one for
 * each client's own tokens (decision 11), so that making a token writes nothing.
 *
 * A list is called by the generation of the database and a number: "0-0".  When an older state is
 * put back (store/generation.h), whatever was given out before stands in lists of an earlier
 * generation, all of which is dead.
 */

#include "store/schema.h"

enum { STATUS_LIST_PLACES = 1 << 20, STATUS_LISTS_MAX = 128 };

struct status_place {
    const char *list; /* NULL: none */
    int64_t idx;
};

/*
 * Takes a free place for the tokens of `authorization_id` (NULL: of the client itself), the last of
 * which ends at `expires_at`.  Lists fill up one after the other; no state says which is next.
 * UNAVAILABLE where all of them are full.
 */
RESULT status_place_take(struct ctx *c, const char *authorization_id, const char *client_id,
                         int64_t expires_at, struct status_place *out);

/* The place of a client's own tokens of now, which end within `life` seconds; one is taken if there
 * is none, or none that will do. */
RESULT status_place_of_client(struct ctx *c, const char *client_id, int64_t life,
                              struct status_place *out);

/* The authorization ends later than was thought when its place was taken. */
RESULT status_place_keep(struct ctx *c, const struct status_place *place, int64_t expires_at);

/*
 * One token of this place is revoked: the place says so, for all that share it, and the next ones
 * of the same authorization or client get another.  Nothing where there is none.  Inside
 * db_atomically.
 */
RESULT status_place_spend(struct ctx *c, const struct status_place *place);

/* Whether a token of ours can name the list: whether a place in it is taken. */
RESULT status_list_is_used(struct ctx *c, const char *list, bool *used);

/*
 * The places of `list` after `after` (-1: from the start) whose tokens are revoked, in order, at
 * most `limit`.  What ended before `since` is left out: no token of then is alive.
 */
struct status_places {
    const int64_t *at;
    size_t n;
};
RESULT status_list_revoked(struct ctx *c, const char *list, int64_t since, int64_t after,
                           int64_t limit, struct status_places *out);

/* The names of the lists in which a place is taken. */
RESULT status_lists_used(struct ctx *c, struct texts *out);

#endif
