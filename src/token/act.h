/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_ACT_H
#define UAUTH_TOKEN_ACT_H

/*
 * Who acts for the user of a token (RFC 8693 4.1, `act`), and who may (4.4, `may_act`).  A chain of
 * actors is a list with the present one first; what each of them says of itself is its sub.
 */

#include "base/json_writer.h"
#include "crypto/jwt.h"

enum { ACTORS_MAX = 4 /* who have acted one after the other: TX-06 */ };

/* Writes `act`, nested as RFC 8693 4.1 has it; nothing where nobody acts. */
void act_write(struct json_writer *w, struct texts actors);

/* Writes `may_act` of one party; nothing if that is NULL. */
void may_act_write(struct json_writer *w, const char *sub);

/* Reads them from a token of ours.  INVALID_TOKEN if they have another form than these functions
 * write, or more than ACTORS_MAX actors. */
RESULT act_read(struct ctx *c, const struct jwt *jwt, struct texts *actors);
RESULT may_act_read(struct ctx *c, const struct jwt *jwt, const char **sub);

#endif
