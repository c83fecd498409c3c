/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_RESPONSE_H
#define UAUTH_OAUTH_RESPONSE_H

/*
 * Response modes: how an authorization response gets to the client.  In those whose name ends in
 * jwt it is one parameter, a JWT that holds the others (JARM), so that nobody can change or mix
 * them on their way.
 */

#include "oauth/client.h"

enum { RESPONSE_SECONDS = 300 /* that such a JWT is good for (JARM 2.1: ten minutes at most) */ };

struct response_mode {
    const char *name;
    bool by_form; /* posted by the browser */
    bool signed_; /* as a JWT */
};

/* The mode called `name`, or NULL; NULL is query, the default of codes. */
const struct response_mode *response_mode_find(const char *name);

/* Their names, for discovery. */
struct texts response_mode_names(struct arena *a);

/* From now on what `client` is told, be it a refusal, goes by `mode` (NULL: query). */
void response_by(struct req *r, const struct client *client, const struct response_mode *mode);

#endif
