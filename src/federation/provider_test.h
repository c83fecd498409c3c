/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_FEDERATION_PROVIDER_TEST_H
#define UAUTH_FEDERATION_PROVIDER_TEST_H

/*
 * Whether a provider can be used: it is asked for its metadata and keys, and a code that is none is
 * redeemed, since a server that knows us calls the code wrong, and one that does not says so first.
 */

#include "federation/provider.h"

enum { PROVIDER_CHECKS_MAX = 3 };

struct provider_check {
    const char *name;    /* metadata, keys, credential */
    const char *outcome; /* ok, failed, unknown */
    const char *text;    /* what was found; NULL */
};
struct provider_checks {
    struct provider_check at[PROVIDER_CHECKS_MAX];
    size_t n;
};

/* Also of one that is disabled.  `redirect_uri` is ours.  NOT_FOUND. */
RESULT provider_test(struct ctx *c, const char *id, const char *redirect_uri,
                     struct provider_checks *out);

/* Its keys alone.  UPSTREAM: there are none that can be used. */
RESULT provider_look_for_keys(struct ctx *c, const struct provider_place *place);

#endif
