/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_FEDERATION_KEPT_H
#define UAUTH_FEDERATION_KEPT_H

/*
 * What is kept of a sign-in at a provider, sealed, for as long as the session lives: the refresh
 * token by which it is asked again, and what it wants to hear when somebody signs out.  Nothing is
 * kept that the provider's metadata does not ask for.
 */

#include "federation/provider.h"

enum { KEPT_TEXT_MAX = 64 * 1024 };

struct kept {
    const char *refresh_token;
    const char *id_token, *login_hint; /* of which one is sent along when signing out */
};

/* *sealed is NULL if there is nothing to keep. */
RESULT kept_seal(struct ctx *c, const struct provider *p, const struct person *person,
                 const struct brought *b, const char **sealed);

/* `sealed` NULL: nothing. */
RESULT kept_open(struct ctx *c, const struct provider *p, const char *subject, const char *sealed,
                 struct kept *out);

/* When the provider is asked again; 0: never. */
int64_t kept_check_at(const struct ctx *c, const struct provider *p, const char *sealed);

#endif
